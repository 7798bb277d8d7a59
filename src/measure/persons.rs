//! Units that share a client: two goals, three referrals, a year of contacts of one person are alike, so intervals that
//! take them as independent are too narrow.
//!
//! A second query sums up per client before it sums up per group. These sums do not add up over months or groups (a
//! client of two months is one client), so they are made per period and breakdown, as unduplicated clients are. Where
//! every client has one unit nothing changes; otherwise the interval is that of persons, never narrower than before.
//! How many clients there are is what the release step judges units by: fourteen returns of eight people are few.

use super::dimension::{Dimension, Placing, place};
use super::estimate::{Estimate, People, Statistic};
use super::metric::{Kind, Metric};
use super::plan::{ChangeSql, Columns, UnitColumns, exact};
use super::sufficient::{PLACES, decimal};
use crate::query::{QueryError, QueryFile, Rows};
use crate::statistics::clustered::{MeanClusters, ShareClusters, clustered_mean, clustered_rate, clustered_share};
use crate::statistics::{Interval, LEVEL};
use std::collections::BTreeMap;

/// Sums over clients, by period and by the values of the dimensions.
pub type ByClient = BTreeMap<(String, Vec<Option<String>>), OfClients>;

/// What is known of the clients of one group in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfClients {
    /// None where no interval rests on them: of durations.
    pub sums: Option<Persons>,
    pub people: People,
}

/// The sums over clients of one group in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Persons {
    Share(ShareClusters),
    /// Totals and numbers of values.
    Mean(MeanClusters),
    /// Events and days of exposure.
    Rate(MeanClusters),
    Change {
        difference: MeanClusters,
        improved: ShareClusters,
        deteriorated: ShareClusters,
    },
}

/// Said in the method of an interval that counts persons.
pub const BY_CLIENT: &str = ", by client";

/// Whether an estimate's interval counts persons where it has several units of each.
pub fn is_by_client(estimate: &Estimate) -> bool {
    estimate.method.ends_with(BY_CLIENT)
}

/// The query that sums up per client and then per period and group; `None` for kinds and units that have no use for it.
pub fn wrap_by_client(metric: &Metric, columns: UnitColumns, dimensions: &[Dimension]) -> Option<QueryFile> {
    let client = columns.client()?;
    let excluded = if columns.excluded { "unit.excluded is not null" } else { "false" };
    let change = ChangeSql::new();
    let value = exact("cast(unit.value as double)");
    let answered = match metric.header.kind {
        // Clients are what is counted.
        Kind::Count => return None,
        Kind::Duration => "unit.days is not null and unit.outcome is not null".to_owned(),
        Kind::Proportion => "unit.met is not null".to_owned(),
        Kind::Rate => "true".to_owned(),
        Kind::Mean => format!("{value} is not null"),
        Kind::Change => format!("not {}", change.is_unknown),
    };
    let known = format!("filter (where {answered} and not ({excluded}))");
    let which = |condition: &str| format!("count(*) filter (where {answered} and not ({excluded}) and ({condition}))");
    let mut of_client: Vec<String> = match metric.header.kind {
        Kind::Duration => {
            // What is told of it is its headline: how many of whom the first way out happened by that day.
            let header = &metric.header;
            let day = header.headline().at.or(header.horizons.iter().max().copied()).unwrap_or(u32::MAX);
            let first = header.events.first().map_or("", String::as_str).replace('\'', "''");
            let is_event = format!("unit.outcome = '{first}' and cast(unit.days as bigint) <= {day}");
            vec![format!("{} as x", which(&is_event)), format!("count(*) {known} as n")]
        }
        Kind::Rate => vec![
            format!("coalesce(sum(unit.events) {known}, 0) as x"),
            format!("coalesce(sum(unit.exposure_days) {known}, 0) as n"),
        ],
        Kind::Mean => {
            vec![format!("{} as x", exact(&format!("sum({value}) {known}"))), format!("count(*) {known} as n")]
        }
        Kind::Change => vec![
            format!("{} as x", exact(&format!("sum({}) {known}", exact(change.difference)))),
            format!("count(*) {known} as n"),
            format!("{} as i", which(&change.improves)),
            format!("{} as d", which(&change.deteriorates)),
            format!("count({}) {known} as c", change.classifiable),
        ],
        _ => vec![format!("{} as x", which("unit.met")), format!("count(*) {known} as n")],
    };
    of_client.push(format!("count(*) filter (where not ({answered}) and not ({excluded})) as unknown"));
    of_client.push(format!("count(*) filter (where {excluded}) as excluded"));
    let whole = |product: &str, name: &str| format!("cast(sum({product}) as bigint) as {name}");
    let rows = |n: &str, prefix: &str| {
        vec![
            format!("count(*) filter (where {n} > 0) as {prefix}clusters"),
            whole(n, &format!("{prefix}n")),
            whole(&format!("cast({n} as bigint) * {n}"), &format!("{prefix}nn")),
        ]
    };
    let counts = |x: &str, n: &str, prefix: &str| {
        vec![
            whole(x, &format!("{prefix}x")),
            whole(&format!("cast({x} as bigint) * {x}"), &format!("{prefix}xx")),
            whole(&format!("cast({x} as bigint) * {n}"), &format!("{prefix}xn")),
        ]
    };
    let twice = 2 * PLACES;
    let values = || {
        vec![
            format!("cast(sum(x) as decimal(38, {PLACES})) as x"),
            format!("cast(sum(x * x) as decimal(38, {twice})) as xx"),
            format!("cast(sum(x * cast(n as decimal(18, 0))) as decimal(38, {PLACES})) as xn"),
        ]
    };
    let with = |unit: &str, name: &str| vec![format!("count(*) filter (where {unit}) as {name}")];
    let some_and_some_not = || [with("x > 0", "met"), with("n > x", "unmet")].concat();
    let mut sums: Vec<String> = match metric.header.kind {
        Kind::Duration => [rows("n", ""), some_and_some_not()].concat(),
        Kind::Proportion => [rows("n", ""), counts("x", "n", ""), some_and_some_not()].concat(),
        Kind::Rate => [rows("n", ""), counts("x", "n", ""), with("x > 0", "met")].concat(),
        Kind::Mean => [rows("n", ""), values()].concat(),
        _ => [rows("n", ""), values(), rows("c", "c_"), counts("i", "c", "i_"), counts("d", "c", "d_")].concat(),
    };
    sums.extend([with("unknown > 0", "with_unknown"), with("excluded > 0", "with_excluded")].concat());
    let period = if columns.period_id { "unit.period_id" } else { "pd.period_id" };
    let groups = (0..dimensions.len()).map(|i| format!(", g{i}")).collect::<Vec<_>>().concat();
    let conditions = [format!("{period} is not null"), format!("{client} is not null")];
    let units = if columns.period_id {
        "unit"
    } else {
        "period_days as pd\ninner join unit on cast(unit.on_date as date) = pd.day"
    };
    let Placing { values, from } = place(units, dimensions, columns.enrollment, columns.client, client);
    let mut keys = vec![format!("{period} as bucket")];
    keys.extend(values.iter().enumerate().map(|(i, value)| format!("{value} as g{i}")));
    keys.push(format!("{client} as client"));
    let ordinals: Vec<String> = (1..=keys.len()).map(|i| i.to_string()).collect();
    let text = format!(
        "with unit as (\n{}\n),\nof_client as (\nselect\n    {}\nfrom {from}\nwhere {}\ngroup by {}\n)\n\
         select bucket{groups},\n    {}\nfrom of_client\ngroup by bucket{groups}",
        metric.query.text.trim_end().trim_end_matches(';'),
        [keys, of_client].concat().join(",\n    "),
        conditions.join("\n    and "),
        ordinals.join(", "),
        sums.join(",\n    "),
    );
    Some(metric.query.rewritten(text))
}

/// Reads the rows of that query.
///
/// # Errors
/// When a batch cannot be read.
pub fn read_by_client(metric: &Metric, dimensions: usize, rows: &Rows) -> Result<ByClient, QueryError> {
    let mut all = ByClient::new();
    for batch in &rows.batches {
        let table = Columns::of(batch, &metric.query.path)?;
        for row in 0..batch.num_rows() {
            let Some(bucket) = table.text("bucket", row) else { continue };
            let group = (0..dimensions).map(|i| table.text(&format!("g{i}"), row)).collect();
            let count = |name: &str| table.count(name, row);
            let shares = |prefix: &str, rows: &str| ShareClusters {
                clusters: count(&format!("{rows}clusters")),
                x: count(&format!("{prefix}x")),
                n: count(&format!("{rows}n")),
                xx: count(&format!("{prefix}xx")),
                xn: count(&format!("{prefix}xn")),
                nn: count(&format!("{rows}nn")),
            };
            let values = || MeanClusters {
                clusters: count("clusters"),
                y: decimal(table.decimal("x", row), PLACES),
                n: count("n"),
                yy: decimal(table.decimal("xx", row), 2 * PLACES),
                yn: decimal(table.decimal("xn", row), PLACES),
                nn: count("nn"),
            };
            let persons = match metric.header.kind {
                Kind::Count => continue,
                Kind::Duration => None,
                Kind::Proportion => Some(Persons::Share(shares("", ""))),
                Kind::Rate => Some(Persons::Rate(MeanClusters {
                    clusters: count("clusters"),
                    y: count("x") as f64,
                    n: count("n"),
                    yy: count("xx") as f64,
                    yn: count("xn") as f64,
                    nn: count("nn"),
                })),
                Kind::Mean => Some(Persons::Mean(values())),
                Kind::Change => Some(Persons::Change {
                    difference: values(),
                    improved: shares("i_", "c_"),
                    deteriorated: shares("d_", "c_"),
                }),
            };
            let kind = metric.header.kind;
            let met = matches!(kind, Kind::Duration | Kind::Proportion | Kind::Rate).then(|| count("met"));
            let unmet = matches!(kind, Kind::Duration | Kind::Proportion).then(|| count("unmet"));
            // An event of a kind has no exposure of its own: then those who had one are all that are known.
            let (unknown, excluded) = (Some(count("with_unknown")), Some(count("with_excluded")));
            let people = People { all: count("clusters").max(met.unwrap_or(0)), met, unmet, unknown, excluded };
            all.insert((bucket, group), OfClients { sums: persons, people });
        }
    }
    Ok(all)
}

impl OfClients {
    /// Makes the intervals of a group's estimates those of persons, and notes how many these are.
    pub fn tell(self, estimates: &mut [Estimate]) {
        if let Some(sums) = self.sums {
            sums.widen(estimates);
        }
        let is_of_them = |estimate: &&mut Estimate| match self.sums {
            None => true,
            Some(Persons::Rate(sums)) => estimate.events.map(|events| events as f64) == Some(sums.y),
            Some(sums) => estimate.denominator.or(Some(0.0)) == Some(sums.units() as f64),
        };
        for estimate in estimates.iter_mut().filter(is_of_them) {
            estimate.people = Some(self.people);
        }
    }
}

impl Persons {
    fn units(&self) -> u64 {
        match self {
            Self::Share(sums) => sums.n,
            Self::Mean(sums) | Self::Rate(sums) => sums.n,
            Self::Change { difference, .. } => difference.n,
        }
    }

    /// Makes the intervals of a group's estimates those of persons, where a client has several units. An interval is
    /// never made narrower.
    fn widen(self, estimates: &mut [Estimate]) {
        for estimate in estimates {
            let found = match (self, estimate.statistic) {
                (Self::Share(sums), Statistic::Share)
                | (Self::Change { improved: sums, .. }, Statistic::ReliablyImproved)
                | (Self::Change { deteriorated: sums, .. }, Statistic::ReliablyDeteriorated) => share(&sums, estimate),
                (Self::Mean(sums), Statistic::Mean)
                | (Self::Change { difference: sums, .. }, Statistic::MeanChange) => mean(&sums, estimate),
                (Self::Rate(sums), Statistic::Rate) => rate(&sums, estimate),
                _ => continue,
            };
            let limits = match found {
                OfPersons::AsItIs => continue,
                OfPersons::Limits(limits) => Some(limits),
                OfPersons::Unknown => None,
            };
            let wider = |limits: &Interval| {
                estimate
                    .lower
                    .zip(estimate.upper)
                    .is_none_or(|(lower, upper)| limits.upper - limits.lower > upper - lower)
            };
            if limits.as_ref().is_none_or(wider) {
                (estimate.lower, estimate.upper) = (limits.map(|i| i.lower), limits.map(|i| i.upper));
            }
            estimate.method.push_str(BY_CLIENT);
        }
    }
}

/// What the sums over clients say of an interval.
enum OfPersons {
    /// Every client has one unit, or not all units have a client.
    AsItIs,
    Limits(Interval),
    /// The units are all of one person, which says nothing of others.
    Unknown,
}

impl From<Option<Interval>> for OfPersons {
    fn from(limits: Option<Interval>) -> Self {
        limits.map_or(Self::Unknown, Self::Limits)
    }
}

fn share(sums: &ShareClusters, estimate: &Estimate) -> OfPersons {
    if estimate.denominator != Some(sums.n as f64) || sums.clusters >= sums.n {
        return OfPersons::AsItIs;
    }
    clustered_share(sums, LEVEL).and_then(|found| found.interval_few).into()
}

fn mean(sums: &MeanClusters, estimate: &Estimate) -> OfPersons {
    // Without a spread, or with one value, there is no interval of values either.
    if estimate.denominator != Some(sums.n as f64) || sums.clusters >= sums.n || estimate.lower.is_none() {
        return OfPersons::AsItIs;
    }
    match clustered_mean(sums, LEVEL).and_then(|found| found.interval) {
        Some(limits) => OfPersons::Limits(limits),
        None if sums.clusters > 1 => OfPersons::AsItIs,
        None => OfPersons::Unknown,
    }
}

fn rate(sums: &MeanClusters, estimate: &Estimate) -> OfPersons {
    let months = estimate.denominator.filter(|months| *months > 0.0);
    let (Some(months), true) = (months, estimate.events.map(|events| events as f64) == Some(sums.y)) else {
        return OfPersons::AsItIs;
    };
    let Some(found) = clustered_rate(sums, LEVEL) else { return OfPersons::AsItIs };
    // Per 100 of the denominator's months.
    let per = sums.n as f64 * 100.0 / months;
    found.interval.map(|i| Interval { lower: i.lower * per, upper: i.upper * per }).into()
}
