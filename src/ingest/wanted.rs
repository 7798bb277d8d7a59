//! The columns of a part that somebody asks for: by them its header is found, and what nobody asks for is told.

use super::header::normal;
use super::mapping::{From, LookupRule, Mapping, Name, Rule};
use super::plan::InUse;
use crate::contract::Table;
use std::collections::HashSet;
use std::sync::Arc;

/// Names of columns, as they are compared.
#[derive(Debug)]
pub struct Known {
    mapping: Option<Arc<Mapping>>,
    names: HashSet<String>,
    /// What stands before and behind the value of a repeat.
    patterns: Vec<(String, String)>,
}

/// What stands for the value of a repeat.
const GROUP_MARK: &str = "{x}";

impl Known {
    /// The contract's columns.
    pub fn of_table(table: &Table) -> Self {
        let names = table.columns.iter().map(|column| column.name.clone()).collect();
        Self { mapping: None, names, patterns: Vec::new() }
    }

    /// The columns that these rules and look-ups name.
    pub fn of_mapping(mapping: &Arc<Mapping>, rules: &[InUse], lookups: &[usize]) -> Self {
        let mut known = Self { mapping: Some(mapping.clone()), names: HashSet::new(), patterns: Vec::new() };
        for rule in rules.iter().filter_map(InUse::rule) {
            known.rule(rule);
        }
        for lookup in lookups.iter().filter_map(|at| mapping.lookups.get(*at)) {
            known.lookup(lookup);
        }
        for cell in [&mapping.export.as_of, &mapping.export.version].into_iter().flatten() {
            cell.columns.iter().for_each(|column| known.add(column));
        }
        known
    }

    /// Whether a column of that name is asked for.
    pub fn has(&self, name: &str) -> bool {
        let name = self.comparable(name);
        self.names.contains(&name)
            || self.patterns.iter().any(|(before, after)| {
                name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
            })
    }

    fn comparable(&self, name: &str) -> String {
        self.mapping.as_ref().map_or_else(|| normal(name), |mapping| mapping.comparable(name))
    }

    fn add(&mut self, name: &str) {
        // A character that no name has, so that the pattern is made comparable as a whole.
        const PLACE: &str = "\u{1}";
        let comparable = self.comparable(&name.replace(GROUP_MARK, PLACE));
        match comparable.split_once(PLACE) {
            Some((before, after)) => self.patterns.push((before.to_owned(), after.to_owned())),
            None if comparable.is_empty() => {}
            None => {
                self.names.insert(comparable);
            }
        }
    }

    fn names(&mut self, names: &[Name]) {
        names.iter().flat_map(|name| &name.alternatives).for_each(|name| self.add(name));
    }

    fn rule(&mut self, rule: &Rule) {
        self.names(&rule.names);
        rule.having.iter().flatten().for_each(|name| self.add(name));
        rule.joins.iter().flat_map(|join| join.on.all()).for_each(|name| self.add(name));
        rule.filter.iter().chain(&rule.deleted).for_each(|sql| self.sql(sql));
        rule.latest_by.iter().for_each(|name| self.add(name));
        rule.split.iter().for_each(|split| self.add(&split.column));
        rule.repeat.iter().flat_map(|repeat| repeat.columns.all()).for_each(|name| self.add(name));
        if let Some(values) = rule.repeat.as_ref().and_then(|repeat| repeat.values.as_ref()) {
            let patterns: Vec<&String> = rule.repeat.iter().flat_map(|repeat| repeat.columns.all()).collect();
            for pattern in patterns {
                for value in values {
                    self.add(&pattern.replace(GROUP_MARK, value));
                }
            }
        }
        rule.columns.iter().flatten().for_each(|source| self.from(&source.from));
    }

    fn lookup(&mut self, lookup: &LookupRule) {
        self.names(&lookup.names);
        lookup.having.iter().flatten().for_each(|name| self.add(name));
        lookup.joins.iter().flat_map(|join| join.on.all()).for_each(|name| self.add(name));
        lookup.filter.iter().for_each(|sql| self.sql(sql));
        lookup.key.iter().for_each(|name| self.add(name));
        lookup.columns.iter().for_each(|kept| self.from(&kept.from));
    }

    fn from(&mut self, from: &From) {
        match from {
            From::Column(names) => names.iter().for_each(|name| self.add(name)),
            From::Value(_) => {}
            From::Template(template) => {
                let within = template.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                within.for_each(|(name, _)| self.add(name));
            }
            From::Sql(sql) => self.sql(sql),
        }
    }

    /// Every word and every name in double quotes: some are no columns, which does no harm. Values (in single quotes, and
    /// numbers) are none.
    fn sql(&mut self, sql: &str) {
        let mut rest = sql;
        while let Some(first) = rest.chars().next() {
            let after = rest.get(first.len_utf8()..).unwrap_or_default();
            if first == '"' || first == '\'' {
                let (inside, behind) = after.split_once(first).unwrap_or((after, ""));
                if first == '"' {
                    self.add(inside);
                }
                rest = behind;
            } else if first.is_alphanumeric() || first == '_' {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                if !first.is_ascii_digit() {
                    self.add(word);
                }
                rest = behind;
            } else {
                rest = after;
            }
        }
    }
}
