//! A made-up agency of any size: a project folder with exports, project file and key, and the truth beside it.
//!
//! [`write`] is all a caller needs. The same recipe gives the same bytes on every platform. Clients are made one
//! after the other and every row goes straight to its file, so memory does not grow with the number of clients.
//! `truth.json` says what the rows were drawn from (waiting times, returns, success rates, one planted improvement,
//! one planted deterioration) and where every planted flaw stands; its field `about` explains the others.

mod agency;
mod almanac;
mod book;
mod canaries;
mod case;
mod curve;
mod dice;
mod export;
mod flaws;
mod person;
mod plans;
mod project;
mod row;
mod sheet;
mod truth;
mod work;

#[cfg(test)]
mod tests;

use agency::{Model, NEW_PARTNER_TYPE, PROGRAMS, PROVIDERS};
use almanac::Almanac;
use book::Book;
use dice::Dice;
use export::{Export, Numbers, Staff};
use jiff::ToSpan;
use jiff::civil::Date;
use person::Household;
use sheet::Sheets;
use std::io::Result;
use std::path::Path;
use truth::{ChangeDates, TruthFile};

/// What to make.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub clients: u64,
    /// Programs: the four of the made-up agency, and further ones that are run as one of them is.
    pub programs: u64,
    pub seed: u64,
    pub agency: String,
    /// Plant flaws in about one row of a hundred.
    pub flaws: bool,
    /// Plant what must never come out.
    pub canaries: bool,
    /// Last day of the export, which covers the three years up to it.
    pub as_of: Date,
}

impl Default for Recipe {
    fn default() -> Self {
        let as_of = jiff::civil::date(2026, 6, 30);
        Self {
            clients: 1500,
            programs: 4,
            seed: 41,
            agency: "Harbor Family Services".to_owned(),
            flaws: true,
            canaries: false,
            as_of,
        }
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// In the contract's order.
    pub tables: Vec<TableSummary>,
    /// Number of planted flaws.
    pub flaws: u64,
}

/// One file of the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    pub table: String,
    pub rows: u64,
    pub bytes: u64,
}

impl Summary {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes).sum()
    }
}

/// Streams of throws besides the clients', which have their numbers' (from 1).
const STAFF_STREAM: u64 = u64::MAX;
const FLAW_STREAM: u64 = u64::MAX - 1;
const KEY_STREAM: u64 = u64::MAX - 2;
/// Clients between two reports of progress.
const PROGRESS_EVERY: u64 = 500;
/// The planted changes begin so many months before the end.
const IMPROVED_MONTHS: i32 = 6;
const DETERIORATED_MONTHS: i32 = 5;

/// Makes the agency in `directory` (created if need be; files of the same names are replaced). `progress` hears the
/// number of clients made so far.
pub fn write(recipe: &Recipe, directory: &Path, mut progress: impl FnMut(u64)) -> Result<Summary> {
    let sheets = Sheets::create(directory, recipe.canaries)?;
    let almanac = Almanac::new(recipe.as_of);
    let models: Vec<Model> = PROGRAMS.iter().map(Model::of).collect();
    let after = recipe.as_of.saturating_add(1.day());
    let improvement = after.saturating_sub(IMPROVED_MONTHS.months());
    let deterioration = after.saturating_sub(DETERIORATED_MONTHS.months());
    let dates = ChangeDates {
        start: almanac.date(almanac.start).to_string(),
        improvement: improvement.to_string(),
        deterioration: deterioration.to_string(),
    };
    let new_code = PROVIDERS.iter().position(|provider| provider.partner_type == NEW_PARTNER_TYPE);
    let new_code = (new_code.map_or(0, |index| index as u64 + 2), NEW_PARTNER_TYPE.to_owned());
    let truth = TruthFile::create(&directory.join("truth.json"), recipe, &models, &dates, new_code)?;
    let flaws = recipe.flaws.then(|| Dice::new(recipe.seed, FLAW_STREAM));
    let mut export = Export {
        improvement: almanac.day(improvement),
        deterioration: almanac.day(deterioration),
        almanac,
        models,
        book: Book::new(sheets, truth, flaws),
        staff: Staff::new(recipe.clients),
        programs: recipe.programs,
        numbers: Numbers::default(),
        household: Household::default(),
    };
    export.programs(recipe)?;
    export.providers()?;
    export.staff_rows(&mut Dice::new(recipe.seed, STAFF_STREAM))?;
    for number in 1..=recipe.clients {
        export.client(number, &mut Dice::new(recipe.seed, number))?;
        if number % PROGRESS_EVERY == 0 || number == recipe.clients {
            progress(number);
        }
    }
    let (sheets, flaws) = export.book.finish()?;
    project::write_project_file(&directory.join("attain.toml"), recipe)?;
    project::write_key(&directory.join("attain.key"), &mut Dice::new(recipe.seed, KEY_STREAM))?;
    let tables = sheets.into_iter();
    let tables =
        tables.map(|sheet| TableSummary { table: sheet.table.name.clone(), rows: sheet.rows, bytes: sheet.bytes });
    Ok(Summary { tables: tables.collect(), flaws })
}
