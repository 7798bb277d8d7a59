//! Breakdowns: what a unit's enrollment, client, program and staff say about it.

use super::metric::Metric;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A breakdown and the SQL that gives its value, over the aliases of [`joins`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    pub(super) sql: String,
    /// It is known only through the unit's enrollment.
    pub(super) needs_enrollment: bool,
    /// Values taken together under a name of their own.
    pub(super) collapsed: Collapsed,
}

/// Name → the values that it stands for.
pub type Collapsed = BTreeMap<String, Vec<String>>;

/// What a wrapped query groups units by, and where it finds it.
pub(super) struct Placing {
    /// One for each dimension.
    pub values: Vec<String>,
    pub from: String,
}

/// Where units stand in the dimensions. `units` is where they come from, `used` what else the query reads over the aliases
/// of [`joins`].
pub(super) fn place(
    units: &str,
    dimensions: &[Dimension],
    has_enrollment: bool,
    has_client: bool,
    used: &str,
) -> Placing {
    let Placing { values, from } = whole(units, dimensions, has_enrollment, has_client, used);
    let values = dimensions.iter().zip(values).map(|(dimension, value)| dimension.taken_together(value)).collect();
    Placing { values, from }
}

/// The same before any values are taken together.
fn whole(units: &str, dimensions: &[Dimension], has_enrollment: bool, has_client: bool, used: &str) -> Placing {
    let own = |dimension: &Dimension| dimension.sql.starts_with("unit.");
    let every = dimensions.iter().map(|dimension| dimension.sql.as_str()).collect::<Vec<_>>().join(" ");
    let as_text = |value: &str| format!("cast({value} as varchar)");
    // A unit with a client of its own may be another's than its enrollment, so what is known of it is told unit by unit.
    if !has_enrollment || (has_client && every.contains("c.")) || dimensions.iter().all(own) {
        let values = dimensions.iter().map(|dimension| as_text(&dimension.sql)).collect();
        let joins = joins(has_enrollment, has_client, &format!("{every} {used}"));
        return Placing { values, from: right_joins(units, &joins) };
    }
    // There are many units to an enrollment: what is known of an enrollment is told once, and found by one join.
    let mut known = vec!["e.enrollment_id".to_string(), "e.client_id".to_string()];
    let mut values = Vec::new();
    for (i, dimension) in dimensions.iter().enumerate() {
        if own(dimension) {
            values.push(as_text(&dimension.sql));
        } else {
            known.push(format!("{} as g{i}", as_text(&dimension.sql)));
            values.push(format!("e.g{i}"));
        }
    }
    let known_by = left_joins(&joins(true, false, &format!("e. {every}"))[1..]);
    let known =
        format!("(\n    select\n        {}\n    from enrollments as e\n{known_by}) as e", known.join(",\n        "));
    Placing { values, from: right_joins(units, &[(known, "unit.enrollment_id = e.enrollment_id".into())]) }
}

/// Whose a unit is, over the aliases of [`joins`]: its own client, or its enrollment's.
pub(super) fn client_of(has_enrollment: bool, has_client: bool) -> Option<&'static str> {
    match (has_enrollment, has_client) {
        (true, true) => Some("coalesce(unit.client_id, e.client_id)"),
        (true, false) => Some("e.client_id"),
        (false, true) => Some("unit.client_id"),
        (false, false) => None,
    }
}

/// What is joined, and on what.
type Join = (String, String);

/// The joins by which a unit finds its enrollment, program, client and staff: those that `used` needs, so that nothing
/// is read for a breakdown nobody asked for.
pub(super) fn joins(has_enrollment: bool, has_client: bool, used: &str) -> Vec<Join> {
    let names = |alias: &str| used.contains(&format!("{alias}."));
    let client = client_of(has_enrollment, has_client).unwrap_or("unit.client_id");
    let wants_client = names("c");
    let wants_enrollment = names("e") || names("p") || names("s") || (wants_client && client.contains("e."));
    let mut joins: Vec<Join> = Vec::new();
    if wants_enrollment && has_enrollment {
        joins.push(("enrollments as e".into(), "unit.enrollment_id = e.enrollment_id".into()));
    }
    if names("p") {
        joins.push(("programs as p".into(), "e.program_id = p.program_id".into()));
    }
    if names("s") {
        joins.push(("staff as s".into(), "e.staff_id = s.staff_id".into()));
    }
    if wants_client {
        joins.push(("clients as c".into(), format!("{client} = c.client_id")));
    }
    joins
}

/// The joins after a `from`.
pub(super) fn left_joins(joins: &[Join]) -> String {
    joins.iter().fold(String::new(), |mut text, (what, on)| {
        let _ = writeln!(text, "left join {what} on {on}");
        text
    })
}

/// The same with the units last: an engine that cannot tell how many rows a side has holds the left one in memory.
fn right_joins(units: &str, joins: &[Join]) -> String {
    joins.iter().fold(units.to_string(), |from, (what, on)| {
        let units = if from.contains(" join ") { format!("(\n{from}\n)") } else { from };
        format!("{what}\nright join {units} on {on}")
    })
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
        let collapsed = metric.header.collapsed.get(name).cloned().unwrap_or_default();
        if metric.header.dimensions.iter().any(|own| own == name) {
            return Some(Self { name: name.into(), sql: format!("unit.{name}"), needs_enrollment: false, collapsed });
        }
        BUILT_IN.iter().find(|(known, ..)| *known == name).map(|(known, sql, needs_enrollment)| Self {
            name: (*known).into(),
            sql: sql.replace("{years}", YEARS),
            needs_enrollment: *needs_enrollment,
            collapsed,
        })
    }

    /// The value, or the name under which it is taken together with others.
    fn taken_together(&self, value: String) -> String {
        if self.collapsed.is_empty() {
            return value;
        }
        let text = |word: &String| format!("'{}'", word.replace('\'', "''"));
        let cases = self.collapsed.iter().fold(String::new(), |mut cases, (name, values)| {
            let values = values.iter().map(text).collect::<Vec<_>>().join(", ");
            let _ = write!(cases, " when {value} in ({values}) then {}", text(name));
            cases
        });
        format!("case{cases} else {value} end")
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
