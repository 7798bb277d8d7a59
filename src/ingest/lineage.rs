//! Where rows come from and what was found in them, as tables beside the others: `source_files` and `findings`.
//!
//! Checks that need several rows name places through them, and a program's data quality is counted with them.

use super::IngestError;
use super::columns::{FILE, LINE};
use super::write::{Place, TableWriter};
use crate::contract::{CONTRACT, Finding};
use crate::store::{StoredTable, beside};
use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::collections::BTreeMap;
use std::io::{self, BufRead as _};
use std::sync::Arc;

/// Findings written at a go.
const BATCH: usize = 8192;

/// `source_files.parquet`: every file of the sources by its number.
pub fn source_files(place: Place<'_>, paths: &[String]) -> Result<StoredTable, IngestError> {
    let fields = vec![Field::new("file_id", DataType::Int32, true), Field::new("path", DataType::Utf8, true)];
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let numbers = Int32Array::from_iter_values(0..i32::try_from(paths.len()).unwrap_or(i32::MAX));
    let columns: Vec<ArrayRef> = vec![Arc::new(numbers), Arc::new(StringArray::from_iter_values(paths))];
    let mut writer = TableWriter::new(place, "source_files.parquet".to_owned(), schema.clone(), &[])?;
    writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    table("source_files", &schema, paths.len() as u64, writer)
}

/// `findings.parquet`: every finding about a row or a file, from the lists that were written of each table.
pub fn findings(place: Place<'_>, paths: &[String]) -> Result<StoredTable, IngestError> {
    let numbers: BTreeMap<&str, i32> = (0..).zip(paths).map(|(number, path)| (path.as_str(), number)).collect();
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        text("code"),
        text("severity"),
        text("table_name"),
        text("field"),
        Field::new(FILE, DataType::Int32, true),
        Field::new(LINE, DataType::Int64, true),
    ]));
    let mut writer = TableWriter::new(place, "findings.parquet".to_owned(), schema.clone(), &[])?;
    let mut rows = 0;
    for contract in &CONTRACT.tables {
        let path = place.dir.join("findings").join(format!("{}.jsonl", contract.name));
        let failed = IngestError::write(&path);
        let list = match beside::open(&path, place.seal) {
            Ok(list) => list,
            // A table without a finding has no list.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let mut found: Vec<Finding> = Vec::with_capacity(BATCH);
        for line in list.lines() {
            found.push(serde_json::from_str(&line.map_err(&failed)?).map_err(|error| failed(error.into()))?);
            if found.len() == BATCH {
                writer.write(&batch(&schema, &contract.name, &found, &numbers)?)?;
                rows += found.len() as u64;
                found.clear();
            }
        }
        rows += found.len() as u64;
        writer.write(&batch(&schema, &contract.name, &found, &numbers)?)?;
    }
    table("findings", &schema, rows, writer)
}

fn batch(
    schema: &SchemaRef,
    table: &str,
    found: &[Finding],
    numbers: &BTreeMap<&str, i32>,
) -> Result<RecordBatch, IngestError> {
    let severities = found.iter().map(|finding| finding.severity.name());
    let lines: Int64Array =
        found.iter().map(|finding| finding.line.and_then(|line| i64::try_from(line).ok())).collect();
    let files: Int32Array = found.iter().map(|finding| numbers.get(finding.file.as_str()).copied()).collect();
    let fields: StringArray = found.iter().map(|finding| finding.field.as_deref()).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(found.iter().map(|finding| finding.code.as_str()))),
        Arc::new(StringArray::from_iter_values(severities)),
        Arc::new(StringArray::from_iter_values(found.iter().map(|_| table))),
        Arc::new(fields),
        Arc::new(files),
        Arc::new(lines),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn table(name: &str, schema: &SchemaRef, rows: u64, writer: TableWriter) -> Result<StoredTable, IngestError> {
    let collected = schema.fields().iter().map(|field| field.name().clone()).collect();
    Ok(StoredTable { name: name.to_owned(), rows, files: vec![writer.finish()?], collected })
}
