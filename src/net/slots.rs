//! Owns the table of connections: fixed slots, each with a generation, so that a late event for a
//! connection that is gone meets nobody.
//! Knows nothing of connections.
//!
//! ```text
//! key = generation << INDEX_BITS | index
//! ```
//!
//! Slots come in chunks: a table that grows never moves, and never needs its memory twice.

const INDEX_BITS: u32 = 20;
const CHUNK: usize = 64;

/// A table of `T`.
#[derive(Debug)]
pub struct Slots<T> {
    chunks: Vec<Box<[Slot<T>]>>,
    free: Vec<u32>,
    used: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: usize,
    value: Option<T>,
}

impl<T> Slots<T> {
    /// As many as a key can tell apart.
    pub const MOST: usize = 1 << INDEX_BITS;

    /// An empty table.
    pub fn new() -> Self {
        Self {
            chunks: Vec::new(),
            free: Vec::new(),
            used: 0,
        }
    }

    /// How many are in use.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether none is in use.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// One past the highest index that was ever used.
    pub fn reach(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// The index in a key.
    pub fn index(key: usize) -> usize {
        key & (Self::MOST - 1)
    }

    /// Puts in what `make` builds with its own key; `None` when the table is full.
    pub fn insert(&mut self, make: impl FnOnce(usize) -> T) -> Option<usize> {
        if self.free.is_empty() {
            let first = self.reach();
            if first + CHUNK > Self::MOST {
                return None;
            }
            self.chunks.push(
                (0..CHUNK)
                    .map(|_| Slot {
                        generation: 0,
                        value: None,
                    })
                    .collect(),
            );
            // The lowest index is taken first.
            self.free.extend(
                (first..first + CHUNK)
                    .rev()
                    .filter_map(|at| u32::try_from(at).ok()),
            );
        }
        let index = usize::try_from(self.free.pop()?).ok()?;
        let slot = self.slot_mut(index)?;
        let key = slot.generation << INDEX_BITS | index;
        slot.value = Some(make(key));
        self.used += 1;
        Some(key)
    }

    /// The value of a key, unless it is gone.
    pub fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        let slot = self.slot_mut(Self::index(key))?;
        if slot.generation == key >> INDEX_BITS {
            slot.value.as_mut()
        } else {
            None
        }
    }

    /// Takes a value out. Its key is dead from now on.
    pub fn remove(&mut self, key: usize) -> Option<T> {
        let index = Self::index(key);
        let slot = self.slot_mut(index)?;
        if slot.generation != key >> INDEX_BITS {
            return None;
        }
        let value = slot.value.take()?;
        // Generations wrap within what a key has room for.
        slot.generation = (slot.generation + 1) & (usize::MAX >> INDEX_BITS);
        self.used -= 1;
        self.free.extend(u32::try_from(index));
        Some(value)
    }

    /// The key and value at an index, if it is in use.
    pub fn at_mut(&mut self, index: usize) -> Option<(usize, &mut T)> {
        let slot = self.slot_mut(index)?;
        let key = slot.generation << INDEX_BITS | index;
        slot.value.as_mut().map(|value| (key, value))
    }

    fn slot_mut(&mut self, index: usize) -> Option<&mut Slot<T>> {
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn a_dead_key_meets_nobody() {
        let mut slots = Slots::new();
        let first = slots.insert(|_| "first").unwrap();
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.insert(|_| "second").unwrap();
        assert_eq!(Slots::<&str>::index(first), Slots::<&str>::index(second));
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get_mut(second), Some(&mut "second"));
        assert_eq!(slots.len(), 1);
    }

    #[test]
    fn many() {
        let mut slots = Slots::new();
        let keys: Vec<usize> = (0..1_000).map(|n| slots.insert(|_| n).unwrap()).collect();
        assert_eq!(slots.len(), 1_000);
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(slots.remove(*key), Some(n));
        }
        assert!(slots.is_empty());
    }
}
