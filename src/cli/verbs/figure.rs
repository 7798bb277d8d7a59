//! `attain metrics compare` and `attain metrics explain`: figures beside others, and where one comes from.

use super::super::args::{Compare, ExplainFigure, Format};
use super::super::console::{Console, counted, grouped};
use super::super::explain;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::{self, json};
use super::super::parallel::in_parallel;
use super::super::session::Session;
use super::metrics::{dimensions_known, known, say_not_collected};
use super::query::format;
use crate::language::Words;
use crate::measure::{
    Against, Behind, Compared, Comparison, Estimate, Group, Kind, Metric, Request, UnitCount, Verdict, table_of,
};
use crate::project::{Period, PeriodWord};
use crate::query::{QueryError, Rows, render};
use crate::report::{change, count, span, unit};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

pub fn compare(context: &Context, words: &Compare) -> Result<(), Failure> {
    let word: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &words.set)?;
    let period = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    let names: Vec<&str> = match words.names.as_slice() {
        [] => session.catalogue.names_with_figures().collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    let study = session.study();
    let compared = |name: &&str| -> Result<_, Failure> {
        let metric = known(&session.catalogue, name)?;
        dimensions_known(metric, &words.by)?;
        let benchmark = session.benchmarks.of(metric);
        Ok(study.beside_others(|study| study.compared(name, &period, &words.by, benchmark))?)
    };
    let mut all = Vec::new();
    for compared in in_parallel(&names, session.threads(), compared) {
        all.extend(compared?);
    }
    say_not_collected(context, &study);
    let bytes = match words.format {
        Format::Json => json(&all)?,
        other => render(&comparisons(&all, other == Format::Table)?, format(other))?,
    };
    Console::give(&bytes);
    Ok(())
}

/// One row a comparison. At a terminal, numbers as they are printed in reports are too coarse: four decimals.
fn comparisons(all: &[Compared], short: bool) -> Result<Rows, QueryError> {
    let lines: Vec<(&Estimate, &Comparison)> =
        all.iter().flat_map(|c| c.comparisons.iter().map(move |comparison| (&c.estimate, comparison))).collect();
    let text = |f: &dyn Fn(&Estimate, &Comparison) -> String| -> ArrayRef {
        Arc::new(lines.iter().map(|(e, c)| Some(f(e, c))).collect::<StringArray>())
    };
    let tidy = |value: f64| if short { (value * 1e4).round() / 1e4 } else { value };
    let number = |f: &dyn Fn(&Estimate, &Comparison) -> Option<f64>| -> ArrayRef {
        Arc::new(lines.iter().map(|(e, c)| f(e, c).map(tidy)).collect::<Float64Array>())
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("metric".into(), text(&|e, _| e.metric.clone())),
        ("period".into(), text(&|e, _| e.period.label.clone())),
    ];
    let dimensions: Vec<String> =
        all.first().map(|c| c.estimate.group.0.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default();
    for name in dimensions {
        let values = text(&|e, _| e.group.value(&name).unwrap_or("unknown").to_owned());
        columns.push((name, values));
    }
    let statistic = |e: &Estimate, _: &Comparison| match e.at {
        Some(at) => format!("{}.{at}", e.statistic.name()),
        None => e.statistic.name().to_owned(),
    };
    columns.extend([
        ("statistic".to_owned(), text(&statistic)),
        ("estimate".into(), number(&|e, _| e.estimate)),
        ("against".into(), text(&|_, c| word(c.against).to_owned())),
        ("with".into(), text(&|_, c| c.with.clone())),
        ("value".into(), number(&|_, c| c.value)),
        ("difference".into(), number(&|_, c| c.difference)),
        ("lower".into(), number(&|_, c| c.lower)),
        ("upper".into(), number(&|_, c| c.upper)),
        ("verdict".into(), text(&|_, c| verdict(c.verdict).to_owned())),
    ]);
    if !short {
        columns.push(("method".into(), text(&|_, c| c.method.clone())));
    }
    columns.push(("rule".into(), text(&|_, c| c.rule.clone())));
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|error| QueryError::new("comparisons", error.to_string()))?;
    Ok(Rows { schema: batch.schema(), batches: vec![batch] })
}

fn word(against: Against) -> &'static str {
    match against {
        Against::PeriodBefore => "period before",
        Against::YearBefore => "year before",
        Against::Target => "target",
        Against::Benchmark => "benchmark",
        Against::Group => "group",
    }
}

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Different => "different",
        Verdict::NoClearDifference => "no clear difference",
        Verdict::TooFew => "too few to compare",
        Verdict::NoData => "no data",
        Verdict::NotTested => "not tested",
    }
}

pub fn explain(context: &Context, words: &ExplainFigure) -> Result<(), Failure> {
    let word: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &words.set)?;
    let metric = known(&session.catalogue, &words.name)?;
    let only = groups(metric, words)?;
    let period = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    let study = session.study();
    let names: Vec<String> = only.iter().map(|(name, _)| name.clone()).collect();
    let group = Group(only.clone());
    let breakdowns = [names.clone()];
    let request = Request {
        metric: &metric.name,
        periods: std::slice::from_ref(&period),
        breakdowns: &breakdowns,
        curve_to: None,
    };
    let mut estimates = study.compute(&request)?;
    estimates.retain(|estimate| estimate.group == group);
    let missing: Vec<String> = study.not_collected.take().into_values().flatten().collect();
    let compared = study.compared(&metric.name, &period, &names, session.benchmarks.of(metric))?;
    let compared = compared.into_iter().find(|c| c.estimate.group == group);
    let behind = Behind { metric: &metric.name, period: &period, only: &only };
    let counts = study.unit_counts(behind)?;

    let mut text = heading(metric, &period, &only);
    let later = study.known_from(&metric.name)?.filter(|from| period.end <= *from);
    if let Some(from) = later {
        let _ = writeln!(text, "\nno data: the records it is made from are complete from {from} ([complete_from])");
    } else if missing.is_empty() {
        text.push_str(&walk(metric, compared.as_ref(), &counts));
    } else {
        let _ = writeln!(text, "\nnot collected: the export has no {}", missing.join(", "));
    }
    if !estimates.is_empty() {
        let rows = render(&table_of(estimates.iter(), &names, true)?, crate::query::Format::Table)?;
        let _ = write!(text, "\nevery estimate\n{}", String::from_utf8_lossy(&rows));
    }
    let _ = write!(text, "\ndefinition\n{}", explain::metric(metric, false));
    Console::show(&text);
    if let Some(file) = &words.units {
        let written = write_units(&study, behind, file)?;
        context.console.say(&format!(
            "{}: {}. Each is a person's record: it stays within the agency.",
            file.display(),
            counted(written, "unit", "units")
        ));
    }
    Ok(())
}

/// The groups asked for, each of a dimension that the metric has.
fn groups(metric: &Metric, words: &ExplainFigure) -> Result<Vec<(String, Option<String>)>, Failure> {
    let mut only = Vec::new();
    let program = words.program.iter().map(|id| format!("program={id}"));
    for word in program.chain(words.only.iter().cloned()) {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("--only {word}: write DIM=VALUE, such as gender=female")))?;
        only.push((name.to_owned(), (value != "unknown").then(|| value.to_owned())));
    }
    dimensions_known(metric, &only.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())?;

    Ok(only)
}

fn heading(metric: &Metric, period: &Period, only: &[(String, Option<String>)]) -> String {
    let mut groups = String::new();
    for (name, value) in only {
        let _ = write!(groups, ", {} {}", name.replace('_', " "), value.as_deref().unwrap_or("unknown"));
    }
    format!("{}, {}{groups}\n{}\n", metric.header.title, span(period, &Words::default()), metric.header.question)
}

/// From the figure to what stands behind it.
fn walk(metric: &Metric, compared: Option<&Compared>, counts: &[UnitCount]) -> String {
    let mut text = String::new();
    if let Some(Compared { estimate, comparisons }) = compared {
        let english = Words::default();
        let unit = unit(metric, estimate.statistic, &english);
        let label = metric.header.scorecard.as_deref().unwrap_or(&metric.header.title);
        let value = estimate
            .estimate
            .map_or_else(|| estimate.note.map_or("no value", |n| n.name()).to_owned(), |v| unit.spoken(v, &english));
        let interval = match (estimate.lower, estimate.upper) {
            (Some(lower), Some(upper)) => format!(" (95 % interval {})", unit.span(lower, upper, &english)),
            _ => String::new(),
        };
        let units = count(estimate, metric.header.counted.as_deref().unwrap_or(""), &english);
        let _ = writeln!(text, "\n{label}: {value}{interval}{}{units}", if units.is_empty() { "" } else { ", " });
        if !estimate.method.is_empty() {
            let _ = writeln!(text, "  method: {}", estimate.method);
        }
        for comparison in comparisons {
            let value = comparison.value.map_or_else(|| "no value".to_owned(), |v| unit.printed(v, &english));
            let by = change(&unit, estimate.estimate, comparison.value, &english);
            let by = if by.is_empty() { String::new() } else { format!(" ({by})") };
            let with =
                if comparison.against == Against::Target { String::new() } else { format!(" {}", comparison.with) };
            let _ = writeln!(
                text,
                "  {}{with}: {value}{by}: {}; {}",
                word(comparison.against),
                verdict(comparison.verdict),
                comparison.rule
            );
        }
    }
    text.push_str(&behind(metric, counts));
    text
}

/// The counts: all units, those left out by reason, those that count by what they count as.
fn behind(metric: &Metric, counts: &[UnitCount]) -> String {
    let noun = metric.header.counted.as_deref().unwrap_or("units");
    let all: u64 = counts.iter().map(|c| c.units).sum();
    let excluded: u64 = counts.iter().filter(|c| c.counted_as == "excluded").map(|c| c.units).sum();
    let mut text = format!("\nbehind it\n{:>9}  {noun}\n", grouped(all));
    if excluded > 0 {
        let _ = writeln!(text, "{:>9}  left out", grouped(excluded));
        for c in counts.iter().filter(|c| c.counted_as == "excluded") {
            let _ = writeln!(text, "{:>13}  {}", grouped(c.units), c.reason.as_deref().unwrap_or("no reason given"));
        }
    }
    let kept: Vec<&UnitCount> = counts.iter().filter(|c| c.counted_as != "excluded").collect();
    let _ = writeln!(text, "{:>9}  counted", grouped(all - excluded));
    for c in kept {
        let word = match c.counted_as.as_str() {
            "counted" if metric.header.kind == Kind::Rate => format!(
                "with {} in {} days",
                counted(c.events.unwrap_or(0), "event", "events"),
                grouped(c.exposure_days.unwrap_or(0))
            ),
            "counted" => format!("of {}", counted(c.clients, "client", "clients")),
            "unknown" => "whose answer is not known".to_owned(),
            "censored" => "censored: not over when last seen".to_owned(),
            other => other.to_owned(),
        };
        let _ = writeln!(text, "{:>13}  {word}", grouped(c.units));
    }
    text
}

/// The units as CSV; how many there are.
fn write_units(study: &crate::measure::Study<'_>, behind: Behind<'_>, file: &Path) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| Failure::Write(file.to_path_buf(), error);
    // Left for its owner only: it holds persons' records.
    let mut temporary = outputs::beside(file).map_err(failed)?;
    let mut units = 0;
    {
        let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut temporary);
        study.units(behind, |batch| {
            units += batch.num_rows() as u64;
            writer.write(batch).map_err(|error| QueryError::new("units", error.to_string()))
        })?;
    }
    temporary.persist(file).map_err(|error| failed(error.error))?;
    Ok(units)
}
