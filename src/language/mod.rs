//! Languages: every word, number and date that a report writes, from one catalogue per language.
//!
//! A catalogue is the folder `languages/TAG/` of TOML files; English ones of metrics, findings and rules are these
//! files' own texts, which other languages translate. A project may put words of its own over a catalogue's
//! (`[words.TAG]` of the project file). [`Words`] is such a catalogue in use; it is cheap to clone and is handed to
//! whatever writes for readers.

mod catalogue;
mod dates;
mod numbers;
#[cfg(test)]
mod tests;

use catalogue::{Catalogue, Message};
use icu_plurals::{PluralRules, PluralRulesOptions};
use numbers::NumberForm;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::{Arc, LazyLock};

pub use catalogue::{Problem, filled, places};

/// What a report is written in unless somebody says otherwise.
pub const DEFAULT: &str = "en";

/// The words of one language, with a project's own over them.
#[derive(Clone)]
pub struct Words(Arc<Spoken>);

struct Spoken {
    tag: &'static str,
    catalogue: Catalogue,
    plurals: PluralRules,
    numbers: NumberForm,
}

/// Every catalogue, read once.
static LANGUAGES: LazyLock<BTreeMap<&'static str, Words>> = LazyLock::new(|| {
    let mut files: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (path, text) in crate::built_in::LANGUAGES {
        let tag = path.trim_start_matches("languages/").split('/').next().unwrap_or(DEFAULT);
        files.entry(tag).or_default().push(text);
    }
    files.into_iter().map(|(tag, texts)| (tag, Words::made(tag, Catalogue::read(&texts)))).collect()
});

/// Tags of the languages there are.
pub fn tags() -> impl Iterator<Item = &'static str> {
    LANGUAGES.keys().copied()
}

impl Words {
    fn made(tag: &'static str, catalogue: Catalogue) -> Self {
        let locale = icu_locale_core::Locale::try_from_str(tag).unwrap_or(icu_locale_core::Locale::UNKNOWN);
        // Cannot fire: the rules of every language are compiled in, and an unknown one gets those of none.
        let plurals = PluralRules::try_new(locale.into(), PluralRulesOptions::default()).expect("compiled-in rules");
        let numbers = NumberForm::of(&catalogue);
        Self(Arc::new(Spoken { tag, catalogue, plurals, numbers }))
    }

    /// The words of a language; `None` where there is no catalogue of it.
    #[must_use]
    pub fn of_language(tag: &str) -> Option<Self> {
        LANGUAGES.get(tag).cloned()
    }

    /// The same with a project's own words over the catalogue's: key → text, as nested as it was written.
    ///
    /// # Errors
    /// At the key whose text cannot be meant. Keys of metrics, findings and codes need not be in the catalogue.
    pub fn with_own(&self, own: &toml::Table) -> Result<Self, Problem> {
        if own.is_empty() {
            return Ok(self.clone());
        }
        let catalogue = self.0.catalogue.overlaid(own)?;
        Ok(Self::made(self.0.tag, catalogue))
    }

    /// BCP 47 tag: `en`, `es`.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.0.tag
    }

    /// Every key of the catalogue.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.catalogue.keys()
    }

    /// The text of a key without places. A key that is in no catalogue is its own text; a test finds it.
    #[must_use]
    pub fn of<'a>(&'a self, key: &'a str) -> &'a str {
        self.find(key).unwrap_or(key)
    }

    /// The same, where the key may well not be there.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.0.catalogue.get(key).map(Message::other)
    }

    /// The text of a key with what belongs into its places.
    #[must_use]
    pub fn with(&self, key: &str, places: &[(&str, &dyn Display)]) -> String {
        catalogue::filled(self.of(key), places)
    }

    /// The form of a text that fits a number; `{n}` is the number as the language writes it.
    #[must_use]
    pub fn counted(&self, key: &str, n: f64, places: &[(&str, &dyn Display)]) -> String {
        let number = self.count(n);
        let text = match self.0.catalogue.get(key) {
            Some(message) => message.form(self.0.plurals.category_for(n.abs().round() as u64)),
            None => key,
        };
        let mut all: Vec<(&str, &dyn Display)> = vec![("n", &number)];
        all.extend_from_slice(places);
        catalogue::filled(text, &all)
    }

    /// "a", "a and b", "a, b and c"
    #[must_use]
    pub fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => {
                let and = self.of(if begins_with_i(last) { "list.and-before-i" } else { "list.and" });
                format!("{} {and} {last}", most.join(", "))
            }
        }
    }
}

/// Whether a Spanish "y" before the word would be heard as one with its beginning: "e intervención", but "y hielo".
fn begins_with_i(word: &str) -> bool {
    let word = word.to_lowercase();
    let mut letters = word.strip_prefix('h').unwrap_or(&word).chars();
    matches!(letters.next(), Some('i' | 'í')) && !matches!(letters.next(), Some('a' | 'e' | 'o' | 'u'))
}

impl Default for Words {
    /// English, as it is built in.
    fn default() -> Self {
        // Cannot fire: `tests::every_catalogue_is_sound` reads it.
        Self::of_language(DEFAULT).expect("the English catalogue is built in")
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.0.tag)
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.tag == other.0.tag && self.0.catalogue == other.0.catalogue)
    }
}
