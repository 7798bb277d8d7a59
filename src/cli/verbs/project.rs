//! `attain init`, `attain synth`, and what `attain` alone says.

use super::super::args::{Init, Synth};
use super::super::console::{counted, grouped};
use super::super::failure::Failure;
use super::super::job::Context;
use crate::contract::hex;
use crate::store::private;
use crate::synth::{self, Recipe};
use std::path::Path;

/// What to do next, by what is here.
pub fn greet(context: &Context) {
    let here = context.project.clone().unwrap_or_else(|| ".".into());
    let next = if here.join(crate::project::PROJECT_FILE).exists() {
        "This folder is a project. Next:\n  attain check     every problem in the exports\n  attain run       read the exports, write the reports"
    } else {
        "Next:\n  attain synth demo && attain run demo     a made-up agency and its report, in a minute\n  attain init my-agency                    a project of your own\n  attain check services.csv                look at a single file"
    };
    context.console.say(&format!(
        "attain turns a case-management system's exports into evaluation reports.\n\n{next}\n\nattain --help lists every command; attain explain says what a word means."
    ));
}

const PROJECT: &str = include_str!("../new_project.toml");
const IGNORED: &str = "# people's data, the key to it, and what is made from it\nexports/\nattain.key\nstore/\nout/\n";

pub fn init(context: &Context, words: &Init) -> Result<(), Failure> {
    let folder = &words.folder;
    refuse_full(folder)?;
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| Failure::Write(path, error)
    };
    let exports = folder.join("exports");
    private::folder(&exports).map_err(failed(&exports))?;
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::Usage(format!("no random key can be had: {error}")))?;
    let key_file = folder.join("attain.key");
    write_private(&key_file, &format!("{}\n", hex(&key))).map_err(failed(&key_file))?;
    for (name, text) in [(crate::project::PROJECT_FILE, PROJECT), (".gitignore", IGNORED)] {
        let path = folder.join(name);
        write_private(&path, text).map_err(failed(&path))?;
    }
    context.console.say(&format!(
        "made {0}/attain.toml, {0}/attain.key and {0}/exports/\nkeep attain.key secret, and a copy of it in a safe place: with another key the same people get other ids\n\nNext:\n  1. put your export's CSV files into {0}/exports/ (clients.csv, enrollments.csv, …; attain explain lists the tables)\n  2. set the agency's name and targets in {0}/attain.toml\n  3. attain check {0}\n  4. attain run {0}",
        folder.display()
    ));
    Ok(())
}

pub fn synth(context: &Context, words: &Synth) -> Result<(), Failure> {
    refuse_full(&words.folder)?;
    let recipe = Recipe {
        clients: words.clients,
        programs: words.programs,
        seed: words.seed,
        flaws: !words.no_flaws,
        canaries: words.canaries,
        ..Recipe::default()
    };
    private::folder(&words.folder.join("exports")).map_err(|error| Failure::Write(words.folder.clone(), error))?;
    let bar = context.console.making("people", words.clients);
    let summary = synth::write(&recipe, &words.folder, |made| bar.set_position(made))
        .map_err(|error| Failure::Write(words.folder.clone(), error))?;
    bar.finish_and_clear();
    for table in &summary.tables {
        context.console.say(&format!(
            "  {:<16}{:>14} rows{:>16} bytes",
            table.table,
            grouped(table.rows),
            grouped(table.bytes)
        ));
    }
    context.console.say(&format!(
        "{} in {}, {}; what is true of it stands in {}\nNext: attain run {}",
        counted(summary.rows(), "row", "rows"),
        words.folder.display(),
        counted(summary.flaws, "planted flaw", "planted flaws"),
        words.folder.join("truth.json").display(),
        words.folder.display()
    ));
    Ok(())
}

/// Only a new or empty folder is written to, so that nobody's files are lost.
fn refuse_full(folder: &Path) -> Result<(), Failure> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(Failure::Usage(format!("{} is not empty\nhint: name a new folder", folder.display()))),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::Write(folder.to_path_buf(), error)),
        _ => Ok(()),
    }
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    private::create(path)?.write_all(text.as_bytes())
}
