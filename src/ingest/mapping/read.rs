//! TOML text → a mapping as it is written, every key accounted for.

use super::file::{
    CellFile, ColumnFile, ConversionFile, Duplicates, ExportFile, FormFile, JoinFile, Keep, KeptFile, LookupFile,
    MappingFile, NameFile, OneOrMany, RepeatFile, RuleFile, SplitFile, WrittenFile,
};
use super::walk::{Fault, Fields, Node, Walk};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// Reads the text. What could not be read is told by the walk's faults and left out.
pub fn read(text: &str) -> (MappingFile, Walk) {
    let mut walk = Walk::default();
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        walk.faults = errors
            .iter()
            .map(|error| Fault { at: error.span(), ..Fault::new("", error.message().replace('\n', ", ")) })
            .collect();
        return (MappingFile::default(), walk);
    }
    let file = walk.table("", tree.get_ref(), mapping);
    (file, walk)
}

fn mapping(f: &mut Fields<'_, '_, '_>) -> MappingFile {
    MappingFile {
        about: f.text("about").unwrap_or_default(),
        prefixes: f.list("prefixes").unwrap_or_default(),
        written: written(f),
        export: f.table("export", export).unwrap_or_default(),
        files: f.named("files", |f, path, node| f.table_at(path, node, |f| Some(form(f)))),
        lookups: f.named("lookups", |f, path, node| f.table_at(path, node, lookup)).into_iter().collect(),
        tables: f.named("tables", |f, path, node| Some(f.tables(path, node, rule))).into_iter().collect(),
    }
}

fn written(f: &mut Fields<'_, '_, '_>) -> WrittenFile {
    WrittenFile {
        missing: f.list("missing"),
        yes: f.texts("yes"),
        no: f.texts("no"),
        dates: f.texts("dates"),
        months: f.list("months"),
        origin: f.day("origin"),
        thousands: f.text("thousands"),
        decimal: f.text("decimal"),
        currency: f.texts("currency"),
    }
}

fn conversion(f: &mut Fields<'_, '_, '_>, named: bool) -> ConversionFile {
    ConversionFile {
        written: written(f),
        separators: f.texts("separators"),
        recode: f.pairs("recode"),
        default: f.text("default"),
        first: f.count("first"),
        time: named && f.flag("time"),
    }
}

fn export(f: &mut Fields<'_, '_, '_>) -> ExportFile {
    ExportFile {
        as_of: f.table("as_of", |f| cell(f, false)).flatten(),
        version: f.table("version", |f| cell(f, true)).flatten(),
    }
}

fn cell(f: &mut Fields<'_, '_, '_>, version: bool) -> Option<CellFile> {
    let files = one_or_many(f, "files");
    let column = one_or_many(f, "column");
    let written = if version { WrittenFile::default() } else { written(f) };
    let supported = if version { f.list("supported").unwrap_or_default() } else { Vec::new() };
    Some(CellFile { files: f.required("files", files)?, column: f.required("column", column)?, written, supported })
}

fn form(f: &mut Fields<'_, '_, '_>) -> FormFile {
    FormFile {
        encoding: f.text("encoding"),
        delimiter: f.text("delimiter"),
        header_line: f.count("header_line"),
        header_lines: f.count("header_lines"),
    }
}

fn lookup(f: &mut Fields<'_, '_, '_>) -> Option<LookupFile> {
    let files = one_or_many(f, "files");
    let key = one_or_many(f, "key");
    let sheets = one_or_many(f, "sheets");
    let having = f.texts("having").unwrap_or_default();
    let names = names(f);
    let joins = joins(f);
    let filter = f.text("where");
    let columns = f.named("columns", |f, path, node| {
        let plain = |column| KeptFile { column: Some(from(column)), ..KeptFile::default() };
        f.text_or_table(path, node, plain, |f| Some(kept(f)))
    });
    let (files, key) = (f.required("files", files), f.required("key", key));
    Some(LookupFile {
        files: files?,
        sheets,
        having,
        names,
        joins,
        filter,
        key: key?,
        columns: columns.into_iter().collect(),
    })
}

fn kept(f: &mut Fields<'_, '_, '_>) -> KeptFile {
    let words = [
        ("only", Keep::Only),
        ("first", Keep::First),
        ("last", Keep::Last),
        ("least", Keep::Least),
        ("greatest", Keep::Greatest),
        ("count", Keep::Count),
        ("all", Keep::All),
    ];
    KeptFile {
        column: one_or_many(f, "column"),
        sql: f.text("sql"),
        keep: f.choice("keep", &words).unwrap_or_default(),
        conversion: said(conversion(f, true)),
    }
}

fn names(f: &mut Fields<'_, '_, '_>) -> BTreeMap<String, NameFile> {
    let read = |f: &mut Fields<'_, '_, '_>| {
        let column = one_or_many(f, "column");
        let conversion = said(conversion(f, true));
        Some(NameFile { column: f.required("column", column)?, conversion })
    };
    let plain = |column| NameFile { column: from(column), conversion: None };
    f.named("names", |f, path, node| f.text_or_table(path, node, plain, read)).into_iter().collect()
}

fn joins(f: &mut Fields<'_, '_, '_>) -> Vec<JoinFile> {
    let path = f.path_of("joins");
    let Some(node) = f.take("joins") else { return Vec::new() };
    f.tables(&path, node, |f| {
        let (lookup, on) = (f.text("lookup"), one_or_many(f, "on"));
        let (lookup, on) = (f.required("lookup", lookup), f.required("on", on));
        Some(JoinFile { lookup: lookup?, on: on? })
    })
}

fn rule(f: &mut Fields<'_, '_, '_>) -> Option<RuleFile> {
    let files = one_or_many(f, "files");
    let rule = RuleFile {
        files: OneOrMany::Many(Vec::new()),
        sheets: one_or_many(f, "sheets"),
        having: f.texts("having").unwrap_or_default(),
        names: names(f),
        joins: joins(f),
        filter: f.text("where"),
        deleted: f.text("deleted"),
        split: f.table("split", split).flatten(),
        repeat: f.table("repeat", repeat).flatten(),
        duplicates: f
            .choice("duplicates", &[("error", Duplicates::Error), ("first", Duplicates::First)])
            .unwrap_or_default(),
        latest_by: f.text("latest_by"),
        columns: f.named("columns", column).into_iter().collect(),
    };
    Some(RuleFile { files: f.required("files", files)?, ..rule })
}

fn column<'d, 't>(f: &mut Fields<'_, 'd, 't>, path: &str, node: &'d Node<'t>) -> Option<ColumnFile> {
    let plain = |column| ColumnFile { column: Some(from(column)), ..ColumnFile::default() };
    f.text_or_table(path, node, plain, |f| {
        Some(ColumnFile {
            column: one_or_many(f, "column"),
            value: f.text("value"),
            template: f.text("template"),
            sql: f.text("sql"),
            conversion: conversion(f, false),
        })
    })
}

fn split(f: &mut Fields<'_, '_, '_>) -> Option<SplitFile> {
    let (column, separators) = (f.text("column"), one_or_many(f, "separators"));
    let (name, strip) = (f.text("as"), f.text("strip").unwrap_or_default());
    let (column, separators) = (f.required("column", column), f.required("separators", separators));
    Some(SplitFile { column: column?, separators: separators?, name, strip })
}

fn repeat(f: &mut Fields<'_, '_, '_>) -> Option<RepeatFile> {
    let columns = one_or_many(f, "columns");
    let (values, keep_empty) = (f.list("values"), f.flag("keep_empty"));
    Some(RepeatFile { columns: f.required("columns", columns)?, values, keep_empty })
}

fn one_or_many(f: &mut Fields<'_, '_, '_>, key: &'static str) -> Option<OneOrMany> {
    f.texts(key).map(from)
}

fn from(mut texts: Vec<String>) -> OneOrMany {
    match (texts.pop(), texts.is_empty()) {
        (Some(one), true) => OneOrMany::One(one),
        (Some(last), false) => {
            texts.push(last);
            OneOrMany::Many(texts)
        }
        (None, _) => OneOrMany::Many(Vec::new()),
    }
}

/// A conversion, if any of its keys is there.
fn said(conversion: ConversionFile) -> Option<ConversionFile> {
    (conversion != ConversionFile::default()).then_some(conversion)
}
