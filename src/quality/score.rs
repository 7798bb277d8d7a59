//! The data-quality score: four shares for each program and for all, from findings, tables and rules.
//!
//! - **Conformance**: of the rows read, those loaded without a warning. A row set aside does not conform; as its
//!   program cannot be known, it counts for all programs together and for none of them.
//! - **Completeness**: of the values that the rules of completeness expect, those known.
//! - **Timeliness**: of the records that the rules of timeliness looked at, those in time.
//! - **Plausibility**: of the enrollments, those that no rule of plausibility speaks against, itself or its records.
//!
//! A row belongs to the program of its enrollment, a client's row to every program the client was enrolled in; rows of
//! staff, partners and outcome events to none. Harmonised terms: Kahn et al. 2016 (conformance, completeness,
//! plausibility); timeliness as HMIS data-quality reports have it.

use super::Dimension;
use super::count::{Counts, number};
use crate::contract::{CONTRACT, Table};
use crate::query::{Bindings, Engine, QueryError, QueryFile};
use crate::store::Manifest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `good` of `of`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub good: u64,
    pub of: u64,
}

impl Share {
    /// Between 0 and 1; `None` where nothing was looked at.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.good as f64 / self.of as f64)
    }

    fn add(&mut self, looked_at: u64, fails: u64) {
        self.of += looked_at;
        self.good += looked_at.saturating_sub(fails);
    }
}

/// A program of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    pub id: String,
    pub name: String,
}

/// The four shares of one program, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// `None` is all of them, with what belongs to none.
    pub program: Option<Program>,
    pub conformance: Share,
    pub completeness: Share,
    pub timeliness: Share,
    pub plausibility: Share,
}

impl Score {
    fn of(program: Option<Program>) -> Self {
        let none = Share::default();
        Self { program, conformance: none, completeness: none, timeliness: none, plausibility: none }
    }

    /// One of the four.
    #[must_use]
    pub fn share(&self, dimension: Dimension) -> Share {
        match dimension {
            Dimension::Conformance => self.conformance,
            Dimension::Completeness => self.completeness,
            Dimension::Timeliness => self.timeliness,
            Dimension::Plausibility => self.plausibility,
        }
    }

    fn share_mut(&mut self, dimension: Dimension) -> &mut Share {
        match dimension {
            Dimension::Conformance => &mut self.conformance,
            Dimension::Completeness => &mut self.completeness,
            Dimension::Timeliness => &mut self.timeliness,
            Dimension::Plausibility => &mut self.plausibility,
        }
    }
}

/// What the rules of a snapshot gave, gathered while they run.
#[derive(Default)]
pub struct Gathered {
    /// By dimension: rows looked at and failing. Of plausibility only whether any rule was run.
    pub counts: BTreeMap<Dimension, Counts>,
    /// Program → enrollments that a rule of plausibility speaks against.
    pub implausible: BTreeMap<String, BTreeSet<String>>,
}

impl Gathered {
    pub fn add(&mut self, dimension: Dimension, counts: &Counts) {
        let sums = self.counts.entry(dimension).or_default();
        sums.looked_at += counts.looked_at;
        sums.fails += counts.fails;
        for (program, (looked_at, fails)) in &counts.by_program {
            let of_program = sums.by_program.entry(program.clone()).or_default();
            of_program.0 += looked_at;
            of_program.1 += fails;
        }
    }
}

/// The scores: every program in the order of its id, then all.
pub fn scores(engine: &Engine, manifest: &Manifest, gathered: &Gathered) -> Result<Vec<Score>, QueryError> {
    let mut programs: BTreeMap<String, Score> = BTreeMap::new();
    let rows = ask(engine, "select p.program_id, p.name from programs as p")?;
    for row in 0..rows.count() {
        if let (Some(id), Some(name)) = (rows.text(row, 0), rows.text(row, 1)) {
            programs.insert(id.clone(), Score::of(Some(Program { id, name })));
        }
    }
    let mut all = Score::of(None);
    for dimension in [Dimension::Completeness, Dimension::Timeliness] {
        let Some(counts) = gathered.counts.get(&dimension) else { continue };
        all.share_mut(dimension).add(counts.looked_at, counts.fails);
        for (program, (looked_at, fails)) in &counts.by_program {
            if let Some(score) = programs.get_mut(program) {
                score.share_mut(dimension).add(*looked_at, *fails);
            }
        }
    }
    if gathered.counts.contains_key(&Dimension::Plausibility) {
        let rows = ask(engine, "select e.program_id, count(*) as n from enrollments as e group by e.program_id")?;
        for row in 0..rows.count() {
            let Some(program) = rows.text(row, 0) else { continue };
            let fails = gathered.implausible.get(&program).map_or(0, |enrollments| enrollments.len() as u64);
            let n = number(&rows, row, 1);
            all.plausibility.add(n, fails);
            if let Some(score) = programs.get_mut(&program) {
                score.plausibility.add(n, fails);
            }
        }
    }
    let read: u64 = manifest.inputs.iter().map(|input| input.rows).sum();
    let loaded: u64 = manifest.inputs.iter().map(|input| input.loaded).sum();
    all.conformance.add(read, read.saturating_sub(loaded) + warned_in_all(engine)?);
    for table in &CONTRACT.tables {
        let Some(query) = rows_by_program(table) else { continue };
        let rows = ask(engine, &query)?;
        for row in 0..rows.count() {
            if let Some(score) = rows.text(row, 0).and_then(|program| programs.get_mut(&program)) {
                score.conformance.add(number(&rows, row, 1), number(&rows, row, 2));
            }
        }
    }
    Ok(programs.into_values().chain([all]).collect())
}

fn ask(engine: &Engine, sql: &str) -> Result<crate::query::Rows, QueryError> {
    engine.run(&QueryFile::parse("data quality", sql)?, &Bindings::new())
}

/// Rows that were loaded with a value that became unknown.
fn warned_in_all(engine: &Engine) -> Result<u64, QueryError> {
    let rows = ask(
        engine,
        "with rows_found as (
            select
                f.table_name,
                f._file,
                f._line,
                count(*) filter (where f.severity = 'error') as errors,
                count(*) filter (where f.severity = 'warning') as warnings
            from findings as f
            where f._line is not null
            group by f.table_name, f._file, f._line
        )
        select count(*) as n from rows_found where errors = 0 and warnings > 0",
    )?;
    Ok(number(&rows, 0, 0))
}

/// Rows loaded, and those of them with a warning, by program; `None` of a table whose rows belong to no program.
fn rows_by_program(table: &Table) -> Option<String> {
    let name = &table.name;
    let of_rows = match name.as_str() {
        "programs" | "enrollments" => format!("select t.program_id, t._file, t._line from {name} as t"),
        "clients" => "select distinct e.program_id, t._file, t._line from clients as t \
                      inner join enrollments as e on e.client_id = t.client_id"
            .to_string(),
        _ if table.column("enrollment_id").is_some() => format!(
            "select e.program_id, t._file, t._line from {name} as t \
             inner join enrollments as e on e.enrollment_id = t.enrollment_id"
        ),
        _ => return None,
    };
    Some(format!(
        "with of_program as ({of_rows}),
        warned as (
            select distinct f._file, f._line
            from findings as f
            where f.table_name = '{name}' and f.severity = 'warning' and f._line is not null
        )
        select o.program_id, count(*) as looked_at, count(w._line) as fails
        from of_program as o
        left join warned as w on w._file = o._file and w._line = o._line
        group by o.program_id"
    ))
}
