//! Compresses the page's own files once, when they are built in: nobody waits for it later.
//! Knows nothing of what they hold; `src/site/assets.rs` takes in both forms.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::{env, io};

use flate2::{Compression, GzBuilder};

const PAGE: &str = "src/site/page";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PAGE}");
    let out = env::var_os("OUT_DIR").ok_or("cargo says where to write")?;
    for file in fs::read_dir(PAGE)? {
        let file = file?;
        if !file.file_type()?.is_file() {
            continue;
        }
        let mut name = file.file_name();
        name.push(".gz");
        // Without a time in it, the same file gives the same bytes.
        let to = File::create(Path::new(&out).join(name))?;
        let mut to = GzBuilder::new().mtime(0).write(to, Compression::best());
        io::copy(&mut File::open(file.path())?, &mut to)?;
        to.finish()?;
    }
    Ok(())
}
