//! A given table of an example as typed columns, as a snapshot would hold them.

use super::{Given, Mistake};
use crate::contract::{Column, ColumnType, Sensitivity, Table};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, RecordBatch, StringArray,
    TimestampSecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use jiff::civil::{Date, DateTime};
use std::sync::Arc;

const MONEY_DIGITS: u8 = 14;
const MONEY_PLACES: i8 = 2;

/// One given table as typed columns, in the contract's order; columns that are not drawn are null throughout.
///
/// # Errors
/// Every column the table does not have and every cell that is not of its column's type, with its line.
pub fn batch(table: &Table, given: &Given) -> Result<RecordBatch, Vec<Mistake>> {
    let mut mistakes: Vec<Mistake> = given
        .columns
        .iter()
        .filter(|name| table.column(name).is_none())
        .map(|name| Mistake::new(given.line, unknown_column(table, name)))
        .collect();
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for column in &table.columns {
        let cells: Vec<(usize, Option<&str>)> =
            given.rows.iter().map(|row| (row.line, given.cell(row, &column.name))).collect();
        fields.push(Field::new(&column.name, stored_type(column.kind), true));
        arrays.push(array(column, &cells, &mut mistakes));
    }
    if mistakes.is_empty() {
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|error| vec![Mistake::new(given.line, error.to_string())])
    } else {
        mistakes.sort_by_key(|mistake| mistake.line);
        Err(mistakes)
    }
}

fn unknown_column(table: &Table, name: &str) -> String {
    let nearest =
        table.columns.iter().map(|c| (strsim::jaro_winkler(&c.name, name), &c.name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, nearest)) => format!("{} has no column {name}; did you mean {nearest}?", table.name),
        None => format!("{} has no column {name}", table.name),
    }
}

/// The table `instruments`, which is not part of an export but of its mapping: each instrument's direction and norms.
#[must_use]
pub fn instruments() -> Table {
    let column = |name: &str, kind| Column {
        name: name.into(),
        kind,
        about: String::new(),
        required: false,
        key: false,
        references: None,
        sensitivity: Sensitivity::Plain,
        codes: Vec::new(),
        closed: false,
        several: false,
        may_be_future: false,
        minimum: None,
        maximum: None,
        above: None,
        keep: None,
    };
    Table {
        name: "instruments".into(),
        row: "one row per instrument, or per domain of it".into(),
        columns: vec![
            column("instrument", ColumnType::Code),
            column("domain", ColumnType::Code),
            column("direction", ColumnType::Code),
            column("minimum", ColumnType::Number),
            column("maximum", ColumnType::Number),
            column("sd", ColumnType::Number),
            column("reliability", ColumnType::Number),
        ],
        rules: Vec::new(),
    }
}

/// How a column is stored in a snapshot.
fn stored_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Id | ColumnType::Text | ColumnType::Code => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Second, None),
        ColumnType::Whole => DataType::Int32,
        ColumnType::Number => DataType::Float64,
        ColumnType::Money => DataType::Decimal128(MONEY_DIGITS, MONEY_PLACES),
        ColumnType::YesNo => DataType::Boolean,
    }
}

fn array(column: &Column, cells: &[(usize, Option<&str>)], mistakes: &mut Vec<Mistake>) -> ArrayRef {
    match column.kind {
        ColumnType::Id | ColumnType::Text | ColumnType::Code => {
            Arc::new(cells.iter().map(|(_, cell)| *cell).collect::<StringArray>())
        }
        ColumnType::Date => Arc::new(read(column, cells, mistakes, "a date", day_number).collect::<Date32Array>()),
        ColumnType::Timestamp => Arc::new(
            read(column, cells, mistakes, "a time such as 2026-06-01T14:30", second_number)
                .collect::<TimestampSecondArray>(),
        ),
        ColumnType::Whole => {
            Arc::new(read(column, cells, mistakes, "a whole number", |cell| cell.parse().ok()).collect::<Int32Array>())
        }
        ColumnType::Number => {
            Arc::new(read(column, cells, mistakes, "a number", |cell| cell.parse().ok()).collect::<Float64Array>())
        }
        ColumnType::Money => {
            let amounts = read(column, cells, mistakes, "an amount such as 12.50", cents).collect::<Decimal128Array>();
            // Cannot fail: the precision and scale are constants within a decimal's bounds.
            Arc::new(amounts.with_data_type(stored_type(ColumnType::Money)))
        }
        ColumnType::YesNo => Arc::new(read(column, cells, mistakes, "yes or no", yes_or_no).collect::<BooleanArray>()),
    }
}

/// Reads the cells of one column; a cell that cannot be read is a mistake, and null.
fn read<T>(
    column: &Column,
    cells: &[(usize, Option<&str>)],
    mistakes: &mut Vec<Mistake>,
    what: &str,
    value: impl Fn(&str) -> Option<T>,
) -> std::vec::IntoIter<Option<T>> {
    let mut values = Vec::with_capacity(cells.len());
    for (line, cell) in cells {
        let read = cell.and_then(&value);
        if let (Some(cell), None) = (cell, &read) {
            mistakes.push(Mistake::new(*line, format!("{}: \"{cell}\" is not {what}", column.name)));
        }
        values.push(read);
    }
    values.into_iter()
}

fn day_number(cell: &str) -> Option<i32> {
    let date: Date = cell.parse().ok()?;
    i32::try_from(date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24).ok()
}

fn second_number(cell: &str) -> Option<i64> {
    let time: DateTime = cell.parse().ok()?;
    Some(time.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs())
}

fn cents(cell: &str) -> Option<i128> {
    let (whole, decimals) = cell.split_once('.').unwrap_or((cell, ""));
    if decimals.len() > 2 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{decimals:0<2}").parse().ok()
}

fn yes_or_no(cell: &str) -> Option<bool> {
    match cell {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Row;
    use super::*;
    use crate::contract::CONTRACT;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Date32Type, Decimal128Type, TimestampSecondType};

    #[test]
    fn cells_become_typed_columns_and_absent_columns_are_null() {
        let table = CONTRACT.table("services").expect("a table of the contract");
        let given = drawn(
            "service_id|provided_on|started_at|minutes|cost",
            &["S1|2026-06-01|2026-06-01T14:30|50|12.5", "S2||||"],
        );
        let batch = batch(table, &given).expect("it is typed");
        assert_eq!((batch.num_rows(), batch.num_columns()), (2, table.columns.len()));
        let column = |name: &str| batch.column_by_name(name).expect("a column of the contract");
        assert_eq!(column("provided_on").as_primitive::<Date32Type>().value(0), 20_605);
        assert_eq!(column("started_at").as_primitive::<TimestampSecondType>().value(0), 20_605 * 86_400 + 52_200);
        assert_eq!(column("cost").as_primitive::<Decimal128Type>().value(0), 1_250);
        assert!(column("minutes").is_null(1) && column("enrollment_id").is_null(0));
    }

    #[test]
    fn a_wrong_cell_and_an_unknown_column_are_told() {
        let table = CONTRACT.table("services").expect("a table of the contract");
        let given = drawn("service_id|provided_at|minutes", &["S1|2026-06-01|many"]);
        let mistakes = batch(table, &given).expect_err("it has mistakes");
        assert_eq!(mistakes[0].message, "services has no column provided_at; did you mean provided_on?");
        assert_eq!(mistakes[1].to_string(), "3: minutes: \"many\" is not a number");
    }

    #[test]
    fn the_instruments_can_be_given() {
        let given = drawn("instrument|direction|sd", &["phq9|lower|6.1"]);
        let batch = batch(&instruments(), &given).expect("it is typed");
        assert_eq!((batch.num_rows(), batch.num_columns()), (1, 7));
    }

    /// A table whose header is on line 1, its first row on line 3.
    fn drawn(columns: &str, rows: &[&str]) -> Given {
        let cells = |text: &str| text.split('|').map(|c| (!c.is_empty()).then(|| c.to_string())).collect();
        Given {
            line: 1,
            columns: columns.split('|').map(String::from).collect(),
            rows: rows.iter().enumerate().map(|(i, row)| Row { line: i + 3, cells: cells(row) }).collect(),
        }
    }
}
