//! Makes boxes, and the sample entries that tests need.

/// The matrix that changes nothing.
pub(crate) const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// A quarter turn clockwise.
pub(crate) const TURNED: [u32; 9] = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

/// A box.
pub(crate) fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let len = (body.len() + 8) as u32;
    [&len.to_be_bytes()[..], kind, body].concat()
}

/// A box with version and flags.
pub(crate) fn full(kind: &[u8; 4], version: u8, flags: u32, body: &[u8]) -> Vec<u8> {
    let first = (u32::from(version) << 24) | flags;
    atom(kind, &[&first.to_be_bytes()[..], body].concat())
}

/// A box with a count and rows.
pub(crate) fn table<const N: usize>(kind: &[u8; 4], version: u8, rows: &[[u32; N]]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &[rows.len() as u32]);
    rows.iter().for_each(|row| put(&mut body, row));
    full(kind, version, 0, &body)
}

/// Numbers of 32 bits.
pub(crate) fn put(bytes: &mut Vec<u8>, words: &[u32]) {
    bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// Counts and values, one row for equal ones in a row.
pub(super) fn runs(values: impl Iterator<Item = u32>) -> Vec<[u32; 2]> {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some([count, last]) if *last == value => *count += 1,
            _ => runs.push([1, value]),
        }
    }
    runs
}

/// An entry of a picture, 640 by 360, with its boxes.
pub(crate) fn picture_entry(fourcc: &[u8; 4], boxes: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    body.extend([0; 16]);
    body.extend([2, 128, 1, 104]);
    put(&mut body, &[0x48_0000, 0x48_0000, 0]);
    body.extend([0, 1]);
    body.extend([0; 32]);
    body.extend([0, 24, 255, 255]);
    body.extend(boxes);
    atom(fourcc, &body)
}

/// An entry of a sound, two channels at 48 kHz, with its boxes.
pub(crate) fn sound_entry(fourcc: &[u8; 4], boxes: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    put(&mut body, &[0, 0, 0x2_0010, 0, 48_000 << 16]);
    body.extend(boxes);
    atom(fourcc, &body)
}

/// H.264, high profile, level 3.1.
pub(crate) fn avc1() -> Vec<u8> {
    let sets = [
        &[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4][..],
        &[0x67, 0x64, 0, 0x1f],
        &[1, 0, 2, 0x68, 0xee],
        &[0xfd, 0xf8, 0xf8, 0],
    ];
    picture_entry(b"avc1", &atom(b"avcC", &sets.concat()))
}

/// `esds` of that object type, with what the decoder is given.
pub(crate) fn esds(object: u8, given: &[u8]) -> Vec<u8> {
    let mut config = vec![object, 0x15, 0, 0, 0, 0, 1, 0xf4, 0, 0, 1, 0xf4, 0];
    if !given.is_empty() {
        config.extend([5, given.len() as u8]);
        config.extend(given);
    }
    // Lengths of four bytes are as good as those of one.
    let mut stream = vec![0, 1, 0, 4, 0x80, 0x80, 0x80, config.len() as u8];
    stream.extend(config);
    stream.extend([6, 1, 2]);
    let mut body = vec![3, stream.len() as u8];
    body.extend(stream);
    full(b"esds", 0, 0, &body)
}

/// AAC of low complexity, 48 kHz, stereo.
pub(crate) fn mp4a() -> Vec<u8> {
    sound_entry(b"mp4a", &esds(0x40, &[0x11, 0x90]))
}

/// Subtitles.
pub(crate) fn tx3g() -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    body.extend([0; 30]);
    atom(b"tx3g", &body)
}

/// Where the body of the first box of that kind begins.
pub(crate) fn body_of(file: &[u8], kind: &[u8; 4]) -> usize {
    let at = file.windows(4).position(|four| four == kind);
    at.map(|at| at + 4).expect("the box is there")
}

/// Writes a number over what stands so many bytes inside the first box of that kind.
pub(crate) fn patch(file: &mut [u8], kind: &[u8; 4], inside: usize, number: u32) {
    let at = body_of(file, kind) + inside;
    file[at..at + 4].copy_from_slice(&number.to_be_bytes());
}
