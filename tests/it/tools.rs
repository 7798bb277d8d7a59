//! The report as other programs see it: PDF checkers and a browser. A test whose program is missing says so and passes,
//! unless `ATTAIN_REQUIRE_TOOLS` is set.

use crate::project_folder::{Folder, shared};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether the program is there; says so if not.
fn have(program: &str) -> bool {
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

fn run(program: &str, words: &[&str]) -> String {
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

/// A browser without a window, its profile new.
fn browser(profile: &Folder, words: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", profile.path().join("profile").display());
    let quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--allow-file-access-from-files",
        &profile,
    ];
    run("chromium", &[&quiet[..], words].concat())
}

#[test]
fn the_page_fits_a_desk() {
    fits(1280);
}

#[test]
fn the_page_fits_a_phone() {
    fits(390);
}

/// The report in a window of that width: drawn, and not to be pushed sideways.
fn fits(width: u32) {
    if !have("chromium") {
        return;
    }
    let folder = Folder::empty();
    std::fs::copy(report("html"), folder.path().join("report.html")).expect("copied");
    // The report forbids scripts, its own and others'. A page beside it holds it in a frame and reads its size from
    // outside.
    folder.write(
        "measure.html",
        &format!(
            "<!doctype html><title>-</title><iframe id=f src=report.html style='width:{width}px;height:800px;border:0'></iframe>\
             <script>window.onload=()=>{{const d=document.getElementById('f').contentDocument;const e=d.documentElement;\
             document.title=[e.scrollWidth,e.scrollHeight,d.querySelectorAll('table').length,d.querySelectorAll('svg').length].join(' ')}}\
             </script>"
        ),
    );
    let address = |name: &str| format!("file://{}", folder.path().join(name).display());
    let page = browser(
        &folder,
        &["--window-size=1400,900", "--virtual-time-budget=5000", "--dump-dom", &address("measure.html")],
    );
    let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title");
    let sizes: Vec<u32> =
        title.split(' ').map(|n| n.parse().unwrap_or_else(|_| panic!("not measured: {title}"))).collect();
    assert!(sizes[0] <= width, "{} px wide in a window of {width}", sizes[0]);
    assert!(sizes[1] > 2000, "{} px high: nothing was drawn", sizes[1]);
    assert!(sizes[2] >= 10 && sizes[3] >= 5, "{title}");

    let picture = folder.path().join("page.png");
    let words =
        [format!("--window-size={width},2000"), format!("--screenshot={}", picture.display()), address("report.html")];
    browser(&folder, &words.each_ref().map(String::as_str));
    let bytes = std::fs::read(&picture).expect("a picture");
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{} bytes", bytes.len());
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
