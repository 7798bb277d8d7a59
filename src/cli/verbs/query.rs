//! `attain query`: read-only SQL over the current snapshot.

use super::super::args::{Format, Query};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::session::Session;
use crate::query::{self, Bindings, QueryError, QueryFile, render, scalar};
use std::path::Path;

pub fn query(context: &Context, words: &Query) -> Result<(), Failure> {
    let session = Session::open(context, context.project(None)?, &[])?;
    let is_file = Path::new(&words.sql).extension().is_some_and(|e| e.eq_ignore_ascii_case("sql"));
    let file = if is_file {
        let text = std::fs::read_to_string(&words.sql)
            .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", words.sql)))?;
        QueryFile::parse(&words.sql, &text)?
    } else {
        QueryFile::parse("query", &words.sql)?
    };
    let bindings = bindings(&file, &words.parameters, &session)?;
    let rows = session.engine.run(&file, &bindings)?;
    Console::give(&render(&rows, format(words.format))?);
    if words.format == Format::Table {
        context.console.say(&super::super::console::counted(rows.count() as u64, "row", "rows"));
    }
    Ok(())
}

/// The header's defaults, then `--param`; `$as_of` is the snapshot's where it is used.
fn bindings(file: &QueryFile, words: &[String], session: &Session) -> Result<Bindings, Failure> {
    let mut bindings = Bindings::new();
    if let Some(declared) = file.header.get("parameters").and_then(toml::Value::as_table) {
        for (name, value) in declared {
            let value = scalar(value).ok_or_else(|| {
                QueryError::new(&file.path, format!("parameter {name}: only single values can be used here"))
            })?;
            bindings.insert(name.clone(), value);
        }
    }
    if file.uses("as_of") {
        let day = toml::Value::String(session.as_of.to_string());
        bindings.extend(scalar(&day).map(|value| ("as_of".to_string(), value)));
    }
    for word in words {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("--param {word}: write NAME=VALUE, such as start=2026-01-01")))?;
        // A value is read as TOML where it is one (7, true, 2026-01-01), else as text.
        let value = format!("v = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|table| table.get("v").and_then(scalar))
            .or_else(|| scalar(&toml::Value::String(value.to_string())));
        bindings.extend(value.map(|value| (name.trim_start_matches('$').to_string(), value)));
    }
    Ok(bindings)
}

/// The format asked for, as the query room names it.
pub fn format(format: Format) -> query::Format {
    match format {
        Format::Table => query::Format::Table,
        Format::Csv => query::Format::Csv,
        Format::Json => query::Format::Json,
        Format::Parquet => query::Format::Parquet,
    }
}
