//! One cell as the export writes it → the text that the contract's types read.
//!
//! Runs on every cell of a mapped source: what is written as the contract has it passes through as it stands.

use super::dates::{Dates, Met, forms_of};
use super::figures::{Figures, Misfit};
use crate::contract::{Column, ColumnType};
use crate::ingest::cells::Trouble;

/// What a cell became.
pub enum Converted<'a> {
    Text(&'a [u8]),
    /// Empty, named as missing, or recoded to nothing.
    Unknown,
    Trouble(Trouble),
}

/// How the cells of one column are written, and what they become.
#[derive(Debug, Clone)]
pub struct Converter {
    missing: Words,
    /// Folded value → what it becomes; sorted.
    recode: Vec<(Box<str>, Box<str>)>,
    pub(super) default: Option<Box<str>>,
    /// Lengths of what the lists name.
    lengths: u64,
    /// Characters kept.
    pub(super) first: Option<usize>,
    /// The longest first.
    pub(super) separators: Vec<String>,
    kind: Kind,
}

/// What the values are.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text,
    Dates(Dates),
    Figures(Figures),
    YesNo { yes: Words, no: Words },
}

/// Folded words, sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Words(Vec<Box<str>>);

impl Words {
    pub fn new<S: AsRef<str>>(words: &[S]) -> Self {
        let mut words: Vec<Box<str>> = words.iter().map(|word| folded(word.as_ref()).into()).collect();
        words.sort_unstable();
        words.dedup();
        Self(words)
    }

    fn has(&self, folded: &[u8]) -> bool {
        self.0.binary_search_by(|word| word.as_bytes().cmp(folded)).is_ok()
    }

    pub fn common(&self, other: &Self) -> Option<&str> {
        self.0.iter().find(|word| other.has(word.as_bytes())).map(AsRef::as_ref)
    }
}

/// Words of a yes/no column where the mapping names none.
pub(super) const YES: [&str; 5] = ["yes", "true", "y", "t", "1"];
pub(super) const NO: [&str; 5] = ["no", "false", "n", "f", "0"];
/// What several values in a cell are wrapped in: `["a", "b"]`.
const WRAPPING: [char; 4] = ['[', ']', '"', '\''];

impl Converter {
    /// Only what every cell of a mapped source goes through: blanks, the formula guard, the missing list.
    pub fn plain(missing: &[String]) -> Self {
        Self::new(Words::new(missing), Vec::new(), Kind::Text)
    }

    /// `recode` is sorted by its folded values.
    pub(super) fn new(missing: Words, recode: Vec<(Box<str>, Box<str>)>, kind: Kind) -> Self {
        let listed = missing.0.iter().map(|word| word.len()).chain(recode.iter().map(|(value, _)| value.len()));
        let lengths = listed.fold(0, |lengths, length| lengths | length_bit(length));
        Self { missing, recode, default: None, lengths, first: None, separators: Vec::new(), kind }
    }

    /// Converts a cell; the text is a part of it, of the converter, or stands in `scratch`.
    pub fn convert<'a>(&'a self, cell: &'a [u8], scratch: &'a mut Vec<u8>) -> Converted<'a> {
        let cell = bare(cell);
        if cell.is_empty() {
            return Converted::Unknown;
        }
        // What is no UTF-8 is told by those who read the row.
        let Ok(text) = std::str::from_utf8(cell) else { return Converted::Text(cell) };
        let text = self.first.map_or(text, |first| beginning(text, first));
        if !self.separators.is_empty() {
            return self.several(text, scratch);
        }
        scratch.clear();
        if matches!(self.kind, Kind::YesNo { .. }) || self.may_be_listed(text.as_bytes()) {
            fold(text, scratch);
            if let Some(text) = self.listed(scratch) {
                return known(text);
            }
        }
        match &self.kind {
            Kind::Text => known(self.default.as_deref().unwrap_or(text)),
            Kind::YesNo { yes, no } => {
                if yes.has(scratch) {
                    Converted::Text(b"yes")
                } else if no.has(scratch) {
                    Converted::Text(b"no")
                } else if let Some(default) = &self.default {
                    known(default)
                } else {
                    trouble(
                        "bad-yes-no",
                        "is neither yes nor no",
                        Some("add the word to yes, no or missing".to_owned()),
                    )
                }
            }
            Kind::Dates(dates) => date(dates, text, scratch),
            Kind::Figures(figures) => figure(figures, text, scratch),
        }
    }

    /// Whether it leaves every cell as it is that has neither blanks around it nor a guard against formulas.
    pub(super) fn only_bares(&self) -> bool {
        self.lengths == 0
            && self.default.is_none()
            && self.first.is_none()
            && self.separators.is_empty()
            && matches!(self.kind, Kind::Text)
    }

    /// Whether the cell is named: as missing, in a recode, as yes or no.
    pub fn lists(&self, cell: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(bare(cell)) else { return false };
        let mut word = Vec::new();
        fold(text, &mut word);
        let is_yes_no = matches!(&self.kind, Kind::YesNo { yes, no } if yes.has(&word) || no.has(&word));
        is_yes_no || self.listed(&word).is_some()
    }

    /// Whether the lists can say anything of a cell, by its length: most cells are in none.
    fn may_be_listed(&self, cell: &[u8]) -> bool {
        self.lengths != 0 && (self.lengths & length_bit(cell.len()) != 0 || !cell.iter().all(u8::is_ascii_graphic))
    }

    /// What the lists say of a folded value: an empty text means unknown.
    fn listed(&self, folded: &[u8]) -> Option<&str> {
        if let Ok(at) = self.recode.binary_search_by(|(value, _)| value.as_bytes().cmp(folded)) {
            return self.recode.get(at).map(|(_, code)| code.as_ref());
        }
        self.missing.has(folded).then_some("")
    }

    fn several<'a>(&'a self, text: &str, scratch: &'a mut Vec<u8>) -> Converted<'a> {
        scratch.clear();
        let mut rest = text;
        loop {
            let cut = self
                .separators
                .iter()
                .filter_map(|separator| rest.find(separator.as_str()).map(|at| (at, separator.len())))
                .min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
            let (part, next) = match cut {
                Some((at, length)) => (rest.get(..at).unwrap_or_default(), rest.get(at + length..)),
                None => (rest, None),
            };
            let part = part.trim_matches(|c: char| is_blank(c) || WRAPPING.contains(&c));
            if !part.is_empty() {
                let mark = scratch.len();
                fold(part, scratch);
                let known = self.listed(scratch.get(mark..).unwrap_or_default());
                scratch.truncate(mark);
                let code = known.or(self.default.as_deref()).unwrap_or(part);
                if !code.is_empty() {
                    if mark > 0 {
                        scratch.push(b';');
                    }
                    scratch.extend_from_slice(code.as_bytes());
                }
            }
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        if scratch.is_empty() { Converted::Unknown } else { Converted::Text(scratch) }
    }
}

fn date<'a>(dates: &Dates, text: &'a str, scratch: &'a mut Vec<u8>) -> Converted<'a> {
    if dates.is_canonical(text.as_bytes()) {
        return Converted::Text(text.as_bytes());
    }
    match dates.read(text) {
        Met::At(at) => {
            scratch.clear();
            let [century, years] = [at.day.year() / 100, at.day.year() % 100].map(|n| n.unsigned_abs() as u8);
            let [month, day] = [at.day.month(), at.day.day()].map(i8::unsigned_abs);
            scratch.extend_from_slice(&digits(century));
            for (sign, number) in [(b"", years), (b"-", month), (b"-", day)] as [(&[u8], u8); 3] {
                scratch.extend_from_slice(sign);
                scratch.extend_from_slice(&digits(number));
            }
            if dates.time {
                for (sign, number) in [(b'T', at.hour), (b':', at.minute), (b':', at.second)] {
                    scratch.push(sign);
                    scratch.extend_from_slice(&digits(number));
                }
            }
            Converted::Text(scratch)
        }
        met => {
            let forms: Vec<String> = forms_of(text).iter().map(|form| format!("\"{form}\"")).collect();
            let hint = (!forms.is_empty()).then(|| format!("add {} to dates", forms.join(" or ")));
            let what = if dates.time { "time" } else { "day" };
            if met == Met::Impossible {
                let what = format!("is not a {what} in the calendar; forms tried: {}", dates.tried());
                return trouble("impossible-date", what, hint);
            }
            trouble("bad-date", format!("is not a {what}; forms tried: {}", dates.tried()), hint)
        }
    }
}

/// Two digits of a number below a hundred.
fn digits(number: u8) -> [u8; 2] {
    [b'0' + number / 10 % 10, b'0' + number % 10]
}

fn figure<'a>(figures: &Figures, text: &'a str, scratch: &'a mut Vec<u8>) -> Converted<'a> {
    if figures.is_canonical(text.as_bytes()) {
        return Converted::Text(text.as_bytes());
    }
    scratch.clear();
    match figures.write(text, scratch) {
        Ok(()) => Converted::Text(scratch),
        Err(Misfit::Grouping) => trouble(
            "number-format",
            "has digits that are not grouped in threes: which number it is, is not guessed",
            Some("correct it, or decimal and thousands in the mapping if they are the other way round".to_owned()),
        ),
        Err(Misfit::Separator) => trouble(
            "number-format",
            "has a separator that the mapping does not name",
            Some("set decimal and thousands in the mapping as the export writes them".to_owned()),
        ),
        Err(Misfit::NoNumber) => trouble(
            "bad-number",
            "is not a number",
            Some("add the text to missing, or the word beside the number to currency".to_owned()),
        ),
    }
}

/// A text of the mapping's own: empty means unknown.
fn known(text: &str) -> Converted<'_> {
    if text.is_empty() { Converted::Unknown } else { Converted::Text(text.as_bytes()) }
}

/// The first characters of a text.
fn beginning(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

fn trouble<'a>(code: &'static str, what: impl Into<String>, hint: Option<String>) -> Converted<'a> {
    Converted::Trouble(Trouble { code, what: what.into(), hint })
}

/// Blanks of every kind, and marks that nobody sees.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}

/// The cell without blanks around it, and without the `'` that guards a spreadsheet against formulas.
fn bare(cell: &[u8]) -> &[u8] {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let cell = if plain(cell.first()) && plain(cell.last()) {
        cell
    } else {
        match std::str::from_utf8(cell) {
            Ok(text) => text.trim_matches(is_blank).as_bytes(),
            Err(_) => cell.trim_ascii(),
        }
    };
    match cell {
        [b'\'', rest @ ..] if matches!(rest.first(), Some(b'=' | b'+' | b'-' | b'@' | b'|' | b'%')) => rest,
        _ => cell,
    }
}

/// A bit for each length, one for all that are long.
fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

/// Adds the text in small letters, runs of blanks as one space.
fn fold(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        let mut blank = false;
        for byte in text.bytes() {
            let is_blank = byte.is_ascii_whitespace();
            if !(is_blank && blank) {
                out.push(if is_blank { b' ' } else { byte.to_ascii_lowercase() });
            }
            blank = is_blank;
        }
        return;
    }
    let mut blank = false;
    let mut bytes = [0; 4];
    for c in text.chars() {
        if is_blank(c) {
            if !blank {
                out.push(b' ');
            }
            blank = true;
        } else {
            blank = false;
            for small in c.to_lowercase() {
                out.extend_from_slice(small.encode_utf8(&mut bytes).as_bytes());
            }
        }
    }
}

/// A listed word as it is compared.
pub(super) fn folded(word: &str) -> String {
    let mut out = Vec::new();
    fold(word.trim_matches(is_blank), &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Whether the column holds numbers.
pub(super) fn is_number(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Whole | ColumnType::Number | ColumnType::Money)
}
