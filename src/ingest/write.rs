//! Arrow batches → one Parquet file with its digest.

use super::IngestError;
use crate::store::{StoredFile, hex};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
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

/// A Parquet file in the making.
pub struct TableWriter {
    writer: ArrowWriter<Digested>,
    path: PathBuf,
    name: String,
}

impl TableWriter {
    /// `distinct` columns hold hardly a value twice, so a dictionary would be built in vain.
    pub fn new(dir: &Path, name: String, schema: SchemaRef, distinct: &[&str]) -> Result<Self, IngestError> {
        let path = dir.join(&name);
        let file = File::create(&path).map_err(|source| IngestError::Write { path: path.clone(), source })?;
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

/// Writes a table again without the rows that do not count.
pub fn without_those_that_lost(
    dir: &Path,
    name: &str,
    schema: SchemaRef,
    survives: &[bool],
    distinct: &[&str],
) -> Result<StoredFile, IngestError> {
    let (path, all) = (dir.join(name), dir.join(format!("{name}.all")));
    fs::rename(&path, &all).map_err(IngestError::write(&all))?;
    let file = File::open(&all).map_err(IngestError::write(&all))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let mut writer = TableWriter::new(dir, name.to_owned(), schema, distinct)?;
    let mut rest = survives;
    for batch in reader.map_err(|error| failed(&all, error))? {
        let batch = batch?;
        let (of_batch, after) = rest.split_at(batch.num_rows().min(rest.len()));
        let kept = filter_record_batch(&batch, &BooleanArray::from(of_batch.to_vec()))?;
        if kept.num_rows() > 0 {
            writer.write(&kept)?;
        }
        rest = after;
    }
    let stored = writer.finish()?;
    fs::remove_file(&all).map_err(IngestError::write(&all))?;
    Ok(stored)
}

fn failed(path: &Path, error: ParquetError) -> IngestError {
    let source = match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    IngestError::Write { path: path.to_owned(), source }
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
