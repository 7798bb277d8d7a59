//! The one gate between what files hold and what is printed of it: values, ends of ranges, names of columns.
//!
//! Nobody can list all names of people, so the gate does not look for names: a value passes if each of its words is one
//! that codes are made of (`vocabulary.toml`), in a column of few values, each in several rows. Whoever prints gets
//! [`Kept::told`]; the others can be counted and compared, but not read.
//!
//! Long because half of it are the tests: what must never pass, and what has to.

use super::names::{WORDS, contains, joined, words};
use super::{Counted, Kind, likeness};
use crate::contract::CONTRACT;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A value in fewer rows may be somebody's.
const SEVERAL: u64 = 3;
/// With more different values it is no code.
const MOST_CODES: usize = 30;
/// So many digits may be a number of the state, or a telephone's.
const MANY_DIGITS: usize = 7;
/// No code is a sentence.
const MOST_WORDS: usize = 8;
/// Before this year what begins with an event's name may still be births.
const FIRST_YEAR: i16 = 2000;

/// `vocabulary.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    words: String,
    also_names: String,
    units: String,
    numbered: String,
    streets: String,
    events: String,
    amounts: String,
    persons: String,
    titles: String,
}

/// Its lists, and the words of other lists.
struct Vocabulary {
    /// What codes are made of.
    words: BTreeSet<String>,
    also_names: BTreeSet<String>,
    /// Whole values, written together, that every agency has.
    listed: BTreeSet<String>,
    /// What headers are made of.
    headers: BTreeSet<String>,
    units: BTreeSet<String>,
    numbered: BTreeSet<String>,
    streets: BTreeSet<String>,
    events: BTreeSet<String>,
    amounts: BTreeSet<String>,
    persons: BTreeSet<String>,
    titles: BTreeSet<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    // Cannot fire: the embedded text is parsed by `tests::the_vocabulary_is_sound`.
    let texts: Texts = toml::from_str(include_str!("vocabulary.toml")).expect("the embedded vocabulary is valid");
    Vocabulary::new(&texts)
});

impl Vocabulary {
    fn new(texts: &Texts) -> Self {
        let set = |text: &str| -> BTreeSet<String> { text.split_whitespace().map(str::to_owned).collect() };
        let columns = || CONTRACT.tables.iter().flat_map(|table| &table.columns);
        let own = columns().filter(|column| !is_about_persons(&column.name)).flat_map(|column| column.codes.clone());
        let synonyms = likeness::code_words().filter(|(column, _)| !is_about_persons(column)).map(|(_, word)| word);
        let answers = WORDS.yes.iter().chain(&WORDS.no).chain(&WORDS.missing_beside_others);
        let phrases: Vec<String> = own.chain(synonyms).chain(answers.cloned()).collect();
        let mut known = set(&texts.words);
        // A single letter says yes or no only where nothing stands beside it.
        known.extend(phrases.iter().flat_map(|phrase| words(phrase)).filter(|word| word.chars().count() > 1));
        let mut headers = known.clone();
        let sensitive = WORDS.sensitive.values().filter_map(toml::Value::as_array).flatten();
        let of_headers = sensitive
            .filter_map(toml::Value::as_str)
            .chain(WORDS.things.words.iter().map(String::as_str))
            .chain(WORDS.columns.values().flatten().map(String::as_str))
            .chain(columns().map(|column| column.name.as_str()))
            .chain(likeness::column_words());
        headers.extend(of_headers.flat_map(words));
        headers.extend(set(&texts.events));
        headers.extend(set(&texts.amounts));
        Self {
            listed: phrases.iter().map(|phrase| joined(phrase)).collect(),
            words: known,
            also_names: set(&texts.also_names),
            headers,
            units: set(&texts.units),
            numbered: set(&texts.numbered),
            streets: set(&texts.streets),
            events: set(&texts.events),
            amounts: set(&texts.amounts),
            persons: set(&texts.persons),
            titles: set(&texts.titles),
        }
    }
}

/// Columns of the contract whose codes are people's traits.
fn is_about_persons(column: &str) -> bool {
    WORDS.sensitive.get("about the person").and_then(toml::Value::as_array).is_some_and(|phrases| {
        phrases.iter().filter_map(toml::Value::as_str).any(|phrase| contains(&words(column), phrase))
    })
}

/// The values of a column, to be counted and compared by anybody, and read only as far as they may be told.
#[derive(Clone, Default)]
pub struct Kept {
    all: Vec<Counted>,
    told: Vec<Counted>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} and {} untold", self.told, self.untold())
    }
}

impl Kept {
    /// The values, the most frequent first; of a sensitive column none may be told.
    pub fn new(all: Vec<Counted>, is_sensitive: bool) -> Self {
        if is_sensitive {
            return Self { all, told: Vec::new() };
        }
        let plain = all.iter().filter(|v| is_plain(&v.value) || is_listed(&v.value)).count();
        // Where most values are of other words, those of these words are chance: a surname may be a word, too.
        let speaks_of_codes = plain * 3 >= all.len();
        let may_be = |v: &&Counted| {
            speaks_of_codes
                && (is_listed(&v.value) || (v.rows >= SEVERAL && all.len() <= MOST_CODES && is_plain(&v.value)))
        };
        let told = all.iter().filter(may_be).cloned().collect();
        Self { all, told }
    }

    /// What may be printed.
    pub fn told(&self) -> &[Counted] {
        &self.told
    }

    /// How many values may not.
    pub fn untold(&self) -> usize {
        self.all.len() - self.told.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether a value is so, told or not.
    pub fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.all.iter().any(|v| is(&v.value))
    }

    /// Whether every value is so.
    pub fn all(&self, is: impl Fn(&str) -> bool) -> bool {
        self.all.iter().all(|v| is(&v.value))
    }

    /// The rows of values that are so.
    pub fn rows(&self, is: impl Fn(&str) -> bool) -> u64 {
        self.all.iter().filter(|v| is(&v.value)).map(|v| v.rows).sum()
    }

    /// Values that may not be told, and are so.
    pub fn untold_that(&self, is: impl Fn(&str) -> bool) -> usize {
        self.all.iter().filter(|v| !self.told.contains(v) && is(&v.value)).count()
    }
}

/// A code of the contract, or another word for one, as a whole.
fn is_listed(value: &str) -> bool {
    let together = joined(value);
    !together.chars().all(char::is_numeric) && digits(value) < 3 && VOCABULARY.listed.contains(&together)
}

/// Nothing but words that codes are made of, and short numbers.
fn is_plain(value: &str) -> bool {
    let parts = words(value);
    let marks = |c: char| c.is_alphanumeric() || " _-–/&+.,:;()'’<>%".contains(c);
    if parts.is_empty() || parts.len() > MOST_WORDS || digits(value) >= MANY_DIGITS || !value.chars().all(marks) {
        return false;
    }
    if parts.iter().all(|part| is_number(part)) {
        // A year may be that of a birth, four digits the end of a number of the state.
        return digits(value) <= 3 || (parts.len() == 2 && parts.iter().all(|part| part.chars().count() <= 3));
    }
    if parts.len() == 1 && value.chars().count() == 1 {
        return true;
    }
    let known = |at: usize, part: &String| {
        let before = at.checked_sub(1).and_then(|at| parts.get(at));
        VOCABULARY.words.contains(part)
            || (is_number(part) && part.len() <= 4)
            || (part.chars().count() == 1 && before.is_some_and(|word| VOCABULARY.numbered.contains(word)))
            // What stands behind an apostrophe.
            || (part == "s" && at > 0)
    };
    parts.iter().enumerate().all(|(at, part)| known(at, part))
        && !parts.iter().all(|part| VOCABULARY.also_names.contains(part))
        && !is_house(&parts)
}

/// A number that neither counts what stands behind it nor belongs to what stands before it.
fn is_house(parts: &[String]) -> bool {
    let next_is_a_word = |at: usize| {
        parts.get(at + 1).is_some_and(|next| !is_number(next) && !VOCABULARY.units.contains(next) && next != "s")
    };
    parts.iter().enumerate().any(|(at, part)| {
        let before = parts.iter().take(at).rev().find(|part| !is_number(part));
        is_number(part) && next_is_a_word(at) && !before.is_some_and(|before| VOCABULARY.numbered.contains(before))
    })
}

fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric)
}

fn digits(value: &str) -> usize {
    value.chars().filter(|c| c.is_numeric()).count()
}

/// Whether all words are those that codes are made of.
pub fn is_of_codes(value: &str) -> bool {
    words(value).iter().all(|word| VOCABULARY.words.contains(word))
}

/// `Surname, Given`, somebody's title, or a common name, in capitals or not; the name of no institution.
pub fn is_somebody(value: &str) -> bool {
    const MOST: usize = 5;
    let parts = words(value);
    if parts.is_empty() || parts.len() > MOST || digits(value) > 0 || is_of_codes(value) {
        return false;
    }
    let one_comma = value.split_once(',').is_some_and(|(last, first)| {
        let is_name = |text: &str| {
            let count = text.split_whitespace().count();
            (1..=3).contains(&count) && text.chars().all(|c| c.is_alphabetic() || " '’-.".contains(c))
        };
        is_name(last) && is_name(first) && first.starts_with(' ')
            || (is_name(last) && parts.len() == 2 && is_name(first))
    });
    let has = |set: &BTreeSet<String>| parts.iter().any(|part| set.contains(part));
    let institution = parts.iter().any(|part| WORDS.things.words.contains(part));
    one_comma || (has(&VOCABULARY.titles) && parts.len() > 1) || (has(&VOCABULARY.persons) && !institution)
}

/// Whether a header's cell holds what no column is called: a person, a house, a long number.
pub fn is_data(header: &str) -> bool {
    let parts = words(header);
    let known = |part: &String| VOCABULARY.headers.contains(part);
    let common = parts.iter().any(|part| VOCABULARY.persons.contains(part) && !known(part));
    let house = parts.first().is_some_and(|first| is_number(first))
        && parts.iter().skip(2).any(|part| VOCABULARY.streets.contains(part));
    let written_as_names = is_somebody(header) && !parts.iter().all(known);
    common || house || written_as_names || digits(header) >= MANY_DIGITS
}

/// Whether all words of a header are such as headers have.
pub fn is_of_headers(header: &str) -> bool {
    words(header).iter().all(|word| is_number(word) || VOCABULARY.headers.contains(word))
}

/// The ends of a range, if its header says of what: days of events, not of births; amounts, not numbers of persons.
pub fn range(name: &[String], kind: Kind, ends: [String; 2]) -> Option<[String; 2]> {
    let says = |set: &BTreeSet<String>| name.iter().any(|word| set.contains(word));
    let may = match kind {
        Kind::Date | Kind::Timestamp => {
            let first_year = ends.first().and_then(|end| end.get(..4)?.parse::<i16>().ok());
            says(&VOCABULARY.events) && first_year.is_some_and(|year| year >= FIRST_YEAR)
        }
        Kind::Money => ends.iter().all(|end| digits(end) < MANY_DIGITS),
        Kind::Whole | Kind::Number => ends.iter().all(|end| {
            let decimals = end.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let most = if says(&VOCABULARY.amounts) { MANY_DIGITS - 1 } else { 3 };
            decimals <= 2 && digits(end) - decimals <= most
        }),
        _ => false,
    };
    may.then_some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mapping::BUILT_IN;
    use crate::ingest::mapping::built_in_text;
    use proptest::prelude::*;

    fn kept(values: &[(&str, u64)]) -> Vec<String> {
        let all = values.iter().map(|(value, rows)| Counted { value: (*value).to_owned(), rows: *rows }).collect();
        Kept::new(all, false).told().iter().map(|v| v.value.clone()).collect()
    }

    #[test]
    fn the_vocabulary_is_sound() {
        let v = &*VOCABULARY;
        for list in [&v.units, &v.numbered, &v.streets, &v.events, &v.amounts, &v.titles] {
            assert!(!list.is_empty());
        }
        let both: Vec<&String> = v.words.intersection(&v.persons).collect();
        assert_eq!(both, [""; 0], "names among the words");
        for word in ["hiv", "aids", "bipolar", "depressed", "positive", "oak", "elm"] {
            assert!(!v.words.contains(word), "{word}");
        }
    }

    #[test]
    fn what_codes_are_made_of_is_told() {
        for value in [
            "Moved away",
            "Rapid Rehousing",
            "lost contact",
            "Housing First",
            "Drop-in",
            "Closed - no contact",
            "Phase 2",
            "Group B",
            "30 days or less",
            "11-20",
            "Unexcused Absence",
            "in_progress",
            "Emergency Shelter",
            "Self (head of household)",
            "99",
            "M",
            "Transferred/Referred",
            "case_management",
            "partiallyAchieved",
            "Full time",
            "Section 8 voucher",
        ] {
            assert!(is_plain(value), "{value}");
        }
    }

    #[test]
    fn what_may_be_somebodys_is_not() {
        for value in [
            "SMITH, JOHN",
            "SMITH",
            "al jones",
            "A. Jones",
            "Al Jones Jr",
            "Mother Jane",
            "Zaphkiel",
            "555123456",
            "5551234567",
            "555-12-3456",
            "1234",
            "1985",
            "12 Main St",
            "moved to 12 Main St",
            "9 Oak Ave",
            "12 House",
            "HIV positive",
            "Bipolar",
            "died of AIDS",
            "Jones;Al",
            "AlJones@",
            "J.D.",
            "J. D.",
            "Summer Long",
            "Case",
            "Justice",
            "moved to Springfield",
            "\u{202e}open",
            "open\nclosed",
        ] {
            assert!(!is_plain(value), "{value}");
        }
    }

    #[test]
    fn rare_values_and_those_of_columns_of_many_are_not_told() {
        assert_eq!(kept(&[("open case", 9), ("moved in", 2), ("completed", 1)]), ["open case", "completed"]);
        let many: Vec<(String, u64)> = (1..=MOST_CODES as u64 + 1).map(|n| (format!("level {n}"), 9)).collect();
        let many: Vec<(&str, u64)> = many.iter().map(|(value, rows)| (value.as_str(), *rows)).collect();
        assert_eq!(kept(&many), [""; 0]);
        assert_eq!(kept(many.get(1..).expect("some")).len(), MOST_CODES);
    }

    #[test]
    fn words_among_names_are_not_told() {
        assert_eq!(
            kept(&[("SMITH", 9), ("Church", 9), ("JONES", 9), ("Court", 9), ("DOE", 9), ("ROE", 9), ("POE", 9)]),
            [""; 0]
        );
        assert_eq!(kept(&[("Client", 9), ("SMITH", 9), ("Mother Jane", 9)]), ["Client"]);
    }

    #[test]
    fn ranges_say_nothing_of_births_and_numbers_of_persons() {
        let told = |name: &str, kind, from: &str, to: &str| {
            range(&words(name), kind, [from.to_owned(), to.to_owned()]).is_some()
        };
        assert!(told("Intake date", Kind::Date, "2024-01-01", "2025-01-01"));
        assert!(told("date", Kind::Date, "2024-01-01", "2025-01-01"));
        assert!(!told("B-day", Kind::Date, "2004-01-01", "2005-01-01"));
        assert!(!told("Q8", Kind::Date, "2004-01-01", "2005-01-01"));
        assert!(!told("entry1", Kind::Date, "1979-01-01", "1990-01-01"));
        assert!(told("minutes", Kind::Whole, "5", "1500"));
        assert!(told("x", Kind::Whole, "-5", "150"));
        assert!(!told("A-Number", Kind::Whole, "111223333", "987654321"));
        assert!(!told("amount", Kind::Whole, "1", "987654321"));
        assert!(!told("last four", Kind::Whole, "12", "9876"));
        assert!(!told("x", Kind::Number, "42.361234", "42.371234"));
    }

    #[test]
    fn headers_that_are_data() {
        for header in ["SMITH, JOHN", "Jane Doe", "12 Main Street", "555123456", "jones", "Mr. Zaphkiel"] {
            assert!(is_data(header), "{header}");
        }
        for header in [
            "Client ID",
            "City, State",
            "Goal 1 status",
            "30 day follow up",
            "Zustand",
            "Straße",
            "Race, Ethnicity",
            "Mode of service",
            "Head of household",
        ] {
            assert!(!is_data(header), "{header}");
        }
    }

    /// A file of a format that is built in shows its codes.
    #[test]
    fn what_built_in_mappings_recode_is_told() {
        for name in BUILT_IN.iter().map(|mapping| mapping.name) {
            let Some(text) = built_in_text(name) else { continue };
            for line in text.lines().filter(|line| line.starts_with('"')) {
                let Some((value, _)) = line.trim_start_matches('"').split_once("\" = ") else { continue };
                assert!(is_plain(value) || is_listed(value), "{name}: {value}");
            }
        }
        for phrase in likeness::code_words().filter(|(column, _)| !is_about_persons(column)).map(|(_, phrase)| phrase) {
            assert!(is_plain(&phrase) || is_listed(&phrase), "{phrase}");
        }
    }

    proptest! {
        #[test]
        fn nobody_is_told(given in "[A-Z][a-z]{2,8}", surname in "(Smith|JONES|garcia|Quillfeather|Zaphkiel)", form in 0usize..7, rows in 1u64..500) {
            let value = match form {
                0 => format!("{surname}, {given}"),
                1 => format!("{given} {surname}"),
                2 => surname.clone(),
                3 => format!("{}. {surname}", given.chars().next().unwrap_or_default()),
                4 => format!("{given} {surname} Jr"),
                5 => format!("Mother {surname}"),
                _ => format!("{surname}-{given}").to_uppercase(),
            };
            prop_assert_eq!(kept(&[(&value, rows), ("open case", rows + 3)]), ["open case"]);
        }

        #[test]
        fn no_long_number_is_told(value in "[A-Za-z]{0,6}[-# ]?[0-9]{7,12}[a-z ]{0,5}", rows in 1u64..500) {
            prop_assert!(kept(&[(&value, rows)]).is_empty());
        }

        #[test]
        fn no_house_is_told(number in 1u32..9999, street in "(Main|Oak|Elm|Court|Center|Home)", kind in "(St|Street|Ave|Road|way)") {
            let house = format!("{number} {street} {kind}");
            prop_assert!(!is_plain(&house) && !is_plain(&format!("moved to {house}")), "{}", house);
        }

        #[test]
        fn anything_can_be_asked(value in "\\PC{0,40}") {
            let _ = (is_plain(&value), is_somebody(&value), is_data(&value), kept(&[(&value, 9)]));
        }
    }
}
