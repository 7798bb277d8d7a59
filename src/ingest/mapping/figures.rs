//! Numbers as people write them → plain digits. A grouping that is no grouping in thousands is never guessed away.

/// How numbers are written.
#[derive(Debug, Clone)]
pub struct Figures {
    /// What stands between thousands.
    thousands: Option<char>,
    decimal: char,
    /// Taken off, the longest first.
    currency: Vec<String>,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// Its digits are grouped otherwise than in threes.
    Grouping,
    /// There is no number in it.
    NoNumber,
    /// A separator the mapping does not name.
    Separator,
}

impl Figures {
    pub fn new(thousands: Option<char>, decimal: char, currency: &[String]) -> Self {
        let mut currency: Vec<String> =
            currency.iter().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect();
        currency.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self { thousands, decimal, currency }
    }

    /// Whether the cell is a plain number as the contract reads it, and nothing else.
    pub fn is_canonical(&self, cell: &[u8]) -> bool {
        let digits = cell.strip_prefix(b"-").unwrap_or(cell);
        let point = self.decimal == '.';
        let mut points = 0;
        !digits.is_empty()
            && digits.iter().all(|b| {
                points += usize::from(*b == b'.');
                b.is_ascii_digit() || (point && *b == b'.')
            })
            && points <= 1
            && digits.first() != Some(&b'.')
            && digits.last() != Some(&b'.')
    }

    /// Writes the plain number.
    pub fn write(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Misfit> {
        let mut text = text.trim();
        let mut negative = false;
        if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            (text, negative) = (inner.trim(), true);
        }
        // Sign and currency stand in any order, before and after.
        let mut signs = u32::from(negative);
        loop {
            if let Some(rest) = text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS)) {
                (text, negative, signs) = (rest.trim(), true, signs + 1);
            } else if let Some(rest) = text.strip_prefix('+') {
                (text, signs) = (rest.trim(), signs + 1);
            } else if let Some(rest) = self.currency.iter().find_map(|word| without(text, word)) {
                text = rest.trim();
            } else {
                break;
            }
        }
        if signs > 1 || (signs == 1 && text.is_empty()) {
            return Err(Misfit::NoNumber);
        }
        let (whole, decimals) = match text.split_once(self.decimal) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (text, None),
        };
        if decimals.is_some_and(|d| d.is_empty() || !d.bytes().all(|b| b.is_ascii_digit())) {
            return Err(self.misfit(text));
        }
        let begin = out.len();
        if negative {
            out.push(b'-');
        }
        self.write_whole(whole, decimals.is_some(), out).map_err(|()| {
            out.truncate(begin);
            self.misfit(text)
        })?;
        if let Some(decimals) = decimals {
            out.push(b'.');
            out.extend_from_slice(decimals.as_bytes());
        }
        Ok(())
    }

    /// Digits, in groups of three or in none.
    fn write_whole(&self, whole: &str, may_be_empty: bool, out: &mut Vec<u8>) -> Result<(), ()> {
        const GROUP: usize = 3;
        if whole.is_empty() {
            out.push(b'0');
            return if may_be_empty { Ok(()) } else { Err(()) };
        }
        let mut group = 0;
        let mut groups = 0;
        for c in whole.chars() {
            if c.is_ascii_digit() {
                out.push(c as u8);
                group += 1;
            } else if self.thousands.is_some_and(|between| is_between(between, c)) {
                if group == 0 || group > GROUP || (groups > 0 && group != GROUP) {
                    return Err(());
                }
                groups += 1;
                group = 0;
            } else {
                return Err(());
            }
        }
        if groups > 0 && group != GROUP { Err(()) } else { Ok(()) }
    }

    fn misfit(&self, text: &str) -> Misfit {
        let known = |c: char| c == self.decimal || self.thousands.is_some_and(|between| is_between(between, c));
        if !text.chars().any(|c| c.is_ascii_digit()) {
            Misfit::NoNumber
        } else if text.chars().all(|c| c.is_ascii_digit() || known(c)) {
            Misfit::Grouping
        } else if text.chars().all(|c| c.is_ascii_digit() || ".,'\u{2019}".contains(c) || c.is_whitespace()) {
            Misfit::Separator
        } else {
            Misfit::NoNumber
        }
    }
}

const MINUS: [char; 2] = ['-', '\u{2212}'];

/// All kinds of space are one, and so are both apostrophes.
fn is_between(between: char, c: char) -> bool {
    match between {
        ' ' => c.is_whitespace(),
        '\'' => matches!(c, '\'' | '\u{2019}'),
        _ => c == between,
    }
}

/// The text without the word at its beginning or end, capitals or not.
fn without<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let fits = |part: &str| part.chars().flat_map(char::to_lowercase).eq(word.chars());
    let letters = word.chars().count();
    let begin = text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at);
    let (first, rest) = text.split_at_checked(begin)?;
    if fits(first) {
        return Some(rest);
    }
    let end = text.char_indices().rev().nth(letters.checked_sub(1)?).map(|(at, _)| at)?;
    let (rest, last) = text.split_at_checked(end)?;
    fits(last).then_some(rest)
}
