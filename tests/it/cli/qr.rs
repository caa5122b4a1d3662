//! `--qr`: what a phone reads off the screen.

use crate::client::eventually;
use crate::server::{Folder, Server, reeld};

/// The lines of the picture, without their colours.
fn picture(stdout: &str) -> Vec<Vec<char>> {
    let drawn = stdout.lines().filter(|line| line.ends_with("\x1b[0m"));
    drawn
        .map(|line| {
            let (_, line) = line.split_once("48;5;231m").expect("a light ground");
            line.trim_end_matches("\x1b[0m").chars().collect()
        })
        .collect()
}

fn read(picture: &[Vec<char>]) -> String {
    const ZOOM: usize = 4;
    let (width, height) = (picture[0].len() * ZOOM, picture.len() * 2 * ZOOM);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let letter = picture[y / ZOOM / 2][x / ZOOM];
        let is_upper = (y / ZOOM).is_multiple_of(2);
        let is_dark = letter == '█' || letter == if is_upper { '▀' } else { '▄' };
        if is_dark { 0 } else { 255 }
    });
    image.detect_grids()[0].decode().unwrap().1
}

/// The code says the first address that is printed, whether or not anybody prints to a terminal.
#[test]
fn the_code_is_the_first_address() {
    let server = Server::with_digits(&["--qr"]);
    let code = || picture(&server.stdout());
    eventually("a whole picture", || {
        code().len() * 2 > code().first().map_or(99, Vec::len)
    });
    assert_eq!(read(&code()), format!("http://{}/", server.address()));
    assert!(
        server.stdout().starts_with("reeld "),
        "the addresses come first"
    );
}

/// Nothing is drawn unasked; with `--quiet` nothing but the code is printed.
#[test]
fn only_where_it_is_asked_for() {
    let server = Server::with_digits(&[]);
    assert!(picture(&server.stdout()).is_empty());
    drop(server);

    let folder = Folder::new();
    let mut command = reeld();
    command.args(["-q", "--qr"]).arg(folder.videos());
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut text = Vec::new();
    while picture(&String::from_utf8_lossy(&text)).len() < 17 {
        let mut some = [0; 512];
        let count = std::io::Read::read(&mut stdout, &mut some).unwrap();
        assert!(count > 0, "it ended");
        text.extend_from_slice(&some[..count]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("http"), "{text}");
    assert!(read(&picture(&text)).starts_with("http://127.0.0.1:"));
}
