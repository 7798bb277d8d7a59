//! A draft for files that a built-in mapping is made for: its text, with what of these files it does not meet.

use super::{FileProfile, Profile};
use crate::contract::CONTRACT;
use crate::ingest::mapping::{From, Mapping, Patterns, Rule, built_in_text};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The text; `None` where the mapping maps nothing, or there is no such mapping.
pub fn draft(profile: &Profile, name: &str) -> Option<String> {
    let text = built_in_text(name)?;
    let mapping = Mapping::built_in(name)?.ok()?;
    let mut draft = format!(
        "# Drafted by attain profile --draft-mapping. A guess is marked \"# guess\"; what a person has to decide is marked \"# ?\".\n\
         # guess: these are files of the built-in mapping {name}, of which this is the text. Without a file of your own,\n\
         # mapping = \"{name}\" in attain.toml does the same; attain mapping show {name} tells what is assumed.\n#\n"
    );
    for (table, rules) in CONTRACT.tables.iter().zip(&mapping.tables).filter(|(_, rules)| !rules.is_empty()) {
        let files: BTreeSet<&str> =
            rules.iter().flat_map(|rule| read_by(profile, rule)).map(|file| file.called.as_str()).collect();
        // Writing to a String cannot fail.
        let _ = if files.is_empty() {
            writeln!(draft, "# ? {} is made from none of these files", table.name)
        } else {
            writeln!(draft, "# guess: {} is made from {}", table.name, joined(&files))
        };
        let lacking = lacking(profile, &mapping, rules);
        if !files.is_empty() && !lacking.is_empty() {
            let _ = writeln!(draft, "# ?   without {}, whose columns are not there", joined(&lacking));
        }
    }
    let unread: BTreeSet<&str> = profile
        .files
        .iter()
        .filter(|file| !file.columns.is_empty() && !is_read(file, &mapping))
        .map(|file| file.called.as_str())
        .collect();
    if !unread.is_empty() {
        let _ = writeln!(draft, "# Not used: {}", joined(&unread));
    }
    draft.push('\n');
    draft.push_str(text);
    Some(draft)
}

fn joined(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn fits(file: &FileProfile, files: &Patterns, sheets: Option<&Patterns>) -> bool {
    let sheet = |sheets: &Patterns| file.sheet.as_ref().is_some_and(|sheet| sheets.fit_word(sheet));
    files.fit_file(&file.path, &file.name) && sheets.is_none_or(sheet)
}

fn read_by<'p>(profile: &'p Profile, rule: &'p Rule) -> impl Iterator<Item = &'p FileProfile> {
    profile.files.iter().filter(|file| !file.columns.is_empty() && fits(file, &rule.files, rule.sheets.as_ref()))
}

fn is_read(file: &FileProfile, mapping: &Mapping) -> bool {
    let by_rule = mapping.tables.iter().flatten().any(|rule| fits(file, &rule.files, rule.sheets.as_ref()));
    by_rule || mapping.lookups.iter().any(|lookup| fits(file, &lookup.files, lookup.sheets.as_ref()))
}

/// The contract's columns that no rule finds in the files it reads.
fn lacking(profile: &Profile, mapping: &Mapping, rules: &[Rule]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut sought = BTreeSet::new();
    for rule in rules {
        for (column, source) in rule.table.columns.iter().zip(&rule.columns) {
            let Some(source) = source else { continue };
            sought.insert(column.name.as_str());
            let From::Column(names) = &source.from else {
                found.insert(column.name.as_str());
                continue;
            };
            if read_by(profile, rule).any(|file| names.iter().any(|name| has(file, mapping, rule, name))) {
                found.insert(column.name.as_str());
            }
        }
    }
    sought.difference(&found).copied().collect()
}

/// Whether a file has the column that a name of the rule stands for. What a look-up holds is taken to be there.
fn has(file: &FileProfile, mapping: &Mapping, rule: &Rule, name: &str) -> bool {
    let in_file = |wanted: &str| {
        let wanted = mapping.comparable(wanted);
        file.columns.iter().filter_map(|column| column.header.as_deref()).any(|h| mapping.comparable(h) == wanted)
    };
    let named = rule.names.iter().find(|known| known.name == name);
    let is_made = name.contains('.')
        || name.contains('{')
        || rule.repeat.is_some()
        || rule.split.as_ref().is_some_and(|split| split.name.as_deref() == Some(name));
    is_made || named.map_or_else(|| in_file(name), |named| named.alternatives.iter().any(|n| in_file(n)))
}
