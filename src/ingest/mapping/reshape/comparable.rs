//! The values of `latest_by` as bytes whose order is that of what they mean: 9 before 10, days by the calendar.
//!
//! The order holds for any values whatever: unknown ones are the least, then numbers, then days and times, then all
//! other texts.

use crate::ingest::moments::{self, Moment};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Number = 1,
    /// A day or time as the contract writes it.
    Moment = 2,
    Text = 3,
}

/// Values of one column, by row.
#[derive(Debug, Default)]
pub struct Comparables {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Comparables {
    /// The next row's value, and what it is; unknown ones are nothing.
    pub fn push(&mut self, text: Option<&str>) -> Option<Kind> {
        let kind = text.map(|text| write(text.trim(), &mut self.bytes));
        self.ends.push(self.bytes.len());
        kind
    }

    pub fn get(&self, row: usize) -> &[u8] {
        let before = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(row).and_then(|end| self.bytes.get(before..*end)).unwrap_or_default()
    }
}

fn write(text: &str, out: &mut Vec<u8>) -> Kind {
    let begin = out.len();
    out.push(Kind::Number as u8);
    if write_number(text.as_bytes(), out).is_some() {
        return Kind::Number;
    }
    out.truncate(begin);
    out.push(Kind::Moment as u8);
    if write_moment(text, out).is_some() {
        return Kind::Moment;
    }
    out.truncate(begin);
    out.push(Kind::Text as u8);
    out.extend_from_slice(text.as_bytes());
    Kind::Text
}

/// Of any length: keys made of a time have more digits than a double holds.
fn write_number(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    const NEGATIVE: u8 = 0;
    const NOUGHT: u8 = 1;
    const POSITIVE: u8 = 2;
    let (negative, number) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let point = number.iter().position(|byte| *byte == b'.');
    let (whole, decimals) = number.split_at(point.unwrap_or(number.len()));
    let decimals = decimals.get(1..).unwrap_or_default();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() || !digits(whole) || !digits(decimals) || (point.is_some() && decimals.is_empty()) {
        return None;
    }
    let whole = whole.get(whole.iter().take_while(|digit| **digit == b'0').count()..)?;
    let decimals = without_noughts(decimals);
    if whole.is_empty() && decimals.is_empty() {
        out.push(NOUGHT);
        return Some(());
    }
    out.push(if negative { NEGATIVE } else { POSITIVE });
    let begin = out.len();
    // Of two numbers the one with more digits is greater; then digit by digit.
    out.extend_from_slice(&u32::try_from(whole.len()).ok()?.to_be_bytes());
    out.extend_from_slice(whole);
    out.extend_from_slice(decimals);
    if negative {
        // Turned round, what is longer is less: an end greater than any digit.
        out.get_mut(begin..)?.iter_mut().for_each(|byte| *byte = !*byte);
        out.push(u8::MAX);
    }
    Some(())
}

/// A day, with a time or without one, which is midnight. A zone is left off, as everywhere.
fn write_moment(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let (day, time) = text.split_at_checked(10)?;
    if !matches!(moments::date(day.as_bytes()), Moment::At(..)) {
        return None;
    }
    out.extend_from_slice(day.as_bytes());
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else { return time.is_empty().then_some(()) };
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let (clock, fraction) = clock.trim_end().split_once('.').unwrap_or((clock.trim_end(), ""));
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = clock.split(':').collect();
    let is_zone = zone.bytes().all(|byte| byte.is_ascii_digit() || b"Zz+-:".contains(&byte));
    if !matches!(parts.len(), 2 | 3)
        || !parts.iter().all(|part| two(part))
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        || !is_zone
    {
        return None;
    }
    let mut digits = parts.concat().into_bytes();
    digits.resize(6, b'0');
    digits.extend_from_slice(fraction.as_bytes());
    out.extend_from_slice(without_noughts(&digits));
    Some(())
}

/// Digits that stand at their own place count for nothing at the end if they are noughts.
fn without_noughts(digits: &[u8]) -> &[u8] {
    let noughts = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    digits.get(..digits.len() - noughts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        write(text, &mut out);
        out
    }

    fn kind(text: &str) -> Kind {
        write(text, &mut Vec::new())
    }

    #[test]
    fn numbers_and_days_are_in_their_own_order() {
        let rising = [
            "",
            "-10.5",
            "-10",
            "-9.55",
            "-9.5",
            "-0.1",
            "0",
            "0.05",
            "0.5",
            "1",
            "9",
            "10",
            "10.25",
            "10.3",
            "2026",
            "123456789012345678901",
            "2025-09-30",
            "2025-10-01",
            "2025-10-01 00:00:01",
            "2025-10-01T09:59",
            "2025-10-01T10:00:00.000Z",
            "2025-10-01 10:00:00.25",
            "10/01/2025",
            "9/30/2025",
        ];
        for pair in rising.windows(2) {
            let [first, second] = pair else { panic!("two") };
            let first = if first.is_empty() { Vec::new() } else { value(first) };
            assert!(first < value(second), "{pair:?}");
        }
        assert_eq!(value("007"), value("7.0"));
        assert_eq!(value("-0"), value("0.00"));
        assert_eq!(value("2025-10-01"), value("2025-10-01 00:00:00"));
        assert_eq!(value("2025-10-01T10:00"), value("2025-10-01 10:00:00.0+02:00"));
        for text in ["9/30/2025", "1.", ".5", "1e3", "1,5", "2025-02-30", "2025-10-01T1:00", "2025-10-01x", "v9", "-"] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_two_numbers_compare_as_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, places in 0_usize..4) {
            let written = |n: i64| {
                let (sign, digits) = (if n < 0 { "-" } else { "" }, format!("{:0>7}", n.abs()));
                let (whole, decimals) = digits.split_at(7 - places);
                if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
            };
            prop_assert_eq!(value(&written(a)).cmp(&value(&written(b))), a.cmp(&b));
        }
    }
}
