//! What a rule, or a look-up, asks of a file.

use super::super::file::{JoinFile, RepeatFile, SplitFile};
use super::super::{From, LookupRule, Name, Rule};
use super::scope::Seen;
use crate::ingest::mapping::walk::joined;

/// What is asked of a file.
pub struct Wanted<'r> {
    /// `tables.services`
    pub setting: &'r str,
    pub names: &'r [Name],
    pub joins: &'r [JoinFile],
    pub filter: Option<&'r str>,
    pub deleted: Option<&'r str>,
    pub split: Option<&'r SplitFile>,
    pub repeat: Option<&'r RepeatFile>,
    pub latest_by: Option<&'r str>,
    pub columns: Vec<(String, Option<&'r From>, Seen)>,
}

impl<'r> Wanted<'r> {
    /// By a rule: its table's columns.
    pub fn by_rule(rule: &'r Rule) -> Self {
        let columns = rule.table.columns.iter().zip(&rule.columns).map(|(column, source)| {
            (joined("columns", &column.name), source.as_ref().map(|source| &source.from), Seen::AsItStands)
        });
        Self {
            setting: &rule.setting,
            names: &rule.names,
            joins: &rule.joins,
            filter: rule.filter.as_deref(),
            deleted: rule.deleted.as_deref(),
            split: rule.split.as_ref(),
            repeat: rule.repeat.as_ref(),
            latest_by: rule.latest_by.as_deref(),
            columns: columns.collect(),
        }
    }

    /// By a look-up: the parts of its key (as `keys`), and then its columns.
    pub fn by_lookup(rule: &'r LookupRule, keys: &'r [From]) -> Self {
        let keys = keys.iter().map(|from| ("key".to_owned(), Some(from), Seen::Plain));
        let columns = rule.columns.iter().map(|kept| {
            let seen = if kept.converter.is_some() { Seen::AsItStands } else { Seen::Plain };
            (joined("columns", &kept.name), Some(&kept.from), seen)
        });
        Self {
            setting: &rule.setting,
            names: &rule.names,
            joins: &rule.joins,
            filter: rule.filter.as_deref(),
            deleted: None,
            split: None,
            repeat: None,
            latest_by: None,
            columns: keys.chain(columns).collect(),
        }
    }
}
