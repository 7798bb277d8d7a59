//! Header names and file names, taken apart into words, and the lists of words they are compared with.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `words.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub missing: Vec<String>,
    pub missing_beside_others: Vec<String>,
    pub doubtful_numbers: Vec<i64>,
    pub doubtful_dates: Vec<String>,
    pub yes: Vec<String>,
    pub no: Vec<String>,
    /// What it is → header words.
    pub sensitive: toml::Table,
    pub things: Things,
    pub columns: BTreeMap<String, Vec<String>>,
}

/// Words beside which a name is none of a person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Things {
    pub words: Vec<String>,
}

/// The lists, parsed once.
pub static WORDS: LazyLock<Words> = LazyLock::new(|| {
    // Cannot fire: the embedded text is parsed by `tests::the_lists_are_sound`.
    toml::from_str(include_str!("words.toml")).expect("the embedded words are valid")
});

impl Words {
    /// Whether one of a name's words stands in that list of `[columns]`.
    pub fn has(&self, list: &str, name: &[String]) -> bool {
        self.columns.get(list).is_some_and(|words| name.iter().any(|word| words.contains(word)))
    }
}

/// A name's words in small letters: `pmdm__ProgramEngagement__c` → program, engagement; `date_of_birth` → date, of, birth.
pub fn words(name: &str) -> Vec<String> {
    let name = name.trim();
    let name = name.strip_suffix("__c").or_else(|| name.strip_suffix("__r")).unwrap_or(name);
    // A managed package's prefix: a short word and two underscores.
    let name = name
        .split_once("__")
        .filter(|(prefix, rest)| prefix.len() <= 8 && !rest.is_empty())
        .map_or(name, |(_, rest)| rest);
    let mut words = vec![String::new()];
    let mut before: Option<char> = None;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() {
            let small_then_large = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit()) && c.is_uppercase();
            let last_large = before.is_some_and(char::is_uppercase)
                && c.is_uppercase()
                && rest.peek().is_some_and(|next| next.is_lowercase());
            let digits = before.is_some_and(char::is_alphabetic) && c.is_ascii_digit();
            if small_then_large || last_large || digits {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        } else {
            words.push(String::new());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words written together: how names are compared.
pub fn joined(name: &str) -> String {
    words(name).concat()
}

/// Whether the phrase's words stand next to each other among the name's; a word with `*` at its end begins one.
pub fn contains(name: &[String], phrase: &str) -> bool {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    name.windows(wanted.len()).any(|window| {
        window.iter().zip(&wanted).all(|(word, wanted)| match wanted.strip_suffix('*') {
            Some(beginning) => word.starts_with(beginning),
            None => word == wanted || word.strip_suffix('s') == Some(wanted),
        })
    })
}

/// A file's name, or a sheet's, without folders and endings.
pub fn stem(path: &str) -> &str {
    if let Some((_, sheet)) = path.rsplit_once(':').filter(|(file, _)| !file.is_empty()) {
        return sheet;
    }
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sound() {
        for list in ["money", "counts", "codes", "dates", "ids"] {
            assert!(WORDS.columns.contains_key(list), "{list}");
        }
        assert!(
            WORDS.sensitive.values().all(|list| list.as_array().is_some_and(|l| l.iter().all(toml::Value::is_str)))
        );
    }

    #[test]
    fn names_come_apart() {
        assert_eq!(words("pmdm__ProgramEngagement__c"), ["program", "engagement"]);
        assert_eq!(words("StartDate__c"), ["start", "date"]);
        assert_eq!(words("SSNDataQuality"), ["ssn", "data", "quality"]);
        assert_eq!(words(" Date of Birth "), ["date", "of", "birth"]);
        assert_eq!(words("HoHID"), ["ho", "hid"]);
        assert_eq!(words("goal1_status"), ["goal", "1", "status"]);
        assert_eq!(joined("Personal ID"), joined("PersonalID"));
        assert_eq!(words("---"), Vec::<String>::new());
    }

    #[test]
    fn stems() {
        assert_eq!(stem("exports/hmis.zip/Client.csv"), "Client");
        assert_eq!(stem("a/cases.xlsx:Sheet1"), "Sheet1");
        assert_eq!(stem("services-2.csv.gz"), "services-2");
    }

    #[test]
    fn phrases() {
        assert!(contains(&words("client_first_name"), "first name"));
        assert!(contains(&words("Birthday"), "birth*"));
        assert!(!contains(&words("program_name"), "first name"));
    }
}
