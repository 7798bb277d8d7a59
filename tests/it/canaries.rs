//! Planted names, numbers, notes and ids are looked for in every byte that a run leaves behind or says, also after
//! failures of every kind: none comes out. Nor does any id of the export.

use crate::project_folder::{Folder, Ran};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// An agency with canaries, and a folder of its own for temporary files.
struct Watched {
    folder: Folder,
    fragments: Vec<Vec<u8>>,
    /// Every identifier of the export.
    ids: BTreeSet<Vec<u8>>,
}

/// All four audiences, birth dates kept as years, commentary.
const MORE: &str = "\n[[reports]]\ndefinition = \"monthly-review\"\naudience = \"public\"\n\n\
                    [[reports]]\ndefinition = \"grant-report\"\naudience = \"funder\"\n\n\
                    [[reports]]\ndefinition = \"board-brief\"\naudience = \"board\"\n";

impl Watched {
    fn new(clients: &str, settings: &str) -> Self {
        let folder = Folder::empty();
        folder.attain(&["synth", "--canaries", "--clients", clients, "--seed", "7", "agency", "--quiet"]).expect(0);
        fs::create_dir(folder.path().join("tmp")).expect("a folder");
        let text = folder.read_text("agency/attain.toml").replace("[privacy]\n", &format!("[privacy]\n{settings}"));
        folder.write("agency/attain.toml", &(text + MORE));
        let truth: serde_json::Value = serde_json::from_str(&folder.read_text("agency/truth.json")).expect("JSON");
        let fragments = truth["canaries"]["fragments"].as_array().expect("a list").iter();
        let fragments: Vec<Vec<u8>> = fragments.map(|text| text.as_str().expect("text").as_bytes().to_vec()).collect();
        let mut ids = BTreeSet::new();
        for (name, bytes) in folder.files("agency/exports") {
            let text = bytes.to_ascii_lowercase();
            // The canaries are there at all: what is searched for could be found.
            assert!(fragments.iter().any(|fragment| found(&text, fragment)), "{name} holds none");
            ids.extend(ids_in(&bytes));
        }
        assert!(ids.len() > 1_000, "{}", ids.len());
        Self { folder, fragments, ids }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.folder.command(words);
        command.current_dir(self.folder.path().join("agency")).env("TMPDIR", self.folder.path().join("tmp"));
        command
    }

    /// Runs the program; what it says holds no canary.
    #[track_caller]
    fn attain(&self, words: &[&str]) -> Ran {
        self.heard(words, &mut self.command(words))
    }

    #[track_caller]
    fn heard(&self, words: &[&str], command: &mut Command) -> Ran {
        let output = command.output().expect("starts");
        self.clean(&format!("stdout of {words:?}"), &output.stdout);
        self.clean(&format!("stderr of {words:?}"), &output.stderr);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { code: output.status.code(), out: output.stdout, said }
    }

    /// Nothing that was left behind holds a canary.
    #[track_caller]
    fn nothing_left(&self) {
        let (agency, mut files) = (self.folder.path().join("agency"), Vec::new());
        for place in [agency.join("store"), agency.join("out"), agency.join("asked"), self.folder.path().join("tmp")] {
            all_files(&place, &mut files);
        }
        for file in files {
            let bytes = fs::read(&file).expect("readable");
            self.clean(&file.display().to_string(), &bytes);
        }
    }

    #[track_caller]
    fn clean(&self, place: &str, bytes: &[u8]) {
        for (inside, text) in opened(place, bytes) {
            let text = text.to_ascii_lowercase();
            // Texts of documents can be in UTF-16.
            let narrow: Vec<u8> = text.iter().copied().filter(|byte| *byte != 0).collect();
            for fragment in &self.fragments {
                let at = memchr::memmem::find(&text, fragment).or_else(|| memchr::memmem::find(&narrow, fragment));
                assert!(
                    at.is_none(),
                    "{} in {place} {inside}: {:?}",
                    String::from_utf8_lossy(fragment),
                    at.map(|at| String::from_utf8_lossy(&text[at.saturating_sub(80)..(at + 80).min(text.len())]))
                );
            }
            let id = ids_in(&text).into_iter().find(|id| self.ids.contains(id));
            assert!(id.is_none(), "{:?} in {place} {inside}", id.map(|id| String::from_utf8_lossy(&id).into_owned()));
        }
    }
}

fn found(text: &[u8], fragment: &[u8]) -> bool {
    memchr::memmem::find(text, fragment).is_some()
}

/// Words made of a letter and six digits or more, or a staff member's, as identifiers of the made-up agency are; without
/// the mark, which is looked for anyway, and in capitals. Partners' and programs' are nobody's.
fn ids_in(bytes: &[u8]) -> Vec<Vec<u8>> {
    let is_id = |word: &&[u8]| match word {
        [b'T' | b't', program, role, number @ ..] if number.len() == 4 && b"SMCLsmcl".contains(role) => {
            program.is_ascii_digit() && number.iter().all(u8::is_ascii_digit)
        }
        [letter, number @ ..] if number.len() >= 6 => {
            letter.is_ascii_alphabetic() && !b"Rr".contains(letter) && number.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
    words.filter(is_id).map(<[u8]>::to_ascii_uppercase).collect()
}

fn all_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().expect("a type").is_dir() { all_files(&path, files) } else { files.push(path) }
    }
}

/// The bytes as they are, and everything that is packed in them.
fn opened(place: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut texts = vec![(String::new(), bytes.to_vec())];
    if bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1") {
        texts.push(("as a table".into(), table(bytes)));
    } else if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
        for part in 0..archive.len() {
            let mut part = archive.by_index(part).expect("a part");
            let mut text = Vec::new();
            part.read_to_end(&mut text).expect("unpacked");
            texts.push((part.name().expect("a name").into_owned(), text));
        }
    } else if bytes.starts_with(b"%PDF") {
        let streams = streams(bytes);
        assert!(streams.len() > 3, "{place}: the streams are found");
        texts.extend(streams.into_iter().map(|stream| ("a stream".to_owned(), stream)));
        if Path::new(place).exists()
            && let Some(text) = crate::tools::pdf_text(Path::new(place))
        {
            texts.push(("its text".into(), text.into_bytes()));
        }
    }
    texts
}

fn table(bytes: &[u8]) -> Vec<u8> {
    use arrow::util::display::array_value_to_string;
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(tempfile_of(bytes)).expect("a table");
    let mut text = Vec::new();
    for batch in reader.build().expect("rows") {
        let batch = batch.expect("rows");
        for column in batch.columns() {
            for row in 0..batch.num_rows() {
                text.extend(array_value_to_string(column, row).expect("text").into_bytes());
                text.push(b'\n');
            }
        }
    }
    text
}

fn tempfile_of(bytes: &[u8]) -> fs::File {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

/// What is packed in a PDF.
fn streams(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"stream") {
        let from = bytes[at..].iter().position(|byte| *byte == b'\n').map(|line| at + line + 1);
        if bytes[..at].ends_with(b"end") {
            continue;
        }
        let mut stream = Vec::new();
        let packed = &bytes[from.unwrap_or(at)..];
        if flate2::read::ZlibDecoder::new(packed).read_to_end(&mut stream).is_ok() && !stream.is_empty() {
            streams.push(stream);
        }
    }
    streams
}

/// Commands that read, and their exit codes.
const COMMANDS: &[(&[&str], i32)] = &[
    (&["check", "--fail-on", "never"], 0),
    (&["check", "--json"], 1),
    (&["check", "--csv", "--fail-on", "never"], 0),
    (&["check", "--csv=asked/findings.csv", "--fail-on", "never"], 0),
    (&["check", "exports/clients.csv", "exports/services.csv", "--fail-on", "never"], 0),
    (&["ingest", "--json"], 0),
    (&["run", "--json"], 0),
    (&["profile", "exports"], 0),
    (&["profile", "exports", "--json"], 0),
    (&["profile", "exports", "--draft-mapping", "asked/mapping.toml"], 0),
    (&["metrics", "compute", "time_to_service", "goal_attainment", "--by", "program,gender", "--period", "all"], 0),
    (&["metrics", "compute", "recidivism", "--format", "json", "--period", "all", "--every", "quarter"], 0),
    (&["metrics", "compute", "caseload", "--format", "parquet", "--by", "case_manager"], 0),
    (&["metrics", "compare", "--format", "csv"], 0),
    (&["metrics", "groups", "goal_attainment", "--by", "team"], 0),
    (&["metrics", "signals", "time_to_service"], 0),
    (&["metrics", "explain", "time_to_service", "--period", "all", "--units", "asked/units.csv"], 0),
    (&["metrics", "sql", "retention", "--period", "FY2026", "--tables", "asked/tables", "--rows", "asked/rows"], 0),
    (&["report", "monthly-review", "--period", "2026-05", "--format", "html,csv"], 0),
    (&["query", "select * from clients"], 0),
    (&["query", "select * from enrollments", "--format", "csv"], 0),
    (&["query", "select * from services limit 500", "--format", "json"], 0),
    (&["query", "select * from findings", "--format", "parquet"], 0),
    (&["query", "select client_id + 1 from clients"], 4),
    (&["query", "select cast(client_id as int) from clients"], 4),
    (&["snapshot"], 0),
    (&["snapshot", "show"], 0),
    (&["snapshot", "show", "--json"], 0),
    (&["snapshot", "set-aside"], 0),
    (&["mapping", "check", "asked/mapping.toml"], 2),
];

#[test]
fn nothing_planted_comes_out_of_any_command() {
    let watched = Watched::new("90", "birth_date = \"year\"\n");
    fs::create_dir(watched.folder.path().join("agency/asked")).expect("a folder");
    for (words, code) in COMMANDS {
        let ran = watched.attain(words);
        // A drafted mapping may be right or not; metrics that need a dimension they have not say so.
        if words.first() != Some(&"mapping") {
            assert_eq!(ran.code, Some(*code), "{words:?}\n{}", ran.said);
        }
    }
    let text =
        watched.attain(&["query", "select birth_date from clients where birth_date is not null", "--format", "csv"]);
    assert!(text.text().lines().skip(1).all(|day| day.ends_with("-01-01")), "only years are kept");
    let text = watched.attain(&["query", "select max(length(postal_area)) as n from clients", "--format", "csv"]);
    assert_eq!(text.text(), "n\n3\n");
    watched.nothing_left();
    assert_eq!(fs::read_dir(watched.folder.path().join("tmp")).expect("there").count(), 0, "temporary files are gone");
}

#[test]
fn nothing_planted_comes_out_of_failures() {
    let watched = Watched::new("60", "");
    let agency = watched.folder.path().join("agency");
    watched.attain(&["ingest", "--quiet"]).expect(0);
    let project = watched.folder.read_text("agency/attain.toml");

    // Mappings that put texts and numbers of people where they do not belong, and one that cannot be read.
    let mapping = |columns: &str| {
        let text = format!("[[tables]]\ntable = \"clients\"\nfiles = \"clients*\"\n\n[tables.columns]\n{columns}");
        watched.folder.write("agency/wrong.toml", &text);
        watched.folder.write("agency/attain.toml", &project.replace("\"case-export\"", "\"wrong.toml\""));
    };
    for columns in [
        "client_id = \"Client ID\"\nbirth_date = \"SSN\"\ndied_on = \"Last Name\"\ngender = \"Phone\"\nlanguage = \"Notes\"\n",
        "client_id = \"SSN\"\nlanguage = \"Email\"\nhousehold_id = \"Client ID\"\n",
        "client_id = \"Client ID\"\nlanguage.sql = \"cast(\\\"SSN\\\" as int)\"\n",
        "client_id = \"Client ID\"\nlanguage = { column = \"Notes\", codes = { a = \"b\" } }\n",
    ] {
        mapping(columns);
        for words in [&["check", "--json"][..], &["check"], &["ingest"]] {
            watched.attain(words);
        }
    }
    watched.folder.write("agency/attain.toml", &project);

    // Files that cannot be read: cut, no text, no archive, a folder.
    let clients = watched.folder.read("agency/exports/clients.csv");
    for bytes in [&clients[..clients.len() / 2 - 7], &[b"PK\x03\x04", &clients[..]].concat(), &wide(&clients)] {
        fs::write(agency.join("exports/clients.csv"), bytes).expect("written");
        for words in [&["check"][..], &["ingest"], &["profile", "exports/clients.csv"]] {
            watched.attain(words);
        }
    }
    fs::write(agency.join("exports/clients.csv"), &clients).expect("written");
    for (name, bytes) in [("more.csv.gz", &b"\x1f\x8b\x08"[..]), ("book.xlsx", b"PK\x03\x04"), ("old.xls", &clients)] {
        fs::write(agency.join("exports").join(name), bytes).expect("written");
        let files = format!("exports/{name}");
        watched.attain(&["check", &files]);
        watched.attain(&["profile", &files]);
        fs::remove_file(agency.join(&files)).expect("removed");
    }

    // A crosswalk that does not fit; another key; the store locked by nobody, then damaged.
    let crosswalk = "crosswalk = { file = \"exports/clients.csv\", id = \"SSN\", person = \"Last Name\" }\n\n[privacy]";
    watched.folder.write("agency/attain.toml", &project.replace("[privacy]", crosswalk));
    watched.attain(&["ingest"]);
    watched.folder.write("agency/attain.toml", &project);
    watched.folder.write("agency/attain.key", "0123456789abcdef0123456789abcdef");
    watched.attain(&["ingest"]).expect(2);
    watched.attain(&["query", "select * from clients"]).expect(0);
    watched.attain(&["ingest", "--new-key"]).expect(0);
    watched.nothing_left();
}

/// Every comma twice: rows of the wrong shape.
fn wide(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b',' { vec![b',', b','] } else { vec![*byte] }).collect()
}

#[cfg(unix)]
#[test]
fn nothing_planted_is_left_by_a_run_that_is_killed_or_has_no_room() {
    let watched = Watched::new("400", "");
    let (store, tmp) = (watched.folder.path().join("agency/store"), watched.folder.path().join("tmp"));
    let staged = |place: &Path| {
        let mut files = Vec::new();
        all_files(place, &mut files);
        files.iter().filter(|file| file.extension().is_some_and(|end| end == "parquet")).count()
    };
    for (words, place) in [(&["ingest"][..], &store), (&["check"], &tmp)] {
        let mut child = watched.command(words);
        child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = child.spawn().expect("starts");
        let begun = Instant::now();
        while staged(place) < 4 && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(staged(place) >= 4, "{words:?} was under way");
        watched.nothing_left();
    }
    assert!(fs::read_dir(&tmp).expect("there").count() > 0, "the check was killed in the middle");
    // Files may not grow past this: what a full disk is to the program.
    let script = format!("trap '' XFSZ; ulimit -f 40; exec '{}' ingest", crate::project_folder::ATTAIN);
    let mut limited = Command::new("sh");
    limited.args(["-c", &script]).current_dir(watched.folder.path().join("agency")).env("TMPDIR", &tmp);
    let ran = watched.heard(&["ingest, without room"], &mut limited);
    assert!(ran.code != Some(0) && ran.said.contains("cannot be written"), "{:?} {}", ran.code, ran.said);
    assert!(!store.join("CURRENT").exists());
    watched.nothing_left();
    // The next run works, and takes away what the others left.
    watched.attain(&["ingest", "--quiet"]).expect(0);
    watched.attain(&["check", "--quiet", "--fail-on", "never"]).expect(0);
    watched.nothing_left();
    let left: Vec<_> = fs::read_dir(&store).expect("there").flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("staging")), "{left:?}");
    assert_eq!(fs::read_dir(&tmp).expect("there").count(), 0);
}
