//! A TOML text read key by key: every key that nobody asked for and every value of another kind is told, with its place.

use crate::ingest::header::nearest;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub type Node<'t> = Spanned<DeValue<'t>>;

/// Something wrong with a mapping's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key it is about: `tables.services.columns.minutes`.
    pub setting: String,
    /// Bytes of the text; without them the setting's own place.
    pub at: Option<Range<usize>>,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(setting: &str, message: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), at: None, message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// "did you mean", or what there is.
    pub fn meant<'a>(mut self, word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        self.hint = Some(match nearest(word, known.clone()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        });
        self
    }
}

/// Where each setting stands.
#[derive(Debug, Clone, Default)]
pub struct Places(BTreeMap<String, Range<usize>>);

impl Places {
    /// The bytes of the setting, or of the nearest one around it.
    pub fn of(&self, setting: &str) -> Option<Range<usize>> {
        let ends = setting.match_indices(['.', '[']).map(|(at, _)| at).chain([setting.len()]);
        let known: Vec<_> = ends.filter_map(|end| self.0.get(setting.get(..end)?)).collect();
        known.last().map(|at| (*at).clone())
    }
}

/// What was met on the way.
#[derive(Debug, Default)]
pub struct Walk {
    pub places: Places,
    pub faults: Vec<Fault>,
}

/// One table of the text.
pub struct Fields<'w, 'd, 't> {
    walk: &'w mut Walk,
    path: String,
    table: &'d DeTable<'t>,
    known: Vec<&'static str>,
}

impl Walk {
    /// Reads a table; afterwards its keys that were not asked for are told.
    pub fn table<'d, 't, T>(
        &mut self,
        path: &str,
        table: &'d DeTable<'t>,
        read: impl FnOnce(&mut Fields<'_, 'd, 't>) -> T,
    ) -> T {
        let mut fields = Fields { walk: self, path: path.to_owned(), table, known: Vec::new() };
        let value = read(&mut fields);
        fields.close();
        value
    }

    fn misfit(&mut self, path: &str, node: &Node<'_>, wanted: &str) {
        let mut fault = Fault::new(path, format!("{path} must be {wanted}, not {}", kind_of(node.get_ref())));
        fault.at = Some(node.span());
        self.faults.push(fault);
    }

    fn text(&mut self, path: &str, node: &Node<'_>, wanted: &str) -> Option<String> {
        let text = node.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.misfit(path, node, wanted);
        }
        text
    }

    /// A list of texts, or, where that is allowed, a single one.
    pub fn texts(&mut self, path: &str, node: &Node<'_>, single: bool) -> Option<Vec<String>> {
        let wanted = if single { "a text, or a list of texts" } else { "a list of texts" };
        match node.get_ref() {
            DeValue::String(text) if single => Some(vec![text.to_string()]),
            DeValue::Array(array) => {
                let read: Vec<Option<String>> = array.iter().map(|node| self.text(path, node, wanted)).collect();
                read.into_iter().collect()
            }
            _ => {
                self.misfit(path, node, wanted);
                None
            }
        }
    }
}

impl<'d, 't> Fields<'_, 'd, 't> {
    pub fn path_of(&self, key: &str) -> String {
        joined(&self.path, key)
    }

    /// The value of a key.
    pub fn take(&mut self, key: &'static str) -> Option<&'d Node<'t>> {
        self.known.push(key);
        let (name, node) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        let at =
            if matches!(node.get_ref(), DeValue::Table(_) | DeValue::Array(_)) { name.span() } else { node.span() };
        self.walk.places.0.insert(self.path_of(key), at);
        Some(node)
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.take(key)?;
        self.walk.text(&joined(&self.path, key), node, "a text")
    }

    /// One text or several.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let node = self.take(key)?;
        self.walk.texts(&joined(&self.path, key), node, true)
    }

    pub fn list(&mut self, key: &'static str) -> Option<Vec<String>> {
        let node = self.take(key)?;
        self.walk.texts(&joined(&self.path, key), node, false)
    }

    pub fn flag(&mut self, key: &'static str) -> bool {
        let Some(node) = self.take(key) else { return false };
        node.get_ref().as_bool().unwrap_or_else(|| {
            self.walk.misfit(&joined(&self.path, key), node, "true or false");
            false
        })
    }

    pub fn count(&mut self, key: &'static str) -> Option<u64> {
        let node = self.take(key)?;
        let integer = node.get_ref().as_integer();
        let count = integer.and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        if count.is_none() {
            self.walk.misfit(&joined(&self.path, key), node, "a whole number of 0 or more");
        }
        count
    }

    pub fn day(&mut self, key: &'static str) -> Option<jiff::civil::Date> {
        let node = self.take(key)?;
        let written = match node.get_ref() {
            DeValue::Datetime(day) if day.time.is_none() => day.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let day = written.parse().ok();
        if day.is_none() {
            self.walk.misfit(&joined(&self.path, key), node, "a day as 2020-12-31");
        }
        day
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let word = self.text(key)?;
        let chosen = words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let path = self.path_of(key);
            let fault = Fault::new(&path, format!("{key} cannot be \"{word}\""));
            self.walk.faults.push(fault.meant(&word, words.iter().map(|(known, _)| *known)));
        }
        chosen
    }

    /// A table below a key.
    pub fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Fields<'_, 'd, 't>) -> T) -> Option<T> {
        let node = self.take(key)?;
        let path = self.path_of(key);
        let DeValue::Table(table) = node.get_ref() else {
            self.walk.misfit(&path, node, "a table");
            return None;
        };
        Some(self.walk.table(&path, table, read))
    }

    /// One table or an array of them.
    pub fn tables<T>(
        &mut self,
        path: &str,
        node: &'d Node<'t>,
        mut read: impl FnMut(&mut Fields<'_, 'd, 't>) -> Option<T>,
    ) -> Vec<T> {
        match node.get_ref() {
            DeValue::Table(table) => self.walk.table(path, table, read).into_iter().collect(),
            DeValue::Array(array) => {
                let mut all = Vec::new();
                for (at, node) in array.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    self.walk.places.0.insert(path.clone(), node.span());
                    match node.get_ref() {
                        DeValue::Table(table) => all.extend(self.walk.table(&path, table, &mut read)),
                        _ => self.walk.misfit(&path, node, "a table"),
                    }
                }
                all
            }
            _ => {
                self.walk.misfit(path, node, "a table, or an array of tables");
                Vec::new()
            }
        }
    }

    /// A table whose keys are names of the mapping's own.
    pub fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Self, &str, &'d Node<'t>) -> Option<T>,
    ) -> Vec<(String, T)> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let path = self.path_of(key);
        let DeValue::Table(table) = node.get_ref() else {
            self.walk.misfit(&path, node, "a table");
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, node) in table {
            let path = joined(&path, name.get_ref());
            self.walk.places.0.insert(path.clone(), name.span());
            if let Some(value) = read(self, &path, node) {
                all.push((name.get_ref().to_string(), value));
            }
        }
        all
    }

    /// A table met under a name.
    pub fn table_at<T>(
        &mut self,
        path: &str,
        node: &'d Node<'t>,
        read: impl FnOnce(&mut Fields<'_, 'd, 't>) -> Option<T>,
    ) -> Option<T> {
        let DeValue::Table(table) = node.get_ref() else {
            self.walk.misfit(path, node, "a table");
            return None;
        };
        self.walk.table(path, table, read)
    }

    /// Texts, or a table that is read.
    pub fn text_or_table<T>(
        &mut self,
        path: &str,
        node: &'d Node<'t>,
        plain: impl FnOnce(Vec<String>) -> T,
        read: impl FnOnce(&mut Fields<'_, 'd, 't>) -> Option<T>,
    ) -> Option<T> {
        match node.get_ref() {
            DeValue::String(text) => Some(plain(vec![text.to_string()])),
            DeValue::Array(_) => self.walk.texts(path, node, true).map(plain),
            DeValue::Table(table) => self.walk.table(path, table, read),
            _ => {
                self.walk.misfit(path, node, "a column's name, a list of them, or a table");
                None
            }
        }
    }

    /// Name → text.
    pub fn pairs(&mut self, key: &'static str) -> BTreeMap<String, String> {
        self.named(key, |fields, path, node| fields.walk.text(path, node, "a text")).into_iter().collect()
    }

    /// What must be there.
    pub fn required<T>(&mut self, key: &str, value: Option<T>) -> Option<T> {
        // A value of another kind was told already.
        if value.is_none() && !self.table.iter().any(|(name, _)| name.get_ref() == key) {
            self.fault(Fault::new(&self.path, format!("{} has no {key}", self.path)));
        }
        value
    }

    pub fn fault(&mut self, fault: Fault) {
        self.walk.faults.push(fault);
    }

    fn close(self) {
        for (name, _) in self.table {
            let written = name.get_ref();
            if !self.known.contains(&written.as_ref()) {
                let within = if self.path.is_empty() { String::new() } else { format!(" in {}", self.path) };
                let mut fault = Fault::new(&self.path, format!("there is no key \"{written}\"{within}"))
                    .meant(written, self.known.iter().copied());
                fault.at = Some(name.span());
                self.walk.faults.push(fault);
            }
        }
    }
}

/// A key as it is written below another: in quotes if it is no bare one.
pub fn joined(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "this text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number (put it into quotes if it is meant as a text)",
        DeValue::Boolean(_) => "true or false (put it into quotes if it is meant as a text)",
        DeValue::Datetime(_) => "a date (put it into quotes if it is meant as a text)",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
