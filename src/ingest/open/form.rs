//! How decoded text is cut into records and cells: told by its first lines, or by a first line that says so (`sep=;`).

use memchr::{memchr, memchr2};

/// How text is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Between cells.
    pub delimiter: u8,
    /// Behind each record. Where quotes count it is a newline.
    pub terminator: u8,
    /// Whether a cell may stand in double quotes, and then hold delimiters and line breaks.
    pub quotes: bool,
}

impl Form {
    /// What the contract asks for.
    pub const CSV: Self = Self { delimiter: b',', terminator: b'\n', quotes: true };
    /// A sheet's cells, which hold any text but the two separators.
    pub const SHEET: Self = Self { delimiter: 0x1f, terminator: 0x1e, quotes: false };

    /// What separates cells, in words.
    #[must_use]
    pub fn delimiter_name(self) -> &'static str {
        match self.delimiter {
            b';' => "semicolons",
            b'\t' => "tabs",
            b'|' => "bars",
            b',' => "commas",
            _ => "another character",
        }
    }
}

/// In the order in which they win when the lines say as much for one as for another.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Lines that are looked at.
const LINES: usize = 100;

/// The delimiter, and how many bytes at the beginning say so and are no data.
pub fn delimiter(head: &[u8]) -> (u8, usize) {
    if let Some(said) = said(head) {
        return said;
    }
    let counts = counts(head);
    // The more lines have the same number of it, the better.
    let agreeing = |at: usize| {
        let of_lines = || counts.iter().map(move |line| line.get(at).copied().unwrap_or_default()).filter(|n| *n > 0);
        of_lines().map(|wanted| of_lines().filter(|n| *n == wanted).count()).max().unwrap_or_default()
    };
    let mut best = (0, b',');
    for (at, delimiter) in DELIMITERS.into_iter().enumerate() {
        let lines = agreeing(at);
        if lines > best.0 {
            best = (lines, delimiter);
        }
    }
    (best.1, 0)
}

/// `sep=;` as spreadsheets write and read it. Its line stays, and is blank.
fn said(head: &[u8]) -> Option<(u8, usize)> {
    let line = head.get(..memchr2(b'\n', b'\r', head)?)?;
    let bare = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    match bare {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && DELIMITERS.contains(delimiter) => {
            Some((*delimiter, line.len()))
        }
        _ => None,
    }
}

/// For each line that is not blank, how often each delimiter stands in it outside quotes.
fn counts(head: &[u8]) -> Vec<[usize; DELIMITERS.len()]> {
    let mut all = Vec::new();
    let mut line = [0; DELIMITERS.len()];
    let mut blank = true;
    let mut inside = false;
    // What stands before and behind a quote tells whether it opens or closes a cell.
    let edge = |byte: Option<&u8>| byte.is_none_or(|b| DELIMITERS.contains(b) || matches!(b, b'\n' | b'\r'));
    let mut at = 0;
    while let Some(byte) = head.get(at) {
        match byte {
            b'"' if inside && head.get(at + 1) == Some(&b'"') => at += 1,
            b'"' if inside => inside = !edge(head.get(at + 1)),
            b'"' => inside = at.checked_sub(1).is_none_or(|before| edge(head.get(before))),
            _ if inside => {}
            b'\n' | b'\r' => {
                if !blank {
                    all.push(line);
                }
                if all.len() >= LINES {
                    return all;
                }
                line = [0; DELIMITERS.len()];
                blank = true;
            }
            byte => {
                blank &= byte.is_ascii_whitespace() && *byte != b'\t';
                if let Some(count) = DELIMITERS.iter().position(|d| d == byte).and_then(|d| line.get_mut(d)) {
                    *count += 1;
                    blank = false;
                }
            }
        }
        at += 1;
    }
    // The last line of a head may be cut short; it counts where there is no other.
    if !blank && (all.is_empty() || inside) {
        all.push(line);
    }
    all
}

/// Whether lines end with a carriage return alone, as the first line shows.
pub fn ends_with_returns(head: &[u8]) -> bool {
    let Some(end) = memchr2(b'\n', b'\r', head) else { return false };
    match head.get(end..end + 2) {
        Some([b'\r', next]) => *next != b'\n',
        _ => head.get(end) == Some(&b'\r') && memchr(b'\n', head).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> char {
        delimiter(text.as_bytes()).0 as char
    }

    #[test]
    fn the_delimiter_is_the_one_most_lines_agree_on() {
        assert_eq!(of("a,b,c\n1,2,3\n"), ',');
        assert_eq!(of("a;b;c\n1,5;2;3\n2,5;3;4\n"), ';');
        assert_eq!(of("name;amount\nx;2,5\ny;3,5\n"), ';');
        assert_eq!(of("name\tseen on\nx\tJan 5, 2020\ny\tJan 6, 2020\n"), '\t');
        assert_eq!(of("a|b\n1,2|x;y\n"), '|');
        assert_eq!(of("id,services\n1,a;b\n2,c;d;e\n3,f;g\n"), ',');
        assert_eq!(of("id,note\n1,\"a;b\n;;c\"\n2,x;y\n"), ',');
        assert_eq!(of("Report of clients\nprinted 2026-11-24, by Jo\n\nid;name\n1;a\n2;b\n"), ';');
    }

    #[test]
    fn a_comma_wins_where_nothing_tells() {
        assert_eq!(of(""), ',');
        assert_eq!(of("id\n1\n2\n"), ',');
        assert_eq!(of("a,b;c,d"), ',');
        assert_eq!(of("a;b"), ';');
        assert_eq!(of("a,5\" pipe;\nb,x\n"), ',');
    }

    #[test]
    fn a_first_line_may_say_it() {
        assert_eq!(delimiter(b"sep=;\r\na,b;c,d\n"), (b';', 5));
        assert_eq!(delimiter(b"\"SEP=|\"\na,b\n"), (b'|', 7));
        assert_eq!(delimiter(b"sep=x\na,b\n"), (b',', 0));
    }

    #[test]
    fn carriage_returns_alone_are_told_by_the_first_line() {
        assert!(ends_with_returns(b"a,b\r1,2\r\n"));
        assert!(ends_with_returns(b"a,b\r"));
        assert!(!ends_with_returns(b"a,b\r\n1,2\r"));
        assert!(!ends_with_returns(b"a,b\n1\r2"));
        assert!(!ends_with_returns(b"a,b"));
    }
}
