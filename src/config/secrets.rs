//! Owns how secrets come in: from files that options name, or from variables, and never as arguments, which a list of
//! processes shows to everybody.
//! Knows nothing of what they open. What is wrong with one is said without saying what it is.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;

use super::typed::text;
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

/// The keys in the file that was named, otherwise those that the variable holds, one on each line.
pub(super) fn keys(
    path: Option<&str>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Keys>, String> {
    const NAMES: [&str; 2] = ["REELD_SIGN_KEY_FILE", "REELD_SIGN_KEY"];
    let [named, held] = NAMES.map(|name| environment(name).filter(|value| !value.is_empty()));
    let named = named.map(|path| text(NAMES[0], path)).transpose()?;
    let keys = match (path.or(named.as_deref()), held) {
        (Some(path), _) => {
            Keys::read(&file(path)?).map_err(|why| format!("keys in '{path}': {why}"))
        }
        (None, Some(held)) => {
            Keys::read(&text(NAMES[1], held)?).map_err(|why| format!("{}: {why}", NAMES[1]))
        }
        (None, None) => return Ok(None),
    };
    keys.map(Some)
}
