//! Where rows go: each into its file, now and then spoiled on purpose, with every flaw noted in the truth.

use super::almanac::Almanac;
use super::dice::Dice;
use super::flaws::{Change, FLAWS, Flaw};
use super::row::Row;
use super::sheet::{Name, Sheet, Sheets};
use super::truth::{PlantedFlaw, TruthFile};
use std::io::Result;

/// Rows spoiled, of a thousand.
const SPOILED: i32 = 10;
/// What the key of an extra row ends with.
const EXTRA_KEY: &[u8] = b"X";

/// The open export.
pub struct Book {
    /// The row being made.
    pub row: Row,
    sheets: Sheets,
    truth: TruthFile,
    planter: Option<Planter>,
}

/// Chooses the rows to spoil, by throws of its own, so that the other rows are the same with flaws or without.
struct Planter {
    dice: Dice,
    runaways: Vec<Name>,
}

impl Book {
    pub fn new(sheets: Sheets, truth: TruthFile, flaws: Option<Dice>) -> Self {
        let planter = flaws.map(|dice| Planter { dice, runaways: Vec::new() });
        Self { row: Row::default(), sheets, truth, planter }
    }

    /// Writes the row that was made, and starts the next.
    pub fn put(&mut self, name: Name, almanac: &Almanac) -> Result<()> {
        let sheet = self.sheets.get(name);
        debug_assert!(self.row.len() >= sheet.table.columns.len(), "{}: cells are missing", sheet.table.name);
        match self.planter.as_mut().and_then(|planter| planter.choose(name, sheet, &self.row)) {
            None => sheet.write(&self.row)?,
            Some(flaw) => spoil(flaw, sheet, &mut self.row, almanac, &mut self.truth)?,
        }
        self.row.clear();
        Ok(())
    }

    /// Closes every file; hands back the tables as written and the number of flaws.
    pub fn finish(self) -> Result<(Vec<Sheet>, u64)> {
        let sheets = self.sheets.finish()?;
        let flaws = self.truth.finish(&sheets)?;
        Ok((sheets, flaws))
    }
}

impl Planter {
    fn choose(&mut self, name: Name, sheet: &Sheet, row: &Row) -> Option<&'static Flaw> {
        if !self.dice.per_mille(SPOILED) {
            return None;
        }
        let choices: Vec<(&Flaw, i32)> =
            FLAWS.iter().filter(|flaw| flaw.table == name).map(|flaw| (flaw, flaw.weight)).collect();
        let flaw = self.dice.pick(&choices)?;
        match flaw.change {
            Change::EmptyValue(_) => {
                sheet.table.position(flaw.field).filter(|position| row.cell(*position).is_empty()).map(|_| flaw)
            }
            Change::Runaway if self.runaways.contains(&name) => None,
            Change::Runaway => {
                self.runaways.push(name);
                Some(flaw)
            }
            _ => Some(flaw),
        }
    }
}

fn spoil(flaw: &Flaw, sheet: &mut Sheet, row: &mut Row, almanac: &Almanac, truth: &mut TruthFile) -> Result<()> {
    let position = sheet.table.position(flaw.field);
    let in_place = matches!(flaw.change, Change::Value(_) | Change::EmptyValue(_));
    if !in_place {
        sheet.write(row)?;
        if !matches!(flaw.change, Change::Again) {
            let key = sheet.table.columns.iter().position(|column| column.key).unwrap_or(0);
            row.set(key, &[row.cell(key), EXTRA_KEY].concat());
        }
    }
    truth.flaw(&PlantedFlaw {
        file: &sheet.path,
        line: sheet.next_line,
        column: position.and_then(|position| sheet.cell_of(position)),
        field: position.map(|_| flaw.field),
        code: flaw.code,
        consequence: flaw.change.consequence(),
    })?;
    match &flaw.change {
        Change::Value(text) | Change::EmptyValue(text) => {
            row.set(position.unwrap_or(0), &text.bytes(almanac));
            sheet.write(row)
        }
        Change::Extra(values) => {
            for (field, text) in *values {
                if let Some(position) = sheet.table.position(field) {
                    row.set(position, &text.bytes(almanac));
                }
            }
            sheet.write(row)
        }
        Change::Again => sheet.write(row),
        Change::Ragged(cells) => sheet.write_ragged(row, *cells),
        Change::Runaway => sheet.write_runaway(row, sheet.table.columns.len().saturating_sub(1)),
    }
}
