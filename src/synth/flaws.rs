//! What can be wrong with a row, and how a row is made wrong.
//!
//! A flaw never changes the truth: either it blots out one value that no truth rests on, or it stands in a row of
//! its own, a copy of a good one, that ingest must set aside. A row carries at most one flaw.

use super::almanac::{Almanac, Day};
use super::sheet::Name;

/// One way to spoil a row of a table.
pub struct Flaw {
    pub table: Name,
    /// The column that is wrong; empty when it is the row as such.
    pub field: &'static str,
    /// The finding ingest must report.
    pub code: &'static str,
    pub change: Change,
    /// Weight among the flaws of the table.
    pub weight: i32,
}

/// What is done to the row.
pub enum Change {
    /// The value is replaced, and becomes unknown.
    Value(Text),
    /// The same, only where there is no value.
    EmptyValue(Text),
    /// An extra row follows, with these values and a key of its own.
    Extra(&'static [(&'static str, Text)]),
    /// The row stands there twice.
    Again,
    /// An extra row has so many cells too few (negative) or too many.
    Ragged(isize),
    /// An extra row has a quote that is never closed. Once in a file, which must have no other quotes.
    Runaway,
}

/// The text put into a cell.
pub enum Text {
    As(&'static [u8]),
    /// So many days after the as-of date.
    Day(Day),
    /// Nine in the morning of that day.
    Morning(Day),
}

impl Text {
    pub fn bytes(&self, almanac: &Almanac) -> Vec<u8> {
        match self {
            Self::As(bytes) => bytes.to_vec(),
            Self::Day(days) => almanac.text(almanac.as_of + days).to_vec(),
            Self::Morning(days) => [almanac.text(almanac.as_of + days), b"T09:00"].concat(),
        }
    }
}

impl Change {
    pub fn consequence(&self) -> &'static str {
        match self {
            Self::Value(_) | Self::EmptyValue(_) => "value unknown",
            _ => "row set aside",
        }
    }
}

const fn value(table: Name, field: &'static str, code: &'static str, text: &'static [u8], weight: i32) -> Flaw {
    Flaw { table, field, code, change: Change::Value(Text::As(text)), weight }
}

const fn extra(
    table: Name,
    field: &'static str,
    code: &'static str,
    values: &'static [(&'static str, Text)],
    weight: i32,
) -> Flaw {
    Flaw { table, field, code, change: Change::Extra(values), weight }
}

const fn again(table: Name, key: &'static str, weight: i32) -> Flaw {
    Flaw { table, field: key, code: "duplicate-key", change: Change::Again, weight }
}

const fn short(table: Name, cells: isize, weight: i32) -> Flaw {
    Flaw { table, field: "", code: "short-row", change: Change::Ragged(-cells), weight }
}

const fn long(table: Name, cells: isize, weight: i32) -> Flaw {
    Flaw { table, field: "", code: "long-row", change: Change::Ragged(cells), weight }
}

const NOTHING: Text = Text::As(b"");
/// Numbering starts at 1, so this case and this person do not exist.
const NO_CASE: Text = Text::As(b"E000000");
const NO_CLIENT: Text = Text::As(b"C000000");

pub static FLAWS: [Flaw; 71] = [
    value(Name::Clients, "birth_date", "bad-date", b"31/11/1985", 3),
    value(Name::Clients, "birth_date", "impossible-date", b"1990-02-30", 2),
    again(Name::Clients, "client_id", 3),
    extra(Name::Clients, "language", "invalid-utf8", &[("language", Text::As(b"fran\x8dais"))], 2),
    long(Name::Clients, 1, 2),
    value(Name::Enrollments, "head_of_household", "bad-yes-no", b"maybe", 4),
    value(Name::Enrollments, "screened_on", "impossible-date", b"2025-02-30", 2),
    value(Name::Enrollments, "eligibility", "unknown-code", b"elig", 1),
    Flaw {
        table: Name::Enrollments,
        field: "exited_on",
        code: "after-as-of",
        change: Change::EmptyValue(Text::Day(21)),
        weight: 3,
    },
    extra(Name::Enrollments, "client_id", "orphan", &[("client_id", NO_CLIENT)], 3),
    extra(Name::Enrollments, "program_id", "orphan", &[("program_id", Text::As(b"PRG9"))], 1),
    extra(
        Name::Enrollments,
        "exited_on",
        "date-order",
        &[("referred_on", NOTHING), ("intake_on", Text::Day(-40)), ("exited_on", Text::Day(-60))],
        4,
    ),
    again(Name::Enrollments, "enrollment_id", 2),
    value(Name::Assessments, "score", "bad-number", b"n/a", 4),
    value(Name::Assessments, "stage", "unknown-code", b"midterm", 2),
    extra(Name::Assessments, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 2),
    extra(Name::Assessments, "assessed_on", "bad-date", &[("assessed_on", Text::As(b"5.11.2025"))], 2),
    extra(Name::Assessments, "instrument", "missing-value", &[("instrument", NOTHING)], 1),
    again(Name::Assessments, "assessment_id", 1),
    short(Name::Assessments, 1, 1),
    Flaw { table: Name::Assessments, field: "", code: "runaway-quote", change: Change::Runaway, weight: 2 },
    value(Name::Plans, "client_signed_on", "bad-date", b"Nov 5 2025", 2),
    value(Name::Plans, "review_due_on", "impossible-date", b"2026-06-31", 1),
    Flaw {
        table: Name::Plans,
        field: "approved_on",
        code: "after-as-of",
        change: Change::Value(Text::Day(30)),
        weight: 2,
    },
    extra(Name::Plans, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 1),
    extra(Name::Plans, "opened_on", "missing-value", &[("opened_on", NOTHING)], 1),
    value(Name::Goals, "weight", "out-of-range", b"0", 2),
    value(Name::Goals, "level", "out-of-range", b"5", 2),
    value(Name::Goals, "baseline_level", "bad-number", b"low", 1),
    value(Name::Goals, "plan_id", "orphan", b"P000000", 2),
    extra(Name::Goals, "status", "unknown-code", &[("status", Text::As(b"done"))], 3),
    extra(Name::Goals, "status", "missing-value", &[("status", NOTHING)], 1),
    extra(Name::Goals, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 1),
    extra(
        Name::Referrals,
        "accepted_on",
        "date-order",
        &[
            ("referred_on", Text::Day(-50)),
            ("accepted_on", Text::Day(-64)),
            ("service_started_on", NOTHING),
            ("closed_on", NOTHING),
        ],
        3,
    ),
    extra(Name::Referrals, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 1),
    extra(Name::Referrals, "referred_on", "bad-date", &[("referred_on", Text::As(b"11/05/2025"))], 2),
    again(Name::Referrals, "referral_id", 2),
    value(Name::Services, "minutes", "out-of-range", b"-30", 4),
    value(Name::Services, "minutes", "number-format", b"1,250", 4),
    value(Name::Services, "minutes", "bad-number", b"45 min", 3),
    value(Name::Services, "cost", "number-format", b"$45.00", 3),
    value(Name::Services, "started_at", "bad-date", b"31/11/2025 14:30", 3),
    value(Name::Services, "started_at", "impossible-date", b"2025-02-30T10:15", 2),
    Flaw {
        table: Name::Services,
        field: "recorded_at",
        code: "after-as-of",
        change: Change::Value(Text::Morning(14)),
        weight: 2,
    },
    value(Name::Services, "recipient", "unknown-code", b"clnt", 4),
    value(Name::Services, "staff_id", "orphan", b"T9M9999", 3),
    extra(Name::Services, "provided_on", "bad-date", &[("provided_on", Text::As(b"31/11/2025"))], 3),
    extra(Name::Services, "provided_on", "impossible-date", &[("provided_on", Text::As(b"2025-02-30"))], 2),
    extra(Name::Services, "provided_on", "after-as-of", &[("provided_on", Text::Day(9))], 2),
    extra(Name::Services, "provided_on", "missing-value", &[("provided_on", NOTHING)], 2),
    extra(Name::Services, "service_type", "missing-value", &[("service_type", NOTHING)], 2),
    extra(Name::Services, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 3),
    extra(Name::Services, "mode", "invalid-utf8", &[("mode", Text::As(b"t\x8dl\x8dphone"))], 2),
    again(Name::Services, "service_id", 4),
    short(Name::Services, 2, 2),
    long(Name::Services, 1, 3),
    value(Name::Contacts, "minutes", "out-of-range", b"-15", 2),
    extra(Name::Contacts, "partner_type", "missing-value", &[("partner_type", NOTHING)], 2),
    extra(Name::Contacts, "contacted_on", "after-as-of", &[("contacted_on", Text::Day(3))], 1),
    extra(Name::Contacts, "purpose", "invalid-utf8", &[("purpose", Text::As(b"r\x8dunion"))], 1),
    short(Name::Contacts, 3, 2),
    Flaw { table: Name::Contacts, field: "", code: "runaway-quote", change: Change::Runaway, weight: 2 },
    extra(
        Name::Incidents,
        "responded_at",
        "date-order",
        &[("reported_at", Text::Morning(-20)), ("responded_at", Text::Morning(-21)), ("resolved_at", NOTHING)],
        2,
    ),
    extra(Name::Incidents, "reported_at", "missing-value", &[("reported_at", NOTHING)], 1),
    extra(Name::OutcomeEvents, "client_id", "orphan", &[("client_id", NO_CLIENT)], 2),
    extra(Name::OutcomeEvents, "occurred_on", "impossible-date", &[("occurred_on", Text::As(b"2025-06-31"))], 2),
    extra(Name::OutcomeEvents, "kind", "missing-value", &[("kind", NOTHING)], 1),
    extra(Name::Surveys, "score", "bad-number", &[("score", Text::As(b"five"))], 2),
    extra(Name::Surveys, "score", "missing-value", &[("score", NOTHING)], 1),
    extra(Name::Surveys, "enrollment_id", "orphan", &[("enrollment_id", NO_CASE)], 1),
    long(Name::Surveys, 2, 1),
];
