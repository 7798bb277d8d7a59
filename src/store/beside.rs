//! Files that lie beside the tables (findings, rows set aside): text as it is, or encrypted where the store is.
//!
//! An encrypted one is a Parquet file with one column, a piece of the text in each row, and has [`ENCRYPTED`] behind its
//! name. So there is one way of encrypting, and whatever reads encrypted Parquet with the key reads these too.

use super::{Seal, private};
use arrow::array::{ArrayRef, AsArray, BinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an encrypted file's name ends with.
pub const ENCRYPTED: &str = ".encrypted";

/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// Where such a file lies.
#[must_use]
pub fn place(path: &Path, seal: Option<&Seal>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    if seal.is_some() {
        name.push(ENCRYPTED);
    }
    name.into()
}

/// A file being written. What is not finished cannot be read.
pub struct Beside(Form);

enum Form {
    Plain(BufWriter<File>),
    Encrypted { writer: Box<ArrowWriter<File>>, schema: SchemaRef, piece: Vec<u8> },
}

impl Beside {
    /// Makes the file, and the folder it lies in.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path, seal: Option<&Seal>) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            private::folder(folder)?;
        }
        let place = place(path, seal);
        let file = private::create(&place)?;
        let Some(seal) = seal else { return Ok(Self(Form::Plain(BufWriter::new(file)))) };
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_max_row_group_row_count(Some(1))
            .set_created_by("attain".to_owned())
            .with_file_encryption_properties(seal.to_write(&name_of(&place)).map_err(as_io)?)
            .build();
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("text", DataType::Binary, false)]));
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(as_io)?;
        Ok(Self(Form::Encrypted { writer: Box::new(writer), schema, piece: Vec::new() }))
    }

    /// Writes what is held.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Form::Plain(mut file) => file.flush(),
            Form::Encrypted { mut writer, schema, piece } => {
                write_piece(&mut writer, &schema, &piece)?;
                writer.finish().map(drop).map_err(as_io)
            }
        }
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Form::Plain(file) => file.write(bytes),
            Form::Encrypted { writer, schema, piece } => {
                piece.extend_from_slice(bytes);
                if piece.len() >= PIECE {
                    write_piece(writer, schema, piece)?;
                    piece.clear();
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Form::Plain(file) => file.flush(),
            // A piece is written when it is full, or the file finished.
            Form::Encrypted { .. } => Ok(()),
        }
    }
}

fn write_piece(writer: &mut ArrowWriter<File>, schema: &SchemaRef, piece: &[u8]) -> io::Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    let column: ArrayRef = Arc::new(BinaryArray::from_vec(vec![piece]));
    let batch = RecordBatch::try_new(schema.clone(), vec![column]).map_err(io::Error::other)?;
    writer.write(&batch).map_err(as_io)
}

/// Writes a whole file.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, seal: Option<&Seal>, bytes: &[u8]) -> io::Result<()> {
    let mut file = Beside::create(path, seal)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Opens a file to read.
///
/// # Errors
/// When it is not there, or was not written with this key.
pub fn open(path: &Path, seal: Option<&Seal>) -> io::Result<Box<dyn BufRead>> {
    let place = place(path, seal);
    let file = File::open(&place)?;
    let Some(seal) = seal else { return Ok(Box::new(BufReader::new(file))) };
    let options =
        ArrowReaderOptions::new().with_file_decryption_properties(seal.to_read(&name_of(&place)).map_err(as_io)?);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(as_io)?;
    let batches = reader.with_batch_size(1).build().map_err(as_io)?;
    Ok(Box::new(BufReader::new(Pieces { batches, piece: Vec::new(), read: 0 })))
}

/// Reads a whole file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path, seal: Option<&Seal>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, seal)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Pieces {
    batches: ParquetRecordBatchReader,
    piece: Vec<u8>,
    read: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            let Some(batch) = self.batches.next() else { return Ok(0) };
            let batch = batch.map_err(io::Error::other)?;
            let rows = batch.columns().first().and_then(|column| column.as_binary_opt::<i32>());
            self.piece = rows.into_iter().flatten().flatten().flatten().copied().collect();
            self.read = 0;
        }
        let rest = self.piece.get(self.read..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), rest.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.read += taken;
        Ok(taken)
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What Parquet says of a failure, as the system's own error where it is one.
pub fn as_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    #[test]
    fn a_text_of_any_length_comes_back_and_does_not_stand_on_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let seal = Seal::of(&Key::new(b"a key for tests"));
        for length in [0, 1, PIECE - 1, PIECE, 3 * PIECE + 17] {
            let text: Vec<u8> = b"set aside: services.csv line 17\n".iter().copied().cycle().take(length).collect();
            let path = folder.path().join("services.csv");
            for seal in [None, Some(&seal)] {
                let mut file = Beside::create(&path, seal).expect("made");
                for part in text.chunks(70_001) {
                    file.write_all(part).expect("written");
                }
                file.finish().expect("finished");
                assert_eq!(read(&path, seal).expect("read"), text);
            }
            let stored = std::fs::read(place(&path, Some(&seal))).expect("there");
            assert!(memchr::memmem::find(&stored, b"services.csv").is_none());
            assert!(memchr::memmem::find(&stored, b"set aside").is_none());
        }
    }

    #[test]
    fn another_key_another_name_and_a_cut_file_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let seal = Seal::of(&Key::new(b"a key for tests"));
        let path = folder.path().join("services.csv");
        write(&path, Some(&seal), b"text").expect("written");
        assert!(read(&path, Some(&Seal::of(&Key::new(b"another key")))).is_err());
        let other = folder.path().join("clients.csv");
        std::fs::copy(place(&path, Some(&seal)), place(&other, Some(&seal))).expect("copied");
        assert!(read(&other, Some(&seal)).is_err(), "it stands where another file belongs");
        let bytes = std::fs::read(place(&path, Some(&seal))).expect("there");
        std::fs::write(place(&path, Some(&seal)), &bytes[..bytes.len() - 9]).expect("written");
        assert!(read(&path, Some(&seal)).is_err());
    }
}
