//! What of a cell may be shown in a message or kept beside a row set aside.
//!
//! A shifted row has anything in any cell, so a column's being plain is not enough: a value is shown only if it is
//! what its column holds. Everything else is shown as its pattern.

use super::moments;
pub use crate::contract::escaped;
use crate::contract::{Column, ColumnType, Sensitivity, Table, pattern_of};

/// A value as it may be shown: itself in quotes, or only its pattern.
pub fn shown(column: &Column, cell: &[u8]) -> String {
    match harmless(column, cell) {
        Some(text) => format!("\"{text}\""),
        None => pattern(cell),
    }
}

/// Whether a row of the table that is shifted may have somebody's identifier in any cell.
pub fn is_about_people(table: &Table) -> bool {
    table.columns.iter().any(|column| matches!(column.sensitivity, Sensitivity::Identifier | Sensitivity::Drop))
}

/// The pattern of a cell.
pub fn pattern(cell: &[u8]) -> String {
    pattern_of(&String::from_utf8_lossy(cell))
}

/// The value if it may be shown as it is.
pub fn harmless<'a>(column: &Column, cell: &'a [u8]) -> Option<&'a str> {
    if column.sensitivity != Sensitivity::Plain {
        return None;
    }
    let text = std::str::from_utf8(cell).ok()?;
    let is = match column.kind {
        ColumnType::Date | ColumnType::Timestamp => is_date(text),
        ColumnType::Whole | ColumnType::Number | ColumnType::Money => is_number(text),
        ColumnType::Code | ColumnType::YesNo => is_code(text),
        ColumnType::Id => is_key(text),
        ColumnType::Text => false,
    };
    is.then_some(text)
}

/// Digits, and what stands between them in a date of any usual form, a time behind it.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let digits = day.bytes().all(|b| b.is_ascii_digit() || b"-/.".contains(&b));
    // A number without anything between its digits could be anybody's.
    digits && day.len() >= 6 && day.contains(['-', '/', '.']) && {
        let clock = text.get(day.len()..).unwrap_or_default();
        let form = day.len() == 10 || moments::form_seen(day).is_some();
        let groups: Vec<usize> = day.split(['-', '/', '.']).map(str::len).collect();
        form && matches!(groups.as_slice(), [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4 | 2] | [4, 2])
            && clock.len() <= 15
            && clock.bytes().all(|b| b.is_ascii_digit() || b"Tt :.Z+-".contains(&b))
    }
}

/// A sign, a few digits, a point.
fn is_number(text: &str) -> bool {
    const DIGITS: usize = 8;
    let number = text.strip_prefix(['-', '+', '$', '€', '£', '¥']).unwrap_or(text);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (1..=DIGITS).contains(&digits)
        && number.len() - digits <= 1
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A short word in small letters.
fn is_code(text: &str) -> bool {
    const LONGEST: usize = 24;
    text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_lowercase() || b"_ -".contains(&b))
}

/// Letters and digits without a space, a digit among them, and neither a date nor a number that people have.
fn is_key(text: &str) -> bool {
    const LONGEST: usize = 40;
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    text.len() <= LONGEST
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/#".contains(&b))
        && text.bytes().any(|b| b.is_ascii_digit())
        && !is_date(text)
        && !matches!(shape.as_str(), "999-99-9999" | "999-999-9999" | "999.999.9999" | "999-9999")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    fn show(column: &str, cell: &str) -> String {
        let (table, name) = column.split_once('.').expect("table.column");
        shown(CONTRACT.table(table).and_then(|t| t.column(name)).expect("a column"), cell.as_bytes())
    }

    #[test]
    fn what_its_column_holds_is_shown() {
        for (column, cell) in [
            ("enrollments.intake_on", "2025-02-30"),
            ("enrollments.intake_on", "02/30/2025"),
            ("services.started_at", "2025-01-01 24:00:00"),
            ("services.minutes", "-5"),
            ("services.cost", "$12.50"),
            ("enrollments.exit_reason", "finished early"),
            ("programs.program_id", "E-0001"),
        ] {
            assert_eq!(show(column, cell), format!("\"{cell}\""));
        }
    }

    #[test]
    fn anything_else_in_a_plain_column_is_shown_as_its_pattern() {
        for (column, cell) in [
            ("enrollments.intake_on", "Jo Doe"),
            ("enrollments.intake_on", "555-12-3456"),
            ("enrollments.intake_on", "02139"),
            ("services.minutes", "5551234567"),
            ("services.minutes", "555-1234"),
            ("services.minutes", "1,250"),
            ("enrollments.exit_reason", "Jo Doe"),
            ("enrollments.exit_reason", "jo 5551234"),
            ("programs.program_id", "Doe, Jo"),
            ("programs.program_id", "555-12-3456"),
            ("programs.program_id", "1990-01-02"),
            ("providers.name", "shelter"),
            ("clients.birth_date", "1990-02-30"),
            ("clients.gender", "woman"),
            ("clients.client_id", "C1"),
        ] {
            assert_eq!(show(column, cell), pattern(cell.as_bytes()), "{column} {cell}");
        }
    }

    #[test]
    fn names_hold_nothing_a_terminal_obeys() {
        assert_eq!(escaped("a\u{1b}[31m\n.csv"), "a\\u{1b}[31m\\u{a}.csv");
    }
}
