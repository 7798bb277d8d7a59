//! Readers around other readers: one counts and digests what comes through, one stops what unpacks to more than it may.

use flate2::Crc;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes came through a reader, and their digest; known when the reader is read to its end.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<(u64, Sha256)>>);

impl Tally {
    fn add(&self, bytes: &[u8]) {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tally.0 += bytes.len() as u64;
        tally.1.update(bytes);
    }

    /// Of these bytes, all at once.
    pub fn of(bytes: &[u8]) -> Self {
        let tally = Self::default();
        tally.add(bytes);
        tally
    }

    /// Bytes and SHA-256 as hexadecimal digits.
    #[must_use]
    pub fn so_far(&self) -> (u64, String) {
        let tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (tally.0, crate::store::hex(&tally.1.clone().finalize()))
    }
}

/// Tells a [`Tally`] what it reads.
pub struct Tallied<R>(pub R, pub Tally);

impl<R: Read> Read for Tallied<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.add(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// What a reader may give at most, and must give if that is known.
pub struct Capped<R> {
    inner: R,
    given: u64,
    most: u64,
    /// What to say when more comes.
    too_much: String,
    /// Size and checksum that an archive's directory promises.
    promised: Option<(u64, u32)>,
    checksum: Crc,
}

impl<R: Read> Capped<R> {
    pub fn new(inner: R, most: u64, too_much: String, promised: Option<(u64, u32)>) -> Self {
        Self { inner, given: 0, most, too_much, promised, checksum: Crc::new() }
    }
}

/// What is packed is not what its archive says it is.
fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the packed file is damaged ({why}); copy or export it again"))
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let read = match self.inner.read(into) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(damaged(&error.to_string())),
        };
        self.given += read as u64;
        if let Some((size, checksum)) = self.promised {
            self.checksum.update(into.get(..read).unwrap_or_default());
            if self.given > size || (read == 0 && self.given != size) {
                return Err(damaged("its size is not the one its archive states"));
            }
            if read == 0 && self.checksum.sum() != checksum {
                return Err(damaged("its checksum is not the one its archive states"));
            }
        }
        if self.given > self.most {
            return Err(io::Error::new(io::ErrorKind::InvalidData, self.too_much.clone()));
        }
        Ok(read)
    }
}
