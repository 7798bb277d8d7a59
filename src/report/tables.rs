//! A table as CSV: full precision, and safe to open in a spreadsheet.

use super::error::ReportError;
use crate::chart::{Cell, Table};
pub use crate::contract::inert;

/// The table with its headings as the first record, UTF-8, one record a line.
pub fn csv(table: &Table) -> Result<Vec<u8>, ReportError> {
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
    use crate::chart::{CellFormat, TableColumn};
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

    fn words(text: &str) -> Cell {
        Cell::text(text)
    }

    fn number(text: &str, value: f64) -> Cell {
        Cell::number(text, value, CellFormat::Share)
    }

    #[test]
    fn numbers_keep_their_precision_and_formulas_are_defused() {
        let bytes = csv(&table(vec![
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
        assert_eq!(csv(&table(vec![])).unwrap(), b"Program,Share\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_inert_and_any_number_exactly(text in any::<String>(), value in any::<f64>()) {
            let bytes = csv(&table(vec![vec![words(&text), number("n", value)]])).unwrap();
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
