//! Project folders for tests, and the real binary run in them: what a person types, what they see.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The program under test.
pub const ATTAIN: &str = env!("CARGO_BIN_EXE_attain");

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub said: String,
}

impl Ran {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("text")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.out).expect("JSON on stdout")
    }

    /// Ended with that code, and what was said shows up where it did not.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", String::from_utf8_lossy(&self.out), self.said);
        self
    }
}

/// A folder that is a project, or becomes one.
pub struct Folder {
    path: PathBuf,
    /// Removes the folder at the end.
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    pub fn empty() -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        Self { path: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    /// A copy of the sample agency's project, nothing ingested yet; of its reports only the monthly review.
    pub fn sample() -> Self {
        let folder = Self::empty();
        copy_sample(&folder.path);
        folder
    }

    /// A copy of the sample agency's project, ingested and reported.
    pub fn ingested() -> Self {
        let folder = Self::empty();
        copy_tree(shared().path(), &folder.path);
        folder
    }

    /// The same in the place for what tests share, by that name: one test program has it to itself, and it stays to be
    /// looked at until the next.
    pub fn ingested_for_all(name: &str) -> Self {
        let sample = shared();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        copy_tree(sample.path(), &path);
        Self { path, _temporary: None }
    }

    /// A small project with these exports.
    pub fn with_exports(files: &[(&str, &str)]) -> Self {
        let folder = Self::empty();
        folder.write("attain.key", "0123456789abcdef0123456789abcdef");
        folder.write(
            "attain.toml",
            "[agency]\nname = \"Test House\"\nas_of = 2026-06-30\n\n[[sources]]\nname = \"exports\"\nmapping = \"case-export\"\n\
             files = \"exports/*.csv\"\n\n[privacy]\nkey_file = \"attain.key\"\n",
        );
        for (name, text) in files {
            folder.write(&format!("exports/{name}"), text);
        }
        folder
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect("written");
        // A key that others can read is refused.
        #[cfg(unix)]
        if path.extension().is_some_and(|ending| ending == "key") {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        }
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn read_text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    /// Replaces text of a file; it must be there.
    #[track_caller]
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read_text(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// The program, ready to be started in this folder, in surroundings that do not change what it says.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(ATTAIN);
        command.args(words).current_dir(&self.path).stdin(Stdio::null());
        for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "ATTAIN_KEY"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the program in this folder.
    pub fn attain(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().expect("the binary starts");
        Ran {
            code: output.status.code(),
            out: output.stdout,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A session as it would stand in a terminal: commands, what they said, exit codes.
    pub fn transcript(&self, commands: &[&[&str]]) -> String {
        let mut text = String::new();
        for words in commands {
            let ran = self.attain(words);
            let typed: Vec<String> = words.iter().map(|word| as_typed(word)).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "$ attain {}", typed.join(" "));
            text.push_str(&String::from_utf8_lossy(&ran.out));
            text.push_str(&ran.said);
            let _ = writeln!(text, "[{}]\n", ran.code.map_or_else(|| "signal".to_owned(), |code| code.to_string()));
        }
        assert!(!text.contains('\u{1b}'), "no colour where nobody watches:\n{text}");
        without_digests(&text)
    }

    /// Every file below a folder of the project: path → bytes.
    pub fn files(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let root = self.path.join(below);
        for path in walk(&root) {
            let name = path.strip_prefix(&root).expect("below").to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read(&path).expect("readable"));
        }
        files
    }
}

/// Snapshot ids and versions of queries follow from the content, and change with it: eight or more hex digits, one of
/// them a number and one a letter, are shown as dots.
fn without_digests(text: &str) -> String {
    let digest = |word: &str| {
        word.len() >= 8
            && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && word.bytes().any(|b| b.is_ascii_digit())
    };
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if digest(word) { format!("…{}", &piece[word.len()..]) } else { piece.to_owned() }
        })
        .collect()
}

fn as_typed(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'$*;()[]\"".contains(c)) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

/// The sample agency, ingested and reported once for every test that only reads.
pub fn shared() -> &'static Folder {
    static SHARED: OnceLock<(Folder, File)> = OnceLock::new();
    let (folder, _lock) = SHARED.get_or_init(|| {
        let room = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Held until this process ends: a second run of the tests waits instead of pulling the folder away.
        let lock = File::create(room.join("sample.lock")).expect("a lock file");
        lock.lock().expect("the lock");
        let path = room.join("sample");
        let _ = fs::remove_dir_all(&path);
        copy_sample(&path);
        let folder = Folder { path, _temporary: None };
        folder.attain(&["run", "--threads", "4", "--quiet"]).expect(0);
        (folder, lock)
    });
    folder
}

/// Its first report alone: a test that is about others asks for them.
fn copy_sample(to: &Path) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    copy_tree(&sample.join("exports"), &to.join("exports"));
    fs::copy(sample.join("attain.key"), to.join("attain.key")).expect("copied");
    let project = fs::read_to_string(sample.join("attain.toml")).expect("a project file");
    let (start, end) =
        (project.find("[[reports]]").expect("a report"), project.find("\n# For others").expect("others"));
    assert!(project[start..end].contains("monthly-review"), "{project}");
    fs::write(to.join("attain.toml"), &project[..end]).expect("written");
}

pub fn copy_tree(from: &Path, to: &Path) {
    for path in walk(from) {
        let target = to.join(path.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::copy(&path, target).expect("copied");
    }
}

fn walk(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    files
}

/// A CSV table: headings, then rows.
pub fn csv_table(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let headings = reader.headers().expect("headings").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    (headings, rows)
}
