//! The report as other programs see it: PDF checkers and a browser. A test whose program is missing says so and passes,
//! unless `ATTAIN_REQUIRE_TOOLS` is set.

use crate::project_folder::{Folder, shared};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether the program is there; says so if not.
pub fn have(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        assert!(
            std::env::var_os("ATTAIN_REQUIRE_TOOLS").is_none(),
            "{program} is not installed, and ATTAIN_REQUIRE_TOOLS is set"
        );
        eprintln!("skipped: {program} is not installed");
    }
    found
}

pub fn run(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output().expect("starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {words:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour_unless_it_is_not_wanted() {
    if !have("script") {
        return;
    }
    let folder = Folder::empty();
    let typed = format!("'{}' runn", crate::project_folder::ATTAIN);
    let seen = |no_colour: bool| {
        let mut terminal = Command::new("script");
        terminal.args(["-q", "-e", "-c", &typed, "/dev/null"]).current_dir(folder.path()).stdin(Stdio::null());
        terminal.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("CLICOLOR");
        if no_colour {
            terminal.env("NO_COLOR", "1");
        }
        terminal.output().expect("starts").stdout
    };
    assert!(seen(false).contains(&0x1b));
    let plain = seen(true);
    assert!(!plain.contains(&0x1b), "{}", String::from_utf8_lossy(&plain));
    assert!(String::from_utf8_lossy(&plain).contains("unrecognized subcommand"));
}

/// The text of a PDF, in reading order; `None` without the program for it.
pub fn pdf_text(path: &Path) -> Option<String> {
    have("pdftotext").then(|| run("pdftotext", &["-layout", &path.to_string_lossy(), "-"]))
}

fn report(extension: &str) -> PathBuf {
    shared().path().join(format!("out/2026-06/monthly-review.{extension}"))
}

#[test]
fn the_pdf_is_well_formed() {
    if !have("qpdf") {
        return;
    }
    let said = run("qpdf", &["--check", &report("pdf").to_string_lossy()]);
    assert!(said.contains("No syntax or stream encoding errors"), "{said}");
}

#[test]
fn the_pdf_brings_its_one_typeface() {
    if !have("pdffonts") {
        return;
    }
    let said = run("pdffonts", &[&report("pdf").to_string_lossy()]);
    let fonts: Vec<&str> = said.lines().skip(2).collect();
    assert!(!fonts.is_empty());
    for font in fonts {
        let words: Vec<&str> = font.split_whitespace().collect();
        let name = words[0].split_once('+').map_or(words[0], |(_, name)| name);
        assert!(name.starts_with("Inter"), "{font}");
        // …, embedded, subset, with its characters' meaning (name, type, encoding, emb, sub, uni, object, generation).
        assert_eq!(words[words.len() - 5..words.len() - 2], ["yes", "yes", "yes"], "{font}");
    }
}

#[test]
fn the_pdf_is_tagged_and_titled() {
    if !have("pdfinfo") {
        return;
    }
    let said = run("pdfinfo", &[&report("pdf").to_string_lossy()]);
    let value = |key: &str| {
        said.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key} is not in {said}")).trim()
    };
    assert_eq!(value("Tagged:"), "yes");
    assert_eq!(value("JavaScript:"), "no");
    assert_eq!(value("Encrypted:"), "no");
    assert!(value("Title:").contains("Monthly review, June 2026"), "{said}");
    assert!(value("Pages:").parse::<u32>().is_ok_and(|pages| (4..60).contains(&pages)), "{said}");
    let structure = run("pdfinfo", &["-struct", &report("pdf").to_string_lossy()]);
    for tag in ["Document", "H1", "H2", "Table", "TR", "TH", "TD", "Figure"] {
        assert!(structure.lines().any(|line| line.trim_start().starts_with(tag)), "no {tag} in the structure tree");
    }
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let html = std::fs::read_to_string(report("html")).expect("text");
    assert!(!html.contains("<script") && !html.contains("javascript:"));
    for attribute in ["src=\"", "href=\"", "url("] {
        for place in html.split(attribute).skip(1) {
            let place = place.trim_start_matches(['"', '\'']);
            assert!(
                place.starts_with('#') || place.starts_with("data:"),
                "{attribute}{}",
                place.chars().take(60).collect::<String>()
            );
        }
    }
    assert!(html.contains("Content-Security-Policy"));
}
