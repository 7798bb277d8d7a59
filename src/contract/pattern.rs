//! The shape of a value that must not be shown: enough to find the cause, nothing of the person.

use std::borrow::Cow;

/// Longer patterns are cut: a value must not fill the screen.
const LONGEST: usize = 80;

/// Length and pattern of a value: letters as `A` or `a`, digits as `9`, what a terminal would obey as `?`, everything
/// else as it is, runs shortened.
///
/// `"S-00123"` gives `"A-9… (7 characters)"`.
#[must_use]
pub fn pattern_of(value: &str) -> String {
    let mut shape = String::new();
    let mut length = 0;
    let mut last = None;
    for c in value.chars() {
        let class = match c {
            _ if c.is_ascii_digit() || c.is_numeric() => '9',
            _ if c.is_control() || is_unseen(c) => '?',
            _ if c.is_uppercase() => 'A',
            _ if c.is_alphabetic() => 'a',
            _ => c,
        };
        if last == Some(class) {
            if !shape.ends_with('…') {
                shape.push('…');
                length += 1;
            }
        } else {
            shape.push(class);
            length += 1;
        }
        if length >= LONGEST {
            break;
        }
        last = Some(class);
    }
    format!("{shape} ({} characters)", value.chars().count())
}

/// A name that others chose (a file's, a folder's) without anything that a terminal would obey.
#[must_use]
pub fn escaped(name: &str) -> String {
    written_out(name, |c, _| c.is_control() || is_unseen(c)).into_owned()
}

/// Text as it is kept and shown in reports: its lines stay, and what else would be obeyed, or turn the text behind it
/// round, is written out.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let ends_line = |c, next| matches!((c, next), ('\n' | '\t', _) | ('\r', Some('\n')));
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    written_out(text, |c, next| turns(c) || (c.is_control() && !ends_line(c, next)))
}

/// Text for a terminal, of which it obeys nothing but the ends of lines: what others wrote may hold anything.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    written_out(text, |c, _| c != '\n' && c != '\t' && (c.is_control() || is_unseen(c)))
}

/// The text with some of its characters, told by themselves and the next one, as their numbers.
fn written_out(text: &str, obeyed: impl Fn(char, Option<char>) -> bool) -> Cow<'_, str> {
    let next = || text.chars().skip(1).map(Some).chain([None]);
    if !text.chars().zip(next()).any(|(c, next)| obeyed(c, next)) {
        return Cow::Borrowed(text);
    }
    let shown = |(c, next): (char, Option<char>)| {
        if obeyed(c, next) { c.escape_unicode().to_string() } else { c.to_string() }
    };
    Cow::Owned(text.chars().zip(next()).map(shown).collect())
}

/// Words a spreadsheet would run as a formula get an apostrophe in front (OWASP, "CSV injection").
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Marks of direction and width, which turn what stands behind them round or are not seen at all.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{inert, pattern_of, printable, visible};

    #[test]
    fn what_a_terminal_or_a_spreadsheet_would_obey_is_shown() {
        assert_eq!(printable("a\tb\nc"), "a\tb\nc");
        assert_eq!(printable("\u{1b}]0;x\u{7}\u{202e}\r"), "\\u{1b}]0;x\\u{7}\\u{202e}\\u{d}");
        assert_eq!(visible("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\nb\\u{202e}");
        assert_eq!(visible("one\r\ntwo\rthree"), "one\r\ntwo\\u{d}three", "the ends of lines stay");
        assert_eq!(visible("\u{645}\u{200c}\u{645}"), "\u{645}\u{200c}\u{645}", "a joiner belongs to a word");
        assert_eq!(inert("=1+1"), "'=1+1");
        assert_eq!(inert("1=1"), "1=1");
    }

    #[test]
    fn shows_the_shape_and_nothing_else() {
        assert_eq!(pattern_of("S-00123"), "A-9… (7 characters)");
        assert_eq!(pattern_of(""), " (0 characters)");
        assert_eq!(pattern_of("a\u{1b}[31m"), "a?[9…a (6 characters)");
        assert!(pattern_of(&"a9".repeat(1000)).chars().count() < 100);
        assert_eq!(pattern_of("Jo Doe"), "Aa Aa… (6 characters)");
    }
}
