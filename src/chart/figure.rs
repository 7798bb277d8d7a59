//! A figure: a chart that cannot exist without its alternative text, its caption and its numbers.

use serde::Serialize;

/// One chart. `svg` is a whole `<svg>` element with text as `<text>` in the embedded family, no scripts, no styles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub svg: String,
    /// What a reader who cannot see the chart should know: kind, range, the main message.
    pub alt: String,
    pub caption: String,
    /// The numbers drawn.
    pub table: Table,
    /// What matters most is at its right end: where only a part of it can be seen, it is that.
    pub ends_right: bool,
}

/// A plain table: every cell is text as it is printed, or a number with its format for workbooks.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Table {
    /// File-name-safe name, unique in a document: `time-to-service-by-day`.
    pub name: String,
    pub caption: String,
    pub columns: Vec<TableColumn>,
    pub rows: Vec<Vec<Cell>>,
}

/// A column's heading and how its cells stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableColumn {
    pub heading: String,
    /// Numbers stand to the right.
    pub numeric: bool,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// As printed.
    pub text: String,
    /// Full precision, for CSV and workbooks; `None` where the cell is words or withheld.
    pub value: Option<f64>,
    pub format: CellFormat,
    /// The month that the words name, as `2026-06`: a date in workbooks, itself in CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// The two numbers of "42 to 68%": each in a cell of its own in CSV and workbooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Box<[Self; 2]>>,
}

/// What stands in a cell: words, or a number and how a workbook shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellFormat {
    Text,
    /// Words at the head of a row that says more of the row above.
    Under,
    /// 1,234
    Count,
    /// 0.62 shown as 62%
    Share,
    /// 0.995 shown as 99.5%
    FineShare,
    /// 12.3
    Decimal,
}
