//! Values, headings and files made to do harm: formulas, HTML, script, typst markup, SQL, what a terminal obeys, paths that
//! lead out, cells and archives of any size. They are shown as text or refused, in every output and in the terminal.

use crate::project_folder::{ATTAIN, Folder, Ran, csv_table};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Command;

/// What names begin with that do harm, and something that any output must show of them, as text.
const NAMES: &[(&str, &str)] = &[
    ("=HYPERLINK(\"http://evil.example\",\"Click\")", "evil.example"),
    ("<script>alert(1)</script><img src=x onerror=alert(2)>", "alert(1)"),
    ("#set page(fill: red); #read(\"/etc/passwd\") $x^2$ *bold* _it_ @ref <label>", "#read("),
    ("'; drop table clients; --", "drop table"),
    ("\u{1b}[31mred\u{1b}]0;title\u{7}\u{8}\r", "[31mred"),
    ("\u{202e}gnirts desrever\u{2066}", "gnirts desrever"),
    ("{{ 7 * 7 }}{% include 'x' %}&lt;b&gt;&amp;", "7 * 7"),
    ("+1+1\"';,|\\\n@SUM(A1)", "@SUM"),
];

/// Ids that lead out of a folder or are a device on some system.
const IDS: &[&str] =
    &["../../../evil", "..\\..\\evil", "/etc/evil", "CON", "=1+1", "P<b>", "P\u{1b}[2J", "P'; drop table programs; --"];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// An agency in which every name and every open code does harm.
fn agency() -> Folder {
    let mut programs = "program_id,name,setting,site,organization,funder\n".to_owned();
    let mut staff = "staff_id,team,role\n".to_owned();
    let mut clients = "client_id,gender,race_ethnicity,language,postal_area\n".to_owned();
    let mut enrollments =
        "enrollment_id,client_id,program_id,staff_id,referred_on,referral_source,intake_on,exited_on,exit_reason,exit_destination\n".to_owned();
    let mut goals = "goal_id,enrollment_id,domain,set_on,status,status_on\n".to_owned();
    let mut number = 0;
    for ((name, _), id) in NAMES.iter().zip(IDS) {
        let (name, id) = (quoted(name), quoted(id));
        // Writing to a String cannot fail.
        let _ = writeln!(programs, "{id},{name},probation,{name},{name},{name}");
        let _ = writeln!(staff, "T{number},{name},{name}");
        for _ in 0..24 {
            number += 1;
            let _ = writeln!(clients, "C{number},{name},{name},{name},{name}");
            let day = number % 28 + 1;
            let _ = writeln!(
                enrollments,
                "E{number},C{number},{id},T0,2026-05-{day:02},{name},2026-05-{day:02},2026-06-{day:02},completed,{name}"
            );
            let status = if number % 3 == 0 { "not_achieved" } else { "achieved" };
            let _ = writeln!(goals, "G{number},E{number},{name},2026-05-{day:02},{status},2026-06-{day:02}");
        }
    }
    let folder = Folder::with_exports(&[
        ("programs.csv", &programs),
        ("staff.csv", &staff),
        ("clients.csv", &clients),
        ("enrollments.csv", &enrollments),
        ("goals.csv", &goals),
    ]);
    // Of what is obeyed the project file is refused, below.
    let seen = |c: &char| !c.is_control() && !"\u{202e}\u{2066}".contains(*c);
    let title: String = NAMES.iter().flat_map(|(name, _)| name.chars().filter(seen)).collect();
    let title = toml::Value::String(title).to_string();
    folder.replace("attain.toml", "\"Test House\"", &title);
    let reports = "\n[[reports]]\ndefinition = \"monthly-review\"\naudience = \"internal\"\n\n\
                   [[reports]]\ndefinition = \"grant-report\"\naudience = \"funder\"\n";
    folder.write("attain.toml", &(folder.read_text("attain.toml") + reports));
    folder
}

/// Nothing that a terminal obeys or that turns text round.
#[track_caller]
fn inert_in_a_terminal(ran: &Ran) {
    for text in [&String::from_utf8_lossy(&ran.out).into_owned(), &ran.said] {
        let obeyed = text.chars().find(|c| {
            (c.is_control() && *c != '\n' && *c != '\t')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert!(obeyed.is_none(), "{obeyed:?} in {text}");
    }
}

#[test]
fn whatever_names_hold_is_shown_as_text_in_every_output() {
    let folder = agency();
    let around = || -> BTreeSet<String> {
        let names = fs::read_dir(folder.path()).expect("there").flatten();
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let before = around();
    for words in [
        &["check", "--fail-on", "never"][..],
        &["run"],
        &["metrics", "compute", "goal_attainment", "--by", "program", "--period", "all"],
        &["metrics", "compute", "goal_attainment", "--by", "team,gender", "--period", "all"],
        &["metrics", "groups", "goal_attainment", "--by", "program", "--period", "all"],
        &["metrics", "explain", "goal_attainment", "--period", "all"],
        &["query", "select * from programs"],
        &["query", "select * from clients limit 30"],
        &["snapshot", "show"],
        &["profile", "exports"],
    ] {
        let ran = folder.attain(words).expect(0);
        inert_in_a_terminal(&ran);
    }
    let after: BTreeSet<String> =
        before.iter().cloned().chain(["out", "released.jsonl", "store"].map(str::to_owned)).collect();
    assert_eq!(around(), after, "nothing is written outside");
    for (name, bytes) in folder.files("out") {
        let ending = name.rsplit('.').next().unwrap_or_default();
        match ending {
            "html" => html(&name, &String::from_utf8(bytes).expect("text")),
            "pdf" => pdf(&folder, &name, &bytes),
            "xlsx" => workbook(&name, bytes),
            "csv" => inert_table(&name, &bytes),
            "json" => drop(serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")),
            other => panic!("{other}: {name}"),
        }
    }
}

/// What an element or a link would be is text.
#[track_caller]
fn html(name: &str, page: &str) {
    for raw in ["<script>alert", "<img src=x", "onerror=alert(2)>", "href=\"http://evil", "\u{1b}", "\u{202e}", "\u{8}"]
    {
        assert!(!page.contains(raw), "{raw:?} in {name}");
    }
    assert!(page.contains("Content-Security-Policy"), "{name}");
    for (_, shown) in NAMES {
        let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&escaped), "{shown} is not shown in {name}");
    }
    // What was escaped in the export is not unescaped.
    assert!(page.contains("&amp;lt;b&amp;gt;") && !page.contains("49{%"), "{name}");
}

#[track_caller]
fn pdf(folder: &Folder, name: &str, bytes: &[u8]) {
    for action in ["/JavaScript", "/Launch", "/URI", "/SubmitForm", "root:x:0"] {
        assert!(memchr::memmem::find(bytes, action.as_bytes()).is_none(), "{action} in {name}");
    }
    let Some(text) = crate::tools::pdf_text(&folder.path().join("out").join(name)) else { return };
    assert!(!text.contains("root:x:0"));
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for (_, shown) in NAMES {
        let shown: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(text.contains(&shown), "{shown} is not shown in {name}: {text}");
    }
}

#[track_caller]
fn workbook(name: &str, bytes: Vec<u8>) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("text");
        assert!(!text.contains("<f>") && !text.contains("<hyperlink"), "a formula or a link in {name}");
        let mut reader = quick_xml::Reader::from_str(&text);
        loop {
            match reader.read_event().expect("well-formed") {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Text(text) => {
                    let text = text.into_inner().into_owned();
                    assert!(!text.contains(|c: char| c.is_control() && !"\n\t\r".contains(c)), "{text:?} in {name}");
                }
                _ => {}
            }
        }
    }
}

#[track_caller]
fn inert_table(name: &str, bytes: &[u8]) {
    let (headings, rows) = csv_table(bytes);
    for cell in headings.iter().chain(rows.iter().flatten()) {
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
        assert!(!is_formula, "{cell:?} in {name}");
        assert!(!cell.contains('\u{1b}') && !cell.contains('\u{202e}'), "{cell:?} in {name}");
    }
}

#[test]
fn an_agency_is_not_called_what_a_terminal_obeys() {
    for name in ["Harbor\\u001b[31m House", "Harbor\\u202e House", "Harbor\\n House"] {
        let folder = Folder::with_exports(&[("clients.csv", "client_id\nC1\n")]);
        folder.replace("attain.toml", "Test House", name);
        let ran = folder.attain(&["run"]).expect(2);
        assert!(ran.said.contains("characters that are not seen"), "{}", ran.said);
        inert_in_a_terminal(&ran);
    }
}

#[test]
fn rows_set_aside_and_findings_can_be_opened_in_a_spreadsheet() {
    let folder = Folder::with_exports(&[
        ("providers.csv", "provider_id,name,partner_type\n=1+1,,court\n@x,,=cmd|'/c calc'!A0\n-5,,x\n"),
        ("=1+1 services.csv", "service_id,enrollment_id,provided_on,service_type,minutes\n,,2026-01-01,x,-5\n"),
        ("services.csv", "service_id,enrollment_id,provided_on,service_type,=cmd()\n-1,,2026-01-01,-x,y\n"),
    ]);
    folder.replace("attain.toml", "exports/*.csv", "exports/**/*.csv");
    folder.attain(&["ingest", "--quiet"]);
    for words in [&["snapshot", "set-aside"][..], &["check", "--csv", "--fail-on", "never"]] {
        let ran = folder.attain(words);
        assert!(ran.text().lines().count() > 3, "{}", ran.text());
        inert_table(&format!("{words:?}"), &ran.out);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_do_nothing() {
    let row = "client_id,gender\nC1,x\n";
    let bad = "client_id,gender,birth_date\nC1,x,31.12.1990\n,,\n";
    for name in [
        "clients $(touch evil).csv",
        "clients;touch evil;.csv",
        "clients\u{1b}[31m\u{7}.csv",
        "clients\u{202e}vsc.csv",
        "clients\n2.csv",
        "=clients.csv",
        "clients <script>alert(1)</script>.csv",
        "clients #set page(fill: red).csv",
        "clients'; drop table clients; --.csv",
    ] {
        let name = name.replace('/', "\u{2215}");
        let folder = Folder::with_exports(&[("clients.csv", row), (&name, bad)]);
        for words in [&["check"][..], &["run", "--format", "html"]] {
            inert_in_a_terminal(&folder.attain(words));
        }
        let left: BTreeSet<String> = fs::read_dir(folder.path())
            .expect("there")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let expected = ["attain.key", "attain.toml", "exports", "out", "store"].map(str::to_owned).into();
        assert_eq!(left, expected, "{name}");
        let page = folder.files("out").into_iter().find(|(name, _)| name.ends_with(".html")).expect("a page").1;
        assert!(!String::from_utf8(page).expect("text").contains("<script>alert"), "{name}");
    }
}

/// Runs the program with no more memory than that.
#[cfg(unix)]
fn within(folder: &Folder, megabytes: u64, words: &[&str]) -> Ran {
    let script = format!("ulimit -v {}; exec '{ATTAIN}' \"$@\"", megabytes << 10);
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "attain", "--threads", "2"]).args(words).current_dir(folder.path());
    let output = shell.output().expect("starts");
    Ran { code: output.status.code(), out: output.stdout, said: String::from_utf8_lossy(&output.stderr).into_owned() }
}

/// Virtual memory: stacks and reserved space too, of which most is never touched.
#[cfg(unix)]
const MEGABYTES: u64 = 3_000;

#[cfg(unix)]
#[test]
fn cells_of_ten_megabytes_and_a_hundred_thousand_columns_are_told_or_kept_within_memory() {
    let long = "x".repeat(10 << 20);
    let columns: Vec<String> = (0..100_000).map(|number| format!("column {number}")).collect();
    let cases: Vec<(&str, String)> = vec![
        ("clients.csv", format!("client_id,gender,birth_date\n{long},{long},{long}\nC2,{long},1990-01-01\n")),
        ("programs.csv", format!("program_id,name,setting,site\nP1,a,{long},{long}\nP2,{long},b,c\n")),
        ("staff.csv", format!("staff_id,role,{long}\nT1,{long},a\n")),
        ("services.csv", format!("service_id,{}\nS1,{}\n", columns.join(","), ",".repeat(99_999))),
        ("surveys.csv", ",".repeat(10 << 20)),
    ];
    for (name, text) in cases {
        let folder = Folder::with_exports(&[(name, &text)]);
        for words in [&["ingest", "--json"][..], &["profile", "exports"]] {
            if words.first() == Some(&"profile") && name != "services.csv" {
                continue;
            }
            let ran = within(&folder, MEGABYTES, words);
            assert!(matches!(ran.code, Some(0..=3)), "{name} {words:?}: {:?} {}", ran.code, ran.said);
            assert!(ran.said.len() < 100_000 && ran.out.len() < 1_000_000, "{name} {words:?}: {} bytes", ran.out.len());
        }
        if name == "programs.csv" {
            let ran = folder.attain(&[
                "query",
                "select max(length(site)) as n, count(*) as p from programs",
                "--format",
                "csv",
            ]);
            assert_eq!(ran.expect(0).text(), "n,p\n,1\n", "what is too long is not kept");
        }
    }
}

#[cfg(unix)]
#[test]
fn archives_that_lead_out_or_unpack_without_end_are_refused_within_memory() {
    use zip::write::SimpleFileOptions;
    let packed = |entries: &[(&str, &[u8], u64)]| {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().large_file(true);
        for (name, bytes, times) in entries {
            archive.start_file(*name, options).expect("begun");
            for _ in 0..*times {
                archive.write_all(bytes).expect("packed");
            }
        }
        archive.finish().expect("finished").into_inner()
    };
    // Line ends pack best: a thousand to one.
    let rows = b"\n".repeat(1 << 20);
    let header = b"client_id,gender\n";
    let client = b"client_id,gender\nC1,woman\n";
    let bomb = packed(&[("clients.csv", &rows, 110)]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(header).expect("packed");
    for _ in 0..110 {
        gz.write_all(&rows).expect("packed");
    }
    let many: Vec<String> = (0..10_001).map(|number| format!("clients-{number}.csv")).collect();
    let many: Vec<(&str, &[u8], u64)> = many.iter().map(|name| (name.as_str(), &client[..], 1)).collect();
    let sheet = packed(&[("xl/workbook.xml", &b"<a>".repeat(1 << 20), 80), ("[Content_Types].xml", b"<x/>", 1)]);
    let out = packed(&[
        ("../../../clients.csv", client, 1),
        ("/tmp/evil-clients.csv", client, 1),
        ("..\\clients.csv", client, 1),
    ]);
    for (name, bytes, said) in [
        ("export.zip", bomb.clone(), "unpacks to more than"),
        ("clients.csv.gz", gz.finish().expect("packed"), "unpacks to more than"),
        ("nested.zip", packed(&[("inner.zip", &bomb, 1)]), ""),
        ("many.zip", packed(&many), "files"),
        ("clients.xlsx", sheet, ""),
        ("out.zip", out, ""),
    ] {
        let folder = Folder::with_exports(&[]);
        fs::create_dir(folder.path().join("exports")).expect("made");
        fs::write(folder.path().join("exports").join(name), &bytes).expect("written");
        folder.replace("attain.toml", "exports/*.csv", "exports/*");
        let around = || {
            fs::read_dir(folder.path().parent().expect("a parent"))
                .expect("there")
                .flatten()
                .filter(|entry| entry.file_name().to_string_lossy().contains("clients.csv"))
                .count()
        };
        for words in [&["check"][..], &["ingest"], &["profile", "exports"]] {
            let ran = within(&folder, MEGABYTES, words);
            assert!(matches!(ran.code, Some(0..=3)), "{name} {words:?}: {:?} {}", ran.code, ran.said);
            let told = format!("{}{}", String::from_utf8_lossy(&ran.out), ran.said);
            assert!(told.contains(said), "{name} {words:?}: {told}");
            inert_in_a_terminal(&ran);
        }
        assert_eq!(around(), 0);
        assert!(!std::path::Path::new("/tmp/evil-clients.csv").exists());
    }
}

#[test]
fn words_of_the_command_line_are_no_sql() {
    let folder = agency();
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let all =
        folder.attain(&["metrics", "explain", "goal_attainment", "--period", "all", "--program", "=1+1"]).expect(0);
    for program in ["x' or '1'='1", "'; drop table clients; --", "=1+1' --"] {
        let ran = folder.attain(&["metrics", "explain", "goal_attainment", "--period", "all", "--program", program]);
        assert_ne!(ran.text(), all.text(), "{program}");
        assert!(ran.code == Some(2) || !ran.text().contains("192"), "{program}: {}", ran.text());
    }
    let ran = folder
        .attain(&["query", "select $x as x", "--param", "x='; drop table clients; --", "--format", "csv"])
        .expect(0);
    assert_eq!(ran.text(), "x\n'; drop table clients; --\n");
    for sql in [
        "drop table clients",
        "copy clients to 'x.csv'",
        "create external table t stored as csv location '/etc/passwd'",
        "insert into clients values ('a')",
    ] {
        folder.attain(&["query", sql]).expect(4);
    }
}
