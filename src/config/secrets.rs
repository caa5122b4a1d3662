//! Owns how secrets come in: from files that options name, or from variables, and never as arguments, which a list of
//! processes shows to everybody.
//! Knows nothing of what they open. What is wrong with one is said without saying what it is.

use std::fs::File;
use std::io::Read as _;

use super::typed::Typed;
use crate::site::secret::Secret;
use crate::site::sign::Keys;

/// A few lines. What is longer is another file, named by mistake.
const FILE_BYTES_MAX: u64 = 16_384;

fn file(path: &str) -> Result<String, String> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("cannot read '{path}': {error}")),
    }
}

/// The owner's token in a file.
pub(super) fn token(path: &str) -> Result<Secret, String> {
    Secret::new(&file(path)?).map_err(|why| format!("'{path}': {why}"))
}

impl Typed {
    /// The keys in the file that was named, otherwise those that the variable holds, one on each line.
    pub(super) fn keys(&self) -> Result<Option<Keys>, String> {
        let (place, text) = match (self.all("sign-key-file").last(), &self.held_keys) {
            (Some(path), _) => (path, file(path)?),
            (None, Some(held)) => ("REELD_SIGN_KEY", held.to_string_lossy().into_owned()),
            (None, None) => return Ok(None),
        };
        let keys = Keys::read(&text).map_err(|why| format!("keys in {place}: {why}"))?;
        Ok(Some(keys))
    }
}
