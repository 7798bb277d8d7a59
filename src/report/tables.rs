//! A table as CSV: full precision, and safe to open in a spreadsheet.

use super::error::ReportError;
use crate::chart::{Cell, CellFormat, Table, TableColumn};
pub use crate::contract::inert;
use crate::language::Words;
use std::borrow::Cow;

/// The table for whoever computes with it: limits that are printed together stand in two columns, or, where a whole row is of
/// them, in two rows.
pub fn computable<'a>(table: &'a Table, words: &Words) -> Cow<'a, Table> {
    let are_all = |cells: &[Cell]| {
        cells.iter().filter(|cell| cell.limits.is_some()).count() > 1
            && cells.iter().all(|cell| cell.limits.is_some() || cell.text.is_empty())
    };
    let named = |what: &str| ["table.limit-from", "table.limit-to"].map(|key| words.with(key, &[("what", &what)]));
    let limit = |cell: &Cell, at: usize| match &cell.limits {
        Some(both) => both.get(at).cloned().unwrap_or_else(|| Cell::text("")),
        None => cell.clone(),
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in &table.rows {
        match row.split_first() {
            Some((head, cells)) if head.format == CellFormat::Under && are_all(cells) => {
                for (at, text) in named(&head.text).into_iter().enumerate() {
                    let head = Cell { text, ..head.clone() };
                    rows.push(std::iter::once(head).chain(cells.iter().map(|cell| limit(cell, at))).collect());
                }
            }
            _ => rows.push(row.clone()),
        }
    }
    let is_of_them = |at: usize| rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.limits.is_some()));
    let split: Vec<bool> = (0..table.columns.len()).map(is_of_them).collect();
    if rows.len() == table.rows.len() && !split.contains(&true) {
        return Cow::Borrowed(table);
    }
    let mut columns = Vec::new();
    for (column, split) in table.columns.iter().zip(&split) {
        if *split {
            columns.extend(named(&column.heading).map(TableColumn::numbers));
        } else {
            columns.push(column.clone());
        }
    }
    for row in &mut rows {
        let cells = std::mem::take(row).into_iter().enumerate();
        row.extend(cells.flat_map(|(at, cell)| match split.get(at) {
            Some(true) => vec![limit(&cell, 0), limit(&cell, 1)],
            _ => vec![cell],
        }));
    }
    Cow::Owned(Table { name: table.name.clone(), caption: table.caption.clone(), columns, rows })
}

/// The table with its headings as the first record, UTF-8, one record a line.
pub fn csv(table: &Table, words: &Words) -> Result<Vec<u8>, ReportError> {
    let table = computable(table, words);
    let failed = |error: csv::Error| ReportError::Csv(format!("{}: {error}", table.name));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| inert(&column.heading).into_owned())).map_err(failed)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(field)).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| ReportError::Csv(format!("{}: {error}", table.name)))
}

/// A number as itself, the shortest digits that read back as the same value; a month as `2026-06`; words as they are printed.
fn field(cell: &Cell) -> String {
    match (cell.value, &cell.month) {
        (Some(value), _) if value.is_finite() => value.to_string(),
        (_, Some(month)) => month.clone(),
        _ => inert(&cell.text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Unit;
    use proptest::prelude::*;

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        let column = |heading: &str, numeric| TableColumn { heading: heading.into(), numeric };
        Table {
            name: "t".into(),
            caption: String::new(),
            columns: vec![column("Program", false), column("Share", true)],
            rows,
        }
    }

    fn english() -> Words {
        Words::of_language("en").unwrap()
    }

    fn csv_of(table: &Table) -> Result<Vec<u8>, ReportError> {
        csv(table, &english())
    }

    fn words(text: &str) -> Cell {
        Cell::text(text)
    }

    fn number(text: &str, value: f64) -> Cell {
        Cell::number(text, value, CellFormat::Share)
    }

    #[test]
    fn numbers_keep_their_precision_and_formulas_are_defused() {
        let bytes = csv_of(&table(vec![
            vec![words("=HYPERLINK(\"http://x\")"), number("62%", 0.619_047_619_047_619)],
            vec![words("@sum"), number("−3%", -0.03)],
            vec![words("North, \"East\""), words("too few")],
        ]))
        .unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "Program,Share\n\"'=HYPERLINK(\"\"http://x\"\")\",0.619047619047619\n'@sum,-0.03\n\
             \"North, \"\"East\"\"\",too few\n"
        );
    }

    #[test]
    fn an_empty_table_is_its_headings() {
        assert_eq!(csv_of(&table(vec![])).unwrap(), b"Program,Share\n");
    }

    /// "42 to 68%" is two numbers; a row of them under a row of values is two rows.
    #[test]
    fn limits_stand_in_cells_of_their_own() {
        let english = &english();
        let limits = |lower, upper| {
            let both = [lower, upper].map(|n| Unit::Share.cell(Some(n), english));
            Cell { limits: Some(Box::new(both)), ..Cell::text("printed together") }
        };
        let share = |n| Unit::Share.cell(Some(n), english);
        let rows = vec![vec![words("a"), limits(0.25, 0.5)], vec![words("b"), words("withheld")]];
        let text = String::from_utf8(csv_of(&table(rows)).unwrap()).unwrap();
        assert_eq!(text, "Program,\"Share, from\",\"Share, to\"\na,0.25,0.5\nb,withheld,withheld\n");
        let mut quarters = table(vec![
            vec![words("Goals"), share(0.375), share(0.5)],
            vec![Cell::under("interval"), limits(0.25, 0.5), limits(0.375, 0.75)],
        ]);
        quarters.columns.push(TableColumn::numbers("Q2"));
        let text = String::from_utf8(csv_of(&quarters).unwrap()).unwrap();
        assert_eq!(
            text,
            "Program,Share,Q2\nGoals,0.375,0.5\n\"interval, from\",0.25,0.375\n\"interval, to\",0.5,0.75\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_inert_and_any_number_exactly(text in any::<String>(), value in any::<f64>()) {
            let bytes = csv_of(&table(vec![vec![words(&text), number("n", value)]])).unwrap();
            let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
            let record = reader.records().next().unwrap().unwrap();
            let read = record.get(0).unwrap();
            let defused = format!("'{text}");
            prop_assert!(read == text || read == defused);
            prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
            if value.is_finite() {
                prop_assert_eq!(record.get(1).unwrap().parse::<f64>().unwrap().to_bits(), value.to_bits());
            } else {
                prop_assert_eq!(record.get(1).unwrap(), "n");
            }
        }
    }
}
