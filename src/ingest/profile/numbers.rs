//! Which ways of writing numbers a cell fits: what stands between thousands, what before decimals, which currency.

/// Thousands and decimal separators, in the order in which they are guessed.
pub const WAYS: [(Option<char>, char); 8] = [
    (None, '.'),
    (Some(','), '.'),
    (None, ','),
    (Some('.'), ','),
    (Some(' '), ','),
    (Some(' '), '.'),
    (Some('\''), '.'),
    (Some('\''), ','),
];

/// Signs and words before or after an amount.
const CURRENCIES: [&str; 14] =
    ["US$", "USD", "EUR", "GBP", "CHF", "CAD", "AUD", "KES", "INR", "$", "€", "£", "¥", "kr"];

/// What a number was written with.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Bit `n` is set if it fits `WAYS[n]`.
    pub ways: u8,
    /// Its value in each of them.
    pub values: [f64; WAYS.len()],
    pub currency: Option<&'static str>,
    /// No decimals, in the first way it fits.
    pub is_whole: bool,
    /// A zero before other digits: a number nobody counts with.
    pub is_padded: bool,
    pub decimals: usize,
}

/// The cell as a number, in every way it can be one.
pub fn number(cell: &str) -> Option<Number> {
    const LONGEST: usize = 30;
    if cell.len() > LONGEST || !cell.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (sign, unsigned) = signed(cell.trim());
    let (currency, bare) = bare(unsigned);
    // The sign may stand behind the currency.
    let (inner, bare) = if currency.is_some() { signed(bare) } else { (1.0, bare) };
    let sign = sign * inner;
    let plain = bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'') || is_space(c));
    if !plain || !bare.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let mut found =
        Number { ways: 0, values: [0.0; WAYS.len()], currency, is_whole: false, is_padded: false, decimals: 0 };
    for (at, (thousands, decimal)) in WAYS.into_iter().enumerate() {
        let Some((digits, decimals)) = read(bare, thousands, decimal) else { continue };
        let Ok(value) = digits.parse::<f64>() else { continue };
        if found.ways == 0 {
            found.is_whole = decimals == 0;
            found.decimals = decimals;
            found.is_padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        }
        found.ways |= 1 << at;
        if let Some(place) = found.values.get_mut(at) {
            *place = sign * value;
        }
    }
    (found.ways != 0).then_some(found)
}

fn signed(cell: &str) -> (f64, &str) {
    if let Some(inner) = cell.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return (-1.0, inner);
    }
    match cell.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, cell.strip_prefix('+').unwrap_or(cell)),
    }
}

fn bare(cell: &str) -> (Option<&'static str>, &str) {
    for currency in CURRENCIES {
        if let Some(rest) = cell.strip_prefix(currency).or_else(|| cell.strip_suffix(currency)) {
            return (Some(currency), rest.trim());
        }
    }
    (None, cell)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The digits with a point before decimals, and how many of those there are.
fn read(text: &str, thousands: Option<char>, decimal: char) -> Option<(String, usize)> {
    let (whole, fraction) = text.rsplit_once(decimal).map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    if fraction.is_some_and(|rest| rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let is_between = |c: char| thousands.is_some_and(|t| c == t || (t == ' ' && is_space(c)));
    let mut digits = String::new();
    for (at, group) in whole.split(is_between).enumerate() {
        let fits = if at == 0 { !group.is_empty() || fraction.is_some() } else { group.len() == 3 };
        if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.push_str(group);
    }
    // Groups stand in threes all the way.
    if thousands.is_some() && whole.contains(is_between) && whole.split(is_between).next().is_some_and(|g| g.len() > 3)
    {
        return None;
    }
    let decimals = fraction.map_or(0, str::len);
    if let Some(fraction) = fraction {
        digits.push('.');
        digits.push_str(fraction);
    }
    Some((digits, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ways(cell: &str) -> Vec<(Option<char>, char)> {
        let Some(number) = number(cell) else { return Vec::new() };
        (0..WAYS.len()).filter(|at| number.ways & (1 << at) != 0).filter_map(|at| WAYS.get(at).copied()).collect()
    }

    #[test]
    fn ways_of_writing() {
        assert_eq!(ways("12").len(), WAYS.len());
        assert_eq!(ways("1,250").len(), 5);
        assert_eq!(ways("1,250").first(), Some(&(Some(','), '.')));
        assert_eq!(ways("1.250,50"), [(Some('.'), ',')]);
        assert_eq!(ways("1,250.50"), [(Some(','), '.')]);
        assert_eq!(ways("1 250,5"), [(Some(' '), ',')]);
        for none in ["", "a1", "1,25,3", "1..2", "555-12-3456", "12345,678.9", "1.", "--1", "$"] {
            assert_eq!(ways(none), [], "{none}");
        }
    }

    #[test]
    fn signs_and_currencies() {
        let dollars = number("($1,250.50)").expect("a number");
        assert_eq!((dollars.currency, dollars.values[1], dollars.decimals), (Some("$"), -1250.5, 2));
        assert_eq!(number("12 EUR").and_then(|n| n.currency), Some("EUR"));
        assert!(number("007").is_some_and(|n| n.is_padded) && number("0.5").is_some_and(|n| !n.is_padded));
        assert!(number("-3").is_some_and(|n| n.is_whole && n.values[0] < -2.0));
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(cell in "[-+(]?[$€]?[0-9., ']{0,12}\\PC{0,3}") {
            let _ = number(&cell);
        }

        #[test]
        fn plain_numbers_are_read(value in -1_000_000i32..1_000_000) {
            prop_assert_eq!(number(&value.to_string()).map(|n| n.values[0]), Some(f64::from(value)));
        }
    }
}
