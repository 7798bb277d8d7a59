//! A look-up of a drafted mapping.

use super::Profile;
use super::draft::pattern;
use super::draft_rule::quoted;
use std::collections::BTreeMap;

/// Another file of the export in which a value is looked up.
#[derive(Debug)]
pub struct LookUp {
    pub file: usize,
    pub key: usize,
    /// Name → the file's column.
    pub columns: BTreeMap<String, usize>,
}

impl LookUp {
    pub fn columns_used(&self) -> Vec<usize> {
        self.columns.values().copied().chain([self.key]).collect()
    }

    /// As it stands in a mapping.
    pub fn text(&self, profile: &Profile, name: &str) -> String {
        let header = |at: usize| {
            let column = profile.files.get(self.file).and_then(|file| file.columns.get(at));
            quoted(column.and_then(|column| column.header.as_deref()).unwrap_or_default())
        };
        let Some(file) = profile.files.get(self.file) else { return String::new() };
        let sheets = file
            .sheet
            .as_ref()
            .map_or(String::new(), |sheet| format!("sheets = {}\n", quoted(&globset::escape(sheet))));
        let unique = file.columns.get(self.key).is_some_and(|column| column.key);
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, at)| {
                let keep = if unique { String::new() } else { ", keep = \"first\"".to_owned() };
                format!("{name} = {{ column = {}{keep} }}", header(*at))
            })
            .collect();
        format!(
            "\n[lookups.{name}]  # guess: what it is looked up in\nfiles = {}\n{sheets}names.key_here = {}\nkey = \"key_here\"\ncolumns = {{ {} }}\n",
            quoted(&pattern(file)),
            header(self.key),
            columns.join(", ")
        )
    }
}
