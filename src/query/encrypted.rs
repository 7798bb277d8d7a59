//! Encrypted tables, opened for the engine: it asks for each file by its path.

use crate::store::Seal;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::config::EncryptionFactoryOptions;
use datafusion::execution::parquet_encryption::EncryptionFactory;
use datafusion::object_store::path::Path;
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::encryption::encrypt::FileEncryptionProperties;
use std::sync::Arc;

/// The name under which the engine finds it.
pub const FACTORY: &str = "attain";

/// Reads encrypted files; writes none. Only it knows the key, no setting that a query could show.
#[derive(Debug)]
pub struct Unsealing(pub Seal);

#[async_trait]
impl EncryptionFactory for Unsealing {
    async fn get_file_encryption_properties(
        &self,
        _: &EncryptionFactoryOptions,
        _: &SchemaRef,
        _: &Path,
    ) -> Result<Option<Arc<FileEncryptionProperties>>> {
        Ok(None)
    }

    async fn get_file_decryption_properties(
        &self,
        _: &EncryptionFactoryOptions,
        path: &Path,
    ) -> Result<Option<Arc<FileDecryptionProperties>>> {
        let name = path.filename().unwrap_or_default();
        self.0.to_read(name).map(Some).map_err(|error| DataFusionError::ParquetError(Box::new(error)))
    }
}
