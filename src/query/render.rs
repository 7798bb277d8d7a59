//! A query's rows as a table for people, CSV, JSON or Parquet.

use super::engine::Rows;
use super::problem::QueryError;
use crate::contract::printable;
use arrow::util::display::FormatOptions;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

/// The rows as bytes.
///
/// # Errors
/// When a column's type has no form in that format.
pub fn render(rows: &Rows, format: Format) -> Result<Vec<u8>, QueryError> {
    let failed = |error: &dyn std::fmt::Display| QueryError::new("output", format!("cannot be written: {error}"));
    let mut bytes = Vec::new();
    match format {
        Format::Table => {
            let options = FormatOptions::default().with_types_info(false);
            let batches = if rows.batches.is_empty() {
                vec![arrow::array::RecordBatch::new_empty(rows.schema.clone())]
            } else {
                rows.batches.clone()
            };
            let table =
                arrow::util::pretty::pretty_format_batches_with_options(&batches, &options).map_err(|e| failed(&e))?;
            // Texts are whatever the export holds.
            bytes = format!("{}\n", printable(&table.to_string())).into_bytes();
        }
        Format::Csv => {
            let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut bytes);
            if rows.batches.is_empty() {
                writer.write(&arrow::array::RecordBatch::new_empty(rows.schema.clone())).map_err(|e| failed(&e))?;
            }
            for batch in &rows.batches {
                writer.write(batch).map_err(|e| failed(&e))?;
            }
        }
        Format::Json => {
            let mut writer = arrow::json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, arrow::json::writer::JsonArray>(&mut bytes);
            for batch in &rows.batches {
                writer.write(batch).map_err(|e| failed(&e))?;
            }
            writer.finish().map_err(|e| failed(&e))?;
            drop(writer);
            if bytes.is_empty() {
                bytes.extend_from_slice(b"[]");
            }
            bytes.push(b'\n');
        }
        Format::Parquet => {
            let mut writer =
                parquet::arrow::ArrowWriter::try_new(&mut bytes, rows.schema.clone(), None).map_err(|e| failed(&e))?;
            for batch in &rows.batches {
                writer.write(batch).map_err(|e| failed(&e))?;
            }
            writer.close().map_err(|e| failed(&e))?;
        }
    }
    Ok(bytes)
}
