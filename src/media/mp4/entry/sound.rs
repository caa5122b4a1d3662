//! Owns the entries of sound: what their decoders are told, and QuickTime's own forms, which are written anew.
//! Knows nothing of pictures.
//!
//! ```text
//! zero:6 reference:2 version:2 revision:2 vendor:4 channels:2 bits:2 compression:2 packet:2 rate:4     plain: 28 bytes
//!     version 1 of QuickTime: 16 more, four counts of how packets are made up
//!     version 2 of QuickTime: 36 more, among them rate as a float and channels:4
//! boxes…                  esds, dOps, dfLa, dac3, dec3;   QuickTime: wave ─ frma, mp4a, esds
//! ```

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::media::mp4::atom::{Atom, Fields, FourCc};
use crate::media::mp4::entry::codec::{begun, decoder};
use crate::media::mp4::entry::{Codec, Reading, SampleEntry, reference, sized, written};
use crate::media::unfit::Unfit;

/// Fields before the boxes, in the plain form.
const SOUND_BYTES: usize = 28;

/// The same of QuickTime's versions 1 and 2.
const VERSION_1_BYTES: usize = 44;
const VERSION_2_BYTES: usize = 64;

pub(super) fn read(atom: Atom<'_>, reading: Reading) -> SampleEntry {
    let mut entry = SampleEntry::plain(atom, codec_of(atom.kind));
    let fields = Plain::read(atom, reading).unwrap_or_default();
    entry.channels = fields.channels;
    entry.sample_rate = fields.rate;
    let Some(config_kind) = config_kind(atom.kind) else {
        return entry;
    };
    let Some((config, is_wrapped)) = config(atom, fields.len, config_kind) else {
        entry.codec = Codec::Other;
        return entry;
    };
    entry.codec_text = begun(atom.kind);
    let told = match config_kind {
        b"esds" => aac(&mut entry, config.body),
        b"dOps" => opus(&mut entry, config.body),
        b"dfLa" => flac(&mut entry, config.body),
        b"dac3" => ac3(&mut entry, config.body),
        _ => eac3(&mut entry, config.body),
    };
    if told.is_err() {
        entry.codec = Codec::Other;
        entry.codec_text.clear();
    } else if reading.is_repaired {
        entry.bytes = if is_wrapped || fields.len != SOUND_BYTES {
            anew(&entry, config)
        } else {
            written(atom.kind, atom, SOUND_BYTES)
        };
    }
    entry
}

fn codec_of(fourcc: FourCc) -> Codec {
    match &fourcc {
        b"mp4a" => Codec::Aac,
        b"Opus" => Codec::Opus,
        b"fLaC" => Codec::Flac,
        b"ac-3" => Codec::Ac3,
        b"ec-3" => Codec::Eac3,
        b".mp3" | b"mp3 " | b"ms\0\x55" | b".mp2" | b".mp1" => Codec::Mp3,
        b"lpcm" | b"sowt" | b"twos" | b"raw " | b"NONE" | b"in24" | b"in32" | b"fl32" | b"fl64"
        | b"ulaw" | b"alaw" | b"ipcm" | b"fpcm" => Codec::Pcm,
        b"enca" | b"drms" => Codec::Encrypted,
        _ => Codec::Other,
    }
}

/// The box that tells the decoder what to do.
fn config_kind(fourcc: FourCc) -> Option<&'static FourCc> {
    match &fourcc {
        b"mp4a" => Some(b"esds"),
        b"Opus" => Some(b"dOps"),
        b"fLaC" => Some(b"dfLa"),
        b"ac-3" => Some(b"dac3"),
        b"ec-3" => Some(b"dec3"),
        _ => None,
    }
}

/// What the fields say.
#[derive(Default)]
struct Plain {
    /// How many bytes there are before the boxes.
    len: usize,
    channels: u16,
    rate: u32,
}

impl Plain {
    fn read(atom: Atom<'_>, reading: Reading) -> Result<Self, Unfit> {
        let mut fields = atom.fields();
        fields.skip(8)?;
        let version = fields.u16()?;
        fields.skip(6)?;
        let mut channels = fields.u16()?;
        fields.skip(6)?;
        let mut rate = fields.u32()? >> 16;
        // In an `stsd` of version 1, version 1 is ISO's, which has the plain form.
        let len = match (reading.stsd_version, version) {
            (0, 1) => VERSION_1_BYTES,
            (0, 2) => {
                fields.skip(12)?;
                channels = u16::try_from(fields.u32()?).unwrap_or_default();
                // The float is not needed: codecs say it again, and tracks of sound tick at their rate.
                rate = 0;
                VERSION_2_BYTES
            }
            _ => SOUND_BYTES,
        };
        Ok(Self {
            len,
            channels,
            rate: if rate == 0 { reading.timescale } else { rate },
        })
    }
}

/// The box that configures the decoder, and whether it is hidden in a `wave`.
fn config<'a>(atom: Atom<'a>, fields_len: usize, kind: &FourCc) -> Option<(Atom<'a>, bool)> {
    let find = |fields_len: usize, kind: &FourCc| {
        atom.children_behind(fields_len)
            .map_while(Result::ok)
            .find(|child| child.kind == *kind)
    };
    if let Some(config) = find(fields_len, kind) {
        return Some((config, false));
    }
    if let Some(wave) = find(fields_len, b"wave") {
        let inside = wave
            .children()
            .map_while(Result::ok)
            .find(|child| child.kind == *kind);
        return inside.map(|config| (config, true));
    }
    // Some files say version 1 and mean the plain form.
    find(SOUND_BYTES, kind).map(|config| (config, true))
}

/// The plain form of an entry, with nothing but its configuration.
fn anew(entry: &SampleEntry, config: Atom<'_>) -> Box<[u8]> {
    let mut bytes = vec![0; 4];
    bytes.extend(entry.fourcc);
    bytes.extend(reference());
    bytes.extend([0; 8]);
    bytes.extend(entry.channels.to_be_bytes());
    bytes.extend(16u16.to_be_bytes());
    bytes.extend([0; 4]);
    // 16.16: what does not fit is left to the codec.
    bytes.extend(
        u16::try_from(entry.sample_rate)
            .unwrap_or_default()
            .to_be_bytes(),
    );
    bytes.extend([0; 2]);
    bytes.extend(config.whole);
    sized(bytes)
}

/// Reads bits from the first, of 16 bytes at most; behind them come zeros.
struct Bits(u128);

impl Bits {
    fn of(bytes: &[u8]) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self(u128::from_be_bytes(first))
    }

    /// The next so many bits, 1 to 32.
    fn take(&mut self, count: u32) -> u32 {
        let bits = self
            .0
            .checked_shr(128u32.saturating_sub(count))
            .unwrap_or_default();
        self.0 = self.0.checked_shl(count).unwrap_or_default();
        u32::try_from(bits).unwrap_or_default()
    }
}

/// What decodes an `mp4a`, by its object type.
fn aac(entry: &mut SampleEntry, esds: &[u8]) -> Result<(), Unfit> {
    let (object, given) = decoder(esds)?;
    match object {
        0x40 => return aac_config(entry, given),
        // MPEG-2: main, low complexity, scalable.
        0x66..=0x68 => _ = write!(entry.codec_text, ".{object:x}"),
        0x69 | 0x6b => mp3(entry),
        _ => return Err(Unfit::Codec),
    }
    Ok(())
}

/// As playlists name it; browsers that play it in segments at all know this name.
fn mp3(entry: &mut SampleEntry) {
    entry.codec = Codec::Mp3;
    entry.codec_text.push_str(".40.34");
}

/// AudioSpecificConfig.
///
/// ```text
/// type:5 [31: more:6]  frequency:4 [15: rate:24]  channels:4
/// types 5 and 29 (SBR, PS): frequency:4 [15: rate:24] of what comes out
/// ```
fn aac_config(entry: &mut SampleEntry, given: &[u8]) -> Result<(), Unfit> {
    let mut bits = Bits::of(given);
    let object = match bits.take(5) {
        31 => bits.take(6).saturating_add(32),
        object => object,
    };
    match object {
        32..=34 => {
            mp3(entry);
            return Ok(());
        }
        // Main, LC, SSR, LTP, SBR, scalable; the same against errors, LD; PS, ELD, USAC.
        1..=6 | 17 | 19 | 20 | 23 | 29 | 39 | 42 => {}
        _ => return Err(Unfit::Codec),
    }
    let mut rate = aac_rate(&mut bits);
    // 0 is told in a program config element, which nobody uses; 7 are eight.
    match bits.take(4) {
        channels @ 1..=6 => entry.channels = u16::try_from(channels).unwrap_or_default(),
        7 | 12 | 14 => entry.channels = 8,
        11 => entry.channels = 7,
        _ => {}
    }
    if matches!(object, 5 | 29) {
        rate = aac_rate(&mut bits).or(rate);
    }
    entry.sample_rate = rate.unwrap_or(entry.sample_rate);
    _ = write!(entry.codec_text, ".40.{object}");
    Ok(())
}

fn aac_rate(bits: &mut Bits) -> Option<u32> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350,
    ];
    match bits.take(4) {
        15 => Some(bits.take(24)),
        place => RATES.get(usize::try_from(place).ok()?).copied(),
    }
}

/// `dOps`: version channels preskip:2 rate:4 …. It always plays at 48 kHz.
fn opus(entry: &mut SampleEntry, config: &[u8]) -> Result<(), Unfit> {
    let [_, channels] = Fields(config).array()?;
    entry.channels = channels.into();
    entry.sample_rate = 48_000;
    Ok(())
}

/// `dfLa`: version:1 flags:3 block:4, then STREAMINFO: 10 bytes, rate:20 channels:3 bits.
fn flac(entry: &mut SampleEntry, config: &[u8]) -> Result<(), Unfit> {
    let mut fields = Fields(config);
    fields.skip(18)?;
    let mut bits = Bits::of(&fields.array::<8>()?);
    entry.sample_rate = bits.take(20);
    entry.channels = u16::try_from(bits.take(3).saturating_add(1)).unwrap_or_default();
    Ok(())
}

/// Channels of an `acmod`, without the one for the bass.
fn dolby_channels(mode: u32) -> u16 {
    match mode {
        1 => 1,
        0 | 2 => 2,
        3 | 4 => 3,
        5 | 6 => 4,
        _ => 5,
    }
}

/// Channels that a dependent stream adds, each bit a place: pairs but for three, and a second one for the bass.
fn dolby_places(places: u32) -> u16 {
    const ALONE: u32 = 0b1_1000_1100;
    let singles = (places & ALONE).count_ones();
    let pairs = (places & !ALONE).count_ones();
    u16::try_from(pairs.saturating_mul(2).saturating_add(singles)).unwrap_or_default()
}

/// `dac3`: rate:2 stream:5 service:3 mode:3 bass:1 bits. The entry's own count is always 2.
fn ac3(entry: &mut SampleEntry, config: &[u8]) -> Result<(), Unfit> {
    let mut bits = Bits::of(&Fields(config).array::<3>()?);
    bits.take(10);
    let channels = dolby_channels(bits.take(3));
    entry.channels = channels.saturating_add(u16::try_from(bits.take(1)).unwrap_or_default());
    Ok(())
}

/// `dec3`, in bits:
///
/// ```text
/// speed:13 streams:3, then of the first: rate:2 stream:5 zero:1 alone:1 service:3 mode:3 bass:1 zero:3
/// more:4 [places:9]
/// ```
fn eac3(entry: &mut SampleEntry, config: &[u8]) -> Result<(), Unfit> {
    Fields(config).skip(5)?;
    let mut bits = Bits::of(config);
    bits.take(28);
    let mut channels = dolby_channels(bits.take(3));
    channels = channels.saturating_add(u16::try_from(bits.take(1)).unwrap_or_default());
    bits.take(3);
    if bits.take(4) > 0 {
        entry.channels = channels.saturating_add(dolby_places(bits.take(9)));
    } else {
        entry.channels = channels;
    }
    Ok(())
}
