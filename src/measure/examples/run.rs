//! Runs a worked example: the tables it gives, as a snapshot, through the real engine → where the figures are not the
//! expected ones.

use super::{Example, Given, Mistake, agrees, batch, instruments};
use crate::contract::{CONTRACT, Table};
use crate::measure::{Catalogue, Collected, Estimate, NotCollected, Request, Study, Targets};
use crate::project::{Every, FiscalYear, Period, PeriodWord};
use crate::query::{Engine, Limits, days_since_epoch};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, Int32Array, RecordBatch};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Where the calendar of the examples begins and ends.
pub const CALENDAR: (Date, Date) = (date(2019, 1, 1), date(2028, 1, 1));
/// Month the fiscal year of the examples begins in.
const FISCAL_YEAR_STARTS: i8 = 7;
const MEMORY: usize = 256 << 20;

/// An engine over tables written as a snapshot, in a folder that goes with it.
pub struct Drawn {
    pub engine: Engine,
    _folder: tempfile::TempDir,
}

impl Drawn {
    /// Over these tables of the contract; the others are empty.
    ///
    /// # Errors
    /// A cell that its column cannot hold; a temporary folder that cannot be written.
    pub fn over(given: &BTreeMap<String, Given>) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let drawn = |name: &str| given.get(name).cloned().unwrap_or_default();
        for table in &CONTRACT.tables {
            write(folder.path(), &table.name, &typed(table, &drawn(&table.name))?)?;
        }
        write(folder.path(), "calendar", &calendar()?)?;
        let limits = Limits { memory: MEMORY, threads: 2, scratch: folder.path().join("scratch") };
        let engine = Engine::open(folder.path(), &limits)?;
        engine.add_table("instruments", &typed(&instruments(), &drawn("instruments"))?)?;
        Ok(Self { engine, _folder: folder })
    }
}

/// Typed columns, or every cell that its column cannot hold.
fn typed(table: &Table, given: &Given) -> Result<RecordBatch, String> {
    let told = |mistakes: Vec<Mistake>| mistakes.iter().map(|m| format!("line {m}")).collect::<Vec<_>>().join("; ");
    batch(table, given).map_err(told)
}

/// Writes a table as Parquet.
///
/// # Errors
/// The file cannot be written.
pub fn write(folder: &Path, name: &str, rows: &RecordBatch) -> Result<(), Box<dyn Error>> {
    let file = std::fs::File::create(folder.join(format!("{name}.parquet")))?;
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None)?;
    writer.write(rows)?;
    writer.close()?;
    Ok(())
}

/// The calendar, as a snapshot has it.
fn calendar() -> Result<RecordBatch, Box<dyn Error>> {
    let (first, end) = CALENDAR;
    let days: Vec<Date> = first.series(1.day()).take_while(|day| *day < end).collect();
    let weekday = |day: &Date| i32::from(day.weekday().to_monday_one_offset());
    let mut running = 0;
    let numbers: Vec<i32> = days
        .iter()
        .map(|day| {
            running += i32::from(weekday(day) <= 5);
            running
        })
        .collect();
    let fiscal_year = FiscalYear::starting_in(FISCAL_YEAR_STARTS).ok_or("the fiscal year begins in no month")?;
    let begins = |every: Every| -> ArrayRef {
        let first = |day: &Date| {
            Period::days(*day, day.saturating_add(1.day())).cut(every, fiscal_year).first().map(|p| p.start)
        };
        Arc::new(days.iter().map(|day| first(day).map(days_since_epoch)).collect::<Date32Array>())
    };
    let year = |day: &Date| i32::from(day.year()) + i32::from(day.month() >= FISCAL_YEAR_STARTS);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("month_starts_on", begins(Every::Month)),
        ("quarter_starts_on", begins(Every::Quarter)),
        ("fiscal_year_starts_on", begins(Every::Year)),
        ("fiscal_year", Arc::new(Int32Array::from_iter_values(days.iter().map(year)))),
        ("day", Arc::new(Date32Array::from_iter_values(days.iter().map(|day| days_since_epoch(*day))))),
        ("weekday", Arc::new(Int32Array::from_iter_values(days.iter().map(weekday)))),
        ("business_day", Arc::new(days.iter().map(|day| Some(weekday(day) <= 5)).collect::<BooleanArray>())),
        ("business_day_number", Arc::new(Int32Array::from(numbers))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Every column of the contract: what an example's export has.
#[must_use]
pub fn everything() -> Collected {
    let columns = |table: &'static Table| table.columns.iter().map(|c| (table.name.clone(), c.name.clone()));
    CONTRACT.tables.iter().flat_map(columns).collect()
}

/// What the metric gives for an example's tables, and the columns it missed.
///
/// # Errors
/// What the query, the parameters or the period is wrong about, in words.
pub fn figures(
    catalogue: &Catalogue,
    name: &str,
    example: &Example,
    collected: &Collected,
) -> Result<(Vec<Estimate>, Vec<String>), Box<dyn Error>> {
    let drawn = Drawn::over(&example.given)?;
    let study = Study {
        engine: &drawn.engine,
        catalogue,
        as_of: example.as_of,
        collected,
        parameters: &BTreeMap::from([(name.to_string(), example.set.clone())]),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: NotCollected::default(),
    };
    let fiscal_year = FiscalYear::starting_in(FISCAL_YEAR_STARTS).ok_or("the fiscal year begins in no month")?;
    let word: PeriodWord = example.period.parse()?;
    let period = word.resolve(example.as_of, CALENDAR.0, fiscal_year);
    let request =
        Request { metric: name, periods: &[period], breakdowns: std::slice::from_ref(&example.by), curve_to: None };
    let estimates = study.compute(&request)?;
    let missed = study.not_collected.take().remove(name).unwrap_or_default();
    Ok((estimates, missed))
}

/// Where the figures are not the expected ones: `file:line: what`.
#[must_use]
pub fn disagreements(catalogue: &Catalogue, name: &str, path: &str, example: &Example) -> Vec<String> {
    let estimates = match figures(catalogue, name, example, &everything()) {
        Ok((estimates, _)) => estimates,
        Err(error) => return vec![format!("{path}:{}: {error}", example.line)],
    };
    let expect = &example.expect;
    let mut told = Vec::new();
    for row in &expect.rows {
        let mut tell = |what: &str| told.push(format!("{path}:{}: {what}", row.line));
        let cell = |column: &str| expect.cell(row, column);
        let found: Vec<&Estimate> = estimates
            .iter()
            .filter(|e| Some(e.statistic.name()) == cell("statistic"))
            .filter(|e| !expect.has("at") || e.at.map(|at| at.to_string()).as_deref() == cell("at"))
            .filter(|e| !expect.has("outcome") || e.outcome.as_deref() == cell("outcome"))
            .filter(|e| example.by.iter().all(|dimension| e.group.value(dimension) == cell(dimension)))
            .collect();
        let &[estimate] = found.as_slice() else {
            tell(&format!("the row fits {} estimates, not one", found.len()));
            continue;
        };
        let Ok(fields) = serde_json::to_value(estimate) else { continue };
        for column in &expect.columns {
            if ["statistic", "at", "outcome"].contains(&column.as_str()) || example.by.contains(column) {
                continue;
            }
            let Some(actual) = fields.get(column) else {
                tell(&format!("an estimate has no {column}"));
                continue;
            };
            let agree = if ["note", "status"].contains(&column.as_str()) {
                Ok(actual.as_str() == cell(column))
            } else {
                agrees(cell(column), actual.as_f64())
            };
            match agree {
                Ok(true) => {}
                Ok(false) => tell(&format!("{column} is {actual}, expected {}", cell(column).unwrap_or("none"))),
                Err(message) => tell(&message),
            }
        }
    }
    told
}
