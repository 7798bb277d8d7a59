//! `attain metrics sql`: what the engine is given for a metric, for whoever wants to run the same definition elsewhere.

use super::super::args::Sql;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::write_for_owner;
use super::metrics::open;
use crate::measure::Statement;
use crate::query::{Engine, Format, Rows, render};
use crate::store::private;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub fn sql(context: &Context, words: &Sql) -> Result<(), Failure> {
    let (session, periods) = open(context, &words.meant)?;
    let study = session.study();
    let mut texts = Vec::new();
    let mut statements = Vec::new();
    for name in &words.meant.names {
        let statement = study.statement(name, &periods, &words.meant.by)?;
        if let Some(folder) = &words.tables {
            for (table, rows) in &statement.tables {
                write(folder, table, rows)?;
            }
        }
        let text = if words.tables.is_some() { statement.sql()? } else { statement.whole()? };
        texts.push(format!("-- {name}\n{text};\n"));
        statements.push((name.as_str(), statement));
    }
    if let Some(folder) = &words.rows {
        write_rows(folder, &statements, &session.engine, context.threads())?;
    }
    Console::give(texts.join("\n").as_bytes());
    Ok(())
}

/// Runs the statements, as many at a time as there are threads: what one does alone, such as its last sums, another one's
/// scan fills. The first that fails ends the run.
fn write_rows(folder: &Path, statements: &[(&str, Statement)], engine: &Engine, threads: usize) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, statements.len().max(1)) {
            scope.spawn(|| {
                while let Some((name, statement)) = statements.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let written = statement.run(engine).map_err(Failure::from);
                    if let Err(why) = written.and_then(|rows| write(folder, name, &rows)) {
                        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
                        next.store(statements.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn write(folder: &Path, name: &str, rows: &Rows) -> Result<(), Failure> {
    let file = folder.join(format!("{name}.parquet"));
    private::folder(folder).map_err(|error| Failure::Write(folder.into(), error))?;
    write_for_owner(&file, &render(rows, Format::Parquet)?).map_err(|error| Failure::Write(file, error))
}
