//! A rule: one SQL file in `queries/checks/` with a header. What is wrong with either is said at its place.

use super::Dimension;
use super::message::{Shown, Template};
use crate::contract::{CONTRACT, Severity, sha256_hex};
use crate::project::nearest;
use crate::query::{Bindings, Engine, Origin, QueryError, QueryFile, days_since_epoch, scalar};
use datafusion::common::ScalarValue;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Where rules are, below `queries/`.
const CHECKS: &str = "queries/checks/";
/// Leaves a rule out, among its parameters in a project's file.
const OFF: &str = "off";
/// Columns that say where a row is and whether it fails.
const PLACE: [&str; 3] = ["_file", "_line", "fails"];

/// A rule as declared by its file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file's name without `.sql`, with `-` for `_`: the code of its findings.
    pub code: String,
    pub header: Header,
    pub query: QueryFile,
    /// It comes with the program, not with the project.
    pub built_in: bool,
    template: Template,
}

/// The header of a rule's file; `attain explain CODE` prints it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What is found: "an exit without a known reason".
    pub title: String,
    /// What it means, and what it does to figures.
    pub meaning: String,
    /// What to do.
    pub fix: String,
    /// `warning` or `note`.
    pub severity: Severity,
    /// The side of data quality it counts for.
    pub quality: Dimension,
    /// What a row of the query is: "open enrollments".
    pub counted: String,
    /// The column to look at, where one can be named.
    #[serde(default)]
    pub field: Option<String>,
    /// Said of a failing row; `{column}` is a column of the query.
    pub message: String,
    /// Columns (`table.column`) without which the rule can still be run.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Name → value.
    #[serde(default)]
    pub parameters: toml::Table,
}

/// What one row of a rule's query is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Enrollment,
    Client,
    Program,
}

impl Grain {
    /// The column that names it.
    pub fn column(self) -> &'static str {
        match self {
            Self::Enrollment => "enrollment_id",
            Self::Client => "client_id",
            Self::Program => "program_id",
        }
    }
}

/// A rule that was held against a snapshot's tables.
#[derive(Debug)]
pub struct Fitted {
    pub grain: Grain,
    pub bindings: Bindings,
    /// Columns of its message, and what of each may be shown.
    pub columns: Vec<(String, Shown)>,
    /// Columns it reads, `optional` ones left out.
    pub needs: Vec<(String, String)>,
    pub tables: Vec<String>,
}

impl Rule {
    /// Reads one file.
    ///
    /// # Errors
    /// At the place in the file that cannot be meant.
    pub fn parse(path: &str, text: &str, built_in: bool) -> Result<Self, QueryError> {
        let query = QueryFile::parse(path, text)?;
        if query.header.is_empty() {
            return Err(QueryError::new(path, "a rule begins with its header")
                .with_hint(Some("see queries/README.md: /*--- title = \"…\" … ---*/".into())));
        }
        let header: Header = query.header_as()?;
        let at = |word: &str, message: String| match text_place(text, word) {
            Some(span) => QueryError::at(path, text, span, message),
            None => QueryError::new(path, message),
        };
        if header.severity == Severity::Error {
            let hint = "an error is a row that is not loaded; a rule looks at rows that are".to_string();
            return Err(at("severity", "the severity of a rule is warning or note".into()).with_hint(Some(hint)));
        }
        if header.quality == Dimension::Conformance {
            let hint = "what concerns the form of single values is checked when they are read".to_string();
            let message = "a rule counts for completeness, timeliness or plausibility".to_string();
            return Err(at("quality", message).with_hint(Some(hint)));
        }
        let template = Template::parse(&header.message).map_err(|message| at("message", message))?;
        for name in &header.optional {
            let (table, column) = name.split_once('.').unwrap_or((name, ""));
            if CONTRACT.table(table).and_then(|table| table.column(column)).is_none() {
                let all: Vec<String> = CONTRACT
                    .tables
                    .iter()
                    .flat_map(|t| t.columns.iter().map(move |c| format!("{}.{}", t.name, c.name)))
                    .collect();
                let hint = nearest(name, all.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"));
                return Err(at(name, format!("{name} is no column of the contract")).with_hint(hint));
            }
        }
        if let Some(field) = &header.field
            && CONTRACT.tables.iter().all(|table| table.column(field).is_none())
        {
            let all = CONTRACT.tables.iter().flat_map(|t| t.columns.iter().map(|c| c.name.as_str()));
            let hint = nearest(field, all).map(|near| format!("did you mean {near}?"));
            return Err(at("field", format!("no table has a column {field}")).with_hint(hint));
        }
        let stem = path.trim_end_matches(".sql").rsplit('/').next().unwrap_or_default();
        let code = stem.replace('_', "-");
        if crate::contract::finding_kind(&code).is_some() {
            return Err(QueryError::new(
                path,
                format!("{code} is the code of a finding that is made when files are read"),
            )
            .with_hint(Some("give the file another name".into())));
        }
        Ok(Self { code, header, query, built_in, template })
    }

    /// Where the value that is wrong stands in a message of this rule.
    #[must_use]
    pub fn marked(&self, message: &str) -> Option<Range<usize>> {
        self.template.place_of(self.header.field.as_deref()?, message)
    }

    pub(super) fn message(&self, value: impl Fn(&str) -> Option<String>) -> String {
        self.template.render(value)
    }

    /// Holds the rule against the tables: its columns, its message, what it reads.
    ///
    /// # Errors
    /// At the place in the file that is wrong.
    pub fn fit(&self, engine: &Engine, as_of: Date) -> Result<Fitted, QueryError> {
        let (path, text) = (self.query.path.as_str(), self.query.text.as_str());
        let mut bindings = Bindings::new();
        for (name, value) in &self.header.parameters {
            let Some(value) = scalar(value) else {
                return Err(QueryError::new(path, format!("parameter {name} is not a single value")));
            };
            bindings.insert(name.clone(), value);
        }
        if self.query.uses("as_of") {
            bindings.insert("as_of".into(), ScalarValue::Date32(Some(days_since_epoch(as_of))));
        }
        let (schema, usage) = engine.describe(&self.query, &bindings)?;
        let has = |name: &str| schema.fields().iter().any(|field| field.name() == name);
        if let Some(absent) = PLACE.iter().find(|name| !has(name)) {
            return Err(QueryError::new(path, format!("the query has no column {absent}")).with_hint(Some(
                "a rule returns enrollment_id, client_id or program_id, then _file, _line and fails".into(),
            )));
        }
        if schema.field_with_name("fails").is_ok_and(|field| *field.data_type() != arrow::datatypes::DataType::Boolean)
        {
            return Err(QueryError::new(path, "the column fails is not true or false"));
        }
        let grain = [Grain::Enrollment, Grain::Client, Grain::Program].into_iter().find(|grain| has(grain.column()));
        let Some(grain) = grain else {
            return Err(QueryError::new(path, "the query has none of enrollment_id, client_id and program_id"));
        };
        let origins: BTreeMap<String, Origin> = engine.origins(&self.query, &bindings)?.into_iter().collect();
        let mut columns = Vec::new();
        for name in self.template.columns() {
            let at = |message: String| match text_place(text, &format!("{{{name}}}")) {
                Some(span) => QueryError::at(path, text, span, message),
                None => QueryError::new(path, message),
            };
            let Some(origin) = origins.get(name) else {
                let hint =
                    nearest(name, origins.keys().map(String::as_str)).map(|near| format!("did you mean {near}?"));
                return Err(at(format!("the query has no column {name}")).with_hint(hint));
            };
            let shown = Shown::of(origin).map_err(|why| at(format!("{{{name}}} cannot stand in a message: {why}")))?;
            columns.push((name.to_string(), shown));
        }
        let of_contract = |table: &str, column: &str| CONTRACT.table(table).is_some_and(|t| t.column(column).is_some());
        let mut tables: Vec<String> = usage.iter().map(|(table, _)| table.clone()).collect();
        tables.dedup();
        let needs = usage
            .into_iter()
            .filter(|(table, column)| of_contract(table, column))
            .filter(|(table, column)| !self.header.optional.contains(&format!("{table}.{column}")))
            .collect();
        Ok(Fitted { grain, bindings, columns, needs, tables })
    }
}

/// What a value is, in words.
fn kind_of(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::Integer(_) => "a whole number",
        toml::Value::Float(_) => "a number with a point",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Datetime(_) => "a date",
        toml::Value::String(_) => "a text in quotes",
        toml::Value::Array(_) | toml::Value::Table(_) => "several values",
    }
}

/// Where a word first stands in a file.
fn text_place(text: &str, word: &str) -> Option<Range<usize>> {
    text.find(word).map(|start| start..start + word.len())
}

/// Every rule by its code; a project's own stand before the built-in ones of the same name.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: BTreeMap<String, Rule>,
    off: Vec<String>,
}

impl FromIterator<Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule.code.clone(), rule)).collect(), off: Vec::new() }
    }
}

impl Rules {
    /// The built-in rules and a project's own, given as (path, text); files that are no rules are passed over.
    ///
    /// # Errors
    /// At the place in the file that cannot be meant.
    pub fn load(own: &[(String, String)]) -> Result<Self, QueryError> {
        let mut rules = BTreeMap::new();
        let built_in = crate::built_in::QUERIES.iter().map(|(path, text)| (*path, *text, true));
        let all = built_in.chain(own.iter().map(|(path, text)| (path.as_str(), text.as_str(), false)));
        for (path, text, built_in) in all.filter(|(path, ..)| path.contains(CHECKS)) {
            let rule = Rule::parse(path, text, built_in)?;
            rules.insert(rule.code.clone(), rule);
        }
        Ok(Self { rules, off: Vec::new() })
    }

    /// By code.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule of that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Rule> {
        self.rules.get(code)
    }

    /// Sets parameters of rules, as a project's `[checks.NAME]` has them; `off = true` leaves a rule out.
    ///
    /// # Errors
    /// Says which rule or parameter is not known, or has a value of another kind, and names the nearest known one.
    pub fn set(&mut self, name: &str, own: &toml::Table) -> Result<(), (String, Option<String>)> {
        let code = name.replace('_', "-");
        let Some(rule) = self.rules.get_mut(&code) else {
            let near =
                nearest(&code, self.rules.keys().map(String::as_str)).map(|near| format!("did you mean {near}?"));
            return Err((format!("[checks] names \"{name}\", which is no rule"), near));
        };
        let mut off = false;
        for (parameter, value) in own {
            if parameter == OFF {
                off = value.as_bool().ok_or_else(|| (format!("[checks.{name}] {OFF} is true or false"), None))?;
                continue;
            }
            let Some(default) = rule.header.parameters.get_mut(parameter) else {
                let known = rule.header.parameters.keys().map(String::as_str).chain([OFF]);
                let hint = nearest(parameter, known).map(|near| format!("did you mean {near}?"));
                return Err((format!("[checks.{name}] has no parameter {parameter}"), hint));
            };
            if !default.same_type(value) {
                let kind = kind_of(default);
                return Err((format!("[checks.{name}] {parameter} is {kind}, such as {default}"), None));
            }
            *default = value.clone();
        }
        if off {
            self.rules.remove(&code);
            self.off.push(code);
        }
        Ok(())
    }

    /// Rules that the project has switched off.
    #[must_use]
    pub fn off(&self) -> &[String] {
        &self.off
    }

    /// Changes whenever a rule's text or parameter does, or one is switched off: 8 hex digits.
    #[must_use]
    pub fn version(&self) -> String {
        let texts =
            self.rules.values().map(|rule| format!("{}\n{}\n{}\n", rule.code, rule.query.text, rule.header.parameters));
        sha256_hex(texts.collect::<String>().as_bytes())[..8].to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"/*---
title    = "a title"
meaning  = "a meaning"
fix      = "a fix"
severity = "warning"
quality  = "plausibility"
counted  = "enrollments"
field    = "intake_on"
message  = "intake on {intake_on}"
optional = ["enrollments.exited_on"]
---*/
select enrollment_id, _file, _line, false as fails, intake_on from enrollments"#;

    #[test]
    fn a_rule_is_read_with_its_code() {
        let rule = Rule::parse("queries/checks/early_intake.sql", SOUND, false).expect("it is sound");
        assert_eq!(rule.code, "early-intake");
        assert_eq!(rule.marked("intake on 2026-01-02"), Some(10..20));
        assert!(Rules::load(&[]).expect("the built-in rules are sound").all().count() >= 14);
    }

    #[test]
    fn a_mistake_in_the_header_is_told_at_its_place() {
        for (from, to, line, said) in [
            ("counted  =", "conted   =", 7, "unknown field `conted`"),
            ("\"warning\"", "\"error\"", 5, "warning or note"),
            ("\"warning\"", "\"grave\"", 5, "unknown variant `grave`"),
            ("\"plausibility\"", "\"conformance\"", 6, "completeness, timeliness or plausibility"),
            ("{intake_on}\"", "{intake_on\"", 9, "a { without its }"),
            ("enrollments.exited_on", "enrollments.exit_on", 10, "no column of the contract"),
            ("\"intake_on\"", "\"intake_date\"", 8, "no table has a column intake_date"),
        ] {
            let text = SOUND.replace(from, to);
            assert_ne!(text, SOUND, "{from}");
            let error = Rule::parse("queries/checks/x.sql", &text, false).expect_err(to);
            assert_eq!(error.place.map(|(line, _)| line), Some(line), "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(Rule::parse("queries/checks/x.sql", "select 1", false).is_err());
        let error = Rule::parse("queries/checks/bad_date.sql", SOUND, false).expect_err("taken");
        assert!(error.message.contains("bad-date"), "{error}");
    }
}
