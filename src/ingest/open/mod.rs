//! Files as they come: what a file holds (itself, the files of an archive, the sheets of a workbook), and each of them
//! as UTF-8 text, whatever its encoding, packing, delimiter and line ends. What was found out is said.
//!
//! ```text
//! file → (unpack) → digest → (decode) → (line ends) → blocks        sheet → cells → text in `Form::SHEET` → blocks
//! ```
//!
//! What a file is, is told by its first bytes, not by its name. Nothing is written to disk, and memory does not grow
//! with a file, but for a workbook, which is held whole. A packed file may be made to unpack to more than a machine
//! holds: [`Limits`] says what is refused.

mod archive;
mod binary;
mod capped;
mod compound;
mod encoding;
mod form;
mod guarded;
mod ods;
mod package;
mod sheet;
mod value;
mod workbook;

use archive::Member;
pub use capped::Tally;
use capped::{Capped, Tallied};
use encoding::{Decoding, Returns};
use flate2::read::MultiGzDecoder;
pub use form::Form;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use workbook::Kind;

/// What may be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes a file, or all files of an archive, may unpack to.
    pub unpacked: u64,
    /// A file may unpack to this many times its packed size …
    pub ratio: u64,
    /// … unless it is no larger than this: small files pack well.
    pub ratio_from: u64,
    /// Files in an archive.
    pub entries: usize,
    /// Bytes of a workbook, packed, unpacked, and as text: it is held in memory.
    pub workbook: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 64 << 30, ratio: 200, ratio_from: 100 << 20, entries: 10_000, workbook: 1 << 30 }
    }
}

impl Limits {
    /// What so many packed bytes may become, and what is said when it is more.
    fn unpacked_from(&self, packed: u64) -> (u64, String) {
        let by_ratio = packed.saturating_mul(self.ratio).max(self.ratio_from);
        if by_ratio < self.unpacked {
            (by_ratio, format!("it unpacks to more than {} times its size; unpack it and look at it", self.ratio))
        } else {
            (self.unpacked, format!("it unpacks to more than {}; split it", sizes(self.unpacked)))
        }
    }
}

/// Bytes in words.
fn sizes(bytes: u64) -> String {
    match bytes {
        0x4000_0000.. => format!("{} GiB", bytes >> 30),
        0x10_0000.. => format!("{} MiB", bytes >> 20),
        _ => format!("{bytes} bytes"),
    }
}

/// Why a file, or a file in it, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError {
    /// The file as it is shown.
    pub path: String,
    pub what: String,
    pub fix: String,
}

impl OpenError {
    fn new(path: &str, what: String, fix: &str) -> Self {
        Self { path: path.to_owned(), what, fix: fix.to_owned() }
    }

    fn unreadable(path: &str, error: &io::Error) -> Self {
        Self::new(path, format!("the file cannot be read: {error}"), "check that it is there and may be read")
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.path, self.what, self.fix)
    }
}

impl std::error::Error for OpenError {}

/// What the mapping says of how a file is written, where what is detected is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// A label of the WHATWG encoding standard: `windows-1252`, `utf-16`, …
    pub encoding: Option<String>,
    pub delimiter: Option<u8>,
}

/// One logical file: a file itself, a file in an archive, a sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// As it is shown: `exports/hmis.zip/Client.csv`, `exports/cases.xlsx:Sheet1`, `exports/a.csv.gz`.
    pub path: String,
    /// What patterns without folders are compared with: `Client.csv`, `cases.xlsx`, `a.csv` for `a.csv.gz`.
    pub name: String,
    /// Folders and name in the archive.
    pub inner: Option<String>,
    pub sheet: Option<String>,
    /// A sheet that the workbook hides.
    pub hidden: bool,
    /// Packed bytes, for progress. Of a workbook, those of all its sheets.
    pub bytes: u64,
    place: PathBuf,
    holds: Holds,
}

/// How a part's bytes are had.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holds {
    Itself,
    Gzip,
    Member(Member),
}

/// A part, opened.
pub struct Opened {
    /// UTF-8 text without a mark, cut as `form` says.
    pub reader: Box<dyn Read + Send>,
    pub form: Form,
    /// What was found out when it is not UTF-8 with commas: `Windows-1252`, `cells separated by semicolons`, …
    pub said: Vec<String>,
    tally: Tally,
}

impl Opened {
    /// Bytes read so far and their SHA-256: of a plain file those of the file, of a packed one those of what was packed,
    /// of a sheet those of the whole workbook.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

const GZIP: &[u8] = b"\x1f\x8b";
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// How much of a file is looked at to tell how it is written.
const HEAD: usize = 256 << 10;

/// What a file holds. `shown` is its path relative to the project.
pub fn parts(shown: &str, place: &Path, limits: &Limits) -> Result<Vec<Part>, OpenError> {
    let unreadable = |error: io::Error| OpenError::unreadable(shown, &error);
    let bytes = std::fs::metadata(place).map_err(unreadable)?.len();
    let mut head = Vec::new();
    File::open(place).and_then(|file| file.take(8).read_to_end(&mut head)).map_err(unreadable)?;
    let name = shown.rsplit('/').next().unwrap_or(shown).to_owned();
    let part = Part {
        path: shown.to_owned(),
        name,
        inner: None,
        sheet: None,
        hidden: false,
        bytes,
        place: place.to_owned(),
        holds: Holds::Itself,
    };
    if head.starts_with(GZIP) {
        let name = strip_ending(&part.name, ".gz").to_owned();
        return Ok(vec![Part { name, holds: Holds::Gzip, ..part }]);
    }
    let is_zip = ZIP.iter().any(|magic| head.starts_with(magic));
    if !is_zip {
        return if workbook::is_compound(&head) { sheets(&part, limits) } else { Ok(vec![part]) };
    }
    let members = archive::members(shown, place, limits)?;
    if Kind::of_archive(&members.iter().map(|member| member.name.as_str())).is_some() {
        return sheets(&part, limits);
    }
    if members.is_empty() {
        return Err(OpenError::new(shown, "the archive holds no file".to_owned(), "export it again"));
    }
    let mut all = Vec::new();
    for member in members {
        let part = Part {
            path: format!("{shown}/{}", printable(&member.name)),
            name: printable(member.name.rsplit('/').next().unwrap_or_default()),
            inner: Some(member.name.clone()),
            bytes: member.packed,
            holds: Holds::Member(member),
            ..part.clone()
        };
        if Kind::of_name(&part.name).is_none() {
            all.push(part);
            continue;
        }
        // A workbook that cannot be read is told when it is wanted; the other files of the archive are read all the same.
        all.extend(sheets(&part, limits).unwrap_or_else(|_| vec![part]));
    }
    Ok(all)
}

/// The sheets of a workbook.
fn sheets(part: &Part, limits: &Limits) -> Result<Vec<Part>, OpenError> {
    let bytes = part.whole(limits)?;
    let sheets = workbook::sheets(&part.path, &bytes, limits)?;
    let of = |sheet: workbook::SheetFound| Part {
        path: format!("{}:{}", part.path, shown_name(&sheet.name)),
        sheet: Some(sheet.name),
        hidden: sheet.hidden,
        ..part.clone()
    };
    Ok(sheets.into_iter().map(of).collect())
}

/// A name without what could be taken for something else in a path or on a terminal.
fn shown_name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '/' | ':') { '_' } else { c }).collect()
}

/// A path without what a terminal or a line of text would take for something else.
fn printable(path: &str) -> String {
    path.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> &'a str {
    let stem = name.len().checked_sub(ending.len()).and_then(|at| name.split_at_checked(at));
    stem.filter(|(stem, end)| !stem.is_empty() && end.eq_ignore_ascii_case(ending)).map_or(name, |(stem, _)| stem)
}

impl Part {
    /// A plain file that need not be there: what is the matter with it is told by [`open`](Self::open).
    #[must_use]
    pub fn plain(shown: &str, place: &Path) -> Self {
        Self {
            path: shown.to_owned(),
            name: shown.rsplit('/').next().unwrap_or(shown).to_owned(),
            inner: None,
            sheet: None,
            hidden: false,
            bytes: 0,
            place: place.to_owned(),
            holds: Holds::Itself,
        }
    }

    /// Whether its text is that of the file, as it lies on the disk.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.holds == Holds::Itself && self.sheet.is_none()
    }

    /// Its text, and how it is cut.
    pub fn open(&self, written: &Written, limits: &Limits) -> Result<Opened, OpenError> {
        if let Some(sheet) = &self.sheet {
            let bytes = self.whole(limits)?;
            let tally = Tally::of(&bytes);
            let (text, mut said) = workbook::sheet(&self.path, &bytes, sheet, limits)?;
            said.insert(
                0,
                format!("sheet {}{}", shown_name(sheet), if self.hidden { ", which is hidden" } else { "" }),
            );
            return Ok(Opened { reader: Box::new(text), form: Form::SHEET, said, tally });
        }
        let tally = Tally::default();
        let mut raw = Tallied(self.raw(limits)?, tally.clone());
        let head = self.head_of(&mut raw)?;
        self.refuse_what_is_no_text(&head, limits)?;
        let mut said = Vec::new();
        if self.holds == Holds::Gzip {
            said.push("packed with gzip".to_owned());
        }
        let encoding = match &written.encoding {
            Some(name) => encoding::named(name, &head).ok_or_else(|| {
                let what = format!("\"{name}\" is no encoding that is known");
                self.error(what, "name it in the mapping as web pages do: utf-8, utf-16, windows-1252")
            })?,
            None => encoding::detected(&head)
                .ok_or_else(|| self.error("the file is UTF-32".to_owned(), "export as UTF-8"))?,
        };
        let mut reader: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(raw));
        if encoding != encoding_rs::UTF_8 {
            said.push(if encoding == encoding_rs::WINDOWS_1252 {
                "Windows-1252".to_owned()
            } else {
                encoding.name().to_owned()
            });
            reader = Box::new(Decoding::new(reader, encoding));
        }
        let mut head = self.head_of(&mut reader)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let (detected, says) = form::delimiter(&head);
        head.drain(..says);
        let form = Form { delimiter: written.delimiter.unwrap_or(detected), ..Form::CSV };
        if form.delimiter != b',' {
            said.push(format!("cells separated by {}", form.delimiter_name()));
        }
        let returns = form::ends_with_returns(&head);
        reader = Box::new(Cursor::new(head).chain(reader));
        if returns {
            said.push("lines that end with carriage returns".to_owned());
            reader = Box::new(Returns::new(reader));
        }
        Ok(Opened { reader, form, said, tally })
    }

    fn error(&self, what: String, fix: &str) -> OpenError {
        OpenError::new(&self.path, what, fix)
    }

    fn head_of(&self, reader: &mut impl Read) -> Result<Vec<u8>, OpenError> {
        let mut head = Vec::new();
        reader.take(HEAD as u64).read_to_end(&mut head).map_err(|error| self.stopped(&error))?;
        Ok(head)
    }

    /// What a reader said when it stopped.
    pub fn stopped(&self, error: &io::Error) -> OpenError {
        let text = error.to_string();
        match text.split_once("; ") {
            Some((what, fix)) if error.kind() == io::ErrorKind::InvalidData => self.error(what.to_owned(), fix),
            _ => OpenError::unreadable(&self.path, error),
        }
    }

    /// Its bytes, unpacked.
    fn raw(&self, limits: &Limits) -> Result<Box<dyn Read + Send>, OpenError> {
        let open = || File::open(&self.place).map_err(|error| OpenError::unreadable(&self.path, &error));
        Ok(match &self.holds {
            Holds::Itself => Box::new(open()?),
            Holds::Gzip => {
                let (most, too_much) = limits.unpacked_from(self.bytes);
                let packed = BufReader::with_capacity(64 << 10, open()?);
                Box::new(Capped::new(MultiGzDecoder::new(packed), most, too_much, None))
            }
            Holds::Member(member) => archive::member(&self.path, &self.place, member, limits)?,
        })
    }

    /// All its bytes, which are a workbook's.
    fn whole(&self, limits: &Limits) -> Result<Vec<u8>, OpenError> {
        let mut bytes = Vec::new();
        self.raw(limits)?.take(limits.workbook + 1).read_to_end(&mut bytes).map_err(|error| self.stopped(&error))?;
        if bytes.len() as u64 > limits.workbook {
            let what = format!("the workbook has more than {}", sizes(limits.workbook));
            return Err(self.error(what, "save its sheets as CSV"));
        }
        Ok(bytes)
    }

    /// What looks like text by its place or name and is something else.
    fn refuse_what_is_no_text(&self, head: &[u8], limits: &Limits) -> Result<(), OpenError> {
        const TAR: &[u8] = b"ustar";
        let packed = ZIP.iter().any(|magic| head.starts_with(magic)) || head.starts_with(GZIP);
        if self.inner.is_some() && Kind::of_name(&self.name).is_some() && (packed || workbook::is_compound(head)) {
            // Its sheets could not be listed; why is said now.
            workbook::sheets(&self.path, &self.whole(limits)?, limits)?;
        }
        if packed {
            return Err(self.error("an archive in an archive is not read".to_owned(), "unpack the outer one"));
        }
        if head.get(257..262) == Some(TAR) {
            return Err(self.error("a tar archive is not read".to_owned(), "unpack it"));
        }
        if workbook::is_compound(head) {
            return Err(self.error("a packed workbook is not read".to_owned(), "unpack it"));
        }
        let first = head.trim_ascii_start();
        if Kind::of_name(&self.name).is_some() && first.starts_with(b"<") {
            let what = "the file is a web page or XML under a workbook's name".to_owned();
            return Err(self.error(what, "open it in a spreadsheet program and save it as .xlsx or CSV"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
