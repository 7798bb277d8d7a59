//! Which columns are likely to hold what must not be shown: by the header's words, and by what the values look like.

use super::names::{WORDS, contains, stem, words};
use super::told;

/// What values look like, counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Looks {
    pub e_mail: u64,
    pub phone: u64,
    pub state_number: u64,
    /// A person's name, however it is written.
    pub person: u64,
    /// Words with capitals, not all of them words of codes.
    pub capitals: u64,
    /// Several words, long.
    pub sentence: u64,
}

impl Looks {
    /// Counts a value that stands in so many rows.
    pub fn add(&mut self, value: &str, rows: u64) {
        let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        let digits = shape.bytes().filter(|b| *b == b'9').count();
        if is_e_mail(value) {
            self.e_mail += rows;
        } else if matches!(shape.as_str(), "999-99-9999" | "999 99 9999") {
            self.state_number += rows;
        } else if is_phone(&shape, digits) {
            self.phone += rows;
        } else if told::is_somebody(value) {
            self.person += rows;
        } else if is_capitalised(value) && !told::is_of_codes(value) {
            self.capitals += rows;
        } else if value.chars().count() > 60 && value.split_whitespace().count() >= 8 {
            self.sentence += rows;
        }
    }
}

/// Whether it looks like an address of e-mail.
pub fn is_e_mail(value: &str) -> bool {
    !value.contains(char::is_whitespace)
        && value.split_once('@').is_some_and(|(name, host)| {
            let ending = host.rsplit_once('.').map_or(0, |(_, ending)| ending.len());
            !name.is_empty() && !name.ends_with('.') && ending >= 2 && !host.contains('@')
        })
}

/// Seven to fifteen digits and what stands between them in telephone numbers, at least one such sign or a plus.
fn is_phone(shape: &str, digits: usize) -> bool {
    (7..=15).contains(&digits)
        && shape.chars().all(|c| matches!(c, '9' | ' ' | '-' | '.' | '(' | ')' | '+' | '/'))
        && (shape.starts_with(['+', '('])
            || matches!(shape, "999-999-9999" | "999.999.9999" | "999 999 9999" | "999-9999" | "9-999-999-9999"))
}

/// Two or three words that begin with a capital, or `Surname, First`: a person's name, or a thing's.
fn is_capitalised(value: &str) -> bool {
    let (last, first) = value.split_once(", ").map_or((None, value), |(last, first)| (Some(last), first));
    let is_name = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && word.chars().count() <= 20
            && letters.all(|c| c.is_lowercase() || c.is_uppercase() || matches!(c, '\'' | '’' | '-' | '.'))
            && word.chars().any(char::is_lowercase)
    };
    let names = first.split(' ').count();
    first.split(' ').chain(last).all(is_name) && (if last.is_some() { 1..=3 } else { 2..=3 }).contains(&names)
}

/// What the header says; `None` if it says nothing.
pub fn by_header(path: &str, header: &str) -> Option<&'static str> {
    let name = words(header);
    let is_thing = |name: &[String]| name.iter().any(|word| WORDS.things.words.contains(word));
    for (kind, list) in &WORDS.sensitive {
        let phrases = list.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
        let said = phrases.into_iter().any(|phrase| match phrase.strip_prefix('=') {
            Some(whole) => name.concat() == whole,
            None => contains(&name, phrase) || name.concat() == phrase.replace([' ', '*'], ""),
        });
        let about_persons = matches!(kind.as_str(), "name" | "id of a person");
        // "data quality" of a name, "contact type" of a contact: not the thing itself.
        let beside =
            name.iter().any(|word| matches!(word.as_str(), "quality" | "collected" | "count" | "date" | "type"));
        if said && !(about_persons && is_thing(&name)) && (!beside || kind.ends_with(" date")) {
            return Some(kind.as_str());
        }
    }
    // "Name" alone is a person's, unless the file is about something else.
    let alone = name.len() == 1 && name.first().is_some_and(|word| word == "name");
    (alone && !is_named_thing(path, header)).then_some("name")
}

/// `name` in a file of programs, services, organizations.
fn is_named_thing(path: &str, header: &str) -> bool {
    let file = singular(&words(stem(path)));
    words(header).concat() == "name" && file.iter().any(|word| WORDS.things.words.contains(word))
}

fn singular(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).collect()
}

/// What the values say, of so many known ones.
pub fn by_values(looks: &Looks, known: u64, path: &str, header: &str) -> Option<&'static str> {
    let most = |count: u64| known > 0 && count.saturating_mul(2) > known;
    let some = |count: u64| known > 0 && count.saturating_mul(20) > known;
    let is_of_things = WORDS.has("codes", &words(header)) || is_about_a_thing(header) || is_named_thing(path, header);
    if some(looks.e_mail) {
        Some("e-mail")
    } else if some(looks.state_number) {
        Some("number of the state")
    } else if most(looks.phone) {
        Some("phone")
    } else if some(looks.sentence) {
        Some("free text")
    } else if most(looks.person)
        || (some(looks.person) && !is_named_thing(path, header))
        || (most(looks.capitals) && !is_of_things)
    {
        // A few names among codes are names all the same; words with capitals may be what things are called.
        Some("name")
    } else {
        None
    }
}

fn is_about_a_thing(header: &str) -> bool {
    words(header).iter().any(|word| WORDS.things.words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        for (header, kind) in [
            ("FirstName", Some("name")),
            ("Nachname", Some("name")),
            ("Case Worker", Some("name")),
            ("ProgramName", None),
            ("SSN", Some("number of the state")),
            ("SSNDataQuality", None),
            ("Date of birth", Some("birth date")),
            ("Date of Death", Some("death date")),
            ("died_on", Some("death date")),
            ("BlackAfAmerican", Some("about the person")),
            ("DOB", Some("birth date")),
            ("fecha_nacimiento", Some("birth date")),
            ("Mobile phone", Some("phone")),
            ("correo", Some("e-mail")),
            ("Name", Some("name")),
            ("Contact__c", Some("id of a person")),
            ("PersonalID", Some("id of a person")),
            ("case notes", Some("free text")),
            ("Gender", Some("about the person")),
            ("StartDate", None),
            ("Stage__c", None),
        ] {
            assert_eq!(by_header("clients.csv", header), kind, "{header}");
        }
        assert_eq!(by_header("Programs.csv", "Name"), None);
        assert_eq!(by_header("Service__c.csv", "Name"), None);
    }

    #[test]
    fn values() {
        let kind = |values: &[&str], header: &str| {
            let mut looks = Looks::default();
            for value in values {
                looks.add(value, 1);
            }
            by_values(&looks, values.len() as u64, "x.csv", header)
        };
        assert_eq!(kind(&["Jane Doe", "O'Neil, Mary Ann"], "x"), Some("name"));
        for name in ["SMITH, JOHN", "al jones", "AL JONES", "A. Jones", "Al Jones Jr", "Mrs. Zaphkiel", "Zaph,Quill"] {
            assert_eq!(kind(&[name, "Open", "Closed"], "Status"), Some("name"), "{name}");
        }
        assert_eq!(kind(&["Mary Hospital", "Smith School"], "Program"), None);
        assert_eq!(kind(&["Housing, emergency", "Moved away"], "Status"), None);
        assert_eq!(kind(&["Lost Contact", "In Progress"], "Status"), None);
        assert_eq!(kind(&["555-12-3456"], "x"), Some("number of the state"));
        assert_eq!(kind(&["(555) 123-4567", "+49 30 1234567"], "x"), Some("phone"));
        assert_eq!(kind(&["a@b.org", "x"], "x"), Some("e-mail"));
        assert_eq!(kind(&["2025-01-31", "2025-02-01"], "x"), None);
        assert_eq!(kind(&["12.50", "1,250"], "x"), None);
    }
}
