//! Owns how boxes are written: each begins with its size, which is known when it ends.
//! Knows nothing of what boxes mean.
//!
//! ```text
//! size u32 · kind [u8; 4] · body      a full box's body begins with version u8 · flags u24
//! ```

/// Boxes on their way.
#[derive(Debug, Default)]
pub(super) struct Boxes(pub(super) Vec<u8>);

impl Boxes {
    /// Begins a box; [`Self::end`] takes what is returned.
    pub(super) fn begin(&mut self, kind: [u8; 4]) -> usize {
        let at = self.0.len();
        self.u32(0);
        self.bytes(&kind);
        at
    }

    /// The same with version and flags.
    pub(super) fn begin_full(&mut self, kind: [u8; 4], version: u8, flags: u32) -> usize {
        let at = self.begin(kind);
        self.u32(u32::from(version) << 24 | (flags & 0x00ff_ffff));
        at
    }

    /// Fills in the size of the box that began there.
    pub(super) fn end(&mut self, at: usize) {
        let size = self.0.len().saturating_sub(at);
        self.patch(at, u32::try_from(size).unwrap_or(u32::MAX));
    }

    /// Writes over four bytes.
    pub(super) fn patch(&mut self, at: usize, value: u32) {
        let slot = at.checked_add(4).and_then(|end| self.0.get_mut(at..end));
        if let Some(slot) = slot {
            slot.copy_from_slice(&value.to_be_bytes());
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Room for so many numbers, to be put in one after the other: a segment has thousands.
    pub(super) fn words(&mut self, count: usize) -> Words<'_> {
        let from = self.0.len();
        self.zeros(count.saturating_mul(4));
        let (words, _) = self.0.get_mut(from..).unwrap_or_default().as_chunks_mut();
        Words(words.iter_mut())
    }

    /// Takes back room for so many numbers.
    pub(super) fn cut(&mut self, words: usize) {
        let len = self.0.len().saturating_sub(words.saturating_mul(4));
        self.0.truncate(len);
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.0.resize(self.0.len().saturating_add(count), 0);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }
}

/// Numbers on their way. What is put in after the last one is lost.
#[derive(Debug)]
pub(super) struct Words<'a>(std::slice::IterMut<'a, [u8; 4]>);

impl Words<'_> {
    /// For how many there is room.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn put(&mut self, value: u32) {
        if let Some(word) = self.0.next() {
            *word = value.to_be_bytes();
        }
    }
}
