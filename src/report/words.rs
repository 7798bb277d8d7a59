//! Words and numbers as an English report writes them.

use super::document::Phrase;
use crate::chart::{self, Signal, Unit, number};
use crate::measure::{Estimate, Note, Statistic};
use crate::project::Period;
use jiff::civil::Date;

/// "June"
pub fn month_name(date: Date) -> &'static str {
    usize::try_from(date.month()).map_or("", chart::month_name)
}

/// "30 June 2026"
pub fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date), date.year())
}

/// "June 2026" for a month, "January to May 2026" or "July 2024 to June 2025" for several.
pub fn span(period: &Period) -> String {
    let (first, last) = (period.start, period.last_day());
    let of = |d: Date| format!("{} {}", month_name(d), d.year());
    let whole_months = period.start.day() == 1 && period.end.day() == 1;
    match (whole_months, of(first) == of(last)) {
        (true, true) => of(first),
        (true, false) if first.year() == last.year() => format!("{} to {}", month_name(first), of(last)),
        (true, false) => format!("{} to {}", of(first), of(last)),
        (false, _) => format!("{} to {}", day(first), day(last)),
    }
}

/// "Jul 2024 – Jun 2025", or "Jun 2026"
pub fn short_span(period: &Period) -> String {
    let of = |d: Date| format!("{} {}", month_name(d).get(..3).unwrap_or(""), d.year());
    let (first, last) = (of(period.start), of(period.last_day()));
    if first == last { first } else { format!("{first} – {last}") }
}

/// "+6 pts", "−1 pt", "0", "+9", "−0.3"; empty when one of them is not known.
pub fn change(unit: &Unit, now: Option<f64>, before: Option<f64>) -> String {
    let (Some(now), Some(before)) = (now, before) else { return String::new() };
    let difference = now - before;
    let signed = |text: String| {
        if text.starts_with('−') || text.trim_start_matches(['0', '.']).is_empty() {
            text
        } else {
            format!("+{text}")
        }
    };
    match unit {
        Unit::Share => {
            let points = signed(number::decimal(difference * 100.0, 0));
            match points.trim_start_matches(['+', '−']) {
                "0" => "0".into(),
                "1" => format!("{points} pt"),
                _ => format!("{points} pts"),
            }
        }
        Unit::Count => signed(number::decimal(difference, 0)),
        Unit::Number { decimals, .. } => signed(number::decimal(difference, *decimals)),
    }
}

/// "62 of 107 goals due or closed", "of 84 referrals", "201 case managers".
pub fn count(estimate: &Estimate, counted: &str) -> String {
    let whole = number::count;
    let n = match (estimate.numerator, estimate.denominator) {
        // A rate's denominator is time.
        (Some(part), Some(all)) if estimate.statistic == Statistic::Rate => {
            format!("{} in {}", whole(part), whole(all))
        }
        (Some(part), Some(all)) => format!("{} of {}", whole(part), whole(all)),
        // Everybody was followed to the day: the share is a plain count.
        (None, Some(all)) if estimate.censored == Some(0) && estimate.events.is_some() => {
            format!("{} of {}", whole(estimate.events.unwrap_or(0) as f64), whole(all))
        }
        (None, Some(all)) => format!("of {}", whole(all)),
        _ => return String::new(),
    };
    format!("{n} {counted}").trim_end().to_string()
}

/// "a real rise", "a lasting change for the better"
pub fn change_words(kind: Signal, up: bool, lasting: bool) -> &'static str {
    match (lasting, kind, up) {
        (true, Signal::Better, _) => "a lasting change for the better",
        (true, Signal::Worse, _) => "a lasting change for the worse",
        (true, Signal::None, _) => "a lasting change",
        (false, _, true) => "a real rise",
        (false, _, false) => "a real drop",
    }
}

/// Why there is no value.
pub fn reason(estimate: &Estimate) -> &'static str {
    estimate.note.map_or("no data", Note::name)
}

/// Plain text.
pub fn plain(text: impl Into<String>) -> Phrase {
    Phrase { text: text.into(), strong: false }
}

/// Emphasised text.
pub fn strong(text: impl Into<String>) -> Phrase {
    Phrase { text: text.into(), strong: true }
}

/// "a", "a and b", "a, b and c"
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A name as an id: "Which goals are reached?" → `which-goals-are-reached`.
pub fn dashed(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// The first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// The first letter small, unless the word is an abbreviation.
pub fn small(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next();
    if chars.clone().next().is_some_and(char::is_uppercase) {
        return text.to_string();
    }
    first.map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// A code as words: `self_sufficiency` → "self sufficiency".
pub fn code(text: &str) -> String {
    text.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_signed_and_named() {
        let pairs = [(0.71, 0.65, "+6 pts"), (0.58, 0.59, "−1 pt"), (0.58, 0.582, "0"), (0.4, 0.6, "−20 pts")];
        for (now, before, expected) in pairs {
            assert_eq!(change(&Unit::Share, Some(now), Some(before)), expected);
        }
        assert_eq!(change(&Unit::Count, Some(312.0), Some(303.0)), "+9");
        assert_eq!(change(&Unit::Number { decimals: 1, of: String::new() }, Some(2.0), Some(2.04)), "0.0");
        assert_eq!(change(&Unit::Share, None, Some(0.5)), "");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        let day_of = |text: &str| text.parse::<Date>().expect("a date in a test");
        assert_eq!(span(&Period::month_of(day_of("2026-06-03"))), "June 2026");
        assert_eq!(span(&Period::whole_months(12, day_of("2025-07-01"))), "July 2024 to June 2025");
        assert_eq!(span(&Period::whole_months(5, day_of("2026-06-01"))), "January to May 2026");
        assert_eq!(short_span(&Period::whole_months(12, day_of("2025-07-01"))), "Jul 2024 – Jun 2025");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
