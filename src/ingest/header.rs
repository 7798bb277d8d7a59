//! The beginning of a file → where its header stands and what it names.
//!
//! Reports put lines above the header (a title, the day of printing, filters): the header is the first line that names
//! at least half as many columns that are wanted as any of the first lines does.

use super::header_lines::joined;
use super::mapping::FileForm;
use super::open::Form;
use super::records;
use super::shown::escaped;
use crate::contract::Finding;

const BOM: &[u8] = b"\xef\xbb\xbf";
/// Lines that are looked at for the header.
const LOOKED_AT: usize = 60;
/// Lines that a name in quotes may stand on.
const MOST_LINES: usize = 5;

/// Where the header is, if a mapping says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderAt {
    /// Counted from 1.
    pub line: Option<u64>,
    /// How many lines its names stand on.
    pub lines: Option<u64>,
}

impl From<&FileForm> for HeaderAt {
    fn from(form: &FileForm) -> Self {
        Self { line: form.header_line, lines: form.header_lines }
    }
}

/// A header found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderFound {
    pub names: Vec<String>,
    /// Bytes before it, and those up to its end.
    pub begins: usize,
    pub ends: usize,
    /// Lines before it, and those up to its end.
    pub lines_before: u64,
    pub lines: u64,
    /// How many of the names are wanted.
    pub wanted: usize,
    /// There is no line at all.
    pub is_empty: bool,
    /// A quote in it is not closed.
    pub open_quote: bool,
    /// Lines above it that are not blank.
    pub above: u64,
}

/// A line, or several that a quote holds together.
struct Candidate {
    begins: usize,
    ends: usize,
    lines_before: u64,
    lines: u64,
    open_quote: bool,
}

/// Finds the header in the beginning of a file.
pub fn find(data: &[u8], form: Form, at: HeaderAt, is_wanted: &dyn Fn(&str) -> bool) -> HeaderFound {
    let mut candidates = Vec::new();
    let mut begins = if data.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lines = 0;
    while candidates.len() < at.line.map_or(LOOKED_AT, |line| usize::try_from(line).unwrap_or(LOOKED_AT).max(LOOKED_AT))
        && begins < data.len()
    {
        let candidate = candidate(data, form, begins, lines);
        begins = candidate.ends;
        lines += candidate.lines;
        let text = data.get(candidate.begins..candidate.ends).unwrap_or_default();
        let is_blank = text.iter().all(|b| b.is_ascii_whitespace() || *b == form.terminator || *b == form.delimiter);
        if !is_blank || at.line == Some(candidate.lines_before + 1) {
            candidates.push(candidate);
        }
    }
    let names = |candidate: &Candidate| -> Vec<String> {
        let text = data.get(candidate.begins..candidate.ends).unwrap_or_default();
        let text = text.strip_suffix(&[form.terminator]).unwrap_or(text);
        let cells = records::cells_of(text, form);
        cells.iter().map(|cell| String::from_utf8_lossy(cell).replace(['\n', '\r'], " ").trim().to_owned()).collect()
    };
    let wanted = |candidate: &Candidate| {
        let mut names: Vec<String> = names(candidate).into_iter().filter(|name| is_wanted(name)).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    let may_be = |candidate: &Candidate| at.line.is_none_or(|line| line == candidate.lines_before + 1);
    let all: Vec<(usize, usize)> =
        candidates.iter().enumerate().filter(|(_, c)| may_be(c)).map(|(index, c)| (index, wanted(c))).collect();
    let best = all.iter().map(|(_, wanted)| *wanted).max().unwrap_or_default();
    let Some((first, mut most)) = all.into_iter().find(|(_, wanted)| wanted * 2 >= best) else {
        return HeaderFound { is_empty: true, ..HeaderFound::default() };
    };
    let count = at.lines.map_or(1, |lines| usize::try_from(lines).unwrap_or(1).max(1));
    let Some(header) = candidates.get(first..(first + count).min(candidates.len())) else {
        return HeaderFound { is_empty: true, ..HeaderFound::default() };
    };
    let mut all = Vec::new();
    for candidate in header {
        all.push(names(candidate));
    }
    let lines: Vec<&[String]> = all.iter().map(Vec::as_slice).collect();
    let names = if count > 1 { joined(&lines) } else { all.pop().unwrap_or_default() };
    if count > 1 {
        most = names.iter().filter(|name| is_wanted(name)).count();
    }
    let (Some(begin), Some(end)) = (header.first(), header.last()) else { return HeaderFound::default() };
    HeaderFound {
        names,
        begins: begin.begins,
        ends: end.ends,
        lines_before: begin.lines_before,
        lines: end.lines_before + end.lines,
        wanted: most,
        is_empty: false,
        open_quote: header.iter().any(|candidate| candidate.open_quote),
        above: first as u64,
    }
}

/// The line at `begins`, and the next ones while a quote in it is open, if it is closed soon.
fn candidate(data: &[u8], form: Form, begins: usize, lines_before: u64) -> Candidate {
    let mut ends = begins;
    let mut quotes = 0;
    for lines in 1..=MOST_LINES {
        let rest = data.get(ends..).unwrap_or_default();
        let length = memchr::memchr(form.terminator, rest).map_or(rest.len(), |end| end + 1);
        quotes += memchr::memchr_iter(b'"', rest.get(..length).unwrap_or_default()).count();
        ends += length;
        if !form.quotes || quotes % 2 == 0 {
            // What is behind the last line's end is no line.
            let lines = if data.get(ends - 1) == Some(&form.terminator) { lines } else { lines - 1 };
            return Candidate { begins, ends, lines_before, lines: lines as u64, open_quote: false };
        }
        if ends >= data.len() {
            break;
        }
    }
    let rest = data.get(begins..).unwrap_or_default();
    let length = memchr::memchr(form.terminator, rest).map_or(rest.len(), |end| end + 1);
    let lines = u64::from(rest.get(length.saturating_sub(1)) == Some(&form.terminator));
    Candidate { begins, ends: begins + length, lines_before, lines, open_quote: true }
}

/// A name as the contract writes names: case (of any alphabet), spaces and hyphens do not matter.
pub fn normal(name: &str) -> String {
    let plain = |c: char| if matches!(c, ' ' | '-') { '_' } else { c };
    let name = name.trim();
    if name.is_ascii() {
        return name.chars().map(|c| plain(c).to_ascii_lowercase()).collect();
    }
    name.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// The one of `known` that is most likely meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.8;
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A finding about a file as a whole.
pub fn about(path: &str, cell: Option<(usize, &str)>, code: &str, message: String) -> Finding {
    Finding {
        column: cell.map(|(cell, _)| cell as u64 + 1),
        field: cell.map(|(_, name)| name.to_owned()),
        ..Finding::of(code, escaped(path), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, at: HeaderAt) -> HeaderFound {
        find(text.as_bytes(), Form::CSV, at, &|name| ["id", "name", "Dose - date"].contains(&name))
    }

    #[test]
    fn the_header_is_the_line_with_the_most_names_wanted() {
        let header = found("\u{feff}Clients of 2026\nprinted, by Jo\n\nid,name,x\n1,id,3\n", HeaderAt::default());
        assert_eq!((header.names.join("|").as_str(), header.lines_before, header.lines), ("id|name|x", 3, 4));
        assert_eq!((header.wanted, header.above), (2, 2));
        let first = found("id,name\nid,name\n", HeaderAt::default());
        assert_eq!((first.lines_before, first.begins, first.ends), (0, 0, 8));
        assert!(found("", HeaderAt::default()).is_empty);
        assert!(found("\n\r\n", HeaderAt::default()).is_empty);
        assert_eq!(found("\n1,2\n", HeaderAt::default()).wanted, 0);
    }

    #[test]
    fn capitals_of_any_alphabet_do_not_matter() {
        assert_eq!(normal(" ÉTÉ d'arrivée-Ж "), "été_d'arrivée_ж");
        assert_eq!(normal("Client-No"), "client_no");
    }

    #[test]
    fn a_mapping_may_say_where_it_is_and_how_many_lines_it_takes() {
        let text = "a,b,c\nDose,Dose,Client\ndate,time,id\n1,2,3\n";
        let header = found(text, HeaderAt { line: Some(2), lines: Some(2) });
        assert_eq!(header.names, ["Dose - date", "Dose - time", "Client - id"]);
        assert_eq!((header.lines_before, header.lines, header.wanted), (1, 3, 1));
    }

    #[test]
    fn a_name_in_quotes_may_stand_on_several_lines_but_not_on_all() {
        let header = found("id,\"name\nof client\",x\n1,2,3\n", HeaderAt::default());
        assert_eq!((header.names.join("|").as_str(), header.lines), ("id|name of client|x", 2));
        let open = found("id,\"name,x\n1,2,3\n", HeaderAt::default());
        assert!(open.open_quote);
        assert_eq!((open.lines, open.ends), (1, 11));
    }

    #[test]
    fn rows_of_a_sheet_are_lines() {
        let text = "\u{1f}\u{1e}Report\u{1f}\u{1e}id\u{1f}name\u{1e}1\u{1f}a\nb\u{1e}";
        let header = find(text.as_bytes(), Form::SHEET, HeaderAt::default(), &|name| name == "id");
        assert_eq!((header.names.join("|").as_str(), header.lines_before, header.lines), ("id|name", 2, 3));
    }
}
