//! An agency's logo and colours: in the head of its reports, and refused where they would spoil one.

use crate::project_folder::Folder;
use crate::tools::{have, run};
use std::fs;
use std::path::Path;

/// Of a dark blue for letters and an orange for lines.
const LOOKS: &str = "\n[looks]\nlogo = \"logo.svg\"\nprimary = \"#1D4E89\"\naccent = \"#c96a00\"\n";

fn picture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/logos").join(name);
    fs::read(path).expect("a picture")
}

/// Gives the project a logo and two colours.
pub fn dress(folder: &Folder) {
    fs::write(folder.path().join("logo.svg"), picture("harbor.svg")).expect("written");
    let toml = folder.read_text("attain.toml");
    folder.write("attain.toml", &format!("{toml}{LOOKS}"));
}

#[test]
fn a_mistake_in_looks_is_said_where_it_stands_before_anything_is_read() {
    let folder = Folder::sample();
    let plain = folder.read_text("attain.toml");
    let line = plain.lines().count() + 2;
    fs::write(folder.path().join("photo.png"), vec![b'x'; (1 << 20) + 1]).expect("written");
    fs::write(folder.path().join("old.gif"), b"GIF89a").expect("written");
    fs::write(folder.path().join("broken.png"), &picture("harbor.png")[..90]).expect("written");
    fs::write(folder.path().join("printers.jpg"), picture("cmyk.jpg")).expect("written");
    fs::write(folder.path().join("broken.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"><path></svg>")
        .expect("written");
    fs::write(folder.path().join("letters.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>H</text></svg>")
        .expect("written");
    for (looks, said) in [
        (
            "primary = \"#ffcc00\"",
            "11: #ffcc00 is too light for letters on white paper: its contrast is 1.5:1, and 4.5:1 is needed\nhint: the nearest that can be read is \"#",
        ),
        (
            "accent = \"#ffcc00\"",
            "10: #ffcc00 is too light for lines on white paper: its contrast is 1.5:1, and 3:1 is needed\nhint: ",
        ),
        ("accent = \"orange\"", "10: \"orange\" is no colour\nhint: a colour is written \"#7a1f5c\""),
        (
            "acent = \"#000000\"",
            "1: unknown field `acent`, expected one of `logo`, `primary`, `accent`\nhint: did you mean `accent`?",
        ),
        ("logo = \"no.png\"", "8: the logo \"no.png\" cannot be read: "),
        ("logo = \".\"", "8: the logo \".\" cannot be read: "),
        ("logo = \"photo.png\"", "8: the logo \"photo.png\" is larger than 1 MB; it stands in every report\nhint: "),
        ("logo = \"old.gif\"", "8: the logo \"old.gif\" is no PNG, JPEG or SVG\nhint: "),
        ("logo = \"letters.svg\"", "8: the logo \"letters.svg\" has letters in fonts that are not everywhere"),
        ("logo = \"broken.png\"", "8: the logo \"broken.png\" cannot be drawn: "),
        // Archives take no colours of printing presses that do not say which press.
        ("logo = \"printers.jpg\"", "8: the logo \"printers.jpg\" cannot be drawn: PDF/A-3a error: "),
        ("logo = \"broken.svg\"", "8: the logo \"broken.svg\" cannot be drawn: "),
    ] {
        folder.write("attain.toml", &format!("{plain}\n[looks]\n{looks}\n"));
        for verb in ["check", "run"] {
            let ran = folder.attain(&[verb, "."]).expect(2);
            assert!(ran.said.contains(&format!("attain.toml:{}:{said}", line + 1)), "{looks}: {}", ran.said);
        }
    }
    assert!(!folder.path().join("store").exists());
}

#[test]
fn every_kind_of_picture_stands_in_pdf_and_html_and_says_nothing() {
    let folder = Folder::ingested();
    let plain = folder.read_text("attain.toml");
    let mut seen = Vec::new();
    for name in ["harbor.svg", "harbor.png", "harbor.jpg"] {
        fs::write(folder.path().join(name), picture(name)).expect("written");
        folder.write("attain.toml", &format!("{plain}\n[looks]\nlogo = \"{name}\"\n"));
        folder.attain(&["report", "board-brief", "--period", "2026-06", "--format", "pdf,html"]).expect(0);
        let html = folder.read_text("out/2026-06/board-brief.html");
        let images: Vec<&str> = html.split("<img").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        assert_eq!(images.len(), 1);
        assert!(images[0].contains(" src=\"data:image/") && images[0].ends_with(" alt=\"\""), "{name}");
        seen.push(fs::read(folder.path().join("out/2026-06/board-brief.pdf")).expect("readable").len());
        if have("qpdf") {
            let path = folder.path().join("out/2026-06/board-brief.pdf");
            let said = run("qpdf", &["--check", &path.to_string_lossy()]);
            assert!(said.contains("No syntax or stream encoding errors"), "{name}: {said}");
        }
    }
    folder.write("attain.toml", &plain);
    folder.attain(&["report", "board-brief", "--period", "2026-06", "--format", "pdf,html"]).expect(0);
    assert!(!folder.read_text("out/2026-06/board-brief.html").contains("<img"));
    let without = fs::read(folder.path().join("out/2026-06/board-brief.pdf")).expect("readable").len();
    assert!(seen.iter().all(|with| *with > without), "{seen:?} {without}");
}
