//! One query per metric: the unit query wrapped so that the engine sums up all periods and breakdowns at once.

use super::dimension::{Dimension, Placing, client_of, place};
use super::metric::{Kind, Metric};
use super::stages::STAGE;
use super::sufficient::{Body, Bucket, Moments, PLACES, Sums};
use crate::query::{QueryError, QueryFile, Rows};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The columns a unit query gives, as far as they matter to the wrapping.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // which of the optional columns are there
pub struct UnitColumns {
    pub enrollment: bool,
    pub client: bool,
    pub period_id: bool,
    pub excluded: bool,
}

impl UnitColumns {
    /// Whose a unit is.
    pub fn client(self) -> Option<&'static str> {
        client_of(self.enrollment, self.client)
    }
}

/// A pair's change in SQL, and what its reliability makes of it.
pub(super) struct ChangeSql {
    pub difference: &'static str,
    pub is_unknown: String,
    /// Whether it is a reliable change for the better, for the worse.
    pub improves: String,
    pub deteriorates: String,
    /// Null where neither can be said.
    pub classifiable: String,
}

impl ChangeSql {
    pub fn new() -> Self {
        let difference = "cast(unit.after as double) - cast(unit.before as double)";
        let improvement = format!("({difference}) * unit.better");
        // A threshold of zero (a reliability of one) would make an unchanged pair both better and worse.
        let threshold = "case when unit.reliable_threshold > 0 then unit.reliable_threshold end";
        Self {
            difference,
            is_unknown: format!(
                "({} is null or {} is null)",
                exact("cast(unit.before as double)"),
                exact("cast(unit.after as double)")
            ),
            improves: format!("{improvement} >= {threshold}"),
            deteriorates: format!("-({improvement}) >= {threshold}"),
            classifiable: format!("{improvement} + {threshold}"),
        }
    }
}

/// A number as a decimal; null where it is none of a sensible size.
pub(super) fn exact(value: &str) -> String {
    format!("try_cast({value} as decimal(18, {PLACES}))")
}

/// What the periods allow: whole months can be summed by month, anything else by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Month,
    Day,
}

/// Cells by bucket and by the values of all dimensions asked for.
pub type Cells = BTreeMap<(Bucket, Vec<Option<String>>), Sums>;

/// The wrapped query of a metric. Its rows: bucket, one column per dimension, `is_excluded`, what the kind needs.
pub fn wrap(metric: &Metric, columns: UnitColumns, dimensions: &[Dimension], grain: Grain) -> QueryFile {
    let kind = metric.header.kind;
    // Unduplicated clients do not add up over months, so counts are made per period.
    let through_days = kind == Kind::Count && !columns.period_id;
    let bucket = match (columns.period_id, through_days, grain) {
        (true, ..) => "unit.period_id",
        (_, true, _) => "pd.period_id",
        (.., Grain::Month) => "month.bucket",
        (.., Grain::Day) => "cast(unit.on_date as date) - date '1970-01-01'",
    };
    let client = columns.client().filter(|_| kind == Kind::Count);
    let units = match bucket {
        "pd.period_id" => "period_days as pd\ninner join unit on cast(unit.on_date as date) = pd.day".to_string(),
        // A day's month is looked up: to work it out for every unit takes longer.
        "month.bucket" => format!("{MONTHS}\ninner join unit on cast(unit.on_date as date) = month.day"),
        _ => "unit".to_string(),
    };
    let used = client.unwrap_or_default();
    let Placing { values, from } = place(&units, dimensions, columns.enrollment, columns.client, used);
    let mut keys = vec![format!("{bucket} as bucket")];
    keys.extend(values.iter().enumerate().map(|(i, value)| format!("{value} as g{i}")));
    keys.push(format!("{} as is_excluded", if columns.excluded { "unit.excluded is not null" } else { "false" }));
    let mut sums = vec!["count(*) as n".to_string()];
    match kind {
        // Each client once here, so that they are only counted in the end; see below.
        Kind::Count => keys.extend(client.map(|client| format!("{client} as client_id"))),
        Kind::Proportion => {
            sums.push("count(*) filter (where unit.met) as met".into());
            sums.push("count(*) filter (where unit.met is null) as unknown".into());
        }
        Kind::Rate => {
            sums.push("cast(sum(unit.events) as bigint) as events".into());
            sums.push("cast(sum(unit.exposure_days) as bigint) as exposure_days".into());
        }
        Kind::Duration => {
            keys.push("cast(unit.days as bigint) as days".into());
            keys.push("cast(unit.outcome as varchar) as outcome".into());
        }
        Kind::Mean => {
            let step = metric.header.resolution.unwrap_or(1.0);
            // What is no number of a sensible size is unknown, not a reason to stop the batch.
            keys.push(format!(
                "case when {} is not null \
                 then try_cast(round(cast(unit.value as double) / {step:?}) as bigint) end as bin",
                exact("cast(unit.value as double)")
            ));
            sums.extend(decimal_sums("cast(unit.value as double)", "total", "squares"));
        }
        Kind::Change => {
            let change = ChangeSql::new();
            keys.push(format!("{} as is_unknown", change.is_unknown));
            sums.extend(decimal_sums("cast(unit.before as double)", "b", "bb"));
            sums.extend(decimal_sums("cast(unit.after as double)", "a", "aa"));
            sums.extend(decimal_sums(change.difference, "d", "dd"));
            sums.push(format!("count(*) filter (where {}) as improved", change.improves));
            sums.push(format!("count(*) filter (where {}) as deteriorated", change.deteriorates));
            sums.push(format!("count({}) as classified", change.classifiable));
        }
    }
    let ordinals: Vec<String> = (1..=keys.len()).map(|i| i.to_string()).collect();
    let mut text = String::from("with unit as (\n");
    text.push_str(metric.query.text.trim_end().trim_end_matches(';'));
    text.push_str("\n)\nselect\n    ");
    text.push_str(&keys.join(",\n    "));
    text.push_str(",\n    ");
    text.push_str(&sums.join(",\n    "));
    let _ = writeln!(text, "\nfrom {from}");
    text.push_str(if columns.period_id {
        "where unit.period_id is not null"
    } else {
        "where unit.on_date >= (select min(starts_on) from periods) and unit.on_date < (select max(ends_on) from periods)"
    });
    text.push_str("\ngroup by ");
    text.push_str(&ordinals.join(", "));
    if kind == Kind::Count {
        text = unduplicated(&text, dimensions.len());
    }
    metric.query.rewritten(text)
}

const MONTHS: &str = "(
    select distinct day, cast(date_trunc('month', day) as date) - date '1970-01-01' as bucket from period_days
) as month";

/// Units and different clients of each cell, from units by cell and client: two sums, where `count(distinct …)` would hold a
/// set of clients for every cell.
fn unduplicated(text: &str, dimensions: usize) -> String {
    let mut keys = vec!["bucket".to_string()];
    keys.extend((0..dimensions).map(|i| format!("g{i}")));
    keys.push("is_excluded".into());
    let keys = keys.join(", ");
    format!(
        "select {keys}, cast(sum(n) as bigint) as n, count(client_id) as clients\nfrom (\n{text}\n) as client\ngroup by {keys}"
    )
}

/// Sum and sum of squares in decimals: exact, so they do not depend on the order in which threads meet.
fn decimal_sums(value: &str, sum: &str, squares: &str) -> [String; 2] {
    let exact = exact(value);
    let twice = 2 * PLACES;
    [
        format!("cast(sum({exact}) as decimal(38, {PLACES})) as {sum}"),
        format!("cast(sum({exact} * {exact}) as decimal(38, {twice})) as {squares}"),
    ]
}

/// Reads the wrapped query's rows into cells.
///
/// # Errors
/// When the unit query gave a value that its kind does not have, such as an outcome or a stage that the header does not
/// name.
pub fn read(metric: &Metric, dimensions: &[Dimension], rows: &Rows) -> Result<Cells, QueryError> {
    let mut cells = Cells::new();
    let has_stages = !metric.header.stages.is_empty();
    let stage = dimensions.iter().position(|dimension| has_stages && dimension.name == STAGE);
    let dimensions = dimensions.len();
    for batch in &rows.batches {
        let table = Columns::of(batch, &metric.query.path)?;
        for row in 0..batch.num_rows() {
            let bucket = match table.text("bucket", row) {
                Some(text) => text.parse().map_or(Bucket::Period(text), Bucket::Day),
                None => continue,
            };
            let group: Vec<Option<String>> = (0..dimensions).map(|i| table.text(&format!("g{i}"), row)).collect();
            if let Some(stray) = stage.and_then(|at| group.get(at)).and_then(Option::as_ref)
                && !metric.header.stages.iter().any(|stage| stage.name == *stray)
            {
                let message = format!("the stage \"{stray}\" is not in the header");
                return Err(QueryError::new(&metric.query.path, message)
                    .with_hint(Some("name it under [[stages]], in its place among the others".into())));
            }
            let sums = read_row(metric, &table, row)?;
            cells.entry((bucket, group)).or_default().add(&sums);
        }
    }
    Ok(cells)
}

fn read_row(metric: &Metric, table: &Columns, row: usize) -> Result<Sums, QueryError> {
    let header = &metric.header;
    let n = table.count("n", row);
    if table.text("is_excluded", row).as_deref() == Some("true") {
        return Ok(Sums { excluded: n, ..Sums::default() });
    }
    let mut unknown = 0;
    let body = match header.kind {
        Kind::Count => Body::Count { events: n, clients: table.count("clients", row) },
        Kind::Proportion => {
            unknown = table.count("unknown", row);
            Body::Proportion { n: n - unknown, met: table.count("met", row) }
        }
        Kind::Rate => {
            Body::Rate { events: table.count("events", row), exposure_days: table.count("exposure_days", row) }
        }
        Kind::Duration => {
            let days = table.text("days", row).and_then(|days| days.parse::<u32>().ok());
            if let (Some(days), Some(outcome)) = (days, table.text("outcome", row)) {
                let known = outcome == super::CENSORED
                    || header.events.contains(&outcome)
                    || header.competing.contains(&outcome);
                if !known {
                    let message = format!("the outcome \"{outcome}\" is not in the header");
                    return Err(QueryError::new(&metric.query.path, message)
                        .with_hint(Some("name it in events or competing, or give 'censored'".into())));
                }
                Body::Duration(BTreeMap::from([((days, outcome), n)]))
            } else {
                unknown = n;
                Body::Empty
            }
        }
        Kind::Mean => {
            if let Some(bin) = table.text("bin", row).and_then(|bin| bin.parse::<i64>().ok()) {
                let sums = table.moments(n, "total", "squares", row);
                Body::Mean { sums, bins: BTreeMap::from([(bin, n)]) }
            } else {
                unknown = n;
                Body::Empty
            }
        }
        Kind::Change if table.text("is_unknown", row).as_deref() == Some("true") => {
            unknown = n;
            Body::Empty
        }
        Kind::Change => Body::Change {
            pairs: [("b", "bb"), ("a", "aa"), ("d", "dd")].map(|(sum, squares)| table.moments(n, sum, squares, row)),
            improved: table.count("improved", row),
            deteriorated: table.count("deteriorated", row),
            classified: table.count("classified", row),
        },
    };
    Ok(Sums { excluded: 0, unknown, body })
}

/// A batch's columns by name, each as the type it is read as.
pub(super) struct Columns {
    names: Vec<String>,
    texts: Vec<arrow::array::StringArray>,
    decimals: Vec<Option<arrow::array::Decimal128Array>>,
    counts: Vec<Option<arrow::array::Int64Array>>,
}

impl Columns {
    pub(super) fn of(batch: &RecordBatch, path: &str) -> Result<Self, QueryError> {
        let failed = |e: arrow::error::ArrowError| QueryError::new(path, format!("a result cannot be read: {e}"));
        let mut columns = Self { names: Vec::new(), texts: Vec::new(), decimals: Vec::new(), counts: Vec::new() };
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            columns.names.push(field.name().clone());
            columns.texts.push(cast(array, &DataType::Utf8).map_err(failed)?.as_string::<i32>().clone());
            columns.decimals.push(array.as_primitive_opt::<Decimal128Type>().cloned());
            let whole = if field.data_type().is_integer() {
                Some(cast(array, &DataType::Int64).map_err(failed)?)
            } else {
                None
            };
            columns.counts.push(whole.map(|a| a.as_primitive::<Int64Type>().clone()));
        }
        Ok(columns)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    pub(super) fn text(&self, name: &str, row: usize) -> Option<String> {
        let array = &self.texts[self.position(name)?];
        array.is_valid(row).then(|| array.value(row).to_string())
    }

    /// The column's value in units of its last decimal.
    pub(super) fn decimal(&self, name: &str, row: usize) -> i128 {
        self.position(name)
            .and_then(|i| self.decimals[i].as_ref())
            .filter(|array| array.is_valid(row))
            .map_or(0, |array| array.value(row))
    }

    fn moments(&self, n: u64, sum: &str, squares: &str, row: usize) -> Moments {
        Moments { n, sum: self.decimal(sum, row), sum_of_squares: self.decimal(squares, row) }
    }

    pub(super) fn count(&self, name: &str, row: usize) -> u64 {
        self.position(name)
            .and_then(|i| self.counts[i].as_ref())
            .filter(|array| array.is_valid(row))
            .map_or(0, |array| u64::try_from(array.value(row)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Catalogue;

    #[test]
    fn a_wrapped_query_holds_nothing_that_a_cluster_cannot_run() {
        for metric in Catalogue::load(&[]).expect("built-in metrics").all() {
            let dimensions: Vec<Dimension> =
                Dimension::names(metric).filter_map(|n| Dimension::named(n, metric)).collect();
            for (grain, period_id) in [(Grain::Month, false), (Grain::Day, false), (Grain::Day, true)] {
                let columns = UnitColumns { enrollment: true, client: true, period_id, excluded: true };
                let text = wrap(metric, columns, &dimensions, grain).text.to_lowercase();
                for forbidden in ["generate_series", "recursive", "unnest", "lateral", "now()", "random()"] {
                    assert!(!text.contains(forbidden), "{}: {forbidden}", metric.name);
                }
                // A placeholder or a step left unfilled.
                assert!(!text.contains('{') || metric.query.text.contains('{'), "{text}");
            }
        }
    }
}
