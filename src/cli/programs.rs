//! The programs of a snapshot: what they are called, when each began, and the file names of their own editions.

use super::failure::Failure;
use super::session::Session;
use crate::contract::sha256_hex;
use crate::measure::PROGRAM;
use crate::project::nearest;
use crate::query::{Bindings, QueryFile};
use crate::release::Nesting;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Programs by id.
#[derive(Debug, Default)]
pub struct Programs {
    pub names: BTreeMap<String, String>,
    /// The first day on which anybody was referred to it or taken in; those that nobody ever was have none.
    pub first: BTreeMap<String, Date>,
}

impl Programs {
    pub fn of(session: &Session) -> Result<Self, Failure> {
        let names = pairs(session, "select p.program_id, p.name from programs as p")?;
        let first = pairs(
            session,
            "select e.program_id, cast(min(coalesce(least(e.referred_on, e.intake_on), e.referred_on, e.intake_on)) as varchar) \
             from enrollments as e where e.program_id is not null group by e.program_id",
        )?;
        let first = first.into_iter().filter_map(|(id, day)| Some((id, day.parse().ok()?))).collect();
        Ok(Self { names, first })
    }

    /// The program of that id or name.
    pub fn find(&self, word: &str) -> Result<String, Failure> {
        let known = || self.names.iter().map(|(id, name)| (id.as_str(), name.as_str()));
        let ids = || known().map(|(id, _)| id).chain(self.first.keys().map(String::as_str));
        if let Some(id) = ids().find(|id| *id == word) {
            return Ok(id.to_owned());
        }
        let called: Vec<&str> = known().filter(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(id, _)| id).collect();
        match called.as_slice() {
            [id] => Ok((*id).to_owned()),
            [] => {
                let near = nearest(word, known().flat_map(|(id, name)| [id, name]))
                    .map_or(String::new(), |near| format!("; did you mean {near}?"));
                Err(Failure::Usage(format!("\"{word}\" is no program{near}{}", self.hint())))
            }
            several => Err(Failure::Usage(format!(
                "several programs are called \"{word}\"\nhint: name one by its id: {}",
                several.join(", ")
            ))),
        }
    }

    /// Which programs there are, as far as a person reads on.
    fn hint(&self) -> String {
        const MANY: usize = 20;
        let named = |id: &String| match self.names.get(id) {
            Some(name) if name != id => format!("{id} ({name})"),
            _ => id.clone(),
        };
        let named: Vec<String> = self.first.keys().map(named).collect();
        match named.len() {
            0 => String::new(),
            1..=MANY => format!("\nhint: there is {}", named.join(", ")),
            all => format!("\nhint: there are {all}: {}, …", named.get(..MANY).unwrap_or(&named).join(", ")),
        }
    }

    /// What a program is called; with its id where another one is called the same.
    pub fn called(&self, id: &str) -> String {
        match self.names.get(id) {
            None => id.to_owned(),
            Some(name) if self.names.values().filter(|other| *other == name).count() > 1 => format!("{name} ({id})"),
            Some(name) => name.clone(),
        }
    }

    /// Program → its part of a file name. The names differ also where upper and lower case do not, and none of them is
    /// one of `taken`; the same program has the same name whichever others there are, unless their ids differ in case only.
    pub fn file_names(&self, taken: &BTreeSet<String>) -> BTreeMap<String, String> {
        let ids: BTreeSet<&str> = self.names.keys().chain(self.first.keys()).map(String::as_str).collect();
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for id in &ids {
            *alike.entry(id.to_lowercase()).or_default() += 1;
        }
        let name = |id: &str| {
            let plain = safe(id);
            let own = plain == id
                && !id.is_empty()
                && !looks_marked(id)
                && !taken.contains(&id.to_lowercase())
                && alike.get(&id.to_lowercase()) == Some(&1);
            if own { plain } else { marked(&plain, id) }
        };
        ids.into_iter().map(|id| (id.to_owned(), name(id))).collect()
    }
}

/// Longest part of an id that stands in a file's name.
const LONGEST: usize = 48;
/// Digits of the digest that keeps names apart.
const DIGITS: usize = 8;

/// Letters, digits, `-` and `_` of ASCII as they are, anything else as `-`.
fn safe(id: &str) -> String {
    let kept = id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' });
    kept.take(LONGEST).collect()
}

/// A name with digits of a digest of what it stands for.
pub fn marked(plain: &str, id: &str) -> String {
    format!("{plain}-{}", sha256_hex(id.as_bytes()).get(..DIGITS).unwrap_or_default())
}

/// Whether an id ends as a marked name does.
fn looks_marked(id: &str) -> bool {
    id.rsplit_once('-').is_some_and(|(_, end)| end.len() == DIGITS && end.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A program's setting, site and funder, and a case manager's team, named as in breakdowns for readers outside.
pub fn nesting(session: &Session) -> Result<Nesting, Failure> {
    let mut nesting = Nesting::default();
    let of = [
        (PROGRAM, "programs", "program_id", ["setting", "site", "funder"].as_slice()),
        ("case_manager", "staff", "staff_id", ["team"].as_slice()),
    ];
    for (dimension, table, id, wider) in of {
        let mut within: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for name in wider {
            let taken_together = session.project.privacy.collapse.get(*name);
            for (key, value) in pairs(session, &format!("select t.{id}, t.{name} from {table} as t"))? {
                let mut groups = taken_together.into_iter().flatten();
                let group = groups.find(|(_, values)| values.contains(&value)).map(|(group, _)| group.clone());
                within.entry(key).or_default().insert((*name).to_owned(), group.unwrap_or(value));
            }
        }
        nesting.add(dimension, wider, within);
    }
    Ok(nesting)
}

fn pairs(session: &Session, sql: &str) -> Result<BTreeMap<String, String>, Failure> {
    let rows = session.engine.run(&QueryFile::parse("programs", sql)?, &Bindings::new())?;
    Ok((0..rows.count()).filter_map(|row| Some((rows.text(row, 0)?, rows.text(row, 1)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn programs(ids: &[&str]) -> Programs {
        Programs { names: ids.iter().map(|id| ((*id).into(), (*id).into())).collect(), first: BTreeMap::new() }
    }

    #[test]
    fn plain_ids_are_file_names_and_others_are_told_apart() {
        let taken = BTreeSet::from(["board".to_owned()]);
        let names = programs(&["PRG1", "a/b", "a b", "board", "x", "X", "../etc", ""]).file_names(&taken);
        assert_eq!(names["PRG1"], "PRG1");
        for (id, start) in [("a/b", "a-b-"), ("a b", "a-b-"), ("board", "board-"), ("x", "x-"), ("../etc", "---etc-")] {
            assert!(names[id].starts_with(start) && names[id].len() == start.len() + DIGITS, "{id}: {}", names[id]);
        }
        assert_ne!(names["a/b"], names["a b"]);
        assert_ne!(names["x"].to_lowercase(), names["X"].to_lowercase());
    }

    proptest! {
        #[test]
        fn no_two_programs_share_a_file_and_every_name_is_safe(ids in prop::collection::btree_set(".{0,70}", 0..12)) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let names = programs(&ids).file_names(&BTreeSet::new());
            let distinct: BTreeSet<String> = names.values().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(distinct.len(), ids.len());
            for name in names.values() {
                prop_assert!(!name.is_empty() && name.len() <= LONGEST + 1 + DIGITS);
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
            }
        }
    }
}
