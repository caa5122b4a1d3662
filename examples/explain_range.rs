//! Says what a `Range` field selects of a file, and what the reply would be.
//!
//! ```text
//! cargo run --example explain_range -- 'bytes=0-499, 1000-, -200' 10000
//! ```

#![expect(clippy::print_stdout, reason = "it is asked for a text")]

use std::process::ExitCode;

use reeld::range::{Bounds, Selection, Span, select};

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let [field, len] = &typed[..] else {
        println!("usage: explain_range FIELD LENGTH");
        return ExitCode::from(2);
    };
    let Ok(len) = len.parse() else {
        println!("'{len}' is no length");
        return ExitCode::from(2);
    };
    println!("Range: {field}");
    println!("of a file of {len} bytes:");
    match select(field.as_bytes(), len, &Bounds::default()) {
        Selection::Whole => {
            println!("  200, the whole file: the field says nothing that can be followed,");
            println!("  or asks for no less than everything");
        }
        Selection::One(span) => {
            println!("  206, one span");
            explain(span, len);
        }
        Selection::Many(spans) => {
            println!("  206, {} spans as multipart/byteranges", spans.len());
            spans.into_iter().for_each(|span| explain(span, len));
        }
        Selection::Unsatisfiable => {
            println!("  416, as no byte of the file is in it");
            println!("  Content-Range: bytes */{len}");
        }
    }
    ExitCode::SUCCESS
}

fn explain(span: Span, len: u64) {
    let mut range = Vec::new();
    span.write_content_range(len, &mut range);
    let (start, end) = (span.start(), span.end());
    println!(
        "  Content-Range: {}   {start}..{end}, {} bytes",
        range.escape_ascii(),
        span.len()
    );
}
