//! A catalogue as written: texts by key, some in several forms, with places in braces.

use icu_plurals::PluralCategory;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// A text, or its forms by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    One(String),
    /// By the plural category of the language (CLDR): `one`, `many`, `other`.
    Forms(BTreeMap<String, String>),
}

/// What is wrong with a project's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: String,
    pub message: String,
}

/// CLDR's names of the forms.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// Families of keys whose English texts stand elsewhere: metrics, findings and rules. Codes are open lists.
const OPEN: [&str; 4] = ["metrics.", "findings.", "checks.", "codes."];

/// Key → message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue(BTreeMap<String, Message>);

impl Catalogue {
    /// Reads the files of one language; they are embedded, and a test reads them all.
    pub fn read(texts: &[&str]) -> Self {
        let mut all = BTreeMap::new();
        for text in texts {
            // Cannot fire: `tests::every_catalogue_is_sound` reads every embedded file.
            let table: toml::Table = text.parse().expect("an embedded catalogue is valid TOML");
            flatten("", &table, &mut all);
        }
        Self(all)
    }

    pub fn get(&self, key: &str) -> Option<&Message> {
        self.0.get(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// With other texts over its own.
    pub fn overlaid(&self, own: &toml::Table) -> Result<Self, Problem> {
        let mut texts = BTreeMap::new();
        flatten("", own, &mut texts);
        let mut all = self.0.clone();
        for (key, message) in texts {
            let wrong = |message: String| Err(Problem { key: key.clone(), message });
            match self.0.get(&key) {
                None if !OPEN.iter().any(|family| key.starts_with(family)) => {
                    return wrong(format!("\"{key}\" is no word of a report"));
                }
                Some(known) => {
                    let (may, has) = (known.places(), message.places());
                    if let Some(stray) = has.difference(&may).next() {
                        let there =
                            if may.is_empty() { "it has none".into() } else { format!("it has {}", braced(&may)) };
                        return wrong(format!("\"{key}\" has no place {{{stray}}}; {there}"));
                    }
                }
                None => {}
            }
            all.insert(key, message);
        }
        Ok(Self(all))
    }
}

fn braced(places: &BTreeSet<String>) -> String {
    places.iter().map(|place| format!("{{{place}}}")).collect::<Vec<_>>().join(", ")
}

/// Nested tables as keys with dots between.
fn flatten(above: &str, table: &toml::Table, all: &mut BTreeMap<String, Message>) {
    for (name, value) in table {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            toml::Value::Table(forms) if is_forms(forms) => {
                let text = |value: &toml::Value| value.as_str().unwrap_or_default().to_owned();
                let forms = forms.iter().map(|(form, value)| (form.clone(), text(value))).collect();
                all.insert(key, Message::Forms(forms));
            }
            toml::Value::Table(deeper) => flatten(&key, deeper, all),
            toml::Value::String(text) => {
                all.insert(key, Message::One(text.clone()));
            }
            // A number or a date is meant as it is written.
            other => {
                all.insert(key, Message::One(other.to_string()));
            }
        }
    }
}

fn is_forms(table: &toml::Table) -> bool {
    table.contains_key("other") && table.iter().all(|(form, text)| CATEGORIES.contains(&form.as_str()) && text.is_str())
}

impl Message {
    /// The form that fits most numbers.
    pub fn other(&self) -> &str {
        match self {
            Self::One(text) => text,
            Self::Forms(forms) => forms.get("other").map_or("", String::as_str),
        }
    }

    /// The form for a category.
    pub fn form(&self, category: PluralCategory) -> &str {
        let name = match category {
            PluralCategory::Zero => "zero",
            PluralCategory::One => "one",
            PluralCategory::Two => "two",
            PluralCategory::Few => "few",
            PluralCategory::Many => "many",
            PluralCategory::Other => "other",
        };
        match self {
            Self::Forms(forms) => forms.get(name).map_or_else(|| self.other(), String::as_str),
            Self::One(text) => text,
        }
    }

    /// The names of its places, of all forms together.
    pub fn places(&self) -> BTreeSet<String> {
        match self {
            Self::One(text) => places(text),
            Self::Forms(forms) => forms.values().flat_map(|text| places(text)).collect(),
        }
    }
}

/// The names of a text's places.
#[must_use]
pub fn places(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(place, _)| place.to_owned()).collect()
}

/// A text with its places filled; one that nothing is given for stays empty.
pub fn filled(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == place) {
            out.push_str(&value.to_string());
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
