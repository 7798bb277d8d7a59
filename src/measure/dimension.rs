//! Breakdowns: what a unit's enrollment, client, program and staff say about it.

use super::metric::Metric;
use std::fmt::Write as _;

/// A breakdown and the SQL that gives its value, over the aliases of [`joins`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    pub(super) sql: String,
    /// It is known only through the unit's enrollment.
    pub(super) needs_enrollment: bool,
}

/// What a wrapped query groups units by, and the joins that find it.
pub(super) struct Placing {
    /// One for each dimension.
    pub values: Vec<String>,
    pub joins: String,
}

/// Where units stand in the dimensions; `used` is what else the query reads over the aliases of [`joins`].
pub(super) fn place(dimensions: &[Dimension], has_enrollment: bool, has_client: bool, used: &str) -> Placing {
    let own = |dimension: &Dimension| dimension.sql.starts_with("unit.");
    let every = dimensions.iter().map(|dimension| dimension.sql.as_str()).collect::<Vec<_>>().join(" ");
    // A unit of a client of its own is not always its enrollment's client, so what is known of it is told unit by unit.
    if !has_enrollment || (has_client && every.contains("c.")) || dimensions.iter().all(own) {
        let values = dimensions.iter().map(|dimension| format!("cast({} as varchar)", dimension.sql)).collect();
        return Placing { values, joins: joins(has_enrollment, has_client, &format!("{every} {used}")) };
    }
    // There are many units to an enrollment: what is known of an enrollment is told once, and found by one join.
    let mut known = String::from("e.enrollment_id, e.client_id");
    let mut values = Vec::new();
    for (i, dimension) in dimensions.iter().enumerate() {
        if own(dimension) {
            values.push(format!("cast({} as varchar)", dimension.sql));
        } else {
            let _ = write!(known, ",\n        cast({} as varchar) as g{i}", dimension.sql);
            values.push(format!("e.g{i}"));
        }
    }
    let mut joins = format!("left join (\n    select\n        {known}\n    from enrollments as e\n");
    for (alias, join) in KNOWN_BY {
        if every.contains(alias) {
            joins.push_str(join);
        }
    }
    joins.push_str(") as e on unit.enrollment_id = e.enrollment_id\n");
    Placing { values, joins }
}

/// How an enrollment finds its program, staff and client.
const KNOWN_BY: [(&str, &str); 3] = [
    ("p.", "    left join programs as p on e.program_id = p.program_id\n"),
    ("s.", "    left join staff as s on e.staff_id = s.staff_id\n"),
    ("c.", "    left join clients as c on e.client_id = c.client_id\n"),
];

/// The joins by which a unit finds its enrollment, program, client and staff: those that `used` needs, so that nothing
/// is read for a breakdown nobody asked for.
pub(super) fn joins(has_enrollment: bool, has_client: bool, used: &str) -> String {
    let names = |alias: &str| used.contains(&format!("{alias}."));
    let client = match (has_enrollment, has_client) {
        (true, true) => "coalesce(unit.client_id, e.client_id)",
        (true, false) => "e.client_id",
        (false, _) => "unit.client_id",
    };
    let wants_client = names("c");
    let wants_enrollment = names("e") || names("p") || names("s") || (wants_client && client.contains("e."));
    let mut sql = String::new();
    if wants_enrollment && has_enrollment {
        sql.push_str("left join enrollments as e on unit.enrollment_id = e.enrollment_id\n");
    }
    if names("p") {
        sql.push_str("left join programs as p on e.program_id = p.program_id\n");
    }
    if names("s") {
        sql.push_str("left join staff as s on e.staff_id = s.staff_id\n");
    }
    if wants_client {
        sql.push_str("left join clients as c on ");
        sql.push_str(client);
        sql.push_str(" = c.client_id\n");
    }
    sql
}

/// Whole years at intake (or referral), in the bands that funders ask for. A birthday counts from its day on. One flat
/// list of cases: so the engine works out the years once.
const AGE_GROUP: &str = "case
    when {years} < 0 then null
    when {years} < 18 then '0-17'
    when {years} < 25 then '18-24'
    when {years} < 35 then '25-34'
    when {years} < 45 then '35-44'
    when {years} < 55 then '45-54'
    when {years} < 65 then '55-64'
    when {years} >= 65 then '65+'
end";

const YEARS: &str = "(date_part('year', coalesce(e.intake_on, e.referred_on)) - date_part('year', c.birth_date)
    - case when date_part('month', coalesce(e.intake_on, e.referred_on)) * 100 + date_part('day', coalesce(e.intake_on, e.referred_on))
        < date_part('month', c.birth_date) * 100 + date_part('day', c.birth_date) then 1 else 0 end)";

const BUILT_IN: [(&str, &str, bool); 12] = [
    ("program", "e.program_id", true),
    ("setting", "p.setting", true),
    ("site", "p.site", true),
    ("funder", "p.funder", true),
    ("case_manager", "e.staff_id", true),
    ("team", "s.team", true),
    ("gender", "c.gender", false),
    ("race_ethnicity", "c.race_ethnicity", false),
    ("age_group", AGE_GROUP, true),
    ("language", "c.language", false),
    ("referral_source", "e.referral_source", true),
    ("eligibility", "e.eligibility", true),
];

impl Dimension {
    /// The breakdown of that name for a metric: one of the built-in ones, or a column of the metric's own.
    #[must_use]
    pub fn named(name: &str, metric: &Metric) -> Option<Self> {
        if metric.header.dimensions.iter().any(|own| own == name) {
            return Some(Self { name: name.into(), sql: format!("unit.{name}"), needs_enrollment: false });
        }
        BUILT_IN.iter().find(|(known, ..)| *known == name).map(|(known, sql, needs_enrollment)| Self {
            name: (*known).into(),
            sql: sql.replace("{years}", YEARS),
            needs_enrollment: *needs_enrollment,
        })
    }

    /// Every name a metric can be broken down by.
    pub fn names(metric: &Metric) -> impl Iterator<Item = &str> {
        let own = metric.header.dimensions.iter().map(String::as_str);
        BUILT_IN
            .iter()
            .map(|(name, ..)| *name)
            .filter(|name| !metric.header.dimensions.iter().any(|o| o == name))
            .chain(own)
    }
}
