//! Breakdowns: what a unit's enrollment, client, program and staff say about it.

use super::metric::Metric;

/// A breakdown and the SQL that gives its value, over the aliases of [`joins`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    pub(super) sql: String,
    /// It is known only through the unit's enrollment.
    pub(super) needs_enrollment: bool,
}

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

/// Whole years at intake (or referral), in the bands that funders ask for. A birthday counts from its day on.
const AGE_GROUP: &str = "case
    when c.birth_date is null or coalesce(e.intake_on, e.referred_on) is null then null
    else (
        case
            when {years} < 0 then null
            when {years} < 18 then '0-17'
            when {years} < 25 then '18-24'
            when {years} < 35 then '25-34'
            when {years} < 45 then '35-44'
            when {years} < 55 then '45-54'
            when {years} < 65 then '55-64'
            else '65+'
        end
    )
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
