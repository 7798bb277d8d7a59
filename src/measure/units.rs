//! The units behind an estimate: how many count as what, and the rows themselves.
//!
//! The same query, the same periods and the same joins as the estimate's own, so that the counts add up to it exactly.

use super::compute::{Ready, Study, dimensions};
use super::dimension::{joins, left_joins};
use super::metric::{Kind, Metric};
use super::plan::UnitColumns;
use super::sufficient::PLACES;
use crate::project::Period;
use crate::query::{Bindings, QueryError, QueryFile};
use arrow::array::RecordBatch;
use datafusion::common::ScalarValue;

/// Which units: those of one metric in one period, of these groups only.
#[derive(Debug, Clone, Copy)]
pub struct Behind<'a> {
    pub metric: &'a str,
    pub period: &'a Period,
    /// Dimension and value; `None` is the unknown group.
    pub only: &'a [(String, Option<String>)],
}

/// So many units count as this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCount {
    /// `excluded`, `unknown`, else what the kind makes of them: `met`, `not met`, an outcome, `counted`.
    pub counted_as: String,
    /// Why they are excluded.
    pub reason: Option<String>,
    pub units: u64,
    /// Different clients among them.
    pub clients: u64,
    /// Of a rate.
    pub events: Option<u64>,
    pub exposure_days: Option<u64>,
}

impl Study<'_> {
    /// How many units count as what; nothing when a column that is needed was not collected.
    ///
    /// # Errors
    /// As [`Study::compute`].
    pub fn unit_counts(&self, behind: Behind<'_>) -> Result<Vec<UnitCount>, QueryError> {
        let Some((query, bindings, kind)) = self.placed(behind)? else { return Ok(Vec::new()) };
        let sums = match kind {
            Kind::Rate => "cast(sum(events) as bigint) as events, cast(sum(exposure_days) as bigint) as exposure_days",
            _ => "cast(null as bigint) as events, cast(null as bigint) as exposure_days",
        };
        let text = format!(
            "{query}\nselect counted_as, reason, count(*) as units, count(distinct client_id) as clients, {sums}\n\
             from placed group by 1, 2 order by 3 desc, 1, 2"
        );
        let rows = self.engine.run(&self.query_of(behind.metric, text)?, &bindings)?;
        let whole = |row: usize, column: usize| rows.text(row, column).and_then(|n| n.parse().ok());
        Ok((0..rows.count())
            .map(|row| UnitCount {
                counted_as: rows.text(row, 0).unwrap_or_default(),
                reason: rows.text(row, 1),
                units: whole(row, 2).unwrap_or(0),
                clients: whole(row, 3).unwrap_or(0),
                events: whole(row, 4),
                exposure_days: whole(row, 5),
            })
            .collect())
    }

    /// Hands the units over, in the order of their ids: for eyes within the agency only.
    ///
    /// # Errors
    /// As [`Study::compute`], and what `take` returns.
    pub fn units(
        &self,
        behind: Behind<'_>,
        take: impl FnMut(&RecordBatch) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let Some((query, bindings, _)) = self.placed(behind)? else { return Ok(()) };
        let text = format!("{query}\nselect * from placed order by 1, 2, 3, 4");
        self.engine.each(&self.query_of(behind.metric, text)?, &bindings, take)
    }

    fn query_of(&self, metric: &str, text: String) -> Result<QueryFile, QueryError> {
        let metric = self.catalogue.get(metric).ok_or_else(|| QueryError::new(metric, "is no metric"))?;
        Ok(metric.query.rewritten(text))
    }

    /// The units as the step `placed`, still to be selected from.
    fn placed(&self, behind: Behind<'_>) -> Result<Option<(String, Bindings, Kind)>, QueryError> {
        let Ready { metric, mut bindings, columns, given, complete_from } =
            self.ready(behind.metric, std::slice::from_ref(behind.period))?;
        // Of a time before the records begin there is no figure, and so nothing behind it.
        if complete_from.is_some_and(|from| behind.period.end <= from) {
            return Ok(None);
        }
        let names: Vec<String> = behind.only.iter().map(|(name, _)| name.clone()).collect();
        if !self.missing(&metric, &bindings, columns, &names)?.is_empty() {
            return Ok(None);
        }
        let mut wanted = Vec::new();
        for (at, (dimension, (_, value))) in
            dimensions(&metric, columns, &names)?.into_iter().zip(behind.only).enumerate()
        {
            match value {
                None => wanted.push(format!("{} is null", dimension.sql)),
                Some(value) => {
                    let name = format!("only_{at}");
                    let is = format!("cast({} as varchar) = ${name}", dimension.sql);
                    wanted.push(if metric.header.event_dimensions.contains(&dimension.name) {
                        // The exposure, which is that of every value.
                        format!("({is} or {} is null and unit.exposure_days > 0)", dimension.sql)
                    } else {
                        is
                    });
                    bindings.insert(name, ScalarValue::Utf8(Some(value.clone())));
                }
            }
        }
        let text = placed_text(&metric, columns, &given, behind.period, &wanted);
        Ok(Some((text, bindings, metric.header.kind)))
    }
}

fn placed_text(metric: &Metric, columns: UnitColumns, given: &[String], period: &Period, wanted: &[String]) -> String {
    let client = columns.client().unwrap_or("cast(null as varchar)");
    let excluded = if columns.excluded { "unit.excluded is not null" } else { "false" };
    let reason = if columns.excluded { "cast(unit.excluded as varchar)" } else { "cast(null as varchar)" };
    let mut selected = vec![format!("{client} as client_id")];
    selected.extend(
        given.iter().filter(|name| *name != "client_id" && *name != "excluded").map(|name| format!("unit.{name}")),
    );
    selected
        .push(format!("case when {excluded} then 'excluded' else {} end as counted_as", answer(metric.header.kind)));
    selected.push(format!("{reason} as reason"));
    let place = if columns.period_id {
        format!("unit.period_id = '{}'", period.label.replace('\'', "''"))
    } else {
        format!("unit.on_date >= date '{}' and unit.on_date < date '{}'", period.start, period.end)
    };
    let used = format!("{} {}", selected.join(" "), wanted.join(" "));
    let mut text = String::from("with unit as (\n");
    text.push_str(metric.query.text.trim_end().trim_end_matches(';'));
    text.push_str("\n),\nplaced as (\nselect\n    ");
    text.push_str(&selected.join(",\n    "));
    text.push_str("\nfrom unit\n");
    text.push_str(&left_joins(&joins(columns.enrollment, columns.client, &used)));
    text.push_str("where ");
    text.push_str(&place);
    for condition in wanted {
        text.push_str("\n    and ");
        text.push_str(condition);
    }
    text.push_str("\n)");
    text
}

/// What a unit that is not excluded counts as: the same questions as `plan` asks.
fn answer(kind: Kind) -> String {
    let number = |value: &str| format!("try_cast(cast({value} as double) as decimal(18, {PLACES})) is null");
    match kind {
        Kind::Count | Kind::Rate => "'counted'".into(),
        Kind::Proportion => "case when unit.met then 'met' when unit.met is null then 'unknown' else 'not met' end".into(),
        Kind::Duration => {
            "case when unit.days is null or unit.days < 0 or unit.outcome is null then 'unknown' else cast(unit.outcome as varchar) end"
                .into()
        }
        Kind::Mean => format!("case when {} then 'unknown' else 'counted' end", number("unit.value")),
        Kind::Change => format!(
            "case when {} or {} then 'unknown' else 'counted' end",
            number("unit.before"),
            number("unit.after")
        ),
    }
}
