//! Owns gzip for text that we make: small, and good at lists whose lines are much alike.
//! Knows nothing of who accepts it. (Pages are compressed while building, as well as can be.)
//!
//! ```text
//! 1f 8b 08 00  0 0 0 0  00 ff    head: deflate, no name, no time
//! 1 01 …                         one block with the fixed codes (RFC 1951 3.2.6): it is the last
//! crc32, length                  of what was compressed
//! ```
//!
//! With codes of its own a playlist of 28 KB would become 1.7 KB instead of 2.7; the fixed ones need no tables.

use std::iter::repeat_n;

const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// What a match can be as long, and as far away, as.
const LENGTH_MAX: usize = 258;
const DISTANCE_MAX: usize = 32_768;
/// Shorter ones are not worth their distance.
const LENGTH_LEAST: usize = 4;
/// Places that are remembered by the four bytes that stand there.
const PLACES: usize = 1 << 13;
/// As many earlier places with the same four bytes are tried.
const TRIES_MAX: usize = 8;
const NOWHERE: u32 = u32::MAX;

/// Compresses text of less than 4 GiB.
pub fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plain.len() / 4 + 32);
    out.extend_from_slice(&HEAD);
    let mut bits = Bits {
        out,
        held: 0,
        count: 0,
    };
    bits.put(0b011, 3); // the last block, fixed codes
    let mut earlier = Earlier::new(plain.len());
    let mut at = 0;
    while let Some(byte) = plain.get(at) {
        let found = earlier.longest(plain, at);
        let length = match found {
            Some((length, distance)) => {
                bits.put_match(length, distance);
                length
            }
            None => {
                bits.put_symbol(u32::from(*byte));
                1
            }
        };
        for passed in at..at + length {
            earlier.note(plain, passed);
        }
        at += length;
    }
    bits.put_symbol(256);
    let mut out = bits.finish();
    out.extend_from_slice(&crc32(plain).to_le_bytes());
    let len = u32::try_from(plain.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_le_bytes());
    out
}

/// Where the same four bytes stood before: the last place of each, and from each the one before it.
struct Earlier {
    last: Vec<u32>,
    before: Vec<u32>,
}

impl Earlier {
    fn new(len: usize) -> Self {
        let window = len.min(DISTANCE_MAX);
        Self {
            last: repeat_n(NOWHERE, PLACES).collect(),
            before: repeat_n(NOWHERE, window).collect(),
        }
    }

    fn note(&mut self, plain: &[u8], at: usize) {
        let window = self.before.len().max(1);
        if let (Some(place), Ok(at32)) = (place(plain, at), u32::try_from(at))
            && let (Some(last), Some(before)) =
                (self.last.get_mut(place), self.before.get_mut(at % window))
        {
            *before = std::mem::replace(last, at32);
        }
    }

    /// Length and distance of the longest match that is worth it.
    fn longest(&self, plain: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = plain.get(at..)?;
        let rest = rest.get(..LENGTH_MAX).unwrap_or(rest);
        let mut best = None;
        let mut length_best = LENGTH_LEAST - 1;
        let mut next = *self.last.get(place(plain, at)?)?;
        for _ in 0..TRIES_MAX {
            let Ok(from) = usize::try_from(next) else {
                break;
            };
            // Places are noted in order: one that is not before the last one has been written over.
            let Some(distance) = at.checked_sub(from).filter(|it| *it < self.before.len()) else {
                break;
            };
            let there = plain.get(from..)?;
            let length = rest.iter().zip(there).take_while(|(a, b)| a == b).count();
            if length > length_best {
                (length_best, best) = (length, Some((length, distance)));
            }
            let before = *self.before.get(from % self.before.len())?;
            if before >= next {
                break;
            }
            next = before;
        }
        best
    }
}

fn place(plain: &[u8], at: usize) -> Option<usize> {
    let four = plain.get(at..)?.first_chunk::<4>()?;
    let mixed = u32::from_le_bytes(*four).wrapping_mul(0x9e37_79b1) >> 19;
    usize::try_from(mixed).ok()
}

/// Bits on their way into bytes, the lowest first.
struct Bits {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.held |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Codes begin with their highest bit.
    fn put_code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn put_symbol(&mut self, symbol: u32) {
        match symbol {
            0..144 => self.put_code(0x30 + symbol, 8),
            144..256 => self.put_code(0x190 + (symbol - 144), 9),
            256..280 => self.put_code(symbol - 256, 7),
            _ => self.put_code(0xc0 + (symbol - 280), 8),
        }
    }

    fn put_match(&mut self, length: usize, distance: usize) {
        let small = |number: usize| u32::try_from(number).unwrap_or(0);
        if length == LENGTH_MAX {
            self.put_symbol(285);
        } else {
            let (code, rest, count) = steps(small(length) - 3, 3);
            self.put_symbol(257 + code);
            self.put(rest, count);
        }
        let (code, rest, count) = steps(small(distance) - 1, 2);
        self.put_code(code, 5);
        self.put(rest, count);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.out.push(self.held.to_le_bytes()[0]);
        }
        self.out
    }
}

/// How lengths and distances are written: the first ones each have a code, then it is always so many codes
/// for twice as many numbers, and bits that tell which of them.
///
/// ```text
/// top = 3    0 1 … 7 | 8-9 10-11 12-13 14-15 | 16-19 …      (code, the rest, how many bits of it)
/// ```
fn steps(number: u32, top: u32) -> (u32, u32, u32) {
    let Some(extra) = (31 - (number | 1).leading_zeros())
        .checked_sub(top - 1)
        .filter(|extra| *extra > 0)
    else {
        return (number, 0, 0);
    };
    let each = 1 << (top - 1);
    let code = (extra + 1) * each + ((number >> extra) & (each - 1));
    (code, number & ((1 << extra) - 1), extra)
}

/// As gzip wants it (RFC 1952 8), half a byte at a time.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0u32; 16];
        let mut at = 0;
        let mut number = 0u32;
        while at < table.len() {
            let mut crc = number;
            let mut bit = 0;
            while bit < 4 {
                crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
                bit += 1;
            }
            table[at] = crc;
            at += 1;
            number += 1;
        }
        table
    };
    let half = |crc: u32, low: u32| {
        let at = usize::try_from((crc ^ low) & 15).unwrap_or(0);
        (crc >> 4) ^ TABLE.get(at).copied().unwrap_or(0)
    };
    !bytes.iter().fold(!0, |crc, byte| {
        let byte = u32::from(*byte);
        half(half(crc, byte), byte >> 4)
    })
}

#[cfg(test)]
mod tests;
