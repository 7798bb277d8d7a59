//! Every sample report as people meet it: on a desk, on a phone, enlarged, in the dark, on paper, by keyboard, by ear.

use crate::browser::{Browser, MEDIA, Medium};
use crate::project_folder::Folder;
use crate::tools::have;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Rules of axe-core that are off here, and why.
const OFF: [(&str, &str); 2] = [
    // Of WCAG's level AAA: 7:1. The palette keeps level AA, 4.5:1 (in dark mode also this): quiet words are to be quieter.
    ("color-contrast-enhanced", "level AAA"),
    // Experimental: wants whatever the keyboard can scroll to be a landmark. A report has thirty such tables and charts;
    // as landmarks they would bury the five that say where one is. They are labelled groups.
    ("focus-order-semantics", "experimental"),
];

/// Every sample report, each for the agency and for readers outside it.
const EDITIONS: [(&str, &str); 6] = [
    ("monthly-review", "internal"),
    ("monthly-review", "funder"),
    ("grant-report", "internal"),
    ("grant-report", "funder"),
    ("board-brief", "internal"),
    ("board-brief", "board"),
];

/// The sample agency with every report in every edition, written once for all tests of this binary: `out/monthly-review`,
/// `out/grant-report`, `out/board-brief`.
pub fn editions() -> &'static Folder {
    static FOLDER: OnceLock<Folder> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Folder::ingested_for_all("editions");
        let toml = folder.read_text("attain.toml");
        let (project, _) = toml.split_once("[[reports]]").expect("a project with reports");
        let entries = EDITIONS
            .map(|(name, audience)| format!("[[reports]]\ndefinition = \"{name}\"\naudience = \"{audience}\"\n\n"));
        folder.write("attain.toml", &format!("{project}{}", entries.concat()));
        let out = folder.path().join("out");
        std::fs::remove_dir_all(&out).expect("removed");
        for name in ["monthly-review", "grant-report", "board-brief"] {
            if name == "board-brief" {
                // One of them as an agency has it that gives its logo and colours.
                crate::looks::dress(&folder);
            }
            folder.attain(&["report", name, "--period", "2026-06"]).expect(0);
            std::fs::rename(out.join("2026-06"), out.join(name)).expect("moved");
        }
        folder
    })
}

/// The names of the reports' files without their endings.
pub fn stems() -> [String; 6] {
    EDITIONS.map(|(name, audience)| if audience == "internal" { name.into() } else { format!("{name}-{audience}") })
}

/// The folder that holds the files of a report.
pub fn room(stem: &str) -> PathBuf {
    let (name, _) = EDITIONS.into_iter().find(|(name, _)| stem.starts_with(name)).expect("a sample report");
    editions().path().join("out").join(name)
}

pub fn written(stem: &str, ending: &str) -> PathBuf {
    room(stem).join(format!("{stem}.{ending}"))
}

/// The text of axe-core, which is not part of this project: `.ci/run` fetches it.
fn axe() -> Option<String> {
    let found = std::env::var_os("ATTAIN_AXE").map(PathBuf::from).filter(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("ATTAIN_REQUIRE_TOOLS").is_none(),
            "ATTAIN_AXE names no copy of axe.min.js, and ATTAIN_REQUIRE_TOOLS is set"
        );
        eprintln!("skipped: ATTAIN_AXE names no copy of axe.min.js");
    }
    found.map(|path| std::fs::read_to_string(path).expect("readable"))
}

/// What axe-core finds in the page that is open, with all that is folded away unfolded: rule, how many, the first place.
fn violations(browser: &mut Browser, axe: &str) -> Vec<String> {
    browser.ask(&format!("{axe}\n;document.querySelectorAll('details').forEach(it => it.open = true); true"));
    let off: Vec<&str> = OFF.iter().map(|(rule, _)| *rule).collect();
    let off = serde_json::to_string(&off).expect("JSON");
    let found = browser.ask(&format!(
        "(async () => {{ const off = {off}, rules = {{}};
           for (const rule of axe.getRules()) rules[rule.ruleId] = {{ enabled: !off.includes(rule.ruleId) }};
           const found = await axe.run(document, {{ rules, resultTypes: ['violations'] }});
           return found.violations.map(it => it.id + ' ×' + it.nodes.length + ' (' + it.help + '): ' + it.nodes[0].html.slice(0, 200)
             + ' ' + (it.nodes[0].any[0] || it.nodes[0].all[0] || it.nodes[0].none[0] || {{}}).message); }})()"
    ));
    found.as_array().expect("a list").iter().map(|it| it.as_str().unwrap_or("?").to_owned()).collect()
}

/// A checker that finds nothing proves nothing: mistakes that only one medium shows are found in that medium.
#[test]
fn planted_mistakes_are_found_in_their_medium() {
    let Some(axe) = axe() else { return };
    if !have("chromium") {
        return;
    }
    let folder = Folder::empty();
    let page = |style: &str, body: &str| {
        format!(
            "<!doctype html><html lang=\"en\"><head><title>Planted</title>\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <style>p {{ color: #000; background: #fff; width: 40rem }} {style}</style></head>\
             <body><main><h1>Planted</h1>{body}</main></body></html>"
        )
    };
    let faint = "p { color: #bbb }";
    for (style, body, rule, seen_in) in [
        ("", "<p>Text</p>", "", [false; 3]),
        (
            "@media screen and (prefers-color-scheme: light) { p { color: #bbb } }",
            "<p>Text</p>",
            "color-contrast ",
            [true, false, false],
        ),
        (
            "@media screen and (prefers-color-scheme: dark) { p { color: #bbb } }",
            "<p>Text</p>",
            "color-contrast ",
            [false, true, false],
        ),
        ("@media print { p { color: #bbb } }", "<p>Text</p>", "color-contrast ", [false, false, true]),
        (faint, "<details><summary>More</summary><p>Text</p></details>", "color-contrast ", [true; 3]),
        ("", "<h3>A level left out</h3>", "heading-order ", [true; 3]),
        ("", "<svg role=\"img\" width=\"9\" height=\"9\"></svg>", "svg-img-alt ", [true; 3]),
        ("", "<table><tr><th scope=\"col\"></th></tr><tr><td>1</td></tr></table>", "empty-table-header ", [true; 3]),
    ] {
        folder.write("page.html", &page(style, body));
        let mut browser = Browser::open();
        let found = MEDIA.map(|medium| {
            browser.show(&folder.path().join("page.html"), medium, 1280);
            let all = violations(&mut browser, &axe);
            assert!(all.iter().all(|it| !rule.is_empty() && it.starts_with(rule)), "{style} {body}: {all:?}");
            !all.is_empty()
        });
        assert_eq!(found, seen_in, "{style} {body}");
    }
}

#[test]
fn no_report_breaks_a_rule_of_axe_in_any_medium() {
    let Some(axe) = axe() else { return };
    if !have("chromium") {
        return;
    }
    let mut browser = Browser::open();
    let mut found = Vec::new();
    for stem in stems() {
        for (medium, width) in MEDIA.into_iter().map(|medium| (medium, 1280)).chain([(Medium::Light, 390)]) {
            browser.show(&written(&stem, "html"), medium, width);
            let all = violations(&mut browser, &axe);
            found.extend(all.into_iter().map(|it| format!("{stem} {medium:?} {width}: {it}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A desk, a phone, and a page of 1280 px enlarged four times (WCAG 2.2, 1.4.10).
const SCREENS: [u32; 3] = [1280, 390, 320];
/// A4 with the margins of the stylesheet; US Letter is wider.
const PAPER: u32 = 680;

#[test]
fn no_report_has_to_be_pushed_sideways() {
    if !have("chromium") {
        return;
    }
    let mut browser = Browser::open();
    let keep = std::env::var_os("ATTAIN_PICTURES").map(PathBuf::from);
    for stem in stems() {
        let screens = [Medium::Light, Medium::Dark].into_iter().flat_map(|medium| SCREENS.map(|width| (medium, width)));
        for (medium, width) in screens.chain([(Medium::Print, PAPER)]) {
            browser.show(&written(&stem, "html"), medium, width);
            let size = browser.ask(
                "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, \
                     document.querySelectorAll('svg').length]",
            );
            let size: Vec<u64> = size.as_array().expect("three").iter().filter_map(Value::as_u64).collect();
            let place = format!("{stem} {medium:?} {width}");
            assert!(size[0] <= u64::from(width), "{place}: {} px wide", size[0]);
            assert!(size[1] > 1500 && size[2] > 5, "{place}: nothing was drawn: {size:?}");
            let picture = browser.picture();
            assert!(picture.len() > 20_000, "{place}: a picture of {} bytes", picture.len());
            if let Some(folder) = &keep {
                std::fs::write(folder.join(format!("{stem}-{medium:?}-{width}.png")), picture).expect("written");
            }
        }
    }
}

#[test]
fn a_page_asks_nobody_for_anything_and_keeps_to_its_policy() {
    if !have("chromium") {
        return;
    }
    let mut browser = Browser::open();
    for stem in stems() {
        let page = written(&stem, "html");
        browser.show(&page, Medium::Light, 1280);
        let own = format!("file://{}", page.display());
        for address in browser.asked_for() {
            assert!(address == own || address.starts_with("data:"), "{stem}: {address}");
        }
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{stem}");
        // The policy stands: what is put into the page from inside it does not run.
        let ran = browser.ask(
            "(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; \
             document.body.append(script); return window.ran === true; })()",
        );
        assert_eq!(ran, false, "{stem}");
        assert!(!browser.complaints().is_empty(), "{stem}: a breach is said");
    }
}

#[test]
fn the_keyboard_reaches_the_report_first() {
    if !have("chromium") {
        return;
    }
    let mut browser = Browser::open();
    browser.show(&written("monthly-review", "html"), Medium::Light, 1280);
    browser.press("Tab");
    assert_eq!(browser.ask("document.activeElement.className"), "skip");
    assert_eq!(
        browser.ask("document.activeElement.getBoundingClientRect().top >= 0"),
        true,
        "it shows when it is reached"
    );
    browser.press("Enter");
    assert_eq!(browser.ask("location.hash"), "#main");
    assert_eq!(browser.ask("document.activeElement.id"), "main");
}
