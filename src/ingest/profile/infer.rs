//! From what was counted of a column to what it is: its type, the forms of its dates and numbers, its sensitivity.

use super::dates::sibling;
use super::names::{WORDS, words};
use super::numbers::WAYS;
use super::sensitive;
use super::tally::{SEPARATORS, Tally};
use serde::Serialize;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing but unknown values.
    Empty,
    Id,
    Code,
    Text,
    Date,
    Timestamp,
    Whole,
    Number,
    Money,
    YesNo,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Id => "id",
            Self::Code => "code",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "date and time",
            Self::Whole => "whole number",
            Self::Number => "number",
            Self::Money => "money",
            Self::YesNo => "yes/no",
        }
    }
}

/// What was inferred.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    pub kind: Kind,
    /// The share of the known values that fit it.
    pub fits: f64,
    /// The forms of its dates, the most frequent first.
    pub date_forms: Vec<String>,
    /// Every value fits the first form, and also the one with day and month the other way round.
    pub ambiguous_day: Option<String>,
    /// The forms that every date fits.
    pub all_fit: Vec<String>,
    /// Thousands and decimal separator, where numbers show one.
    pub way: Option<(Option<char>, char)>,
    /// Another way of writing numbers that fits as many values and gives others.
    pub ambiguous_way: Option<(Option<char>, char)>,
    pub currency: Option<&'static str>,
    /// Between several codes in a cell.
    pub separator: Option<&'static str>,
    /// What it is likely to hold that must not be shown.
    pub sensitivity: Option<&'static str>,
}

impl Inferred {
    fn of(kind: Kind, fits: f64) -> Self {
        Self {
            kind,
            fits,
            date_forms: Vec::new(),
            ambiguous_day: None,
            all_fit: Vec::new(),
            way: None,
            ambiguous_way: None,
            currency: None,
            separator: None,
            sensitivity: None,
        }
    }
}

/// Nobody says what a column without a name holds.
const UNNAMED: &str = "a column without a name";

/// So many of the values must fit a type.
const MOST: f64 = 0.9;

/// What a column of that file, with that header, is.
pub fn infer(path: &str, header: &str, tally: &Tally) -> Inferred {
    let name = words(header);
    let mut inferred = kind(&name, tally);
    inferred.sensitivity =
        sensitive::by_header(path, header).or_else(|| sensitive::by_values(&tally.looks, tally.known, path, header));
    // What is called a birth date, and holds only the year, is still about the birth; a yes or a no about a note is not.
    if inferred.sensitivity.is_none()
        && matches!(inferred.kind, Kind::Date | Kind::Timestamp)
        && is_long_ago(&inferred, tally)
    {
        inferred.sensitivity = Some("perhaps birth dates");
    }
    if header.is_empty() && inferred.sensitivity.is_none() && !matches!(inferred.kind, Kind::Empty | Kind::YesNo) {
        inferred.sensitivity = Some(UNNAMED);
    }
    if inferred.kind == Kind::YesNo && inferred.sensitivity != Some("about the person") {
        inferred.sensitivity = None;
    }
    // The number of a row about a disability is none of a person's traits.
    if inferred.kind == Kind::Id && inferred.sensitivity == Some("about the person") {
        inferred.sensitivity = None;
    }
    if inferred.sensitivity == Some("id of a person")
        && matches!(inferred.kind, Kind::Whole | Kind::Code | Kind::Number | Kind::Text)
    {
        inferred = Inferred { sensitivity: inferred.sensitivity, ..Inferred::of(Kind::Id, 1.0) };
    }
    if inferred.sensitivity.is_none() && inferred.kind == Kind::Text && is_free(tally) {
        inferred.sensitivity = Some("free text");
    }
    inferred
}

/// Days before anybody's case was written down, which are those of births unless they stand for nothing.
fn is_long_ago(inferred: &Inferred, tally: &Tally) -> bool {
    const LONG_AGO: i16 = 1950;
    let spans = inferred.date_forms.iter().filter_map(|form| tally.date_spans.get(form).copied().flatten());
    let first = spans.map(|span| span.from).min();
    first.is_some_and(|first| first.year() < LONG_AGO && !WORDS.doubtful_dates.contains(&first.to_string()))
}

/// Long values, of many words.
fn is_free(tally: &Tally) -> bool {
    let known = tally.known.max(1) as f64;
    tally.characters as f64 / known > 40.0 || tally.spaces as f64 / known >= 4.0
}

fn kind(name: &[String], tally: &Tally) -> Inferred {
    if tally.known == 0 {
        return Inferred::of(Kind::Empty, 1.0);
    }
    let (distinct, _) = tally.sketch.distinct();
    let is_id_name = WORDS.has("ids", name);
    if let Some(yes_no) = yes_no(tally) {
        return yes_no;
    }
    if let Some(dates) = dates(name, tally) {
        return dates;
    }
    let counts = WORDS.has("counts", name) || WORDS.has("money", name);
    if let Some(numbers) = numbers(tally) {
        let codes =
            numbers.kind == Kind::Whole && (distinct <= 40 && tally.known >= 4 * distinct || WORDS.has("codes", name));
        if (is_id_name && !counts) || tally.padded > 0 {
            return Inferred::of(
                if distinct <= 40 && tally.known >= 20 * distinct && !is_id_name { Kind::Code } else { Kind::Id },
                1.0,
            );
        }
        if numbers.kind != Kind::Money && WORDS.has("money", name) && tally.decimals <= 2 {
            return Inferred { kind: Kind::Money, ..numbers };
        }
        return if codes && !counts { Inferred { kind: Kind::Code, ..Inferred::of(Kind::Code, 1.0) } } else { numbers };
    }
    let spaces = tally.spaces as f64 / tally.known as f64;
    let average = tally.characters as f64 / tally.known as f64;
    let dense = distinct.saturating_mul(10) >= tally.known.saturating_mul(9);
    let short = tally.lengths.is_some_and(|lengths| lengths.to <= 64);
    // Keys of a system: without spaces, with digits, nearly each its own; or called an id.
    let digits = tally.patterns.iter().filter(|(pattern, _)| pattern.contains('9')).map(|(_, rows)| rows).sum::<u64>();
    if spaces < 0.01
        && short
        && ((is_id_name && digits * 2 > tally.known)
            || (dense && distinct > 5 && digits * 10 > tally.known * 9)
            || (average >= 8.0 && digits * 10 > tally.known * 9))
    {
        return Inferred::of(Kind::Id, 1.0);
    }
    let separator = separator(tally);
    let few = tally.values.as_ref().is_some_and(|values| {
        let most = if WORDS.has("codes", name) { tally.known } else { (tally.known / 3).max(1) };
        values.len() as u64 <= most.min(200)
    });
    if few && average <= 40.0 && (!dense || WORDS.has("codes", name)) || separator.is_some() {
        return Inferred { separator, ..Inferred::of(Kind::Code, 1.0) };
    }
    Inferred::of(Kind::Text, 1.0)
}

/// Words of yes and no, both of them or clear ones.
fn yes_no(tally: &Tally) -> Option<Inferred> {
    let values = tally.values.as_ref()?;
    let small: Vec<(String, u64)> = values.iter().map(|(value, rows)| (value.to_lowercase(), *rows)).collect();
    let count = |list: &[String]| small.iter().filter(|(v, _)| list.contains(v)).map(|(_, rows)| rows).sum::<u64>();
    let (yes, no) = (count(&WORDS.yes), count(&WORDS.no));
    let besides = |v: &String| WORDS.missing_beside_others.contains(v);
    let others = small.iter().filter(|(v, _)| !WORDS.yes.contains(v) && !WORDS.no.contains(v) && !besides(v));
    let other = others.map(|(_, rows)| rows).sum::<u64>();
    let clear = small.iter().any(|(v, _)| v.len() > 1 && (WORDS.yes.contains(v) || WORDS.no.contains(v)));
    // "X" and "Y" or "M" and "N" are letters; one letter alone says nothing.
    let fits = other * 50 <= if clear { tally.known } else { 0 }
        && values.len() <= 6
        && ((yes > 0 && no > 0) || (clear && yes + no > 0));
    fits.then(|| Inferred::of(Kind::YesNo, (yes + no) as f64 / tally.known as f64))
}

fn dates(name: &[String], tally: &Tally) -> Option<Inferred> {
    let rows = tally.dates.values().sum::<u64>();
    let fits = rows as f64 / tally.known as f64;
    if fits < MOST {
        return None;
    }
    // The form that fits most of the rows left, until all are told.
    let mut left: Vec<(&Vec<String>, u64)> = tally.dates.iter().map(|(forms, rows)| (forms, *rows)).collect();
    let mut chosen: Vec<(String, u64)> = Vec::new();
    let mut ambiguous = None;
    while !left.is_empty() {
        let mut candidates: Vec<(&String, u64, usize)> = Vec::new();
        for (forms, rows) in &left {
            for (at, form) in forms.iter().enumerate() {
                match candidates.iter_mut().find(|(known, ..)| *known == form) {
                    Some(candidate) => candidate.1 += rows,
                    None => candidates.push((form, *rows, at)),
                }
            }
        }
        // Of those that fit as many, the one guessed first.
        candidates.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)).then(a.0.cmp(b.0)));
        let (form, rows) = candidates.first().map(|(form, rows, _)| ((*form).clone(), *rows))?;
        if chosen.is_empty()
            && let Some(other) = sibling(&form)
            && candidates.iter().any(|(candidate, fit, _)| **candidate == other && *fit == rows)
        {
            ambiguous = Some(other);
        }
        left.retain(|(forms, _)| !forms.contains(&form));
        chosen.push((form, rows));
    }
    // Both orders are in use: which one a day below 13 has cannot be known.
    if let Some((first, _)) = chosen.first()
        && let Some(other) = sibling(first)
        && chosen.iter().any(|(form, _)| *form == other)
    {
        ambiguous = Some(other);
    }
    let compact = chosen.first().is_some_and(|(form, _)| form == "%Y%m%d");
    if compact && (WORDS.has("ids", name) || !WORDS.has("dates", name)) {
        return None;
    }
    let has_time = chosen.iter().any(|(form, _)| form.contains("%M"));
    let kind = if has_time { Kind::Timestamp } else { Kind::Date };
    let date_forms = chosen.into_iter().map(|(form, _)| form).collect();
    let mut sets = tally.dates.keys();
    let mut all_fit = sets.next().cloned().unwrap_or_default();
    for set in sets {
        all_fit.retain(|form| set.contains(form));
    }
    Some(Inferred { date_forms, ambiguous_day: ambiguous, all_fit, ..Inferred::of(kind, fits) })
}

fn numbers(tally: &Tally) -> Option<Inferred> {
    let rows_of = |way: usize| {
        tally.numbers.iter().filter(|(ways, _)| *ways & (1 << way) != 0).map(|(_, rows)| rows).sum::<u64>()
    };
    let counts: Vec<u64> = (0..WAYS.len()).map(rows_of).collect();
    let most = counts.iter().copied().max().unwrap_or_default();
    let fits = most as f64 / tally.known as f64;
    if fits < MOST {
        return None;
    }
    let best = counts.iter().position(|count| *count == most)?;
    let span = |way: usize| tally.number_spans.get(way).copied().flatten();
    // "1,250" may be 1250 or 1.25: two ways that fit as many rows and give other values.
    let other = (0..WAYS.len()).find(|way| counts.get(*way) == Some(&most) && span(*way) != span(best));
    let plain = rows_of(0) == most;
    let way = if plain { None } else { WAYS.get(best).copied() };
    let currency = tally.currencies.iter().max_by_key(|(_, rows)| **rows).map(|(currency, _)| *currency);
    let all_whole = tally.whole == tally.numbers.values().sum::<u64>();
    let kind = match (currency, all_whole) {
        (Some(_), _) => Kind::Money,
        (None, true) => Kind::Whole,
        (None, false) => Kind::Number,
    };
    let ambiguous_way = if plain { None } else { other.and_then(|other| WAYS.get(other).copied()) };
    Some(Inferred { way, ambiguous_way, currency, ..Inferred::of(kind, fits) })
}

/// What stands between several codes in a cell: the codes it leaves are fewer than the cells.
fn separator(tally: &Tally) -> Option<&'static str> {
    let values = tally.values.as_ref()?;
    SEPARATORS.into_iter().zip(tally.separated).find_map(|(separator, rows)| {
        let often = rows.saturating_mul(50) >= tally.known && rows > 1;
        let mut pieces: Vec<&str> = values.keys().flat_map(|value| value.split(separator)).map(str::trim).collect();
        pieces.sort_unstable();
        pieces.dedup();
        let short = pieces.iter().all(|piece| piece.chars().count() <= 40);
        (often && short && pieces.len() < values.len() && values.len() > 2).then_some(separator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(header: &str, cells: &[&str]) -> Inferred {
        let mut tally = Tally::new();
        for cell in cells {
            tally.add(cell, 1);
        }
        infer("file.csv", header, &tally)
    }

    #[test]
    fn kinds() {
        assert_eq!(of("x", &["", "N/A"]).kind, Kind::Empty);
        assert_eq!(of("active", &["Yes", "No", "", "unknown"]).kind, Kind::YesNo);
        assert_eq!(of("flag", &["1", "0", "1"]).kind, Kind::YesNo);
        assert_eq!(of("x", &["2025-01-31", "2025-02-01"]).kind, Kind::Date);
        assert_eq!(of("x", &["2025-01-31 10:00", "2025-02-01 11:30"]).kind, Kind::Timestamp);
        assert_eq!(of("minutes", &["30", "45", "30", "30", "30", "30", "30", "45"]).kind, Kind::Whole);
        assert_eq!(of("ProjectType", &["1", "2", "1", "2", "1", "2", "1", "2"]).kind, Kind::Code);
        assert_eq!(of("cost", &["12.50", "3"]).kind, Kind::Money);
        assert_eq!(of("x", &["$1,250.00", "$3.00"]).kind, Kind::Money);
        assert_eq!(of("PersonalID", &["1", "2", "3"]).kind, Kind::Id);
        assert_eq!(of("zip", &["02139", "02140"]).kind, Kind::Id);
        assert_eq!(of("x", &["A-001", "A-002", "A-003", "A-004", "A-005", "A-006"]).kind, Kind::Id);
        assert_eq!(of("Status", &["Open", "Closed", "Open"]).kind, Kind::Code);
        assert_eq!(of("title", &["Summer school", "Winter camp", "Soup kitchen"]).kind, Kind::Text);
    }

    #[test]
    fn day_and_month() {
        assert_eq!(of("x", &["01/02/2025", "03/04/2025"]).ambiguous_day.as_deref(), Some("%d/%m/%Y"));
        let certain = of("x", &["01/02/2025", "31/12/2025"]);
        assert_eq!((certain.date_forms, certain.ambiguous_day), (vec!["%d/%m/%Y".to_owned()], None));
        let both = of("x", &["31/12/2025", "12/31/2025", "01/02/2025"]);
        assert_eq!(both.date_forms.len(), 2);
        assert!(both.ambiguous_day.is_some());
        let mixed = of("x", &["2025-01-31", "2025-02-01", "31.01.2025"]);
        assert_eq!(mixed.date_forms, ["%Y-%m-%d", "%d.%m.%Y"]);
    }

    #[test]
    fn numbers_and_their_signs() {
        let german = of("Betrag", &["1.250,50", "12,00"]);
        assert_eq!((german.kind, german.way, german.ambiguous_way), (Kind::Money, Some((Some('.'), ',')), None));
        let either = of("x", &["1,250", "2,500"]);
        assert_eq!((either.way, either.ambiguous_way), (Some((Some(','), '.')), Some((None, ','))));
    }

    #[test]
    fn several_codes_in_a_cell() {
        let several = of("needs", &["a;b", "a", "b", "b;c", "c", "a;c", "a;b;c", "c;a"]);
        assert_eq!((several.kind, several.separator), (Kind::Code, Some(";")));
        assert_eq!(of("name", &["Doe, Jo", "Roe, Al"]).separator, None);
    }

    #[test]
    fn sensitive_columns() {
        assert_eq!(of("x", &["Jane Doe", "Mary Roe", "Al Poe"]).sensitivity, Some("name"));
        let long = "She said that she would come back next week with her sister";
        assert_eq!(of("x", &[long, long]).sensitivity, Some("free text"));
        assert_eq!(of("x", &["1941-05-03", "1990-02-01"]).sensitivity, Some("perhaps birth dates"));
        assert_eq!(of("x", &["1900-01-01", "2020-02-01"]).sensitivity, None);
        assert_eq!(of("", &["2001-05-03", "1990-02-01"]).sensitivity, Some(UNNAMED));
    }

    proptest! {
        #[test]
        fn dates_in_one_form_are_told_as_that_form(days in proptest::collection::vec((1990i16..2030, 1i8..=12, 1i8..=28), 3..30), form in 0usize..4) {
            let form = ["%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y", "%m/%d/%Y %H:%M"][form];
            let cells: Vec<String> = days
                .iter()
                .map(|(y, m, d)| jiff::civil::Date::constant(*y, *m, *d).at(9, 30, 0, 0).strftime(form).to_string())
                .collect();
            let inferred = of("x", &cells.iter().map(String::as_str).collect::<Vec<_>>());
            let told = inferred.date_forms.first().cloned().unwrap_or_default();
            prop_assert!(told == form || inferred.ambiguous_day.as_deref() == Some(form) , "{told} {form}");
            // Every value can be read in the form told.
            for cell in &cells {
                prop_assert!(super::super::dates::readings(cell).forms.iter().any(|(f, _)| *f == told));
            }
        }

        #[test]
        fn anything_can_be_inferred(header in "\\PC{0,20}", cells in proptest::collection::vec("\\PC{0,20}", 0..30)) {
            let inferred = of(&header, &cells.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert!((0.0..=1.0).contains(&inferred.fits));
        }
    }
}
