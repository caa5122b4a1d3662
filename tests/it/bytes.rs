//! Bytes that betray a mistake: file contents, and chance that can be repeated.
//!
//! Owns the contents of every large file of these tests. Knows nothing of the server.

/// A prime, so that no page, window or block of the server lines up with the period of a clip.
const PERIOD: usize = 65_521;

/// File contents of which no byte is zero, so that a hole, a shift or a mix of two clips shows.
pub(crate) fn clip(seed: u64, len: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let block: Vec<u8> = (0..PERIOD).map(|_| 1 + dice.below_256(255)).collect();
    let mut bytes = block.repeat(len.div_ceil(PERIOD));
    bytes.truncate(len);
    bytes
}

/// Repeatable chance (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next()).unwrap() % end
    }

    fn below_256(&mut self, end: u8) -> u8 {
        u8::try_from(self.next() % u64::from(end)).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.next() % 256).unwrap()
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}
