//! The message of a rule: a text with `{column}` in it, and what of a column's value may be shown.

use crate::contract::{CONTRACT, ColumnType, Sensitivity, escaped, pattern_of};
use crate::query::Origin;
use std::collections::BTreeSet;
use std::ops::Range;

/// What stands for a value that is not known.
const NOT_KNOWN: &str = "(not known)";

/// A message as the header gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
}

impl Template {
    /// Reads a message.
    ///
    /// # Errors
    /// Says what is wrong with its braces.
    pub fn parse(message: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = message;
        while let Some(open) = rest.find(['{', '}']) {
            let (text, after) = rest.split_at(open);
            let Some(inside) = after.strip_prefix('{') else {
                return Err("the message has a } without its {".into());
            };
            let Some(close) = inside.find(['{', '}']).filter(|at| inside[*at..].starts_with('}')) else {
                return Err("the message has a { without its }".into());
            };
            if !text.is_empty() {
                parts.push(Part::Text(text.to_string()));
            }
            parts.push(Part::Column(inside[..close].trim().to_string()));
            rest = &inside[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_string()));
        }
        Ok(Self(parts))
    }

    /// The columns named, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for part in &self.0 {
            if let Part::Column(name) = part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// The message with values in it.
    pub fn render(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let texts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(name) => value(name).unwrap_or_else(|| NOT_KNOWN.to_string()),
        });
        texts.collect()
    }

    /// Where in a message that was made from this one the value of a column stands.
    pub fn place_of(&self, column: &str, message: &str) -> Option<Range<usize>> {
        let mut at = 0;
        for (number, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(text) => at += message.get(at..)?.strip_prefix(text.as_str()).map(|_| text.len())?,
                Part::Column(name) => {
                    let rest = message.get(at..)?;
                    let length = match self.0.get(number + 1) {
                        Some(Part::Text(next)) => rest.find(next.as_str())?,
                        _ => rest.len(),
                    };
                    if name == column {
                        return Some(at..at + length);
                    }
                    at += length;
                }
            }
        }
        None
    }
}

/// What of one column's values may stand in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As they are: dates, numbers, words of the query.
    AsIs,
    /// Those that are codes of the contract or words of the query; all others as their pattern, as anything could stand
    /// in such a column.
    Listed(BTreeSet<String>),
}

impl Shown {
    /// What may be shown of values with that origin.
    ///
    /// # Errors
    /// Names the column that may not be shown for one person, or says that the origin is not known.
    pub fn of(origin: &Origin) -> Result<Self, String> {
        if origin.unknown {
            return Err("where its values come from cannot be told".into());
        }
        let mut listed = origin.words.clone();
        let mut is_text = false;
        for (table, name) in &origin.columns {
            let Some(column) = CONTRACT.table(table).and_then(|table| table.column(name)) else { continue };
            if column.sensitivity != Sensitivity::Plain {
                return Err(format!("it shows {table}.{name}, which is never printed for one person"));
            }
            if matches!(column.kind, ColumnType::Code | ColumnType::Text | ColumnType::Id) {
                is_text = true;
                listed.extend(column.codes.iter().cloned());
            }
        }
        Ok(if is_text { Self::Listed(listed) } else { Self::AsIs })
    }

    /// A value as it may be shown.
    pub fn show(&self, value: &str) -> String {
        match self {
            Self::Listed(listed) if !listed.contains(value) => pattern_of(value),
            // A file's name, of which others decide, is no column of the contract.
            _ => escaped(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_rendered_and_found_again() {
        let template = Template::parse("{kind} on {day}, {reason}").expect("it is sound");
        assert_eq!(template.columns(), ["kind", "day", "reason"]);
        let value = |name: &str| (name != "reason").then(|| format!("<{name}>"));
        let message = template.render(value);
        assert_eq!(message, "<kind> on <day>, (not known)");
        let marked = |column: &str| template.place_of(column, &message).map(|place| message[place].to_string());
        assert_eq!(marked("day").as_deref(), Some("<day>"));
        assert_eq!(marked("reason").as_deref(), Some("(not known)"));
        assert_eq!(marked("other"), None);
        assert_eq!(template.place_of("day", "another text"), None);
    }

    #[test]
    fn braces_that_do_not_pair_are_told() {
        for wrong in ["{kind", "kind}", "{kind {day}}", "{"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Template::parse("no value").expect("sound").columns(), [""; 0]);
    }

    #[test]
    fn only_what_cannot_name_a_person_is_shown() {
        let origin = |columns: &[(&str, &str)], words: &[&str]| Origin {
            columns: columns.iter().map(|(t, c)| ((*t).to_string(), (*c).to_string())).collect(),
            words: words.iter().map(|w| (*w).to_string()).collect(),
            unknown: false,
        };
        for (table, column) in [("clients", "client_id"), ("clients", "birth_date"), ("services", "staff_id")] {
            assert!(Shown::of(&origin(&[(table, column)], &[])).is_err(), "{table}.{column}");
        }
        assert!(Shown::of(&Origin { unknown: true, ..Origin::default() }).is_err());
        let day = Shown::of(&origin(&[("services", "provided_on")], &["after "])).expect("plain");
        assert_eq!(day.show("after 2026-01-02"), "after 2026-01-02");
        let kind = Shown::of(&origin(&[("services", "service_type")], &["service"])).expect("plain");
        assert_eq!(kind.show("counseling"), "counseling");
        assert_eq!(kind.show("service"), "service");
        assert_eq!(kind.show("jo_doe"), "a…_a… (6 characters)");
    }
}
