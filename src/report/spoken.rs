//! A definition in one language: where a text is given by language, the one that is asked for stands in its place.

use crate::language;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

/// Reads a TOML text in which any text may be a table of texts by language: `{ en = "Served", es = "Atención" }`. A
/// language that is not given has the first one that is.
///
/// # Errors
/// As of any TOML text, at its place.
pub fn spoken<T: DeserializeOwned>(text: &str, tag: &str) -> Result<T, Error> {
    let mut table = DeTable::parse(text)?;
    told(table.get_mut(), tag);
    T::deserialize(Deserializer::from(table)).map_err(|mut error| {
        error.set_input(Some(text));
        error
    })
}

fn told(table: &mut DeTable<'_>, tag: &str) {
    for (_, value) in table.iter_mut() {
        tell(value, tag);
    }
}

fn tell(value: &mut Spanned<DeValue<'_>>, tag: &str) {
    let text = match value.get_mut() {
        DeValue::Table(table) if is_by_language(table) => {
            let own = table.get(tag).or_else(|| table.get(language::DEFAULT)).or_else(|| table.values().next());
            own.and_then(|text| text.get_ref().as_str()).unwrap_or_default().to_owned()
        }
        DeValue::Table(table) => return told(table, tag),
        DeValue::Array(items) => {
            for item in items.iter_mut() {
                tell(item, tag);
            }
            return;
        }
        _ => return,
    };
    *value.get_mut() = DeValue::String(text.into());
}

/// Whether every key is a language and every value a text.
fn is_by_language(table: &DeTable<'_>) -> bool {
    let is_language = |key: &str| language::tags().any(|tag| tag == key);
    !table.is_empty() && table.iter().all(|(key, text)| is_language(key.get_ref()) && text.get_ref().is_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        heading: String,
        lines: Vec<String>,
    }

    const TEXT: &str = "heading = { en = \"Served\", es = \"Atendidas\" }\n\
                        lines = [\"one\", { es = \"dos\" }, { en = \"three\", es = \"tres\" }]\n";

    #[test]
    fn a_text_is_told_in_the_language_asked_for_or_in_one_that_there_is() {
        let of =
            |heading: &str, lines: [&str; 3]| Page { heading: heading.into(), lines: lines.map(str::to_owned).into() };
        assert_eq!(spoken::<Page>(TEXT, "en").unwrap(), of("Served", ["one", "dos", "three"]));
        assert_eq!(spoken::<Page>(TEXT, "es").unwrap(), of("Atendidas", ["one", "dos", "tres"]));
    }

    #[test]
    fn a_language_that_is_none_is_no_text_and_is_said_at_its_place() {
        let error = spoken::<Page>("lines = []\nheading = { fr = \"Vus\" }\n", "es").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("heading"), "{error}");
    }
}
