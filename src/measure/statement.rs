//! The statement that a metric is computed with, and the small tables it reads: the same definition, to run elsewhere.

use super::compute::{Ready, Study, dimensions, grain};
use super::plan::wrap;
use crate::project::Period;
use crate::query::{Bindings, Engine, QueryError, QueryFile, Rows, values};
use std::collections::BTreeMap;

/// What the engine is given for one metric, periods and a breakdown.
#[derive(Debug, Clone)]
pub struct Statement {
    query: QueryFile,
    bindings: Bindings,
    /// Periods, parameters by key, instruments: those of them that it reads, by name.
    pub tables: Vec<(String, Rows)>,
}

impl Study<'_> {
    /// The statement of a metric for these periods and dimensions taken together.
    ///
    /// # Errors
    /// As [`Study::compute`].
    pub fn statement(&self, name: &str, periods: &[Period], by: &[String]) -> Result<Statement, QueryError> {
        let Ready { mut metric, bindings, columns, .. } = self.ready(name, periods)?;
        // What the header says is not for another engine.
        metric.query = metric.query.rewritten(metric.query.body().to_string());
        let query = wrap(&metric, columns, &dimensions(&metric, columns, by)?, grain(periods));
        let mut tables = Vec::new();
        for table in self.engine.scans(&query, &bindings)?.into_keys().filter(|table| self.engine.is_added(table)) {
            let rows = QueryFile::parse(&table, &format!("select * from {table}"))?;
            tables.push((table, self.engine.run(&rows, &Bindings::new())?));
        }
        Ok(Statement { query, bindings, tables })
    }
}

impl Statement {
    /// The statement over the snapshot's tables and the small ones.
    ///
    /// # Errors
    /// When a parameter has no form in SQL.
    pub fn sql(&self) -> Result<String, QueryError> {
        self.query.filled(&self.bindings)
    }

    /// The statement over the snapshot's tables alone; the small ones stand in it.
    ///
    /// # Errors
    /// When a parameter has no form in SQL.
    pub fn whole(&self) -> Result<String, QueryError> {
        let steps: Result<Vec<String>, QueryError> =
            self.tables.iter().map(|(name, rows)| Ok(values(name, rows)? + ",\n")).collect();
        Ok(self.sql()?.replacen("with ", &format!("with {}", steps?.concat()), 1))
    }

    /// How many times it reads each table.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn scans(&self, engine: &Engine) -> Result<BTreeMap<String, usize>, QueryError> {
        engine.scans(&self.query, &self.bindings)
    }

    /// Its rows: bucket, dimensions, sums.
    ///
    /// # Errors
    /// What goes wrong while it runs.
    pub fn run(&self, engine: &Engine) -> Result<Rows, QueryError> {
        engine.run(&self.query, &self.bindings)
    }
}
