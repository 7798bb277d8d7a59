//! One cell's text → a typed value, or what is the matter with it.

use super::columns::Value;
use super::header::{nearest, normal};
use super::moments::{self, Moment};
use super::numbers::{self, Number};
use crate::contract::{Column, ColumnType, visible};

/// Why a cell's value is unknown; the message follows the column's name and the value.
pub struct Trouble {
    pub code: &'static str,
    pub what: String,
    pub hint: Option<String>,
}

fn trouble<T>(code: &'static str, what: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble { code, what: what.into(), hint: None })
}

/// A typed cell.
pub type Read<'a> = Result<Value<'a>, Trouble>;

/// Reads a cell of any type but `code`. It is UTF-8, as was seen before.
pub fn read<'a>(column: &Column, cell: &'a [u8]) -> Read<'a> {
    match column.kind {
        ColumnType::Id | ColumnType::Code | ColumnType::Text => {
            let text = std::str::from_utf8(cell).unwrap_or_default();
            let kept = column.keep.and_then(|keep| text.char_indices().nth(keep)).map_or(text.len(), |(end, _)| end);
            Ok(Value::Text(text.get(..kept).unwrap_or(text)))
        }
        ColumnType::Date => moment(moments::date(cell), cell, "YYYY-MM-DD").map(|(days, _)| Value::Date(days)),
        ColumnType::Timestamp => {
            moment(moments::timestamp(cell), cell, "YYYY-MM-DDTHH:MM:SS").map(|(_, at)| Value::Timestamp(at))
        }
        ColumnType::Whole => in_range(column, numbers::whole(cell), f64::from, Value::Whole),
        ColumnType::Number => in_range(column, numbers::number(cell), |n| n, Value::Number),
        ColumnType::Money => in_range(column, numbers::money(cell), |cents| cents as f64 / 100.0, Value::Money),
        ColumnType::YesNo => yes_no(cell).map(Value::YesNo),
    }
}

/// Whether a cell of that column could hold this in a row.
pub fn plausible(column: &Column, cell: &[u8]) -> bool {
    match column.kind {
        ColumnType::Text => true,
        ColumnType::Id => !cell.contains(&b' ') && !cell.contains(&b'"'),
        ColumnType::Code => {
            let text = String::from_utf8_lossy(cell);
            column.codes.is_empty() || text.split(';').all(|part| column.codes.contains(&normal(part)))
        }
        _ => read(column, cell).is_ok(),
    }
}

fn moment(moment: Moment, cell: &[u8], form: &str) -> Result<(i32, i64), Trouble> {
    match moment {
        Moment::At(days, seconds) => Ok((days, seconds)),
        Moment::Impossible if form.len() > 10 => trouble("impossible-date", "is not a time in the calendar"),
        Moment::Impossible => trouble("impossible-date", "is not a day in the calendar"),
        Moment::Unreadable => Err(Trouble {
            code: "bad-date",
            what: format!("is not of the form {form}"),
            hint: moments::form_seen(&String::from_utf8_lossy(cell))
                .map(|seen| format!("this looks like {seen}; export it as {form}")),
        }),
    }
}

fn in_range<'a, T: Copy>(
    column: &Column,
    number: Number<T>,
    as_double: impl Fn(T) -> f64,
    value: impl Fn(T) -> Value<'a>,
) -> Read<'a> {
    let read = match number {
        Number::Is(read) => read,
        Number::Formatted => {
            return trouble("number-format", "has separators or signs: which number it is, is not guessed");
        }
        Number::Unfit(why) => return trouble("bad-number", why),
        Number::TooLarge => return trouble("out-of-range", "is too large"),
        Number::Unreadable => return trouble("bad-number", "is not a number"),
    };
    match outside(column, as_double(read)) {
        Some(what) => trouble("out-of-range", what),
        None => Ok(value(read)),
    }
}

/// What is the matter with a number that the column may not hold.
#[inline]
pub fn outside(column: &Column, number: f64) -> Option<String> {
    if let Some(minimum) = column.minimum.filter(|minimum| number < *minimum) {
        return Some(format!("is less than {minimum}"));
    }
    if let Some(maximum) = column.maximum.filter(|maximum| number > *maximum) {
        return Some(format!("is more than {maximum}"));
    }
    column.above.filter(|above| number <= *above).map(|above| format!("is not more than {above}"))
}

fn yes_no(cell: &[u8]) -> Result<bool, Trouble> {
    let is = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes()));
    if is(&["yes", "true", "y", "t", "1"]) {
        Ok(true)
    } else if is(&["no", "false", "n", "f", "0"]) {
        Ok(false)
    } else {
        trouble("bad-yes-no", "is neither yes nor no")
    }
}

/// The codes of one column met in a block; the same few come again and again, so the last ones are remembered as written.
pub struct Codes {
    column: &'static Column,
    /// By a few bits of the cell's hash.
    met: Vec<Met>,
}

#[derive(Clone, Default)]
struct Met {
    ends: (u64, u64),
    written: Box<[u8]>,
    /// Unknown if it is not in a closed list, or no code at all.
    code: Option<Box<str>>,
    is_text: bool,
}

const REMEMBERED: usize = 256;

/// What a cell of a code column holds.
pub enum Code<'a> {
    Is(&'a str),
    /// Not in the open list, and not among the last ones of this block.
    New(&'a str),
    /// Not in the closed list.
    Unknown,
    /// A note, or something that is somebody's.
    Text,
    /// Nothing but separators.
    Empty,
}

impl Codes {
    pub fn new(column: &'static Column) -> Self {
        Self { column, met: Vec::new() }
    }

    /// Reads a cell that is not empty.
    pub fn read(&mut self, cell: &[u8]) -> Code<'_> {
        if self.met.is_empty() {
            self.met.resize_with(REMEMBERED, Met::default);
        }
        let ends = ends_of(cell);
        let place = place_of(ends, cell.len());
        let known = self.met.get(place).is_some_and(|met| {
            met.ends == ends && met.written.len() == cell.len() && (cell.len() <= 16 || *met.written == *cell)
        });
        let mut new = false;
        if !known {
            let text = String::from_utf8_lossy(cell);
            let parts: Vec<String> = if self.column.several {
                let mut parts: Vec<String> = Vec::new();
                for part in
                    text.split(';').map(|part| visible(&normal(part)).into_owned()).filter(|part| !part.is_empty())
                {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                parts
            } else {
                vec![visible(&normal(&text)).into_owned()]
            };
            let listed = self.column.codes.is_empty() || parts.iter().all(|part| self.column.codes.contains(part));
            let is_text = !self.column.closed && is_text(&text);
            new = !listed && !self.column.closed && !is_text;
            let code = (!is_text && (listed || new)).then(|| parts.join(";").into_boxed_str());
            if let Some(met) = self.met.get_mut(place) {
                *met = Met { ends, written: cell.into(), code, is_text };
            }
        }
        let Some(met) = self.met.get(place) else { return Code::Unknown };
        match met.code.as_deref() {
            Some("") => Code::Empty,
            Some(code) if new => Code::New(code),
            Some(code) => Code::Is(code),
            None if met.is_text => Code::Text,
            None => Code::Unknown,
        }
    }

    /// What to do about a code that is not in the list.
    pub fn hint(&self, cell: &str) -> Option<String> {
        let known = self.column.codes.iter().map(String::as_str);
        nearest(&normal(cell), known.clone())
            .map(|near| format!("did you mean {near}?"))
            .or_else(|| Some(format!("the codes are {}", known.collect::<Vec<_>>().join(", "))))
    }
}

/// Whether what stands where a code should is a note, or an address or number of somebody's: an open list would keep it,
/// and show it in reports. The longest labels known, of HUD's living situations, have some 150 characters.
fn is_text(cell: &str) -> bool {
    const LONGEST: usize = 200;
    /// As many as a telephone number without its area code.
    const DIGITS: usize = 7;
    cell.len() > LONGEST
        || cell.contains('@')
        || cell.split(';').any(|part| part.bytes().filter(u8::is_ascii_digit).count() >= DIGITS)
}

/// First and last bytes: with the length they are all there is to a short cell, and codes are words that differ there.
fn ends_of(cell: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (cell.first_chunk::<8>(), cell.last_chunk::<8>()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (cell.first_chunk::<4>(), cell.last_chunk::<4>()) {
        (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
    } else {
        (cell.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)), 0)
    }
}

fn place_of((first, last): (u64, u64), length: usize) -> usize {
    let mixed = (first ^ last.rotate_left(29) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize % REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    fn column(table: &str, name: &str) -> &'static Column {
        CONTRACT.table(table).and_then(|t| t.column(name)).expect("a column")
    }

    fn code_of(read: &Read<'_>) -> &'static str {
        read.as_ref().err().map_or("fine", |trouble| trouble.code)
    }

    #[test]
    fn a_range_is_kept() {
        assert_eq!(code_of(&read(column("services", "minutes"), b"-5")), "out-of-range");
        assert_eq!(code_of(&read(column("services", "minutes"), b"0")), "fine");
        assert_eq!(code_of(&read(column("services", "cost"), b"-0.01")), "out-of-range");
        assert_eq!(code_of(&read(column("staff", "fte"), b"2.5")), "out-of-range");
        assert_eq!(code_of(&read(column("goals", "weight"), b"0")), "out-of-range");
        assert_eq!(code_of(&read(column("goals", "level"), b"-2")), "fine");
    }

    #[test]
    fn only_the_first_characters_of_a_postal_code_are_kept() {
        let Ok(Value::Text(kept)) = read(column("clients", "postal_area"), "\u{c9}1234".as_bytes()) else {
            panic!("a text");
        };
        assert_eq!(kept, "\u{c9}12");
    }

    #[test]
    fn codes_are_compared_in_the_contracts_spelling() {
        let mut modes = Codes::new(column("services", "mode"));
        assert!(matches!(modes.read(b" Phone "), Code::Is("phone")));
        assert!(matches!(modes.read(b"Text message"), Code::New("text_message")));
        assert!(matches!(modes.read(b"Text message"), Code::Is("text_message")));
        let mut reasons = Codes::new(column("enrollments", "exit_reason"));
        assert!(matches!(reasons.read(b"Lost-Contact"), Code::Is("lost_contact")));
        assert!(matches!(reasons.read(b"complete"), Code::Unknown));
        assert_eq!(reasons.hint("complete").as_deref(), Some("did you mean completed?"));
        let mut several = Codes::new(column("staff", "credentials"));
        assert!(matches!(several.read(b"LCSW; ccm;"), Code::Is("lcsw;ccm")));
    }

    #[test]
    fn notes_and_numbers_of_somebodys_are_no_codes() {
        let mut sources = Codes::new(column("enrollments", "referral_source"));
        for cell in ["jo@doe.org", "Jo, 555-12-3456", "617 555 0142", "x".repeat(201).as_str()] {
            assert!(matches!(sources.read(cell.as_bytes()), Code::Text), "{cell}");
            assert!(matches!(sources.read(cell.as_bytes()), Code::Text), "{cell}, remembered");
        }
        let label = "Place not meant for habitation (e.g., a vehicle, an abandoned building, bus/train/subway station/airport or anywhere outside)";
        assert!(matches!(sources.read(label.as_bytes()), Code::Is(_)));
    }

    #[test]
    fn several_codes_are_told_once_each_and_separators_alone_are_nothing() {
        let mut several = Codes::new(column("staff", "credentials"));
        assert!(matches!(several.read(b"LCSW ; ccm;;CCM"), Code::Is("lcsw;ccm")));
        assert!(matches!(several.read(b"; ;"), Code::Empty));
    }

    #[test]
    fn yes_and_no_have_a_few_words() {
        let head = column("enrollments", "head_of_household");
        for word in ["yes", "TRUE", "y", "T", "1", "no", "False", "N", "f", "0"] {
            assert_eq!(code_of(&read(head, word.as_bytes())), "fine", "{word}");
        }
        assert_eq!(code_of(&read(head, b"2")), "bad-yes-no");
    }
}
