//! The monthly batch: what it writes, that it writes the same twice, and that nothing it meets on the way costs the last
//! good snapshot.
//!
//! Long because every promise of the batch is shown on the real binary.

use crate::project_folder::{Folder, csv_table, shared};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The folder of the sample's last month.
const OUT: &str = "out/2026-06";

#[test]
fn a_run_writes_what_was_promised() {
    let files = shared().files(OUT);
    for name in ["pdf", "html", "xlsx", "json"].map(|format| format!("monthly-review.{format}")) {
        assert!(files[&name].len() > 10_000, "{name}: {} bytes", files[&name].len());
    }
    assert!(files["monthly-review.pdf"].starts_with(b"%PDF-"));
    assert!(files["monthly-review.xlsx"].starts_with(b"PK"));
    assert!(
        files["monthly-review.html"].starts_with(b"<!doctype html>")
            || files["monthly-review.html"].starts_with(b"<!DOCTYPE html>")
    );

    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    assert_eq!(manifest["period"]["label"], "2026-06");
    assert_eq!(manifest["snapshot"]["id"], shared().read_text("store/CURRENT").trim());
    let inputs = manifest["snapshot"]["inputs"].as_array().expect("inputs");
    for input in inputs {
        let n = |name: &str| input[name].as_u64().unwrap_or_else(|| panic!("{name}: {input}"));
        assert_eq!(n("rows"), n("loaded") + n("quarantined"), "{input}");
        let bytes = shared().read(input["path"].as_str().expect("a path"));
        assert_eq!(input["sha256"], attain::contract::sha256_hex(&bytes).as_str());
    }
    assert_eq!(inputs.len(), 14);
    // Every file written is in the manifest, as it is on the disk, and no other.
    let listed: BTreeMap<String, String> = manifest["reports"]["monthly-review"]["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| {
            (file["path"].as_str().expect("a path").to_owned(), file["sha256"].as_str().expect("a digest").to_owned())
        })
        .collect();
    let written: BTreeMap<String, String> = files
        .iter()
        .filter(|(name, _)| *name != "manifest.json")
        .map(|(name, bytes)| (name.clone(), attain::contract::sha256_hex(bytes)))
        .collect();
    assert_eq!(listed, written);
    assert!(written.keys().filter(|name| name.starts_with("tables/")).count() >= 10);
}

#[test]
fn the_same_exports_give_the_same_bytes_on_any_number_of_threads() {
    // The shared project was made by another process with four threads, in another folder.
    let folder = Folder::sample();
    folder.attain(&["run", "--threads", "1", "--quiet"]).expect(0);
    same_files("snapshots", &folder.files("store/snapshots"), &shared().files("store/snapshots"));
    same_files("out", &folder.files("out"), &shared().files("out"));
    assert_eq!(folder.read("store/CURRENT"), shared().read("store/CURRENT"));

    // A second run changes nothing, and says so.
    let before = (folder.files("store"), folder.files("out"));
    let second = folder.attain(&["run", "--json"]).expect(0).json();
    assert_eq!(second["unchanged"], true);
    assert_eq!(second["snapshot"], folder.read_text("store/CURRENT").trim());
    same_files("store", &folder.files("store"), &before.0);
    same_files("out", &folder.files("out"), &before.1);
}

#[track_caller]
fn same_files(what: &str, a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}");
    for (name, bytes) in a {
        assert!(*bytes == b[name], "{what}/{name} differs");
    }
}

/// The scorecard's rows as the document has them: label, and every text that is printed.
fn scorecard(document: &serde_json::Value) -> Vec<(String, Vec<String>)> {
    let groups = document["first_page"]["scorecard"]["groups"].as_array().expect("groups");
    let rows = groups.iter().flat_map(|group| group["rows"].as_array().expect("rows"));
    rows.map(|row| {
        let text = |name: &str| row[name].as_str().expect("text").to_owned();
        let printed = ["count", "value", "interval", "change_before", "change_year"].map(text);
        let printed = printed.into_iter().chain([row["status"]["word"].as_str().expect("a word").to_owned()]);
        (text("label"), printed.filter(|text| !text.is_empty()).collect())
    })
    .collect()
}

/// Text without the white space that each format breaks in its own way.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{ad}').collect()
}

/// What a reader of the HTML sees.
fn visible(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start..];
        let end = if tag.starts_with("<style") { tag.find("</style>").expect("closed") } else { 0 };
        let close = tag[end..].find('>').expect("a tag ends") + end;
        rest = &tag[close + 1..];
    }
    text.push_str(rest);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", " ")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[test]
fn every_format_prints_the_same_scorecard() {
    let files = shared().files(OUT);
    let document: serde_json::Value = serde_json::from_slice(&files["monthly-review.json"]).expect("JSON");
    let rows = scorecard(&document);
    assert!(rows.len() >= 8, "{rows:?}");

    let html = squeezed(&visible(std::str::from_utf8(&files["monthly-review.html"]).expect("text")));
    let (headings, table) = csv_table(&files["tables/scorecard.csv"]);
    assert_eq!(headings[..3], ["Metric", "Period", "Value"]);
    assert_eq!(table.len(), rows.len());
    let pdf = crate::tools::pdf_text(&shared().path().join(OUT).join("monthly-review.pdf")).map(|text| squeezed(&text));
    for ((label, printed), cells) in rows.iter().zip(&table) {
        assert_eq!(&cells[0], label);
        for text in printed {
            let text = squeezed(text);
            assert!(html.contains(&text), "HTML: {label}: {text}");
            // On paper the interval is drawn, not written.
            if let Some(pdf) = pdf.as_ref().filter(|_| !text.contains("to")) {
                assert!(pdf.contains(&text), "PDF: {label}: {text}");
            }
        }
        // The CSV holds the number itself: it rounds to what is printed.
        let value: f64 = cells[2].parse().unwrap_or_else(|_| panic!("{label}: {:?}", cells[2]));
        let shown = if printed.iter().any(|text| text.ends_with('%') && !text.contains("to")) {
            format!("{:.0}%", value * 100.0)
        } else {
            format!("{value}")
        };
        assert!(printed.contains(&shown), "{label}: {shown} is none of {printed:?}");
    }
}

#[test]
fn an_earlier_day_counts_nothing_later() {
    let folder = Folder::sample();
    let ran = folder.attain(&["ingest", "--as-of", "2026-03-31", "--json"]).expect(0);
    assert!(ran.json()["files"].as_array().is_some_and(|files| files.len() == 14));
    assert!(folder.read_text("store/CURRENT").starts_with("2026-03-31-"));
    let later = folder
        .attain(&["metrics", "compute", "clients_served", "--period", "2026-05", "--format", "json"])
        .expect(0)
        .json();
    assert!(
        later
            .as_array()
            .expect("an array")
            .iter()
            .all(|e| e["numerator"].as_f64().unwrap_or(0.0) == 0.0 && e["note"] == "no data")
    );
    let month = folder.attain(&["metrics", "compute", "clients_served", "--format", "json"]).expect(0).json();
    assert_eq!(month[0]["period"]["label"], "2026-03");
    assert!(month[0]["estimate"].as_f64().is_some_and(|n| n > 100.0), "{}", month[0]);
    // Back to the project's own day: both snapshots are kept.
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let list = folder.attain(&["snapshot", "list"]).expect(0);
    let marks: Vec<bool> = list.text().lines().map(|line| line.starts_with('*')).collect();
    assert_eq!(marks, [false, true], "{}", list.text());
}

/// Whether a cell shows a count that an audience outside may not see.
fn small(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(|n| n > 0.0 && n < 11.0 && n.fract() == 0.0)
}

#[test]
fn a_report_for_a_funder_shows_no_small_count() {
    let folder = Folder::ingested();
    folder.replace("attain.toml", "audience = \"internal\"", "audience = \"funder\"");
    fs::remove_dir_all(folder.path().join("out")).expect("removed");
    folder.attain(&["report", "--quiet"]).expect(0);
    let files = folder.files(OUT);
    assert!(files.keys().all(|name| name == "manifest.json" || name.contains("-funder")), "{:?}", files.keys());

    let counts = [
        "Numerator",
        "Denominator",
        "Unknown",
        "Left out",
        "Counted",
        "Of these",
        "At risk",
        "Rows",
        "Loaded",
        "Set aside",
        "Findings",
    ];
    let mut seen = BTreeSet::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("tables/")) {
        let (headings, rows) = csv_table(bytes);
        for row in &rows {
            let cell = |heading: &str| {
                headings.iter().position(|h| h == heading).and_then(|place| row.get(place)).map(String::as_str)
            };
            for heading in counts {
                // Nobody is told of by the number of programs, staff and partners.
                let of_no_client = matches!(cell("Table"), Some("programs" | "staff" | "providers"));
                if let Some(text) = cell(heading).filter(|_| !of_no_client) {
                    seen.insert(heading);
                    assert!(!small(text), "{name}: {heading} is {text} in {row:?}");
                }
            }
            // Those who did not give themselves away either.
            if let (Some(Ok(n)), Some(Ok(of))) =
                (cell("Numerator").map(str::parse::<f64>), cell("Denominator").map(str::parse::<f64>))
            {
                let rest = of - n;
                assert!(!(rest > 0.0 && rest < 11.0 && rest.fract() == 0.0), "{name}: {n} of {of} in {row:?}");
            }
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");

    // What the agency's own report says of a scorecard row that is withheld here stands nowhere in the funder's files.
    let own: serde_json::Value =
        serde_json::from_slice(&shared().read(&format!("{OUT}/monthly-review.json"))).expect("JSON");
    let theirs: serde_json::Value = serde_json::from_slice(&files["monthly-review-funder.json"]).expect("JSON");
    let html = squeezed(&visible(std::str::from_utf8(&files["monthly-review-funder.html"]).expect("text")));
    let json = squeezed(&theirs.to_string());
    let pdf =
        crate::tools::pdf_text(&folder.path().join(OUT).join("monthly-review-funder.pdf")).map(|text| squeezed(&text));
    let mut withheld = 0;
    for ((label, own), (_, theirs)) in scorecard(&own).into_iter().zip(scorecard(&theirs)) {
        if theirs.contains(&"withheld".to_owned()) {
            withheld += 1;
            let count = own[0].split(',').next().expect("a count");
            // "38 of 44 exits": unmistakable enough to look for.
            if count.contains(" of ") && count.starts_with(|c: char| c.is_ascii_digit()) {
                let count = squeezed(count);
                assert!(!html.contains(&count) && !json.contains(&count), "{label}: {count}");
                assert!(pdf.as_ref().is_none_or(|pdf| !pdf.contains(&count)), "{label}: {count}");
            }
        }
    }
    assert!(withheld > 0, "the sample has small counts");

    // "7 of 40", wherever it may stand: neither the seven nor those who are left.
    let text = visible(&files_text(&files, "monthly-review-funder.html"));
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |word: &str| word.trim_matches(|c: char| !c.is_ascii_digit()).replace(',', "").parse::<u64>().ok();
    let mut pairs = 0;
    for around in words.windows(3).filter(|around| around[1] == "of") {
        if let (Some(n), Some(of)) = (number(around[0]), number(around[2])) {
            pairs += 1;
            // "95 of 100 programs lie within": what a funnel's limits are, not a count.
            if (n, of) == (95, 100) || (n, of) == (998, 1000) {
                continue;
            }
            let gives_away = |count: u64| (1..11).contains(&count);
            assert!(!gives_away(n) && !gives_away(of) && !of.checked_sub(n).is_some_and(gives_away), "{around:?}");
        }
    }
    assert!(pairs > 5, "{pairs}");
}

fn files_text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files[name].clone()).expect("text")
}

#[test]
fn the_parts_of_a_count_give_no_small_count_away() {
    let folder = Folder::ingested();
    folder.replace("attain.toml", "audience = \"internal\"", "audience = \"funder\"");
    folder.attain(&["report", "--quiet", "--format", "json"]).expect(0);
    let theirs = folder.read(&format!("{OUT}/monthly-review-funder.json"));
    let theirs: serde_json::Value = serde_json::from_slice(&theirs).expect("JSON");
    for (label, printed) in scorecard(&theirs) {
        // "42 new · 284 carried over · 1 in both"
        for part in printed[0].split('·') {
            assert!(!small(part.split_whitespace().next().unwrap_or("")), "{label}: {}", printed[0]);
        }
    }
}

#[test]
fn a_project_may_have_metrics_of_its_own() {
    let folder = Folder::ingested();
    folder.write(
        "queries/home_visits.sql",
        r#"/*---
title = "Home visits"
question = "How many services took place in the community?"
kind = "proportion"
grain = "one row per service"
direction = "higher"
period = "the day of the service"
headline = "share"
---*/

select
    s.enrollment_id,
    s.provided_on as on_date,
    s.mode = 'community' as met
from services as s
"#,
    );
    let list = folder.attain(&["metrics", "list"]).expect(0);
    assert!(list.text().lines().any(|line| line.starts_with("home_visits ")), "{}", list.text());
    let json =
        folder.attain(&["metrics", "compute", "home_visits", "--by", "program", "--format", "json"]).expect(0).json();
    let programs: f64 =
        json.as_array().expect("an array").iter().map(|e| e["denominator"].as_f64().expect("a count")).sum();
    let all = folder.attain(&["metrics", "compute", "home_visits", "--format", "json"]).expect(0).json();
    let sql = "select count(*) as n, count(*) filter (where mode = 'community') as met from services where provided_on >= '2026-06-01' and provided_on < '2026-07-01' and mode is not null";
    let counted = folder.attain(&["query", sql, "--format", "json"]).expect(0).json();
    assert_eq!(all[0]["denominator"].as_f64(), counted[0]["n"].as_f64());
    assert_eq!(all[0]["numerator"].as_f64(), counted[0]["met"].as_f64());
    assert_eq!(Some(programs), all[0]["denominator"].as_f64());
    // A metric that cannot run is shown at its place.
    folder.replace("queries/home_visits.sql", "s.mode =", "s.mood =");
    let session = folder.transcript(&[&["metrics", "compute", "home_visits"]]);
    insta::assert_snapshot!(session);
}

/// A project with a snapshot, whose exports have been replaced by those of a larger agency: the next ingest has work to do.
fn about_to_ingest(clients: &str) -> (Folder, String) {
    let folder = Folder::ingested();
    let former = folder.read_text("store/CURRENT");
    folder.attain(&["synth", "next", "--clients", clients, "--seed", "3", "--quiet"]).expect(0);
    fs::remove_dir_all(folder.path().join("exports")).expect("removed");
    fs::rename(folder.path().join("next/exports"), folder.path().join("exports")).expect("moved");
    (folder, former)
}

fn people(folder: &Folder) -> String {
    folder.attain(&["query", "select count(*) as people from clients", "--format", "csv"]).expect(0).text().to_owned()
}

#[test]
fn a_run_killed_at_any_moment_changes_nothing() {
    let (folder, former) = about_to_ingest("3000");
    let before = folder.files("store/snapshots");
    let mut killed = 0;
    for delay in [0, 5, 20, 50, 100, 200, 350, 500, 700, 900, 1200, 1600] {
        let mut child =
            folder.command(&["ingest", "--quiet"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(delay));
        if child.try_wait().expect("a state").is_some() {
            break;
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        if folder.read_text("store/CURRENT") != former {
            // It was done already, but for ending.
            break;
        }
        killed += 1;
        assert_eq!(people(&folder), "people\n1500\n", "after {delay} ms");
    }
    assert!(killed >= 4, "only {killed} runs were killed before their end");
    for (name, bytes) in &before {
        assert!(folder.read(&format!("store/snapshots/{name}")) == *bytes, "{name} changed");
    }
    folder.attain(&["ingest", "--quiet"]).expect(0);
    assert_ne!(folder.read_text("store/CURRENT"), former);
    assert_eq!(people(&folder), "people\n3000\n");
    let left: Vec<String> = fs::read_dir(folder.path().join("store"))
        .expect("the store")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !["CURRENT", "lock", "quality", "snapshots"].contains(&name.as_str()))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(folder.attain(&["snapshot", "list"]).expect(0).text().lines().count(), 2);
}

/// A shell starts what it runs in the background with SIGINT (signal 2) ignored, and every child inherits that.
#[cfg(unix)]
fn interrupts_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_as_shells_expect() {
    use std::os::unix::process::ExitStatusExt as _;
    if interrupts_are_ignored() {
        eprintln!("skipped: started in the background, where interrupts are ignored");
        return;
    }
    let (folder, former) = about_to_ingest("3000");
    let mut child = folder.command(&["ingest", "--quiet"]).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(60));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    // A shell shows 128 + 2 = 130.
    assert_eq!(child.wait().expect("ended").signal(), Some(2));
    assert_eq!(folder.read_text("store/CURRENT"), former);
}

#[cfg(unix)]
#[test]
fn a_disk_without_room_is_an_error_and_the_last_snapshot_stays() {
    let (folder, former) = about_to_ingest("1000");
    // No file may grow past 50 kB: what a full disk does, without one.
    let script = format!("trap '' XFSZ; ulimit -f 100; exec '{}' ingest", crate::project_folder::ATTAIN);
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().expect("sh");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.starts_with("error: ") && said.contains("store/staging-") && said.to_lowercase().contains("too large"),
        "{said}"
    );
    assert_eq!(folder.read_text("store/CURRENT"), former);
    assert_eq!(people(&folder), "people\n1500\n");
    // With room again, it goes on.
    folder.attain(&["ingest", "--quiet"]).expect(0);
    assert_eq!(people(&folder), "people\n1000\n");
}

#[test]
fn the_sample_agency_gets_every_report_that_is_built_in() {
    let folder = Folder::sample();
    let whole = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/attain.toml");
    folder.write("attain.toml", &fs::read_to_string(whole).expect("a project file"));
    let ran = folder.attain(&["run", "--json"]).expect(0).json();
    let reports = ran["reports"].as_array().expect("reports");
    let names: Vec<&str> = reports.iter().filter_map(|report| report["report"].as_str()).collect();
    assert_eq!(names, ["monthly-review", "grant-report-funder", "board-brief-board"]);
    for (name, report) in names.iter().zip(reports) {
        let files: Vec<&str> =
            report["files"].as_array().expect("files").iter().filter_map(|file| file["path"].as_str()).collect();
        for ending in ["pdf", "html", "xlsx", "json"] {
            assert!(files.contains(&format!("{name}.{ending}").as_str()), "{files:?}");
        }
        // Whatever a report calls it, a metric is known by its name.
        for metric in report["targets_not_met"].as_array().expect("metrics") {
            assert!(
                ["time_to_service", "referral_completion", "goal_attainment"]
                    .contains(&metric.as_str().expect("a name"))
            );
        }
    }
}
