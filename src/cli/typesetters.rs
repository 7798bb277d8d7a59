//! PDFs set by processes of their own, where there are many: the library that sets them keeps tables of its own of what it
//! looked up in every document until its process ends, and 200 editions add up. A process sets so many documents and is then
//! replaced.
//!
//! A line of JSON goes in, the manuscript; out comes a line of JSON that says how long the PDF is that follows, or what is
//! wrong. The process ends when its input does. Nothing of a document is written to disk on the way.

use super::failure::Failure;
use crate::report::ReportError;
use crate::report::pdf::Manuscript;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The word with which this program is begun as a typesetter.
pub const VERB: &str = "set-pdf";

/// Up to so many documents are set in this process.
const FEW: usize = 4;
/// As many as a process sets: it then has grown by some 50 MB.
const RENEWED_AFTER: usize = 20;

/// What is said of one manuscript.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// So many bytes follow.
    Bytes(usize),
    /// What is wrong.
    Failed(String),
}

/// The typesetters of a run.
#[derive(Debug)]
pub struct Typesetters {
    are_needed: bool,
    /// Those that have nothing to do.
    idle: Mutex<Vec<Typesetter>>,
}

impl Typesetters {
    /// For so many documents.
    pub fn for_documents(n: usize) -> Self {
        Self { are_needed: n > FEW, idle: Mutex::default() }
    }

    /// The PDF of a manuscript.
    pub fn set(&self, manuscript: &Manuscript) -> Result<Vec<u8>, ReportError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut typesetter = match idle().pop() {
            Some(typesetter) => typesetter,
            None if self.are_needed => match Typesetter::new() {
                Ok(typesetter) => typesetter,
                // Where no process can be begun, as when the program's file was replaced meanwhile, it takes more memory.
                Err(_) => return manuscript.set().map_err(ReportError::Pdf),
            },
            None => return manuscript.set().map_err(ReportError::Pdf),
        };
        // One that broke off is not asked again.
        let set = typesetter.set(manuscript).map_err(|error| {
            ReportError::Pdf(format!("the process that sets it broke off ({error}); what it said stands above"))
        })?;
        if typesetter.documents < RENEWED_AFTER {
            idle().push(typesetter);
        }
        set.map_err(ReportError::Pdf)
    }
}

/// A process that sets PDFs.
#[derive(Debug)]
struct Typesetter {
    process: Child,
    /// None once it is told that nothing more comes.
    manuscripts: Option<ChildStdin>,
    pages: BufReader<ChildStdout>,
    documents: usize,
}

impl Typesetter {
    fn new() -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(VERB)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let missing = || io::Error::from(io::ErrorKind::BrokenPipe);
        let manuscripts = Some(process.stdin.take().ok_or_else(missing)?);
        let pages = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Self { process, manuscripts, pages, documents: 0 })
    }

    fn set(&mut self, manuscript: &Manuscript) -> io::Result<Result<Vec<u8>, String>> {
        self.documents += 1;
        let Some(manuscripts) = &mut self.manuscripts else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let mut line = serde_json::to_vec(manuscript)?;
        line.push(b'\n');
        manuscripts.write_all(&line)?;
        manuscripts.flush()?;
        let mut line = String::new();
        if self.pages.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match serde_json::from_str(&line)? {
            Answer::Failed(message) => Ok(Err(message)),
            Answer::Bytes(n) => {
                let mut bytes = vec![0; n];
                self.pages.read_exact(&mut bytes)?;
                Ok(Ok(bytes))
            }
        }
    }
}

impl Drop for Typesetter {
    fn drop(&mut self) {
        self.manuscripts = None;
        // Whatever it says at its end, its documents are there.
        let _ = self.process.wait();
    }
}

/// Sets what comes in, one after the other.
pub fn work() -> Result<(), Failure> {
    set_all().map_err(|error| Failure::Report(format!("what is to be set cannot be read or written: {error}")))
}

fn set_all() -> io::Result<()> {
    let (manuscripts, mut pages) = (io::stdin().lock(), io::stdout().lock());
    for line in manuscripts.lines() {
        let manuscript: Manuscript = serde_json::from_str(&line?)?;
        let set = manuscript.set();
        let answer = match &set {
            Ok(bytes) => Answer::Bytes(bytes.len()),
            Err(message) => Answer::Failed(message.clone()),
        };
        let mut answer = serde_json::to_vec(&answer)?;
        answer.push(b'\n');
        answer.extend(set.unwrap_or_default());
        pages.write_all(&answer)?;
        pages.flush()?;
    }
    Ok(())
}
