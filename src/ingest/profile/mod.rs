//! What is in an export nobody has described yet: each file's form, each column's kind, what refers to what, and a
//! mapping drafted from it. Values of columns that may be sensitive, ids and free text are never told, only patterns;
//! of the others only what the gate of `told.rs` lets through.
//!
//! Long because what is told of a file and of a column stands here in full, beside the gate it passes.
//!
//! ```text
//! parts → records → (blocks) → tally → infer → FileProfile     sketches → relations     all of it → draft
//! ```

mod dates;
mod draft;
mod draft_built_in;
mod draft_lookup;
mod draft_rule;
mod infer;
mod likeness;
mod matching;
mod names;
mod numbers;
mod read;
mod records;
mod relations;
mod sensitive;
mod sketch;
mod table;
mod tally;
mod told;

use super::Progress;
use super::open::{Limits, OpenError, Part, Written, parts};
pub use draft::{draft, recognised};
pub use infer::Kind;
use infer::{Inferred, infer};
use names::WORDS;
use records::Records;
pub use relations::Relation;
use serde::Serialize;
use sketch::Sketch;
use std::collections::BTreeMap;
use std::path::PathBuf;
pub use table::text;
use tally::Tally;
use told::Kept;

/// All that was found out.
#[derive(Debug, Serialize)]
pub struct Profile {
    pub files: Vec<FileProfile>,
    pub relations: Vec<Relation>,
    /// What could not be read, and why.
    pub unreadable: Vec<String>,
}

/// One file, or one sheet.
#[derive(Debug, Serialize)]
pub struct FileProfile {
    pub path: String,
    /// Its path without the folders, where no other file is called so.
    #[serde(skip)]
    pub(super) called: String,
    /// What patterns of a mapping are compared with.
    pub name: String,
    pub sheet: Option<String>,
    /// What was detected: encoding, delimiter, packing.
    pub form: Vec<String>,
    /// 0 if no header was found.
    pub header_line: u64,
    /// Lines the header takes.
    pub header_lines: u64,
    pub rows: u64,
    pub repeated_headers: u64,
    pub total_rows: u64,
    pub short_rows: u64,
    pub long_rows: u64,
    pub columns: Vec<ColumnProfile>,
    /// Columns beyond the first two thousand.
    pub columns_left_out: usize,
}

/// One column.
#[derive(Debug, Serialize)]
pub struct ColumnProfile {
    /// As in the header if that looks like a name, else its pattern or its number.
    pub name: String,
    /// The name as it stands in the file, where it may be told.
    #[serde(skip)]
    pub header: Option<String>,
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The share of the known values that fit the type.
    pub fits: f64,
    pub rows: u64,
    pub empty: u64,
    /// Texts that mean unknown, with their rows.
    pub missing: BTreeMap<String, u64>,
    /// Values that may mean unknown; a person has to say.
    pub doubtful: Vec<Counted>,
    pub distinct: u64,
    /// Otherwise `distinct` is an estimate.
    pub distinct_is_exact: bool,
    /// Smallest and largest date or number, where the header says that they are no person's.
    pub range: Option<[String; 2]>,
    /// Shortest and longest value, in characters.
    pub lengths: Option<[u64; 2]>,
    /// The shape most values have, and the share that has it.
    pub pattern: Option<String>,
    pub pattern_share: f64,
    /// The most frequent values of a code that is not sensitive.
    pub top: Vec<Counted>,
    /// Different values of a code that are not told: they may be about persons.
    pub untold: usize,
    /// Every row has a value of its own.
    pub key: bool,
    /// Rows with a value that an earlier row has.
    pub repeated: u64,
    /// The file and column whose key its values are.
    pub refers_to: Option<String>,
    pub date_forms: Vec<String>,
    /// Day and month may also be the other way round.
    pub ambiguous_with: Option<String>,
    pub thousands: Option<char>,
    pub decimal: Option<char>,
    /// Whether `1,250` could also be 1.25.
    pub ambiguous_number: bool,
    pub currency: Option<&'static str>,
    pub separator: Option<&'static str>,
    pub sensitivity: Option<&'static str>,
    /// The forms that every date fits; for a draft, as what follows.
    #[serde(skip)]
    pub(super) all_fit: Vec<String>,
    /// The words of its name.
    #[serde(skip)]
    pub(super) words: Vec<String>,
    /// All values of a code, most of them to be compared only.
    #[serde(skip)]
    pub(super) values: Kept,
    #[serde(skip)]
    pub(super) counts: Counts,
    #[serde(skip)]
    pub(super) sketch: Sketch,
}

impl ColumnProfile {
    /// The values of a code that may be told.
    pub(super) fn told(&self) -> &[Counted] {
        self.values.told()
    }
}

/// What whole numbers may count, as their range tells, which itself may not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    Things,
    /// As a spreadsheet counts the days 1954 to 2064.
    Days,
}

/// A value and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub value: String,
    pub rows: u64,
}

/// Values shown of a code.
const TOP: usize = 8;

/// Looks at files: how each is shown, and where it is.
pub fn profile(files: &[(String, PathBuf)], limits: &Limits, progress: &dyn Progress) -> Profile {
    let mut found = Profile { files: Vec::new(), relations: Vec::new(), unreadable: Vec::new() };
    let mut all = Vec::new();
    for (shown, place) in files {
        match parts(shown, place, limits) {
            Ok(parts) => all.extend(parts),
            Err(error) => found.unreadable.push(error.to_string()),
        }
    }
    progress.begin(all.len(), all.iter().map(|part| part.bytes).sum());
    for part in &all {
        match file(part, limits) {
            Ok(file) => found.files.push(file),
            Err(error) => found.unreadable.push(error.to_string()),
        }
        progress.read(&part.path, part.bytes);
    }
    call(&mut found.files);
    found.relations = relations::between(&found.files);
    refer(&mut found);
    found
}

/// Calls files by their names alone where these tell them apart.
fn call(files: &mut [FileProfile]) {
    let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.iter() {
        *counts.entry(name_of(&file.path)).or_default() += 1;
    }
    for file in files {
        let name = name_of(&file.path);
        file.called = if counts.get(&name) == Some(&1) { name } else { file.path.clone() };
    }
}

/// A column that holds another file's keys is an id, and as private as they are.
fn refer(profile: &mut Profile) {
    for relation in &profile.relations {
        let column_at = |(file, column): (usize, usize)| profile.files.get(file).and_then(|f| f.columns.get(column));
        let private = column_at(relation.to.at).and_then(|column| column.sensitivity);
        let key = profile.files.get(relation.to.at.0).map(|file| format!("{} {}", file.called, relation.to.column));
        let (file, column) = relation.from.at;
        if let Some(column) = profile.files.get_mut(file).and_then(|f| f.columns.get_mut(column)) {
            column.kind = Kind::Id;
            column.refers_to = key;
            column.sensitivity = column.sensitivity.or(private);
            (column.top, column.values, column.range, column.separator) = (Vec::new(), Kept::default(), None, None);
            column.untold = 0;
            column.doubtful.clear();
        }
    }
}

fn file(part: &Part, limits: &Limits) -> Result<FileProfile, OpenError> {
    let opened = part.open(&Written::default(), limits)?;
    let form = opened.said.clone();
    let read = read::read(Records::new(opened.reader, opened.form)).map_err(|error| OpenError {
        path: part.path.clone(),
        what: format!("the file cannot be read to its end: {error}"),
        fix: "export it again".to_owned(),
    })?;
    let (mut header, mut header_line, mut header_lines) =
        (read.header.unwrap_or_default(), read.header_line, read.header_lines);
    if is_row(&header, &read.columns) {
        (header, header_line, header_lines) = (Vec::new(), 0, 0);
    }
    if header_lines > 1 {
        // The second line may be a row of data: its cells are told only if they are made of the words of headers.
        for name in header.iter_mut().filter(|name| !told::is_of_headers(name)) {
            *name = crate::contract::pattern_of(name);
        }
    }
    let columns = read.columns.into_iter().enumerate();
    Ok(FileProfile {
        path: part.path.clone(),
        called: part.path.clone(),
        name: part.name.clone(),
        sheet: part.sheet.clone(),
        form,
        header_line,
        header_lines,
        rows: read.rows,
        repeated_headers: read.repeated_headers,
        total_rows: read.totals,
        short_rows: read.short,
        long_rows: read.long,
        columns: columns.map(|(at, tally)| column(&part.path, at, header.get(at), tally)).collect(),
        columns_left_out: read.left_out,
    })
}

/// Whether what was taken for the header is a row: its cells come again below, or are names of people.
fn is_row(header: &[String], columns: &[Tally]) -> bool {
    let names = header.iter().filter(|name| !name.is_empty()).count();
    let comes_again =
        |(name, tally): &(&String, &Tally)| tally.values.as_ref().is_some_and(|values| values.contains_key(*name));
    let again = header.iter().zip(columns).filter(comes_again).count();
    let somebody = header.iter().filter(|name| told::is_data(name)).count();
    (again + somebody) * 3 >= names.max(1)
}

fn column(path: &str, at: usize, header: Option<&String>, tally: Tally) -> ColumnProfile {
    let bare = header.map_or("", String::as_str);
    let inferred = infer(path, bare, &tally);
    let (distinct, distinct_is_exact) = tally.sketch.distinct();
    let distinct = distinct.min(tally.known);
    // What is said of a person is kept to be compared with the contract's codes, and not told.
    let may_be_kept = matches!(inferred.sensitivity, None | Some("about the person"));
    let values = if may_be_kept && matches!(inferred.kind, Kind::Code | Kind::YesNo) {
        Kept::new(values(&tally, inferred.separator), inferred.sensitivity.is_some())
    } else {
        Kept::default()
    };
    let (pattern, pattern_share) = tally.pattern().map_or((None, 0.0), |(p, share)| (Some(p.to_owned()), share));
    let is_reference = matches!(inferred.kind, Kind::Id | Kind::Code | Kind::Whole | Kind::Text);
    let way = inferred.way;
    let name = match header {
        Some(name) if is_name(name) => name.clone(),
        Some(name) if !name.is_empty() => crate::contract::pattern_of(name),
        _ => format!("column {}", at + 1),
    };
    let words = names::words(&name);
    let range = range(&tally, &inferred);
    ColumnProfile {
        counts: range.as_ref().map_or(Counts::Things, counts),
        range: range
            .filter(|_| inferred.sensitivity.is_none())
            .and_then(|ends| told::range(&words, inferred.kind, ends)),
        words,
        name,
        header: header.filter(|name| is_name(name)).cloned(),
        kind: inferred.kind,
        fits: inferred.fits,
        rows: tally.rows(),
        empty: tally.empty,
        doubtful: if inferred.sensitivity.is_none() { doubtful(&tally, &inferred) } else { Vec::new() },
        distinct,
        distinct_is_exact,
        lengths: tally.lengths.map(|lengths| [lengths.from, lengths.to]),
        pattern,
        pattern_share,
        top: values.told().iter().take(TOP).cloned().collect(),
        untold: if inferred.sensitivity.is_none() { values.untold() } else { 0 },
        key: tally.known > 0 && tally.known == tally.rows() && tally.sketch.is_unique(),
        repeated: tally.known.saturating_sub(distinct),
        refers_to: None,
        date_forms: inferred.date_forms,
        all_fit: inferred.all_fit,
        ambiguous_with: inferred.ambiguous_day,
        thousands: way.and_then(|(thousands, _)| thousands),
        decimal: way.map(|(_, decimal)| decimal),
        ambiguous_number: inferred.ambiguous_way.is_some(),
        currency: inferred.currency,
        separator: inferred.separator,
        sensitivity: inferred.sensitivity,
        values,
        missing: tally.marks,
        sketch: if is_reference { tally.sketch } else { Sketch::default() },
    }
}

/// Whether a header's cell looks like a name, and not like somebody's data.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 120;
    name.chars().count() <= LONGEST
        && name.chars().any(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || " _-.,()[]/#%&+:;?!'’\"*=@".contains(c))
        && !sensitive::is_e_mail(name)
        && !told::is_data(name)
}

fn counts(ends: &[String; 2]) -> Counts {
    let are_days = ends.iter().all(|end| end.parse().is_ok_and(|end: f64| (20_000.0..60_000.0).contains(&end)));
    if are_days { Counts::Days } else { Counts::Things }
}

/// The values with their rows, the most frequent first.
fn values(tally: &Tally, separator: Option<&str>) -> Vec<Counted> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (value, rows) in tally.values.iter().flatten() {
        match separator {
            Some(separator) => {
                for piece in value.split(separator).map(str::trim).filter(|piece| !piece.is_empty()) {
                    *counts.entry(piece).or_default() += rows;
                }
            }
            None => *counts.entry(value).or_default() += rows,
        }
    }
    let mut all: Vec<Counted> =
        counts.into_iter().map(|(value, rows)| Counted { value: value.to_owned(), rows }).collect();
    all.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.value.cmp(&b.value)));
    all
}

fn range(tally: &Tally, inferred: &Inferred) -> Option<[String; 2]> {
    match inferred.kind {
        Kind::Date | Kind::Timestamp => {
            let spans: Vec<_> =
                inferred.date_forms.iter().filter_map(|form| tally.date_spans.get(form).copied().flatten()).collect();
            let from = spans.iter().map(|span| span.from).min()?;
            let to = spans.iter().map(|span| span.to).max()?;
            Some([from.to_string(), to.to_string()])
        }
        Kind::Whole | Kind::Number | Kind::Money => {
            let way = inferred.way.and_then(|way| numbers::WAYS.iter().position(|w| *w == way)).unwrap_or_default();
            let span = tally.number_spans.get(way).copied().flatten()?;
            Some([span.from.to_string(), span.to.to_string()])
        }
        _ => None,
    }
}

/// Values that often stand for "unknown" where others do not.
fn doubtful(tally: &Tally, inferred: &Inferred) -> Vec<Counted> {
    let mut found = Vec::new();
    let values = tally.values.iter().flatten();
    match inferred.kind {
        Kind::Date | Kind::Timestamp => {
            let ends = range(tally, inferred).into_iter().flatten();
            for end in ends.filter(|end| WORDS.doubtful_dates.contains(end)) {
                let is_it = |value: &str| dates::readings(value).forms.iter().any(|(_, date)| date.to_string() == end);
                let rows = values.clone().filter(|(value, _)| is_it(value)).map(|(_, rows)| rows).sum();
                found.push(Counted { value: end, rows });
            }
        }
        Kind::Code | Kind::Whole => {
            let numbers: Vec<(i64, u64)> =
                values.clone().filter_map(|(value, rows)| Some((value.parse().ok()?, *rows))).collect();
            let (often, others): (Vec<(i64, u64)>, Vec<_>) =
                numbers.iter().partition(|(number, _)| WORDS.doubtful_numbers.contains(number));
            let largest = others.iter().map(|(number, _)| *number).max();
            let negative = others.iter().any(|(number, _)| *number < 0);
            let apart =
                |n: i64| largest.is_some_and(|largest| n > largest + 1) || (n < 0 && !negative && largest.is_some());
            let large = often.iter().any(|(n, _)| *n > 9 && apart(*n));
            for (number, rows) in often.into_iter().filter(|(n, _)| apart(*n) && (!matches!(n, 8 | 9) || large)) {
                found.push(Counted { value: number.to_string(), rows });
            }
        }
        _ => {}
    }
    if matches!(inferred.kind, Kind::Date | Kind::Timestamp | Kind::Whole | Kind::Number | Kind::Money | Kind::YesNo) {
        for (value, rows) in values.filter(|(value, _)| WORDS.missing_beside_others.contains(&value.to_lowercase())) {
            found.push(Counted { value: value.clone(), rows: *rows });
        }
    }
    found
}
