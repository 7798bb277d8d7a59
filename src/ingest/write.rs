//! Arrow batches → one Parquet file with its digest.

use super::IngestError;
use super::filling::Filling;
use crate::contract::{Column, ColumnType, Table};
use crate::store::{Seal, StoredFile, beside, hex, private};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch, max, min};
use arrow::datatypes::{DataType, Date32Type, SchemaRef, TimeUnit, TimestampSecondType};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Rows of a row group: what is held in memory, encoded, before it is written.
const ROW_GROUP: usize = 512 << 10;

/// Values of a column encoded at a go.
const WRITE_BATCH: usize = 8 << 10;

/// Where the files of a snapshot in the making are written, and what with.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub dir: &'a Path,
    pub seal: Option<&'a Seal>,
}

/// A Parquet file in the making.
pub struct TableWriter {
    writer: ArrowWriter<Digested>,
    path: PathBuf,
    name: String,
}

impl TableWriter {
    /// `distinct` columns hold hardly a value twice, so a dictionary would be built in vain.
    pub fn new(place: Place<'_>, name: String, schema: SchemaRef, distinct: &[&str]) -> Result<Self, IngestError> {
        let path = place.dir.join(&name);
        let file = private::create(&path).map_err(|source| IngestError::Write { path: path.clone(), source })?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_write_batch_size(WRITE_BATCH)
            .set_created_by("attain".to_owned());
        // Of texts they help no query, and would hold two values in clear for each column.
        for field in schema.fields().iter().filter(|field| field.data_type() == &DataType::Utf8) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
        for column in distinct {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(*column), false);
        }
        // Times differ from their neighbours' by less than they are long.
        for field in schema.fields().iter().filter(|field| matches!(field.data_type(), DataType::Timestamp(..))) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
        if let Some(seal) = place.seal {
            properties =
                properties.with_file_encryption_properties(seal.to_write(&name).map_err(|e| failed(&path, e))?);
        }
        let sink = Digested { file, digest: Sha256::new(), bytes: 0 };
        let writer = ArrowWriter::try_new(sink, schema, Some(properties.build())).map_err(|e| failed(&path, e))?;
        Ok(Self { writer, path, name })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        self.writer.write(batch).map_err(|error| failed(&self.path, error))
    }

    pub fn finish(mut self) -> Result<StoredFile, IngestError> {
        self.writer.finish().map_err(|error| failed(&self.path, error))?;
        let sink = self.writer.inner();
        Ok(StoredFile { name: self.name, sha256: hex(&sink.digest.clone().finalize()), bytes: sink.bytes })
    }
}

/// Writes a table again without the rows that do not count; those that do take what their files lack from older ones.
pub fn without_those_that_lost(
    place: Place<'_>,
    name: &str,
    (table, schema): (&'static Table, SchemaRef),
    (survives, filling): (&[bool], &Filling),
    distinct: &[&str],
) -> Result<StoredFile, IngestError> {
    let (path, all) = (place.dir.join(name), place.dir.join(format!("{name}.all")));
    let all_rows = || batches(&all, (name, place.seal), None);
    fs::rename(&path, &all).map_err(IngestError::write(&all))?;
    let older = if filling.is_empty() { None } else { filling.older(all_rows()?)? };
    let names = |position: usize| table.columns.get(position).map(|column| column.name.as_str());
    let mut writer = TableWriter::new(place, name.to_owned(), schema, distinct)?;
    let (mut rest, mut begins) = (survives, 0);
    for batch in all_rows()? {
        let mut batch = batch?;
        let rows = batch.num_rows();
        if let Some(older) = &older {
            batch = filling.filled(&batch, begins, older, &names)?;
        }
        let (of_batch, after) = rest.split_at(rows.min(rest.len()));
        let kept = filter_record_batch(&batch, &BooleanArray::from(of_batch.to_vec()))?;
        if kept.num_rows() > 0 {
            writer.write(&kept)?;
        }
        (rest, begins) = (after, begins + rows);
    }
    let stored = writer.finish()?;
    fs::remove_file(&all).map_err(IngestError::write(&all))?;
    Ok(stored)
}

/// The rows of a file that was written under that name; of these columns only, if any are named.
fn batches(
    path: &Path,
    (name, seal): (&str, Option<&Seal>),
    only: Option<&[&str]>,
) -> Result<impl Iterator<Item = Result<RecordBatch, IngestError>> + use<>, IngestError> {
    let file = File::open(path).map_err(IngestError::write(path))?;
    let wrong = |error| failed(path, error);
    let mut options = ArrowReaderOptions::new();
    if let Some(seal) = seal {
        options = options.with_file_decryption_properties(seal.to_read(name).map_err(wrong)?);
    }
    let mut builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(wrong)?;
    if let Some(only) = only {
        let mask = ProjectionMask::columns(builder.parquet_schema(), only.iter().copied());
        builder = builder.with_projection(mask);
    }
    let reader = builder.build().map_err(wrong)?;
    Ok(reader.map(|batch| batch.map_err(IngestError::from)))
}

/// First and last day in a table that was written, among the dates that may not lie in the future.
pub fn days_in(place: Place<'_>, name: &str, table: &Table) -> Result<Option<(i32, i32)>, IngestError> {
    const SECONDS: i64 = 86_400;
    let dated = |c: &&Column| matches!(c.kind, ColumnType::Date | ColumnType::Timestamp) && !c.may_be_future;
    let columns: Vec<&str> = table.columns.iter().filter(dated).map(|column| column.name.as_str()).collect();
    if columns.is_empty() {
        return Ok(None);
    }
    let mut days: Option<(i32, i32)> = None;
    let mut add = |first: Option<i32>, last: Option<i32>| {
        if let (Some(first), Some(last)) = (first, last) {
            let (earliest, latest) = days.unwrap_or((first, last));
            days = Some((earliest.min(first), latest.max(last)));
        }
    };
    for batch in batches(&place.dir.join(name), (name, place.seal), Some(&columns))? {
        for array in batch?.columns() {
            if let Some(dates) = array.as_primitive_opt::<Date32Type>() {
                add(min(dates), max(dates));
            } else if let Ok(seconds) = cast(array, &DataType::Timestamp(TimeUnit::Second, None)) {
                let seconds = seconds.as_primitive::<TimestampSecondType>();
                let day = |at: Option<i64>| at.map(|at| at.div_euclid(SECONDS) as i32);
                add(day(min(seconds)), day(max(seconds)));
            }
        }
    }
    Ok(days)
}

fn failed(path: &Path, error: ParquetError) -> IngestError {
    IngestError::Write { path: path.to_owned(), source: beside::as_io(error) }
}

struct Digested {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Write for Digested {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.digest.update(buffer.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
