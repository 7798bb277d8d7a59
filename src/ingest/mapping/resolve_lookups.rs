//! A mapping's look-ups and names as written → as ingest uses them.

use super::convert::Converter;
use super::file::{JoinFile, LookupFile, NameFile, OneOrMany};
use super::model::{From, Kept, LookupRule, Name};
use super::resolve::Looking;
use super::walk::{Fault, joined};
use std::collections::BTreeMap;

/// What a person can still oversee, and an order is quickly found among.
const MOST_LOOKUPS: usize = 200;

impl<'f> Looking<'f> {
    /// Each look-up after those it uses; those in a circle are told and left out.
    pub(super) fn lookup_order(&mut self) -> Vec<(&'f str, &'f LookupFile)> {
        let file = self.file;
        if file.lookups.len() > MOST_LOOKUPS {
            self.tell(
                Fault::new("lookups", format!("more than {MOST_LOOKUPS} look-ups")).hint("keep those that are used"),
            );
            return Vec::new();
        }
        let mut left: Vec<(&str, &LookupFile)> = file.lookups.iter().map(|(name, l)| (name.as_str(), l)).collect();
        let mut order: Vec<(&str, &LookupFile)> = Vec::new();
        loop {
            let ready = left.iter().position(|(_, lookup)| {
                lookup.joins.iter().all(|join| !left.iter().any(|(name, _)| *name == join.lookup))
            });
            let Some(ready) = ready else { break };
            order.push(left.remove(ready));
        }
        if !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            let message = format!("the look-ups {} need one another in a circle", names.join(", "));
            let setting = joined("lookups", names.first().copied().unwrap_or_default());
            self.tell(Fault::new(&setting, message).hint("let one of them do without the other"));
        }
        order
    }

    pub(super) fn lookup(&mut self, name: &str, lookup: &LookupFile) -> Option<LookupRule> {
        let setting = joined("lookups", name);
        if name.contains('.') || name.is_empty() {
            self.tell(Fault::new(&setting, format!("a look-up cannot be called {name:?}")).hint("use letters and _"));
        }
        let files = self.files(&setting, &lookup.files);
        let sheets = self.sheets(&setting, lookup.sheets.as_ref());
        let names = self.names(&setting, &lookup.names);
        self.joins(&setting, &lookup.joins);
        if lookup.key.all().is_empty() {
            self.tell(Fault::new(&format!("{setting}.key"), "no key is named").hint("name the column looked up by"));
        }
        let mut columns = Vec::new();
        for (column, kept) in &lookup.columns {
            let setting = joined(&format!("{setting}.columns"), column);
            let from = match (&kept.column, &kept.sql) {
                (Some(column), None) => Some(From::Column(expanded(column.all(), &names))),
                (None, Some(sql)) => Some(From::Sql(sql.clone())),
                _ => {
                    let fault = Fault::new(&setting, format!("{column} needs one of column and sql"));
                    self.tell(fault.hint("column = \"…\" takes a column of the file, sql = \"…\" calculates"));
                    None
                }
            };
            for name in kept.column.iter().flat_map(OneOrMany::all) {
                self.looked_up(&setting, "column", name, &lookup.joins);
            }
            let converter =
                kept.conversion.as_ref().map(|own| Converter::of_name(self.all, own, &setting, self.faults));
            columns.extend(from.map(|from| Kept { name: column.clone(), from, keep: kept.keep, converter }));
        }
        let (filter, joins) = (lookup.filter.clone(), lookup.joins.clone());
        let key = lookup.key.all().to_vec();
        Some(LookupRule {
            name: name.to_owned(),
            setting,
            files: files?,
            sheets,
            having: having(&lookup.having, &names),
            names,
            joins,
            filter,
            key,
            columns,
        })
    }

    pub(super) fn names(&mut self, setting: &str, names: &BTreeMap<String, NameFile>) -> Vec<Name> {
        let mut made = Vec::new();
        for (name, written) in names {
            let setting = joined(&format!("{setting}.names"), name);
            if name.is_empty() || name.contains(['.', '{', '}', '"']) || name.starts_with('_') {
                let fault = Fault::new(&setting, format!("a name cannot be {name:?}"));
                self.tell(fault.hint("use letters and digits, with _ inside"));
            }
            if written.column.all().is_empty() {
                self.tell(
                    Fault::new(&setting, format!("{name} stands for no column")).hint("name a column of the file"),
                );
            }
            let converter =
                written.conversion.as_ref().map(|own| Converter::of_name(self.all, own, &setting, self.faults));
            made.push(Name { name: name.clone(), alternatives: written.column.all().to_vec(), converter });
        }
        made
    }

    /// A name `lookup.column` must be one of a look-up that is joined there.
    pub(super) fn looked_up(&mut self, setting: &str, key: &str, name: &str, joins: &[JoinFile]) {
        let Some((lookup, column)) = name.split_once('.') else { return };
        // Any other name with a point in it is a column of the file.
        let Some(found) = self.file.lookups.get(lookup) else { return };
        let setting = format!("{setting}.{key}");
        if !joins.iter().any(|join| join.lookup == lookup) {
            let hint = format!("add joins = [{{ lookup = \"{lookup}\", on = \"…\" }}]");
            self.tell(Fault::new(&setting, format!("the look-up {lookup} is not joined here")).hint(hint));
        } else if !found.columns.contains_key(column) {
            let known: Vec<&str> = found.columns.keys().map(String::as_str).collect();
            let fault = Fault::new(&setting, format!("the look-up {lookup} has no column {column}"));
            self.tell(fault.meant(column, known.into_iter()));
        }
    }

    pub(super) fn joins(&mut self, setting: &str, joins: &[JoinFile]) {
        for (at, join) in joins.iter().enumerate() {
            let setting = format!("{setting}.joins[{at}]");
            let Some(lookup) = self.file.lookups.get(&join.lookup) else {
                let known: Vec<&str> = self.file.lookups.keys().map(String::as_str).collect();
                let fault = Fault::new(&format!("{setting}.lookup"), format!("there is no look-up {}", join.lookup));
                self.tell(if known.is_empty() {
                    fault.hint(format!("add [lookups.{}]", join.lookup))
                } else {
                    fault.meant(&join.lookup, known.into_iter())
                });
                continue;
            };
            let (given, needed) = (join.on.all().len(), lookup.key.all().len());
            if given != needed {
                let message = format!("on names {given}, and the key of {} has {needed}", join.lookup);
                self.tell(
                    Fault::new(&format!("{setting}.on"), message)
                        .hint("name as many columns as the key has, in its order"),
                );
            }
            if joins.iter().take(at).any(|earlier| earlier.lookup == join.lookup) {
                let message = format!("{} is joined twice", join.lookup);
                self.tell(
                    Fault::new(&setting, message).hint("make a second look-up of the same file under another name"),
                );
            }
        }
    }
}

/// Names without settings of their own are replaced by what they stand for.
pub(super) fn expanded(columns: &[String], names: &[Name]) -> Vec<String> {
    let mut all = Vec::new();
    for column in columns {
        match names.iter().find(|name| name.name == *column) {
            Some(name) if name.converter.is_none() => all.extend(name.alternatives.iter().cloned()),
            _ => all.push(column.clone()),
        }
    }
    all
}

/// The alternatives of each column that must be there.
pub(super) fn having(columns: &[String], names: &[Name]) -> Vec<Vec<String>> {
    let of = |column: &String| match names.iter().find(|name| name.name == *column) {
        Some(name) => name.alternatives.clone(),
        None => vec![column.clone()],
    };
    columns.iter().map(of).collect()
}
