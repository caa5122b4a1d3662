//! Owns the names of codecs as RFC 6381 has them, read from the boxes that configure decoders.
//! Knows nothing of the entry around these boxes.
//!
//! ```text
//! avc1.PPCCLL                          profile, constraints, level, of avcC
//! hvc1.[ABC]P.compat.{L|H}level.c.c…   of hvcC: compatibility with its bits reversed, constraints without last zeros
//! av01.P.LL{M|H}.DD                    profile, level, tier, bits, of av1C
//! vp09.PP.LL.DD                        profile, level, bits, of vpcC
//! dvh1.PP.LL                           profile and level of Dolby Vision, of dvcC
//! mp4a.40.T                            the object type of AAC, of esds (`sound`)
//! ```

use std::fmt::Write as _;

use crate::media::mp4::atom::{Fields, FourCc};
use crate::media::mp4::entry::{Codec, VideoRange, hevc as stream};
use crate::media::unfit::Unfit;

/// What the boxes of an entry say.
pub(super) struct Known {
    pub(super) codec: Codec,
    /// What its name has behind the type.
    pub(super) text: String,
    pub(super) range: VideoRange,
    /// What the entry should be called.
    pub(super) fourcc: FourCc,
}

impl Known {
    fn of(codec: Codec, fourcc: FourCc, text: String) -> Self {
        Self {
            codec,
            text,
            range: VideoRange::Sdr,
            fourcc,
        }
    }
}

/// Reads the boxes of a picture's entry. Nothing where it is damaged, or of a kind that is not known.
pub(super) fn of_picture<'a>(
    fourcc: FourCc,
    config: impl Fn(&FourCc) -> Option<&'a [u8]>,
) -> Option<Known> {
    let mut known = match &fourcc {
        b"avc1" | b"avc3" => avc(fourcc, config(b"avcC")?).ok()?,
        b"hvc1" | b"hev1" => hevc(config(b"hvcC")?).ok()?,
        b"dvh1" | b"dvhe" => {
            let vision = config(b"dvcC").or_else(|| config(b"dvvC"))?;
            dolby_vision(config(b"hvcC")?, vision).ok()?
        }
        b"av01" => av1(fourcc, config(b"av1C")?).ok()?,
        b"vp09" => vp9(fourcc, config(b"vpcC")?).ok()?,
        b"jpeg" | b"mjpa" | b"mjpb" | b"png " => Known::of(Codec::Still, fourcc, String::new()),
        b"mp4v" => mpeg4(fourcc, config(b"esds")?)?,
        b"encv" | b"drmi" => Known::of(Codec::Encrypted, fourcc, String::new()),
        _ => return None,
    };
    let told = config(b"colr").and_then(transfer);
    let from_stream = || config(b"hvcC").and_then(stream::transfer);
    match VideoRange::of_transfer(told.or_else(from_stream).unwrap_or_default()) {
        VideoRange::Sdr => {}
        range @ (VideoRange::Pq | VideoRange::Hlg) => known.range = range,
    }
    Some(known)
}

/// `colr`: type:4 primaries:2 transfer:2 matrix:2; of the types, only these have numbers.
fn transfer(colr: &[u8]) -> Option<u16> {
    let mut fields = Fields(colr);
    let kind: FourCc = fields.array().ok()?;
    fields.skip(2).ok()?;
    let transfer = fields.u16().ok()?;
    matches!(&kind, b"nclx" | b"nclc").then_some(transfer)
}

/// `avcC`: 1, profile, constraints, level, …, count of SPS in five bits.
fn avc(fourcc: FourCc, config: &[u8]) -> Result<Known, Unfit> {
    let mut fields = Fields(config);
    fields.skip(1)?;
    let [profile, constraints, level, _, sets] = fields.array()?;
    // Parameter sets that are not here can only be among the samples.
    let fourcc = if sets & 31 == 0 { *b"avc3" } else { fourcc };
    let mut text = String::new();
    _ = write!(text, ".{profile:02x}{constraints:02x}{level:02x}");
    Ok(Known::of(Codec::Avc, fourcc, text))
}

/// `hvcC`: 1, space:2 tier:1 profile:5 bits, compatibility:4, constraints:6, level, …, count of arrays at 22.
fn hevc(config: &[u8]) -> Result<Known, Unfit> {
    let mut fields = Fields(config);
    fields.skip(1)?;
    let first = fields.u8()?;
    let compatibility = fields.u32()?.reverse_bits();
    let constraints: [u8; 6] = fields.array()?;
    let level = fields.u8()?;
    fields.skip(9)?;
    let has_sets = fields.u8()? > 0;
    let fourcc = if has_sets { *b"hvc1" } else { *b"hev1" };
    let mut text = String::from('.');
    match first >> 6 {
        1 => text.push('A'),
        2 => text.push('B'),
        3 => text.push('C'),
        _ => {}
    }
    let tier = if first & 0x20 == 0 { 'L' } else { 'H' };
    _ = write!(text, "{}.{compatibility:X}.{tier}{level}", first & 31);
    let told = constraints.iter().rposition(|&byte| byte != 0);
    for byte in constraints
        .iter()
        .take(told.map_or(0, |last| last.saturating_add(1)))
    {
        _ = write!(text, ".{byte:X}");
    }
    Ok(Known::of(Codec::Hevc, fourcc, text))
}

/// `dvcC`: major, minor, profile:7 level:6 bits. What is under it may be in no colours that others know.
fn dolby_vision(config: &[u8], vision: &[u8]) -> Result<Known, Unfit> {
    let has_sets = hevc(config)?.fourcc == *b"hvc1";
    let mut fields = Fields(vision);
    fields.skip(2)?;
    let bits = fields.u16()?;
    let fourcc = if has_sets { *b"dvh1" } else { *b"dvhe" };
    let mut text = String::new();
    _ = write!(text, ".{:02}.{:02}", bits >> 9, bits >> 3 & 63);
    Ok(Known {
        range: VideoRange::Pq,
        ..Known::of(Codec::Hevc, fourcc, text)
    })
}

/// `av1C`: version, profile:3 level:5 bits, tier, high, twelve, ….
fn av1(fourcc: FourCc, config: &[u8]) -> Result<Known, Unfit> {
    let mut fields = Fields(config);
    fields.skip(1)?;
    let [first, second] = fields.array()?;
    let tier = if second & 0x80 == 0 { 'M' } else { 'H' };
    let bits = match second & 0x60 {
        0x40 => 10,
        0x60 => 12,
        _ => 8,
    };
    let mut text = String::new();
    _ = write!(text, ".{}.{:02}{tier}.{bits:02}", first >> 5, first & 31);
    Ok(Known::of(Codec::Av1, fourcc, text))
}

/// `vpcC`: version:1 flags:3 profile level bits:4 …:4 primaries transfer matrix.
fn vp9(fourcc: FourCc, config: &[u8]) -> Result<Known, Unfit> {
    let mut fields = Fields(config);
    fields.skip(4)?;
    let [profile, level, bits, _, transfer] = fields.array()?;
    let mut text = String::new();
    _ = write!(text, ".{profile:02}.{level:02}.{:02}", bits >> 4);
    Ok(Known {
        range: VideoRange::of_transfer(transfer.into()),
        ..Known::of(Codec::Vp9, fourcc, text)
    })
}

/// `mp4v` is also how a JPEG or a PNG is wrapped.
fn mpeg4(fourcc: FourCc, esds: &[u8]) -> Option<Known> {
    let (object, _) = decoder(esds).ok()?;
    let codec = if matches!(object, 0x6c | 0x6d) {
        Codec::Still
    } else {
        Codec::Other
    };
    Some(Known::of(codec, fourcc, String::new()))
}

/// A text that begins with a type.
pub(super) fn begun(fourcc: FourCc) -> String {
    fourcc.iter().copied().map(char::from).collect()
}

/// The object type of an `esds`, and what its decoder is given first.
///
/// ```text
/// version:1 flags:3
/// 3 len  id:2 flags:1 [depends:2] [url len:1 …] [clock:2]
/// 4 len  object:1 stream:1 buffer:3 most:4 average:4
/// 5 len  what the decoder is given
/// ```
pub(super) fn decoder(esds: &[u8]) -> Result<(u8, &[u8]), Unfit> {
    let mut fields = Fields(esds);
    fields.skip(4)?;
    let mut stream = descriptor(&mut fields, 3)?;
    stream.skip(2)?;
    let flags = stream.u8()?;
    if flags & 0x80 != 0 {
        stream.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let len = stream.u8()?;
        stream.skip(len.into())?;
    }
    if flags & 0x20 != 0 {
        stream.skip(2)?;
    }
    let mut config = descriptor(&mut stream, 4)?;
    let object = config.u8()?;
    config.skip(12)?;
    // MP3 has nothing to be given.
    let given = descriptor(&mut config, 5).map_or(&[][..], |given| given.0);
    Ok((object, given))
}

/// A tag, a length of one to four bytes of seven bits each, and so many bytes.
fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Result<Fields<'a>, Unfit> {
    if fields.u8()? != tag {
        return Err(Unfit::Damaged);
    }
    let mut len = 0usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        len = len << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    fields.take(len).map(Fields)
}
