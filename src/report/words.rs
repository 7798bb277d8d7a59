//! Words and numbers of a report that several of its parts need, as its language writes them.

use super::document::Phrase;
use super::limits::Course;
use crate::chart::{Signal, Unit};
use crate::contract::finding_kind;
use crate::language::{Words, filled};
use crate::measure::{Catalogue, Estimate, Metric, Statistic};
use crate::project::Period;
use jiff::civil::Date;
use std::fmt::Display;

/// "June 2026" for a month, "January to May 2026" or "July 2024 to June 2025" for several.
pub fn span(period: &Period, words: &Words) -> String {
    let (first, last) = (period.start, period.last_day());
    if !whole_months(period) {
        return words.with("date.span-days", &[("from", &words.day(first)), ("to", &words.day(last))]);
    }
    let of = |d: Date| words.month_of_year(month(d), d.year().into());
    if of(first) == of(last) {
        return of(first);
    }
    let alone = words.month_name(month(first));
    let places: [(&str, &dyn Display); 2] = [("month", &alone), ("to", &of(last))];
    if first.year() == last.year() {
        words.with("date.span-in-year", &places)
    } else {
        words.with("date.span", &[("from", &of(first)), ("to", &of(last))])
    }
}

/// "in June 2026", "over July 2024 to June 2025": a period in a sentence.
pub fn during(period: &Period, words: &Words) -> String {
    let key = match (one_month(period), whole_months(period)) {
        (true, _) => "date.in",
        (false, true) => "date.over",
        (false, false) => "date.over-days",
    };
    words.with(key, &[("period", &span(period, words))])
}

pub fn one_month(period: &Period) -> bool {
    let month = Period::month_of(period.start);
    (period.start, period.end) == (month.start, month.end)
}

fn whole_months(period: &Period) -> bool {
    period.start.day() == 1 && period.end.day() == 1
}

fn month(date: Date) -> usize {
    usize::try_from(date.month()).unwrap_or(0)
}

/// "Jul 2024 – Jun 2025", or "Jun 2026"
pub fn short_span(period: &Period, words: &Words) -> String {
    let of = |d: Date| format!("{} {}", words.month_short(month(d)), d.year());
    let (first, last) = (of(period.start), of(period.last_day()));
    if first == last { first } else { format!("{first} – {last}") }
}

/// "+6 pts", "−1 pt", "0", "+9", "−0.3"; empty when one of them is not known.
pub fn change(unit: &Unit, now: Option<f64>, before: Option<f64>, words: &Words) -> String {
    let (Some(now), Some(before)) = (now, before) else { return String::new() };
    let (scale, decimals) = match unit {
        Unit::Share => (100.0, 0),
        Unit::FineShare => (100.0, 1),
        Unit::Count => (1.0, 0),
        Unit::Number { decimals, .. } => (1.0, *decimals),
    };
    // Of the numbers as they are printed, which a reader takes from each other.
    let printed = |value: f64| format!("{:.decimals$}", value * scale).parse().unwrap_or(value * scale);
    let difference: f64 = printed(now) - printed(before);
    let signed = |text: String| {
        if text.starts_with('−') || !text.contains(|c: char| ('1'..='9').contains(&c)) {
            text
        } else {
            format!("+{text}")
        }
    };
    match unit {
        Unit::Share | Unit::FineShare => {
            let points = signed(words.decimal(difference, decimals));
            match points.trim_start_matches(['+', '−']) {
                none if !none.contains(|c: char| ('1'..='9').contains(&c)) => "0".into(),
                "1" => words.with("number.one-point", &[("points", &points)]),
                _ => words.with("number.points", &[("points", &points)]),
            }
        }
        Unit::Count | Unit::Number { .. } => signed(words.decimal(difference, decimals)),
    }
}

/// "62 of 107 goals due or closed", "of 84 referrals", "201 case managers".
pub fn count(estimate: &Estimate, counted: &str, words: &Words) -> String {
    let of = |part: f64, all: f64| words.with("count.of", &[("part", &words.count(part)), ("all", &words.count(all))]);
    let n = match (estimate.numerator, estimate.denominator) {
        // A rate's denominator is time.
        (Some(part), Some(all)) if estimate.statistic == Statistic::Rate => {
            words.with("count.in", &[("part", &words.count(part)), ("all", &words.count(all))])
        }
        (Some(part), Some(all)) => of(part, all),
        // Everybody was followed to the day: the share is a plain count.
        (None, Some(all)) if estimate.censored == Some(0) && estimate.events.is_some() => {
            of(estimate.events.unwrap_or(0) as f64, all)
        }
        (None, Some(all)) => words.with("count.of-all", &[("all", &words.count(all))]),
        _ => return String::new(),
    };
    format!("{n} {counted}").trim_end().to_string()
}

/// "a real rise since April 2026", "a lasting change for the better since April 2026", "above its expected range in April 2026
/// only"
pub fn change_since(kind: Signal, up: bool, course: Course, since: &Period, words: &Words) -> String {
    let change = words.of(match (course, kind, up) {
        (Course::Lasting, Signal::Better, _) => "signal.lasting-better",
        (Course::Lasting, Signal::Worse, _) => "signal.lasting-worse",
        (Course::Lasting, Signal::None, _) => "signal.lasting",
        (Course::GoingOn, _, true) => "signal.rise",
        (Course::GoingOn, _, false) => "signal.drop",
        (Course::OneMonth, _, true) => "signal.above",
        (Course::OneMonth, _, false) => "signal.below",
    });
    let key = if course == Course::OneMonth { "signal.only" } else { "signal.since" };
    words.with(key, &[("change", &change), ("month", &span(since, words))])
}

/// The one that has more than every other; none where two have as much.
pub fn with_most<T>(all: impl IntoIterator<Item = T>, many: impl Fn(&T) -> f64) -> Option<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort_by(|one, other| many(one).total_cmp(&many(other)));
    let most = all.pop()?;
    all.pop().is_none_or(|second| many(&second) < many(&most)).then_some(most)
}

/// So many are named in a sentence.
pub const NAMED: usize = 5;
/// And on the first page.
pub const NAMED_FIRST: usize = 3;

/// "Ash, Birch and Cedar", by name; of many the weightiest, "and 11 more".
pub fn named(mut all: Vec<(f64, String)>, most: usize, words: &Words) -> String {
    let more = all.len().saturating_sub(most);
    if more > 1 {
        all.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        all.truncate(most);
    }
    all.sort_by_cached_key(|(_, said)| order(said));
    let said: Vec<String> = all.into_iter().map(|(_, said)| said).collect();
    if more > 1 {
        words.with("list.and-more", &[("items", &said.join(", ")), ("n", &words.count(more as f64))])
    } else {
        words.list(&said)
    }
}

/// Plain text.
pub fn plain(text: impl Into<String>) -> Phrase {
    Phrase { text: text.into(), strong: false }
}

/// Emphasised text.
pub fn strong(text: impl Into<String>) -> Phrase {
    Phrase { text: text.into(), strong: true }
}

/// A text of the catalogue in which `{n}` is emphasised.
pub fn with_strong(text: &str, n: &str, places: &[(&str, &dyn Display)]) -> Vec<Phrase> {
    let (before, after) = text.split_once("{n}").unwrap_or((text, ""));
    let mut phrases = vec![plain(filled(before, places)), strong(n), plain(filled(after, places))];
    phrases.retain(|phrase| !phrase.text.is_empty());
    phrases
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

/// What a name is ordered by: letters with accents stand with those without, ñ after n, and 10 after 9.
pub fn order(name: &str) -> String {
    let plain = |letter: char| match letter {
        'á' => "a",
        'é' => "e",
        'í' => "i",
        'ó' => "o",
        'ú' | 'ü' => "u",
        'ñ' => "n~",
        'Á' => "A",
        'É' => "E",
        'Í' => "I",
        'Ó' => "O",
        'Ú' | 'Ü' => "U",
        'Ñ' => "N~",
        _ => "",
    };
    let mut letters = Vec::new();
    for letter in name.chars() {
        match plain(letter) {
            "" => letters.push(letter),
            plain => letters.extend(plain.chars()),
        }
    }
    let runs = letters.chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit());
    let padded = |run: &[char]| {
        let written: String = run.iter().collect();
        if run.first().is_some_and(char::is_ascii_digit) { format!("{written:0>20}") } else { written }
    };
    runs.map(padded).collect()
}

/// A code in words: `self_sufficiency` → "self sufficiency", or what the language calls it.
pub fn code(text: &str, words: &Words) -> String {
    words.find(&format!("codes.{text}")).map_or_else(|| text.replace('_', " "), str::to_owned)
}

/// What a finding is called: those of files, rows and cells, and those of rules over several.
pub fn finding(code: &str, rule_title: Option<&str>, words: &Words) -> String {
    let family = if rule_title.is_some() { "checks" } else { "findings" };
    let english = rule_title.or_else(|| finding_kind(code).map(|kind| kind.title.as_str())).unwrap_or(code);
    words.find(&format!("{family}.{code}.title")).unwrap_or(english).to_owned()
}

/// The header's texts that readers see, by the keys under which a language has them.
const OF_METRICS: [&str; 9] =
    ["title", "scorecard", "counted", "question", "grain", "period", "excludes", "source", "overdue"];

/// The metrics as a language tells them, and the names of those that it has no title for: those stay in English.
#[must_use]
pub fn translated(catalogue: &Catalogue, words: &Words) -> (Catalogue, Vec<String>) {
    let mut missing = Vec::new();
    let translated = catalogue.with_each(|metric| {
        let name = metric.name.clone();
        let key = |field: &str| format!("metrics.{name}.{field}");
        if words.tag() != crate::language::DEFAULT && words.find(&key("title")).is_none() {
            missing.push(name.clone());
        }
        for field in OF_METRICS {
            if let Some(text) = words.find(&key(field)) {
                set(metric, field, text);
            }
        }
        for stage in &mut metric.header.stages {
            let of_stage = format!("stages.{}", stage.name);
            for (field, place) in [
                ("title", &mut stage.title),
                ("next", &mut stage.next),
                ("waiting", &mut stage.waiting),
                ("left", &mut stage.left),
            ] {
                if let Some(text) = words.find(&key(&format!("{of_stage}.{field}"))) {
                    text.clone_into(place);
                }
            }
        }
        if let Some(unit) = &mut metric.header.unit
            && let Some(text) = words.find(&format!("units.{unit}"))
        {
            text.clone_into(unit);
        }
    });
    (translated, missing)
}

/// Puts a text where the header has it; what the header does not say is not said in any language.
fn set(metric: &mut Metric, field: &str, text: &str) {
    let header = &mut metric.header;
    let place = match field {
        "title" => Some(&mut header.title),
        "question" => Some(&mut header.question),
        "grain" => Some(&mut header.grain),
        "period" => Some(&mut header.period),
        "scorecard" => header.scorecard.as_mut(),
        "counted" => header.counted.as_mut(),
        "excludes" => header.excludes.as_mut(),
        "overdue" => header.overdue.as_mut(),
        _ => header.source.as_mut(),
    };
    if let Some(place) = place {
        text.clone_into(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spanish() -> Words {
        Words::of_language("es").expect("a language of the test")
    }

    #[test]
    fn a_finer_share_changes_by_finer_points() {
        let words = Words::default();
        for (now, before, expected) in [(0.946, 0.952, "−0.6 pts"), (0.946, 0.936, "+1.0 pts"), (0.946, 0.946, "0")] {
            assert_eq!(change(&Unit::FineShare, Some(now), Some(before), &words), expected);
        }
    }

    #[test]
    fn changes_are_signed_and_named() {
        let words = Words::default();
        let pairs = [(0.71, 0.65, "+6 pts"), (0.58, 0.59, "−1 pt"), (0.58, 0.582, "0"), (0.4, 0.6, "−20 pts")];
        for (now, before, expected) in pairs {
            assert_eq!(change(&Unit::Share, Some(now), Some(before), &words), expected);
        }
        assert_eq!(change(&Unit::Count, Some(312.0), Some(303.0), &words), "+9");
        let number = Unit::Number { decimals: 1, of: String::new() };
        assert_eq!(change(&number, Some(2.0), Some(2.04), &words), "0.0");
        assert_eq!(change(&Unit::Share, None, Some(0.5), &words), "");
    }

    #[test]
    fn letters_with_accents_stand_with_their_own() {
        let mut names = ["Zona", "Ñandú", "Índice", "Nota", "Ingresos", "Nube", "Ámbito"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["Ámbito", "Índice", "Ingresos", "Nota", "Nube", "Ñandú", "Zona"]);
        let mut names = ["Unit 10", "Unit 9b", "Unit", "Unit 9", "18 to 24", "9 and under", "100 and over"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["9 and under", "18 to 24", "100 and over", "Unit", "Unit 9", "Unit 9b", "Unit 10"]);
    }

    #[test]
    fn of_many_the_weightiest_are_named_and_how_many_more_there_are() {
        let all = |n: usize| (0..n).map(|i| (i as f64, format!("P{i}"))).collect::<Vec<_>>();
        let (english, spanish) = (Words::default(), spanish());
        assert_eq!(named(all(6), 5, &english), "P0, P1, P2, P3, P4 and P5");
        assert_eq!(named(all(12), 5, &english), "P7, P8, P9, P10, P11 and 7 more");
        assert_eq!(named(all(12), 3, &spanish), "P9, P10, P11 y 9 más");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        let day_of = |text: &str| text.parse::<Date>().expect("a date in a test");
        let (english, spanish) = (Words::default(), spanish());
        for (period, en, es) in [
            (Period::month_of(day_of("2026-06-03")), "June 2026", "junio de 2026"),
            (Period::whole_months(12, day_of("2025-07-01")), "July 2024 to June 2025", "julio de 2024 a junio de 2025"),
            (Period::whole_months(5, day_of("2026-06-01")), "January to May 2026", "enero a mayo de 2026"),
            (
                Period::days(day_of("2026-01-05"), day_of("2026-03-16")),
                "5 January 2026 to 15 March 2026",
                "5 de enero de 2026 al 15 de marzo de 2026",
            ),
        ] {
            assert_eq!(span(&period, &english), en);
            assert_eq!(span(&period, &spanish), es);
        }
        let year = Period::whole_months(12, day_of("2025-07-01"));
        assert_eq!(short_span(&year, &english), "Jul 2024 – Jun 2025");
        assert_eq!(short_span(&year, &spanish), "jul 2024 – jun 2025");
        assert_eq!(during(&year, &spanish), "en el período de julio de 2024 a junio de 2025");
    }
}
