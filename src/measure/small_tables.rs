//! The small tables a query can read besides the snapshot: the periods asked for, parameters by key, instruments.
//! They are written as Parquet beside the session, because in-memory tables do not run on a cluster.

use crate::project::{InstrumentFile, Period};
use crate::query::{QueryError, days_since_epoch};
use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, QueryError> {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|e| QueryError::new("session", format!("a small table cannot be made: {e}")))
}

/// Each period once, in the order asked for: a period asked for twice must not count its units twice.
fn distinct(periods: &[Period]) -> Vec<&Period> {
    let mut labels = BTreeSet::new();
    periods.iter().filter(|period| labels.insert(period.label.as_str())).collect()
}

/// `periods(period_id, starts_on, ends_on, counted_until)`; both ends are the day after the last.
pub fn periods(periods: &[Period], as_of: Date) -> Result<RecordBatch, QueryError> {
    let periods = distinct(periods);
    let end_of_data = as_of.saturating_add(1.day());
    let days = |f: &dyn Fn(&Period) -> Date| -> ArrayRef {
        Arc::new(periods.iter().map(|p| Some(days_since_epoch(f(p)))).collect::<Date32Array>())
    };
    batch(vec![
        ("period_id", Arc::new(periods.iter().map(|p| Some(p.label.as_str())).collect::<StringArray>()) as ArrayRef),
        ("starts_on", days(&|p| p.start)),
        ("ends_on", days(&|p| p.end)),
        ("counted_until", days(&|p| p.end.min(end_of_data))),
    ])
}

/// `period_days(day, period_id)`: each day of each period, so that events find their periods by an equality.
pub fn period_days(periods: &[Period]) -> Result<RecordBatch, QueryError> {
    let mut days = Vec::new();
    let mut labels = Vec::new();
    for period in distinct(periods) {
        for day in days_since_epoch(period.start)..days_since_epoch(period.end) {
            days.push(Some(day));
            labels.push(Some(period.label.as_str()));
        }
    }
    batch(vec![
        ("day", Arc::new(days.into_iter().collect::<Date32Array>()) as ArrayRef),
        ("period_id", Arc::new(labels.into_iter().collect::<StringArray>())),
    ])
}

/// `<metric>_<parameter>(key, value)`: a parameter that is a table of values or of lists.
pub fn keyed_parameter(table: &toml::Table) -> Result<RecordBatch, QueryError> {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let mut keys = Vec::new();
    let mut values = Vec::new();
    for (key, value) in table {
        let list = value.as_array().map_or_else(|| vec![text(value)], |list| list.iter().map(text).collect());
        for value in list {
            keys.push(Some(key.clone()));
            values.push(Some(value));
        }
    }
    batch(vec![
        ("key", Arc::new(keys.into_iter().collect::<StringArray>()) as ArrayRef),
        ("value", Arc::new(values.into_iter().collect::<StringArray>())),
    ])
}

/// `instruments(instrument, domain, direction, minimum, maximum, sd, reliability)`.
pub fn instruments(instruments: &BTreeMap<String, InstrumentFile>) -> Result<RecordBatch, QueryError> {
    let numbers = |f: &dyn Fn(&InstrumentFile) -> Option<f64>| -> ArrayRef {
        Arc::new(instruments.values().map(f).collect::<Float64Array>())
    };
    batch(vec![
        ("instrument", Arc::new(instruments.keys().map(|k| Some(k.as_str())).collect::<StringArray>()) as ArrayRef),
        ("domain", Arc::new(instruments.values().map(|_| None::<&str>).collect::<StringArray>())),
        ("direction", Arc::new(instruments.values().map(|i| Some(i.direction.name())).collect::<StringArray>())),
        ("minimum", numbers(&|i| i.minimum)),
        ("maximum", numbers(&|i| i.maximum)),
        ("sd", numbers(&|i| i.sd)),
        ("reliability", numbers(&|i| i.reliability)),
    ])
}
