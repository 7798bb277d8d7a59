//! `attain metrics sql`: what the engine is given for a metric, for whoever wants to run the same definition elsewhere.

use super::super::args::Sql;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::write_for_owner;
use super::super::parallel::in_parallel;
use super::metrics::open;
use crate::measure::Statement;
use crate::query::{Format, Rows, render};
use crate::store::private;
use std::path::Path;

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
        // What one does alone, such as its last sums, another one's scan fills.
        let engine = &session.engine;
        let write_rows = |(name, statement): &(&str, Statement)| write(folder, name, &statement.run(engine)?);
        in_parallel(&statements, context.threads(), write_rows).into_iter().collect::<Result<(), Failure>>()?;
    }
    Console::give(texts.join("\n").as_bytes());
    Ok(())
}

fn write(folder: &Path, name: &str, rows: &Rows) -> Result<(), Failure> {
    let file = folder.join(format!("{name}.parquet"));
    private::folder(folder).map_err(|error| Failure::Write(folder.into(), error))?;
    write_for_owner(&file, &render(rows, Format::Parquet)?).map_err(|error| Failure::Write(file, error))
}
