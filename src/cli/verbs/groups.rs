//! `attain metrics groups` and `attain metrics signals`: groups beside each other, months after each other.

use super::super::args::{Format, GroupsWords, SignalsWords};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::json;
use super::super::session::Session;
use super::figure::verdict;
use super::metrics::{dimensions_known, known, say_not_collected};
use super::query::format;
use crate::measure::{Comparing, Groups, KNOWN_AT_INTAKE, Position, Series};
use crate::project::{Every, PeriodWord};
use crate::query::{QueryError, Rows, render};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use std::sync::Arc;

pub fn groups(context: &Context, words: &GroupsWords) -> Result<(), Failure> {
    let word: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &words.set)?;
    let metric = known(&session.catalogue, &words.name)?;
    let adjust_for = match (words.unadjusted, words.adjust_for.as_slice()) {
        (true, _) => Vec::new(),
        (false, []) => metric.header.adjust_for.iter().filter(|name| **name != words.by).cloned().collect(),
        (false, own) => own.to_vec(),
    };
    if let Some(late) = adjust_for.iter().find(|name| !KNOWN_AT_INTAKE.contains(&name.as_str())) {
        return Err(Failure::Usage(format!(
            "{late} is not known before the service begins, so {} is not adjusted for it\nhint: it can be for {}",
            words.name,
            KNOWN_AT_INTAKE.join(", ")
        )));
    }
    let asked: Vec<String> = adjust_for.iter().chain([&words.by]).cloned().collect();
    dimensions_known(metric, &asked)?;
    let period = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    let study = session.study();
    let found = study.groups(Comparing {
        metric: &words.name,
        period: &period,
        dimension: &words.by,
        reference: words.reference.as_deref(),
        adjust_for: &adjust_for,
    })?;
    if words.format == Format::Json {
        Console::give(&json(&found)?);
    } else {
        Console::give(&render(&table_of_groups(&found, words.format == Format::Table)?, format(words.format))?);
    }
    for line in about(&found) {
        context.console.say(&line);
    }
    Ok(())
}

/// What is to be known beside the table.
fn about(found: &Groups) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(phi), Some(p)) = (found.dispersion, found.dispersion_p) {
        let p = if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") };
        let widened = if found.widened { "; the limits are widened by it" } else { "" };
        lines.push(format!("spread beyond chance: {phi:.2} times (1 is chance alone, p {p}){widened}"));
    }
    if let Some(course) = &found.whole_course {
        let p = if course.p < 0.001 { "p < 0.001".to_owned() } else { format!("p {:.3}", course.p) };
        let alike = if course.p < 0.05 { "the groups differ by more than chance" } else { "no clear difference" };
        lines.push(format!(
            "over the whole course: {alike} ({} test of {} groups, chi-square {:.2}, {p}; not adjusted)",
            course.method,
            course.groups.len(),
            course.statistic
        ));
    }
    if !found.adjusted_for.is_empty() {
        lines.push(format!(
            "adjusted for {}: observed over expected. A ratio compares with all groups together, not with another group's; \
             itself: how much of those it is compared with are its own",
            found.adjusted_for.join(", ")
        ));
    }
    if let Some(reference) = &found.reference {
        lines.push(format!("difference and times: beside {reference}"));
    }
    lines.extend(found.notes.iter().cloned());
    lines
}

fn table_of_groups(found: &Groups, short: bool) -> Result<Rows, QueryError> {
    let rows = &found.groups;
    let text = |f: &dyn Fn(&crate::measure::GroupRow) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(f(row))).collect::<StringArray>())
    };
    let tidy = |value: f64| if short { (value * 1e4).round() / 1e4 } else { value };
    let number = |f: &dyn Fn(&crate::measure::GroupRow) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| f(row).map(tidy)).collect::<Float64Array>())
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        (found.dimension.as_str(), text(&|r| r.group.clone().unwrap_or_else(|| "unknown".into()))),
        ("numerator", number(&|r| r.numerator)),
        ("denominator", number(&|r| r.denominator)),
        ("estimate", number(&|r| r.estimate)),
        ("lower", number(&|r| r.lower)),
        ("upper", number(&|r| r.upper)),
    ];
    if !found.adjusted_for.is_empty() {
        columns.extend([
            ("observed", number(&|r| r.observed)),
            ("expected", number(&|r| r.expected)),
            ("ratio", number(&|r| r.ratio)),
            ("ratio_lower", number(&|r| r.ratio_lower)),
            ("ratio_upper", number(&|r| r.ratio_upper)),
            ("itself", number(&|r| r.itself)),
        ]);
    }
    columns.extend([
        ("limit_95_lower", number(&|r| r.limit_95_lower)),
        ("limit_95_upper", number(&|r| r.limit_95_upper)),
        ("limit_998_lower", number(&|r| r.limit_998_lower)),
        ("limit_998_upper", number(&|r| r.limit_998_upper)),
    ]);
    if !short {
        columns.push(("p", number(&|r| r.p)));
    }
    columns.extend([
        ("p_adjusted", number(&|r| r.p_adjusted)),
        (
            "verdict",
            text(&|r| if r.position == Position::Within { "within limits".into() } else { verdict(r.verdict).into() }),
        ),
        ("rule", text(&|r| r.rule.clone())),
        ("difference", number(&|r| r.difference)),
        ("difference_lower", number(&|r| r.difference_lower)),
        ("difference_upper", number(&|r| r.difference_upper)),
        ("times", number(&|r| r.times)),
        ("times_lower", number(&|r| r.times_lower)),
        ("times_upper", number(&|r| r.times_upper)),
        ("beside_reference", text(&|r| r.beside_reference.map_or(String::new(), |v| verdict(v).to_owned()))),
    ]);
    rows_of(columns)
}

fn rows_of(columns: Vec<(&str, ArrayRef)>) -> Result<Rows, QueryError> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|error| QueryError::new("table", error.to_string()))?;
    Ok(Rows { schema: batch.schema(), batches: vec![batch] })
}

pub fn signals(context: &Context, words: &SignalsWords) -> Result<(), Failure> {
    let word: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &words.set)?;
    let names: Vec<&str> = match words.names.as_slice() {
        [] => session.catalogue.names_with_figures().collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    let months = word
        .resolve(session.as_of, session.first, session.project.fiscal_year)
        .cut(Every::Month, session.project.fiscal_year);
    let study = session.study();
    let mut all = Vec::new();
    for name in names {
        dimensions_known(known(&session.catalogue, name)?, &words.by)?;
        all.extend(study.series(name, &months, &words.by, words.baseline)?);
    }
    say_not_collected(context, &study);
    if words.format == Format::Json {
        Console::give(&json(&all)?);
    } else {
        let short = words.format == Format::Table;
        Console::give(&render(&table_of_series(&all, &words.by, short)?, format(words.format))?);
    }
    for series in all.iter().filter(|series| series.note.is_some()).take(MOST_NOTES) {
        context.console.say(&format!("{}{}: {}", series.metric, of_group(series), series.note.unwrap_or_default()));
    }
    Ok(())
}

/// More series without limits than this are not told one by one.
const MOST_NOTES: usize = 20;

fn of_group(series: &Series) -> String {
    series
        .group
        .0
        .iter()
        .map(|(_, value)| format!(" {}", value.as_deref().unwrap_or("unknown")))
        .collect::<Vec<_>>()
        .concat()
}

/// A row for each month. At a terminal only months with a signal, and the last of each series: that is what is asked.
fn table_of_series(all: &[Series], by: &[String], short: bool) -> Result<Rows, QueryError> {
    let mut lines: Vec<(&Series, &crate::measure::Month)> = Vec::new();
    for series in all {
        let last = series.months.len().saturating_sub(1);
        lines.extend(
            series
                .months
                .iter()
                .enumerate()
                .filter(|(at, month)| !short || month.signal.is_some() || *at == last)
                .map(|(_, month)| (series, month)),
        );
    }
    let text = |f: &dyn Fn(&Series, &crate::measure::Month) -> String| -> ArrayRef {
        Arc::new(lines.iter().map(|(s, m)| Some(f(s, m))).collect::<StringArray>())
    };
    let tidy = |value: f64| if short { (value * 1e4).round() / 1e4 } else { value };
    let number = |f: &dyn Fn(&Series, &crate::measure::Month) -> Option<f64>| -> ArrayRef {
        Arc::new(lines.iter().map(|(s, m)| f(s, m).map(tidy)).collect::<Float64Array>())
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![("metric", text(&|s, _| s.metric.clone()))];
    for dimension in by {
        columns.push((dimension, text(&|s, _| s.group.value(dimension).unwrap_or("unknown").to_owned())));
    }
    columns.extend([
        ("month", text(&|_, m| m.period.clone())),
        ("statistic", text(&|s, _| s.statistic.clone())),
        ("value", number(&|_, m| m.value)),
        ("center", number(&|_, m| m.center)),
        ("lower", number(&|_, m| m.lower)),
        ("upper", number(&|_, m| m.upper)),
        ("signal", text(&|_, m| m.signal.unwrap_or("").to_owned())),
        ("rule", text(&|_, m| m.rule.unwrap_or("").to_owned())),
        ("chart", text(&|s, _| if s.trial { format!("{}, trial limits", s.chart) } else { s.chart.clone() })),
        ("target", number(&|s, _| s.target)),
        ("assurance", text(&|s, _| s.assurance.unwrap_or("").to_owned())),
    ]);
    rows_of(columns)
}
