//! A report's document as data, read back: what its tests look up in it.

use serde_json::Value;

/// The blocks of all sections.
pub fn blocks(document: &Value) -> impl Iterator<Item = &Value> {
    document["sections"].as_array().expect("sections").iter().flat_map(|s| s["blocks"].as_array().expect("blocks"))
}

/// Every table, those of figures too.
pub fn tables(document: &Value) -> impl Iterator<Item = &Value> {
    blocks(document).flat_map(|block| [&block["table"], &block["figure"]["table"]]).filter(|table| table.is_object())
}

/// The table of that name.
pub fn table<'a>(document: &'a Value, name: &str) -> &'a Value {
    tables(document).find(|table| table["name"] == name).unwrap_or_else(|| panic!("no table {name}"))
}

/// A table's rows, each cell with its column's heading.
pub fn rows(table: &Value) -> impl Iterator<Item = Vec<(String, Value)>> {
    let columns = table["columns"].as_array().expect("columns").iter();
    let headings: Vec<String> = columns.filter_map(|column| column["heading"].as_str().map(str::to_owned)).collect();
    let rows = table["rows"].as_array().expect("rows").iter();
    rows.map(move |row| headings.iter().cloned().zip(row.as_array().expect("cells").iter().cloned()).collect())
}
