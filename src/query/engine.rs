//! The `DataFusion` session over one snapshot: tables, limits, parameters, and nothing that can write.

use super::encrypted::{FACTORY, Unsealing};
use super::file::{Bindings, QueryFile};
use super::memory::PlentyFirst;
use super::origin::{Origin, origins};
use super::problem::QueryError;
use crate::store::{Seal, Snapshot, private};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::ListingOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{ParquetReadOptions, SQLOptions, SessionConfig, SessionContext};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a session may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes the engine may hold before it spills to disk.
    pub memory: usize,
    pub threads: usize,
    /// An empty folder of this session's own: spilled data and small tables. Removed with the engine.
    pub scratch: PathBuf,
}

/// Up to this size, or a sixteenth of the memory, every thread joins against one side held in memory once; larger ones are
/// divided among threads, and then the other side, which may be all services, is divided too.
const HELD_BYTES: usize = 64 << 20;
/// Rows worked on at a time. A side that is held keeps one buffer of text for every batch it came in, and every batch that
/// joins against it takes hold of all of them: in small batches that takes time by the square of the rows.
const BATCH_ROWS: usize = 32_768;
/// With less memory than this a few such batches would be all of it.
const BATCH_MEMORY: usize = 1 << 30;
const SMALL_BATCH_ROWS: usize = 8_192;
/// About what a row of ids and a few columns takes.
const ROW_BYTES: usize = 32;

/// A session over one snapshot.
pub struct Engine {
    context: SessionContext,
    runtime: Arc<tokio::runtime::Runtime>,
    scratch: Arc<Scratch>,
    /// The names of those that stand now.
    added: Mutex<BTreeSet<String>>,
}

/// The folder of an engine and its siblings; removed with the last of them.
struct Scratch {
    folder: PathBuf,
    /// Small tables written so far.
    written: AtomicUsize,
}

/// What a query gave.
#[derive(Debug, Clone)]
pub struct Rows {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

impl Rows {
    /// One cell as text; `None` where it is null or there is no such row or column.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> Option<String> {
        let mut before = 0;
        for batch in &self.batches {
            if row < before + batch.num_rows() {
                let array = batch.columns().get(column)?;
                return array
                    .is_valid(row - before)
                    .then(|| arrow::util::display::array_value_to_string(array, row - before).ok())
                    .flatten();
            }
            before += batch.num_rows();
        }
        None
    }

    /// Number of rows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Which columns of which tables a query reads.
pub type Usage = BTreeSet<(String, String)>;

impl Engine {
    /// Opens a snapshot's tables, encrypted ones too.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of_snapshot(snapshot: &Snapshot, limits: &Limits) -> Result<Self, QueryError> {
        Self::of_folder(&snapshot.dir, snapshot.seal.as_ref(), limits)
    }

    /// Opens every `<table>.parquet` in the folder as a table.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub fn open(folder: &Path, limits: &Limits) -> Result<Self, QueryError> {
        Self::of_folder(folder, None, limits)
    }

    fn of_folder(snapshot: &Path, seal: Option<&Seal>, limits: &Limits) -> Result<Self, QueryError> {
        let failed = |what: &Path, error: &dyn std::fmt::Display| {
            QueryError::new(&what.display().to_string(), format!("cannot be opened: {error}"))
        };
        std::fs::create_dir_all(&limits.scratch).map_err(|e| failed(&limits.scratch, &e))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1))
            .build()
            .map_err(|e| failed(snapshot, &e))?;
        let mut config = SessionConfig::new()
            .with_target_partitions(limits.threads.max(1))
            .with_batch_size(if limits.memory < BATCH_MEMORY { SMALL_BATCH_ROWS } else { BATCH_ROWS });
        config.options_mut().sql_parser.collect_spans = true;
        // A sort made in parts leaves no memory to merge them: the parts take all of it and the merge cannot spill.
        config.options_mut().optimizer.repartition_sorts = false;
        // The many rows of services find their enrollment where they are read, rather than being sent to where it is.
        let held = HELD_BYTES.max(limits.memory / 16);
        config.options_mut().optimizer.hash_join_single_partition_threshold = held;
        config.options_mut().optimizer.hash_join_single_partition_threshold_rows = held / ROW_BYTES;
        // What does not run on a cluster is not taken here either; the calendar is a table.
        config.options_mut().execution.enable_recursive_ctes = false;
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(PlentyFirst::new(limits.memory)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![limits.scratch.clone()])),
            )
            .build_arc()
            .map_err(|e| failed(snapshot, &e))?;
        let engine = Self {
            context: empty(config, environment),
            runtime: Arc::new(runtime),
            scratch: Arc::new(Scratch { folder: limits.scratch.clone(), written: AtomicUsize::new(0) }),
            added: Mutex::default(),
        };
        engine.register_snapshot("", snapshot, seal)?;
        Ok(engine)
    }

    /// A session beside this one, over the same tables and within the same limits. What is added to one of the two from then
    /// on the other does not know: so two metrics, each with small tables of its own, are worked on at a time.
    ///
    /// # Errors
    /// When a table cannot be taken over.
    pub fn sibling(&self) -> Result<Self, QueryError> {
        let config = self.context.copied_config();
        let context = empty(config.clone(), self.context.runtime_env());
        let names = &config.options().catalog;
        let catalog = self.context.catalog(&names.default_catalog);
        let tables = catalog.and_then(|catalog| catalog.schema(&names.default_schema));
        for name in tables.into_iter().flat_map(|tables| tables.table_names()) {
            let table = self.runtime.block_on(self.context.table_provider(name.as_str()));
            table
                .and_then(|table| context.register_table(name.as_str(), table))
                .map_err(|e| QueryError::new(&name, format!("cannot be opened: {}", e.strip_backtrace())))?;
        }
        let added = self.added.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (runtime, scratch) = (Arc::clone(&self.runtime), Arc::clone(&self.scratch));
        Ok(Self { context, runtime, scratch, added: Mutex::new(added) })
    }

    /// Opens another snapshot's tables beside this one's, as `<prefix><table>`.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub fn add_snapshot(&self, prefix: &str, snapshot: &Snapshot) -> Result<(), QueryError> {
        self.register_snapshot(prefix, &snapshot.dir, snapshot.seal.as_ref())
    }

    fn register_snapshot(&self, prefix: &str, snapshot: &Path, seal: Option<&Seal>) -> Result<(), QueryError> {
        // One key for all encrypted snapshots of a store: those of another key cannot be opened.
        if let Some(seal) = seal {
            let environment = self.context.runtime_env();
            environment.register_parquet_encryption_factory(FACTORY, Arc::new(Unsealing(seal.clone())));
        }
        let failed = |error: std::io::Error| {
            QueryError::new(&snapshot.display().to_string(), format!("cannot be opened: {error}"))
        };
        let mut files: Vec<PathBuf> = std::fs::read_dir(snapshot)
            .map_err(failed)?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
            .collect();
        files.sort();
        for file in files {
            let name = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let name = format!("{prefix}{name}");
            let _ = self.context.deregister_table(name.as_str());
            self.register(&name, &file, seal.is_some())?;
        }
        Ok(())
    }

    fn register(&self, name: &str, file: &Path, is_encrypted: bool) -> Result<(), QueryError> {
        let path = file.display().to_string();
        let registered = if is_encrypted {
            let mut options = self.context.state().default_table_options().parquet;
            options.crypto.factory_id = Some(FACTORY.to_owned());
            let listing = ListingOptions::new(Arc::new(ParquetFormat::new().with_options(options)))
                .with_file_extension(".parquet");
            self.runtime.block_on(self.context.register_listing_table(name, &path, listing, None, None))
        } else {
            self.runtime.block_on(self.context.register_parquet(name, &path, ParquetReadOptions::default()))
        };
        registered.map_err(|e| QueryError::new(&path, format!("cannot be read: {}", e.strip_backtrace())))
    }

    /// Adds a small table for this session. It is a Parquet file, because in-memory tables do not run on a cluster.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_table(&self, name: &str, rows: &RecordBatch) -> Result<(), QueryError> {
        // Never the same file twice: the engine remembers a file's statistics by its path, size and time.
        let number = self.scratch.written.fetch_add(1, Ordering::Relaxed);
        let path = self.scratch.folder.join(format!("{name}-{number}.parquet"));
        let shown = path.display().to_string();
        let failed = |error: &dyn std::fmt::Display| QueryError::new(&shown, format!("cannot be written: {error}"));
        let file = private::create(&path).map_err(|e| failed(&e))?;
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None).map_err(|e| failed(&e))?;
        writer.write(rows).map_err(|e| failed(&e))?;
        writer.close().map_err(|e| failed(&e))?;
        // A table of the same name is replaced: parameters differ from call to call.
        let _ = self.context.deregister_table(name);
        self.added.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string());
        self.register(name, &path, false)
    }

    /// How many times a query reads each table.
    ///
    /// # Errors
    /// As [`Engine::run`], short of running.
    pub fn scans(&self, query: &QueryFile, bindings: &Bindings) -> Result<BTreeMap<String, usize>, QueryError> {
        let plan = self.runtime.block_on(self.plan(query, bindings))?;
        let mut scans = BTreeMap::new();
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                *scans.entry(scan.table_name.table().to_string()).or_default() += 1;
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(|e| QueryError::from_engine(&query.path, &query.text, &e))?;
        Ok(scans)
    }

    /// Whether a table is one that was added, and not the snapshot's.
    #[must_use]
    pub fn is_added(&self, table: &str) -> bool {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).contains(table)
    }

    /// Runs a query that only reads. Its placeholders and `bindings` are checked against each other both ways.
    ///
    /// # Errors
    /// Located in the file: SQL that is wrong, that does more than read, a placeholder without a value, a value
    /// without a placeholder; and what goes wrong while it runs.
    pub fn run(&self, query: &QueryFile, bindings: &Bindings) -> Result<Rows, QueryError> {
        self.runtime.block_on(async {
            let plan = self.plan(query, bindings).await?;
            let wrong = |e| QueryError::from_engine(&query.path, &query.text, &e);
            let frame = self.context.execute_logical_plan(plan).await.map_err(wrong)?;
            let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
            let batches = frame.collect().await.map_err(wrong)?;
            // The batches' own schema says more exactly what is nullable.
            let schema = batches.first().map_or(schema, RecordBatch::schema);
            Ok(Rows { schema, batches })
        })
    }

    /// Runs a query as [`Engine::run`] does and hands its rows over as they come, so that they need not all be held.
    ///
    /// # Errors
    /// As [`Engine::run`], and what `take` returns.
    pub fn each(
        &self,
        query: &QueryFile,
        bindings: &Bindings,
        mut take: impl FnMut(&RecordBatch) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        self.runtime.block_on(async {
            let plan = self.plan(query, bindings).await?;
            let wrong = |e| QueryError::from_engine(&query.path, &query.text, &e);
            let frame = self.context.execute_logical_plan(plan).await.map_err(wrong)?;
            let mut rows = frame.execute_stream().await.map_err(wrong)?;
            while let Some(batch) = std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await {
                take(&batch.map_err(wrong)?)?;
            }
            Ok(())
        })
    }

    /// Where the values of each column that a query returns come from, without running it.
    ///
    /// # Errors
    /// As [`Engine::run`], short of running.
    pub fn origins(&self, query: &QueryFile, bindings: &Bindings) -> Result<Vec<(String, Origin)>, QueryError> {
        let plan = self.runtime.block_on(self.plan(query, bindings))?;
        let names = plan.schema().fields().iter().map(|field| field.name().clone());
        Ok(names.zip(origins(&plan)).collect())
    }

    /// The columns a query returns and the columns it reads, without running it.
    ///
    /// # Errors
    /// As [`Engine::run`], short of running.
    pub fn describe(&self, query: &QueryFile, bindings: &Bindings) -> Result<(SchemaRef, Usage), QueryError> {
        self.runtime.block_on(async {
            let plan = self.plan(query, bindings).await?;
            let schema: SchemaRef = Arc::new(plan.schema().as_arrow().clone());
            let wrong = |e| QueryError::from_engine(&query.path, &query.text, &e);
            let optimized = self.context.state().optimize(&plan).map_err(wrong)?;
            let mut usage = Usage::new();
            optimized
                .apply_with_subqueries(|node| {
                    if let LogicalPlan::TableScan(scan) = node {
                        for field in scan.projected_schema.fields() {
                            usage.insert((scan.table_name.table().to_string(), field.name().clone()));
                        }
                        for filter in &scan.filters {
                            for column in filter.column_refs() {
                                usage.insert((scan.table_name.table().to_string(), column.name.clone()));
                            }
                        }
                    }
                    Ok(TreeNodeRecursion::Continue)
                })
                .map_err(wrong)?;
            Ok((schema, usage))
        })
    }

    async fn plan(&self, query: &QueryFile, bindings: &Bindings) -> Result<LogicalPlan, QueryError> {
        let wrong = |e| QueryError::from_engine(&query.path, &query.text, &e);
        let plan = self.context.state().create_logical_plan(&query.text).await.map_err(wrong)?;
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(|_| {
            QueryError::new(&query.path, "only reading is allowed: this is not a query")
                .with_hint(Some("start with select or with".into()))
        })?;
        let names = plan.get_parameter_names().map_err(wrong)?;
        let placeholders: BTreeSet<&str> = names.iter().map(|n| n.trim_start_matches('$')).collect();
        for placeholder in &placeholders {
            if !bindings.contains_key(*placeholder) {
                let shown = format!("${placeholder}");
                let message = format!("{shown} has no value");
                let hint = Some(format!("declare it in the header's parameters, or give --param {placeholder}=…"));
                return Err(match query.place_of(&shown) {
                    Some(span) => QueryError::at(&query.path, &query.text, span, message),
                    None => QueryError::new(&query.path, message),
                }
                .with_hint(hint));
            }
        }
        if let Some(unused) = bindings.keys().find(|name| !placeholders.contains(name.as_str())) {
            let place = query.place_of_key(unused);
            let message = format!("parameter {unused} is given but ${unused} is not used");
            return Err(match place {
                Some(span) => QueryError::at(&query.path, &query.text, span, message),
                None => QueryError::new(&query.path, message),
            });
        }
        if bindings.is_empty() {
            return Ok(plan);
        }
        let values: Vec<_> = bindings.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        plan.with_param_values(values).map_err(wrong)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now, or a killed run leaves, lies in the system's temporary folder and goes with it.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A session without tables.
fn empty(config: SessionConfig, environment: Arc<RuntimeEnv>) -> SessionContext {
    let context = SessionContext::new_with_config_rt(config, environment);
    for series in ["generate_series", "range"] {
        context.deregister_udtf(series);
    }
    context
}
