//! Numbers as written in a cell: digits, one point before decimals, a minus sign; nothing else is guessed.

/// What stands in the cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number<T> {
    Is(T),
    /// Separators, a currency sign or a decimal comma.
    Formatted,
    /// A number, but not of this kind: what is the matter with it.
    Unfit(&'static str),
    TooLarge,
    Unreadable,
}

/// Up to this many digits a number and its power of ten are exact doubles, so that one division rounds correctly.
const EXACT_DIGITS: usize = 15;
/// Beyond it whole numbers are no longer exact, and nothing an agency counts is so large.
const LARGEST: f64 = 1e15;

pub fn number(cell: &[u8]) -> Number<f64> {
    let Some((negative, whole, decimals)) = parts(cell) else { return unreadable(cell) };
    let value = if whole.len() + decimals.len() <= EXACT_DIGITS {
        let digits = whole.iter().chain(decimals).fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'));
        let scale = (0..decimals.len()).fold(1.0, |scale, _| scale * 10.0);
        let value = digits as f64 / scale;
        if negative { -value } else { value }
    } else {
        match std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok()) {
            Some(value) => value,
            None => return Number::TooLarge,
        }
    };
    if value.abs() > LARGEST {
        return Number::TooLarge;
    }
    // Minus nought is nought.
    Number::Is(if value == 0.0 { 0.0 } else { value })
}

pub fn whole(cell: &[u8]) -> Number<i32> {
    let Some((negative, whole, decimals)) = parts(cell) else { return unreadable(cell) };
    if decimals.iter().any(|d| *d != b'0') {
        return Number::Unfit("is not a whole number");
    }
    if whole.len() > 18 {
        return Number::TooLarge;
    }
    let digits = whole.iter().fold(0_i64, |n, d| n * 10 + i64::from(d - b'0'));
    i32::try_from(if negative { -digits } else { digits }).map_or(Number::TooLarge, Number::Is)
}

/// Digits before the point that a stored amount of money can have: Decimal128(14, 2).
const MONEY_DIGITS: usize = 12;

/// In hundredths.
pub fn money(cell: &[u8]) -> Number<i64> {
    let Some((negative, whole, decimals)) = parts(cell) else { return unreadable(cell) };
    let (cents, rest) = decimals.split_at(decimals.len().min(2));
    if rest.iter().any(|d| *d != b'0') {
        return Number::Unfit("has more than two decimals");
    }
    if whole.len() > MONEY_DIGITS {
        return Number::TooLarge;
    }
    let digits = whole.iter().chain(cents).fold(0_i64, |n, d| n * 10 + i64::from(d - b'0'));
    let hundredths = match cents.len() {
        0 => digits * 100,
        1 => digits * 10,
        _ => digits,
    };
    Number::Is(if negative { -hundredths } else { hundredths })
}

/// Sign, digits before the point, digits after it.
fn parts(cell: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (negative, rest) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    let whole_length = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, rest) = rest.split_at(whole_length);
    let decimals = match rest {
        [] => rest,
        [b'.', decimals @ ..] if !decimals.is_empty() && decimals.iter().all(u8::is_ascii_digit) => decimals,
        _ => return None,
    };
    (!whole.is_empty() || !decimals.is_empty()).then_some((negative, whole, decimals))
}

fn unreadable<T>(cell: &[u8]) -> Number<T> {
    let text = String::from_utf8_lossy(cell);
    let looks_formatted = text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "-+.,'’ \u{a0}\u{202f}$€£¥".contains(c));
    if looks_formatted { Number::Formatted } else { Number::Unreadable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_numbers_are_read() {
        assert_eq!(number(b"12.50"), Number::Is(12.5));
        assert_eq!(number(b"-3"), Number::Is(-3.0));
        assert_eq!(number(b".5"), Number::Is(0.5));
        for formatted in ["1,250", "$12.00", "1 250", "12,5", "€5", "+5"] {
            assert_eq!(number(formatted.as_bytes()), Number::Formatted, "{formatted}");
        }
        for not in ["1e3", "abc", "12 min", "--1", "NaN", "inf", "-", "."] {
            assert!(!matches!(number(not.as_bytes()), Number::Is(_)), "{not}");
        }
        assert_eq!(whole(b"7.0"), Number::Is(7));
        assert_eq!(whole(b"7.5"), Number::Unfit("is not a whole number"));
        assert_eq!(whole(b"3000000000"), Number::TooLarge);
        assert_eq!(money(b"12.5"), Number::Is(1250));
        assert_eq!(money(b"-0.05"), Number::Is(-5));
        assert_eq!(money(b"0.005"), Number::Unfit("has more than two decimals"));
    }

    #[test]
    fn numbers_beyond_what_an_agency_counts_are_too_large() {
        assert_eq!(number(b"1000000000000000"), Number::Is(1e15));
        assert_eq!(number(b"-1000000000000001"), Number::TooLarge);
        assert_eq!(number("9".repeat(400).as_bytes()), Number::TooLarge);
        assert_eq!(money(b"1000000000000.00"), Number::TooLarge);
    }

    proptest! {
        #[test]
        fn numbers_read_as_the_standard_library_reads_them(text in "-?[0-9]{0,20}(\\.[0-9]{1,12})?") {
            match (number(text.as_bytes()), text.parse::<f64>()) {
                (Number::Is(ours), Ok(theirs)) => prop_assert_eq!(ours.to_bits(), (theirs + 0.0).to_bits()),
                (Number::Is(_), Err(_)) => prop_assert!(false, "read {}", text),
                (Number::TooLarge, Ok(theirs)) => prop_assert!(theirs.abs() > LARGEST),
                (_, theirs) => prop_assert!(theirs.is_err() || !text.bytes().any(|b| b.is_ascii_digit())),
            }
        }
    }
}
