//! Encryption of the store's files: Parquet's own, footer and column names included, each file with a key of its own.
//!
//! A file's key is made from the project's key and a salt that stands in the clear at the file's end. The file's name
//! is bound to its bytes, so that one table cannot be put in another's place unnoticed.

use super::Key;
use parquet::encryption::decrypt::{FileDecryptionProperties, KeyRetriever};
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::errors::{ParquetError, Result};
use std::fmt;
use std::sync::Arc;

const SALT: usize = 32;

/// What files are encrypted and read with.
#[derive(Clone)]
pub struct Seal {
    master: [u8; 32],
    /// Of the key it was made from.
    check_value: String,
}

impl Seal {
    #[must_use]
    pub fn of(key: &Key) -> Self {
        Self { master: key.for_purpose("attain 2026 encryption of the store"), check_value: key.check_value() }
    }

    /// The check value of the key it was made from.
    #[must_use]
    pub fn check_value(&self) -> &str {
        &self.check_value
    }

    /// For a file to be written, by its name.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn to_write(&self, name: &str) -> Result<Arc<FileEncryptionProperties>> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(|error| ParquetError::External(Box::new(error)))?;
        FileEncryptionProperties::builder(self.key_of(&salt))
            .with_footer_key_metadata(salt.to_vec())
            .with_aad_prefix(name.as_bytes().to_vec())
            .with_aad_prefix_storage(false)
            .build()
    }

    /// For a file that was written under that name.
    ///
    /// # Errors
    /// Never in practice: nothing is read yet.
    pub fn to_read(&self, name: &str) -> Result<Arc<FileDecryptionProperties>> {
        let retriever: Arc<dyn KeyRetriever> = Arc::new(self.clone());
        FileDecryptionProperties::with_key_retriever(retriever).with_aad_prefix(name.as_bytes().to_vec()).build()
    }

    fn key_of(&self, salt: &[u8]) -> Vec<u8> {
        blake3::keyed_hash(&self.master, salt).as_bytes().to_vec()
    }
}

impl KeyRetriever for Seal {
    fn retrieve_key(&self, salt: &[u8]) -> Result<Vec<u8>> {
        if salt.len() == SALT {
            Ok(self.key_of(salt))
        } else {
            Err(ParquetError::General("the file was not encrypted by attain".to_owned()))
        }
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(not shown)")
    }
}
