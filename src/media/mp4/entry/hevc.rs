//! Owns the one thing that is read from the inside of H.265: how light its pictures can be, where no box says so.
//! Knows nothing of decoding.
//!
//! A sequence parameter set is bits without borders: whoever wants what stands at its end has to read all before it.
//!
//! ```text
//! profile and level · sizes · orders · scaling lists · reference picture sets · vui ─ signal type ─ transfer
//! ```

use crate::media::mp4::atom::Fields;

/// The type of a sequence parameter set among the units of `hvcC`.
const SPS: u8 = 33;

/// The number of the transfer function, from the first sequence parameter set in an `hvcC`.
///
/// ```text
/// 22 bytes, count of arrays:1, ( zero:2 type:6 bits, count:2, ( len:2 unit )×count )×count
/// ```
pub(super) fn transfer(hvcc: &[u8]) -> Option<u16> {
    let mut fields = Fields(hvcc);
    fields.skip(22).ok()?;
    for _ in 0..fields.u8().ok()? {
        let kind = fields.u8().ok()? & 63;
        for _ in 0..fields.u16().ok()? {
            let len = fields.u16().ok()?;
            let unit = fields.take(len.into()).ok()?;
            if kind == SPS {
                // Behind a head of two bytes.
                return Bits::of(unit.get(2..)?).transfer();
            }
        }
    }
    None
}

/// Bits of a unit, in which each 3 behind two zeros is not part of what is said.
struct Bits<'a> {
    rest: &'a [u8],
    zeros: u8,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    fn of(rest: &'a [u8]) -> Self {
        Self {
            rest,
            zeros: 0,
            byte: 0,
            left: 0,
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn bit(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.byte = self.next_byte()?;
            if self.zeros >= 2 && self.byte == 3 {
                self.byte = self.next_byte()?;
                self.zeros = 0;
            }
            self.zeros = if self.byte == 0 {
                self.zeros.saturating_add(1)
            } else {
                0
            };
            self.left = 8;
        }
        self.left = self.left.saturating_sub(1);
        Some(self.byte >> self.left & 1 == 1)
    }

    /// A number of so many bits; of more than 32, the last ones.
    fn number(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number: u32, _| {
            Some(number << 1 | u32::from(self.bit()?))
        })
    }

    /// A number of which the zeros in front tell how long it is.
    fn coded(&mut self) -> Option<u32> {
        let mut zeros = 0u32;
        while !self.bit()? {
            zeros = zeros.saturating_add(1);
            if zeros > 31 {
                return None;
            }
        }
        let rest = self.number(zeros)?;
        Some((1u32 << zeros).saturating_sub(1).saturating_add(rest))
    }

    fn skip_coded(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.coded().map(drop))
    }

    /// From the first bit of a sequence parameter set on.
    fn transfer(mut self) -> Option<u16> {
        self.number(4)?;
        let layers = self.number(3)?;
        self.number(1)?;
        self.skip_profile(layers)?;
        self.skip_coded(1)?;
        if self.coded()? == 3 {
            self.number(1)?;
        }
        self.skip_coded(2)?;
        if self.bit()? {
            self.skip_coded(4)?;
        }
        self.skip_coded(2)?;
        let order_bits = self.coded()?.saturating_add(4);
        let orders = if self.bit()? {
            layers.saturating_add(1)
        } else {
            1
        };
        self.skip_coded(orders.saturating_mul(3))?;
        self.skip_coded(6)?;
        if self.bit()? && self.bit()? {
            self.skip_scaling()?;
        }
        self.number(2)?;
        if self.bit()? {
            self.number(8)?;
            self.skip_coded(2)?;
            self.number(1)?;
        }
        self.skip_references(order_bits)?;
        self.number(2)?;
        self.usability()
    }

    /// Of all layers together: 11 bytes and a level; of each below: whether it has them, then they.
    fn skip_profile(&mut self, layers: u32) -> Option<()> {
        self.number(96)?;
        let mut has = [(false, false); 8];
        for has in has.iter_mut().take(usize::try_from(layers).ok()?) {
            *has = (self.bit()?, self.bit()?);
        }
        if layers > 0 {
            self.number(8u32.saturating_sub(layers).saturating_mul(2))?;
        }
        for (has_profile, has_level) in has {
            self.number(if has_profile { 88 } else { 0 })?;
            self.number(if has_level { 8 } else { 0 })?;
        }
        Some(())
    }

    fn skip_scaling(&mut self) -> Option<()> {
        for size in 0..4 {
            for _ in 0..if size == 3 { 2 } else { 6 } {
                if !self.bit()? {
                    self.skip_coded(1)?;
                    continue;
                }
                let count = [16, 64, 65, 65].get(size).copied()?;
                self.skip_coded(count)?;
            }
        }
        Some(())
    }

    fn skip_references(&mut self, order_bits: u32) -> Option<()> {
        let sets = self.coded()?;
        if sets > 64 {
            return None;
        }
        let mut count = 0u32;
        for set in 0..sets {
            if set > 0 && self.bit()? {
                // As the set before, moved: of each one, whether it stays.
                self.number(1)?;
                self.skip_coded(1)?;
                let mut stay = 0u32;
                for _ in 0..=count {
                    let stays = self.bit()? || self.bit()?;
                    stay = stay.saturating_add(stays.into());
                }
                count = stay;
            } else {
                count = self.coded()?.checked_add(self.coded()?)?;
                if count > 32 {
                    return None;
                }
                for _ in 0..count {
                    self.skip_coded(1)?;
                    self.number(1)?;
                }
            }
        }
        if self.bit()? {
            for _ in 0..self.coded()? {
                self.number(order_bits.saturating_add(1))?;
            }
        }
        Some(())
    }

    /// What the pictures look like, which need not be told.
    fn usability(&mut self) -> Option<u16> {
        if !self.bit()? {
            return None;
        }
        if self.bit()? && self.number(8)? == 255 {
            self.number(32)?;
        }
        if self.bit()? {
            self.number(1)?;
        }
        if !self.bit()? {
            return None;
        }
        self.number(4)?;
        if !self.bit()? {
            return None;
        }
        self.number(8)?;
        u16::try_from(self.number(8)?).ok()
    }
}
