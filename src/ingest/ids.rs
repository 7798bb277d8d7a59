//! Identifiers of several systems: a person known under two of them, and numbers that mean something else in each.

use crate::contract::Column;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an id of one person's is in the system they share.
pub type Persons = HashMap<Box<[u8]>, Box<[u8]>>;

/// How many persons of a source were looked for in its crosswalk, and how many of them are not there.
#[derive(Debug, Default)]
pub struct Asked {
    pub all: AtomicU64,
    pub absent: AtomicU64,
}

/// How the ids of one source are read.
#[derive(Debug, Default)]
pub struct Ids {
    /// The name that is put before ids that are not known in common.
    pub system: String,
    /// Whether every number means something else in other systems, not only those of persons who are in no crosswalk.
    pub own: bool,
    /// This system's id of a person → the common one.
    pub persons: Option<Arc<Persons>>,
    pub asked: Asked,
}

/// The column that says who somebody is.
const PERSON: &str = "client_id";

impl Ids {
    /// Whether ids are taken as they stand.
    pub fn are_common(&self) -> bool {
        !self.own && self.persons.is_none()
    }

    /// The id by which this one is known among all sources, for a column that holds ids.
    pub fn common<'a>(&'a self, column: &Column, id: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let names = column.key || column.references.is_some() || column.name == "household_id";
        if !names {
            return id;
        }
        let is_person = column.target().map_or(column.name.as_str(), |(_, key)| key) == PERSON;
        let persons = self.persons.as_ref().filter(|_| is_person);
        let common = persons.and_then(|persons| persons.get(id));
        if persons.is_some() && column.key {
            self.asked.all.fetch_add(1, Ordering::Relaxed);
            self.asked.absent.fetch_add(u64::from(common.is_none()), Ordering::Relaxed);
        }
        if let Some(common) = common {
            return common;
        }
        if !self.own && persons.is_none() {
            return id;
        }
        scratch.clear();
        scratch.extend_from_slice(self.system.as_bytes());
        scratch.push(b':');
        scratch.extend_from_slice(id);
        scratch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn persons_are_shared_and_other_numbers_are_kept_apart() {
        let persons: Persons = [(b"17".to_vec().into_boxed_slice(), b"P-1".to_vec().into_boxed_slice())].into();
        let ids =
            Ids { system: "crm".to_owned(), own: true, persons: Some(Arc::new(persons)), asked: Asked::default() };
        let common = |table: &str, column: &str, id: &str| {
            let column = CONTRACT.table(table).and_then(|t| t.column(column)).expect("a column");
            String::from_utf8(ids.common(column, id.as_bytes(), &mut Vec::new()).to_vec()).expect("text")
        };
        assert_eq!(common("clients", "client_id", "17"), "P-1");
        assert_eq!(common("enrollments", "client_id", "17"), "P-1");
        assert_eq!(common("enrollments", "client_id", "18"), "crm:18");
        assert_eq!(common("enrollments", "enrollment_id", "17"), "crm:17");
        assert_eq!(common("services", "service_type", "17"), "17");
        let shared =
            Ids { own: false, system: ids.system.clone(), persons: ids.persons.clone(), asked: Asked::default() };
        let id = CONTRACT.table("enrollments").and_then(|t| t.column("enrollment_id")).expect("a column");
        assert_eq!(shared.common(id, b"17", &mut Vec::new()), b"17");
        let person = CONTRACT.table("clients").and_then(|t| t.column("client_id")).expect("a column");
        assert_eq!(shared.common(person, b"18", &mut Vec::new()), b"crm:18", "not taken for another system's 18");
        assert!(Ids::default().are_common());
    }
}
