//! Owns how many bits a second a rendition takes, at most and on average.
//! Knows nothing of samples: sizes are given.

/// What one lane gives to one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weight {
    pub(super) bytes: u64,
    pub(super) samples: u32,
    /// Stretches of samples without a gap.
    pub(super) runs: u32,
    /// Of the sample it begins with.
    pub(super) first_bytes: u32,
    /// What is written for each sample beside its size.
    pub(super) differs: u8,
}

pub(super) const DURATIONS_DIFFER: u8 = 1;
pub(super) const HAS_COMPOSITION: u8 = 2;

/// `moof`, `mfhd`, `traf`, `tfhd`, `tfdt` and the header of `mdat`.
const HEAD_BYTES: u64 = 92;
/// A `trun` without its samples.
const RUN_BYTES: u64 = 20;

impl Weight {
    pub(super) fn join(self, other: &Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            samples: self.samples.saturating_add(other.samples),
            runs: self.runs.saturating_add(other.runs),
            first_bytes: self.first_bytes,
            differs: self.differs | other.differs,
        }
    }

    /// As a segment of its own: what is apart in the file is together there.
    pub(super) fn alone(&self) -> u64 {
        self.samples_bytes().saturating_add(RUN_BYTES)
    }

    /// Between samples of others.
    pub(super) fn muxed(&self) -> u64 {
        let runs = RUN_BYTES.saturating_mul(self.runs.into());
        self.samples_bytes().saturating_add(runs)
    }

    /// Its first sample alone.
    pub(super) fn key_frame(&self) -> u64 {
        u64::from(self.first_bytes)
            .saturating_add(HEAD_BYTES)
            .saturating_add(RUN_BYTES)
    }

    fn samples_bytes(&self) -> u64 {
        let fields = self.differs.count_ones().saturating_add(1);
        let heads = u64::from(self.samples).saturating_mul(u64::from(fields).saturating_mul(4));
        self.bytes.saturating_add(heads).saturating_add(HEAD_BYTES)
    }
}

/// Bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rates {
    pub(super) peak: u64,
    pub(super) average: u64,
}

impl Rates {
    /// Of segments of these sizes between these bounds, in millionths of a second. The peak is that of the
    /// heaviest neighbours that last between half and one and a half times the longest segment (RFC 8216 4.3.4.2).
    pub(super) fn of(bounds: &[u64], sizes: impl Iterator<Item = u64>) -> Self {
        let starts = bounds.iter().zip(bounds.iter().skip(1));
        let all: Vec<(u64, u64)> = starts
            .zip(sizes)
            .map(|((from, to), size)| (to.saturating_sub(*from), size))
            .collect();
        let longest = all.iter().map(|one| one.0).max().unwrap_or_default();
        let mut peak = 0;
        for at in 0..all.len() {
            let (mut micros, mut bytes) = (0u64, 0u64);
            for (length, size) in all.get(at..).unwrap_or_default() {
                micros = micros.saturating_add(*length);
                bytes = bytes.saturating_add(*size);
                if micros > longest.saturating_add(longest / 2) {
                    break;
                }
                if micros >= longest / 2 {
                    peak = peak.max(bits(bytes, micros));
                }
            }
        }
        let micros = all.iter().map(|one| one.0).sum();
        let bytes = all.iter().map(|one| one.1).sum();
        Self {
            peak,
            average: bits(bytes, micros),
        }
    }
}

/// Bits a second, rounded up.
fn bits(bytes: u64, micros: u64) -> u64 {
    let bits = u128::from(bytes).saturating_mul(8_000_000);
    u64::try_from(bits.div_ceil(u128::from(micros.max(1)))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Rates;

    #[test]
    fn peaks_and_averages() {
        let secs = |bounds: &[u64]| bounds.iter().map(|secs| secs * 1_000_000).collect();
        for (bounds, sizes, peak, average) in [
            (
                &[0, 6, 12][..],
                &[750_000, 1_500_000][..],
                2_000_000,
                1_500_000,
            ),
            // A short last segment alone is no peak; with its neighbour it may be.
            (
                &[0, 6, 12, 13],
                &[750_000, 750_000, 500_000],
                1_428_572,
                1_230_770,
            ),
            (
                &[0, 6, 12, 15],
                &[750_000, 750_000, 750_000],
                2_000_000,
                1_200_000,
            ),
            (&[0, 1], &[125_000], 1_000_000, 1_000_000),
            (&[0], &[], 0, 0),
        ] {
            let bounds: Vec<u64> = secs(bounds);
            let rates = Rates::of(&bounds, sizes.iter().copied());
            assert_eq!((rates.peak, rates.average), (peak, average), "{bounds:?}");
        }
    }
}
