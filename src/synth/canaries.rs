//! What must never come out again: names, numbers, notes and ids of people that nobody could take for anything else.
//!
//! They stand where an export has such things: in every identifier, and in columns that the contract has no place for.
//! Whoever searches all that a run leaves behind for the [`FRAGMENTS`] should find none of them.

use crate::contract::{Sensitivity, Table};
use serde_json::{Value, json};

/// In everything planted, in one case or another, there is one of these.
pub const FRAGMENTS: [&str; 6] = ["canary", "987-65-4", "98765432", "555-0142", "5550142", "0142 birdcage"];

/// What stands before every identifier.
pub const BEFORE_IDS: &str = "canary-";

/// What stands behind a postal code, of which only the first characters may be kept.
pub const BEHIND_POSTAL_CODES: &str = "-canary";

/// Columns of an export that the contract does not know, by table.
const COLUMNS: &[(&str, &[&str])] = &[
    ("clients", &["First Name", "Last Name", "SSN", "Phone", "Email", "Street Address", "Notes"]),
    ("programs", &["Program Manager"]),
    ("staff", &["Name", "Work Email"]),
    ("providers", &["Contact Person"]),
    ("enrollments", &["Client Name", "Case Notes"]),
    ("assessments", &["Assessor Comments"]),
    ("plans", &["Signature"]),
    ("goals", &["Goal Text"]),
    ("referrals", &["Reason"]),
    ("services", &["Narrative"]),
    ("contacts", &["Caller Phone"]),
    ("incidents", &["Who Was Hurt"]),
    ("outcome_events", &["Docket"]),
    ("surveys", &["Comment"]),
];

/// The headings of a table's columns that hold nothing but canaries.
pub fn columns(table: &str) -> &'static [&'static str] {
    COLUMNS.iter().find(|(name, _)| *name == table).map_or(&[], |(_, columns)| columns)
}

/// What stands in such a column in a row of that number.
pub fn cell(heading: &str, row: u64) -> String {
    match heading {
        "First Name" => format!("Canaryne {row}"),
        "SSN" if row.is_multiple_of(2) => format!("987-65-4{:03}", row % 1000),
        "SSN" => format!("98765432{}", row % 10),
        "Phone" | "Caller Phone" if row.is_multiple_of(2) => format!("(617) 555-0142 x{row}"),
        "Phone" | "Caller Phone" => format!("6175550142{row}"),
        "Email" | "Work Email" => format!("canary.{row}@example.org"),
        "Street Address" => format!("{row} 0142 Birdcage Road"),
        "Docket" => format!("Canary v. Canary {row}"),
        "Last Name" | "Name" | "Client Name" | "Contact Person" | "Program Manager" | "Signature" => {
            format!("Canary Bird{row}")
        }
        _ => format!("CANARY {row} cried and told of an overdose; call 555-0142; SSN 987-65-4321"),
    }
}

/// A sensitive cell as it stands in the export; ids of programs and partners are nobody's.
pub fn mark(table: &Table, position: usize, cell: &[u8]) -> Option<Vec<u8>> {
    let column = table.columns.get(position).filter(|_| !cell.is_empty())?;
    if column.sensitivity == Sensitivity::Identifier {
        Some([BEFORE_IDS.as_bytes(), cell].concat())
    } else if column.keep.is_some() {
        Some([cell, BEHIND_POSTAL_CODES.as_bytes()].concat())
    } else {
        None
    }
}

/// For `truth.json`.
pub fn truth() -> Value {
    let columns: serde_json::Map<String, Value> =
        COLUMNS.iter().map(|(table, columns)| ((*table).to_owned(), json!(columns))).collect();
    json!({
        "about": "Planted in every identifier, behind postal codes, and in the columns named here. In what a run leaves behind or says, in capitals or not, none of the fragments may be found.",
        "fragments": FRAGMENTS,
        "before_ids": BEFORE_IDS,
        "behind_postal_codes": BEHIND_POSTAL_CODES,
        "columns": columns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn everything_planted_can_be_found() {
        for table in &CONTRACT.tables {
            assert!(!columns(&table.name).is_empty(), "{} has none", table.name);
            for heading in columns(&table.name) {
                for row in 0..2_000 {
                    let cell = cell(heading, row).to_lowercase();
                    assert!(FRAGMENTS.iter().any(|fragment| cell.contains(fragment)), "{heading}: {cell}");
                    // Tables with a runaway quote must have no other quotes.
                    assert!(!cell.contains([',', '"', '\n']), "{cell}");
                }
            }
        }
    }

    #[test]
    fn every_identifier_and_no_other_id_is_marked() {
        for table in &CONTRACT.tables {
            for (position, column) in table.columns.iter().enumerate() {
                let marked = mark(table, position, b"X1");
                let expected = column.sensitivity == Sensitivity::Identifier || column.name == "postal_area";
                assert_eq!(marked.is_some(), expected, "{}.{}", table.name, column.name);
            }
        }
    }
}
