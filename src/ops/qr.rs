//! Owns an address as a QR code for terminals, which a phone reads off the screen.
//! Knows nothing of which address it is, nor of where it is drawn.
//!
//! ```text
//! ▀▀▀ ▄ █      two modules in one letter: ▀ the upper, ▄ the lower, █ both dark
//! ```
//!
//! Colours are said, not left to the terminal: dark on light is what every reader knows, and half of all
//! terminals are dark. They are from the fixed part of the 256, which no theme repaints.

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

/// Light modules that a reader needs all around (ISO 18004, 5.3.8).
const QUIET: i32 = 4;
/// An address is far shorter than what fits in 53 by 53 modules: wider ones do not fit a terminal.
const VERSION_MAX: Version = Version::new(9);
const DARK_ON_LIGHT: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The code as lines of text; nothing where the address is too long.
pub fn draw(address: &str) -> Option<String> {
    let mut code = [0; VERSION_MAX.buffer_len()];
    let mut room = [0; VERSION_MAX.buffer_len()];
    let code = QrCode::encode_text(
        address,
        &mut room,
        &mut code,
        QrCodeEcc::Low,
        Version::MIN,
        VERSION_MAX,
        None,
        true,
    );
    let code = code.ok()?;
    let ends = code.size() + QUIET;
    let mut out = String::new();
    for upper in (-QUIET..ends).step_by(2) {
        out.push_str("  ");
        out.push_str(DARK_ON_LIGHT);
        for column in -QUIET..ends {
            // Beyond its border every module is light.
            let module = |row| code.get_module(column, row);
            out.push(match (module(upper), module(upper + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            });
        }
        out.push_str(RESET);
        out.push('\n');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{DARK_ON_LIGHT, RESET, draw};

    /// What a reader makes of the picture on a screen.
    fn read(drawn: &str) -> String {
        const ZOOM: usize = 4;
        let rows: Vec<Vec<char>> = drawn
            .lines()
            .map(|line| {
                let line = line.trim_start_matches(' ');
                let line = line.strip_prefix(DARK_ON_LIGHT).unwrap();
                line.strip_suffix(RESET).unwrap().chars().collect()
            })
            .collect();
        let width = rows[0].len();
        assert!(rows.iter().all(|row| row.len() == width));
        let is_dark = |x: usize, y: usize| match (rows[y / 2][x], y % 2) {
            ('█', _) | ('▀', 0) | ('▄', 1) => true,
            (' ' | '▀' | '▄', _) => false,
            (other, _) => panic!("{other:?}"),
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(
            width * ZOOM,
            rows.len() * 2 * ZOOM,
            |x, y| if is_dark(x / ZOOM, y / ZOOM) { 0 } else { 255 },
        );
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_reads_it() {
        for address in [
            "http://192.168.1.5:8080/",
            "http://10.0.0.1/",
            "http://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535/",
        ] {
            assert_eq!(read(&draw(address).unwrap()), address);
        }
    }

    #[test]
    fn it_is_light_all_around_and_fits_a_terminal() {
        let drawn = draw("http://192.168.100.200:65535/").unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines.len() <= 22, "{} lines", lines.len());
        for line in [lines[0], lines[1], lines[lines.len() - 2]] {
            assert!(!line.contains(['▀', '▄', '█']), "{line}");
        }
        for line in &lines {
            assert!(
                line.contains("m    ") && line.contains("    \x1b"),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert_eq!(draw(&"x".repeat(1_000)), None);
    }
}
