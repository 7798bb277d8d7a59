//! Estimates as a table: one row each, the published fields as columns, groups as columns of their own.

use super::estimate::{Estimate, Note, Status};
use crate::query::{QueryError, Rows};
use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;

/// The estimates as rows, with these dimensions as columns, whether an estimate has them or not: tables made one by one can
/// be put together. `short` leaves out what a person at a terminal seldom needs.
///
/// # Errors
/// Never in practice: the columns are made with one length.
pub fn table_of<'a>(
    estimates: impl Iterator<Item = &'a Estimate>,
    dimensions: &[String],
    short: bool,
) -> Result<Rows, QueryError> {
    let all: Vec<&Estimate> = estimates.collect();
    let text = |f: &dyn Fn(&Estimate) -> Option<String>| -> ArrayRef {
        Arc::new(all.iter().map(|e| f(e)).collect::<StringArray>())
    };
    // At a terminal four figures after the point are plenty; files carry full precision.
    let tidy = |value: f64| if short { (value * 1e4).round() / 1e4 } else { value };
    let number = |f: &dyn Fn(&Estimate) -> Option<f64>| -> ArrayRef {
        Arc::new(all.iter().map(|e| f(e).map(tidy)).collect::<Float64Array>())
    };
    let whole = |f: &dyn Fn(&Estimate) -> Option<u64>| -> ArrayRef {
        Arc::new(all.iter().map(|e| f(e).and_then(|n| i64::try_from(n).ok())).collect::<Int64Array>())
    };
    // Counts, and a rate's months: whole at a terminal.
    let counted = |f: &dyn Fn(&Estimate) -> Option<f64>| {
        if short { whole(&|e| f(e).map(|n| n.round() as u64)) } else { number(f) }
    };
    let mut columns: Vec<(String, ArrayRef, bool)> = vec![
        ("metric".into(), text(&|e| Some(e.metric.clone())), true),
        ("version".into(), text(&|e| Some(e.version.clone())), false),
        ("period".into(), text(&|e| Some(e.period.label.clone())), true),
        ("period_start".into(), text(&|e| Some(e.period.start.clone())), false),
        ("period_end".into(), text(&|e| Some(e.period.end.clone())), false),
        ("partial".into(), Arc::new(all.iter().map(|e| Some(e.period.partial)).collect::<BooleanArray>()), false),
    ];
    for name in dimensions {
        let value = |e: &Estimate| {
            e.group.0.iter().find(|(d, _)| d == name).map(|(_, v)| v.clone().unwrap_or_else(|| "unknown".into()))
        };
        columns.push((name.clone(), text(&value), true));
    }
    columns.extend([
        ("statistic".to_string(), text(&|e| Some(e.statistic.name().into())), true),
        ("at".into(), whole(&|e| e.at.map(u64::from)), true),
        ("outcome".into(), text(&|e| e.outcome.clone()), true),
        ("estimate".into(), number(&|e| e.estimate), true),
        ("lower".into(), number(&|e| e.lower), true),
        ("upper".into(), number(&|e| e.upper), true),
        ("level".into(), number(&|e| Some(e.level)), false),
        ("method".into(), text(&|e| Some(e.method.clone())), false),
        ("numerator".into(), counted(&|e| e.numerator), true),
        ("denominator".into(), counted(&|e| e.denominator), true),
        ("at_risk".into(), whole(&|e| e.at_risk), false),
        ("events".into(), whole(&|e| e.events), false),
        ("censored".into(), whole(&|e| e.censored), false),
        ("unknown".into(), whole(&|e| e.unknown), true),
        ("excluded".into(), whole(&|e| e.excluded), true),
        ("status".into(), text(&|e| e.status.map(|s| s.name().into())), true),
        ("note".into(), text(&|e| e.note.map(|n| n.name().into())), true),
    ]);
    let kept =
        columns.into_iter().filter(|(.., in_short)| *in_short || !short).map(|(name, array, _)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(kept)
        .map_err(|e| QueryError::new("estimates", format!("cannot be tabulated: {e}")))?;
    Ok(Rows { schema: batch.schema(), batches: vec![batch] })
}

impl Status {
    /// The published name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Near => "near",
            Self::NotMet => "not_met",
            Self::TooFew => "too_few",
            Self::NoData => "no_data",
        }
    }
}

impl Note {
    /// The published words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoData => "no data",
            Self::NotCollected => "not collected",
            Self::NotReached => "not reached",
            Self::TooFew => "too few",
            Self::FollowUpIncomplete => "follow-up incomplete",
            Self::Withheld => "withheld",
        }
    }
}
