//! A metric's parameters: its own, those it shares with another metric, and what a project sets, for all programs or one.
//!
//! What is set for some programs makes a copy of the unit query for them, each copy kept to its programs, all put
//! together again: everything after it sees one query.

use super::compute::{PARAMETERS, Study};
use super::metric::{Catalogue, Metric};
use super::small_tables;
use crate::project::nearest;
use crate::query::{Bindings, QueryError, days_since_epoch, scalar};
use datafusion::common::ScalarValue;
use std::collections::{BTreeMap, BTreeSet};

/// Keys of a metric's header that a project may set.
const SETTINGS: [&str; 6] = ["horizons", "minimum_n", "tolerance", "baseline", "rebase", "adjust_for"];

/// Under it stand parameters of single programs: `[metrics.NAME.programs.PRG1]`.
const PROGRAMS: &str = "programs";

/// Sets what a project says of its metrics' headers, so that reports see it too.
///
/// # Errors
/// When a value cannot be meant, or a metric shares the parameters of one that is not there.
pub fn settle(catalogue: &mut Catalogue, parameters: &BTreeMap<String, toml::Table>) -> Result<(), QueryError> {
    for metric in catalogue.all() {
        if let Some(other) = &metric.header.parameters_of
            && catalogue.get(other).is_none_or(|found| found.header.parameters_of.is_some())
        {
            let message = format!("parameters_of names \"{other}\", which is no metric with parameters of its own");
            let hint = nearest(other, catalogue.names()).map(|n| format!("did you mean {n}?"));
            return Err(QueryError::new(&metric.query.path, message).with_hint(hint));
        }
    }
    for (name, own) in parameters {
        let Some(metric) = catalogue.get_mut(name) else { continue };
        let mut unused = toml::Table::new();
        for (key, value) in own.iter().filter(|(key, _)| SETTINGS.contains(&key.as_str())) {
            set(metric, &mut unused, key, value)?;
        }
    }
    Ok(())
}

/// One set of values: for all programs but those of their own, or for some.
struct Values {
    parameters: toml::Table,
    programs: Vec<String>,
}

impl Study<'_> {
    /// The metric with this project's parameters, and the values to bind. Parameters that are tables become small tables.
    pub(super) fn set_parameters(&self, declared: &Metric) -> Result<(Metric, Bindings), QueryError> {
        let mut metric = declared.clone();
        let mut parameters = toml::Table::new();
        let mut for_programs = toml::Table::new();
        let shared = declared.header.parameters_of.as_ref().and_then(|name| self.catalogue.get(name));
        // Whose a parameter is, for the name of its table.
        let owner = |parameter: &str| match shared {
            Some(other) if other.header.parameters.contains_key(parameter) => other.name.clone(),
            _ => declared.name.clone(),
        };
        for source in shared.into_iter().chain([declared]) {
            parameters.extend(source.header.parameters.clone());
            for (name, value) in self.parameters.get(&source.name).into_iter().flatten() {
                let of_other = source.name != declared.name;
                match value.as_table().filter(|_| name == PROGRAMS) {
                    Some(programs) => merge(&mut for_programs, programs),
                    // How another metric is reported is not how this one is.
                    None if of_other && SETTINGS.contains(&name.as_str()) => {}
                    None => set(&mut metric, &mut parameters, name, value)?,
                }
            }
        }
        let mut copies = vec![Values { parameters, programs: Vec::new() }];
        for (program, values) in &for_programs {
            let wrong =
                |what: String| QueryError::new(PARAMETERS, format!("[metrics.{}.{PROGRAMS}] {what}", declared.name));
            let values = values.as_table().ok_or_else(|| wrong(format!("{program}: write {program}.days = 14")))?;
            let mut parameters = copies[0].parameters.clone();
            for (name, value) in values {
                if SETTINGS.contains(&name.as_str()) {
                    return Err(wrong(format!("{program}: {name} is set for all programs together")));
                }
                set(&mut metric, &mut parameters, name, value)?;
            }
            match copies[1..].iter_mut().find(|copy| copy.parameters == parameters) {
                Some(same) => same.programs.push(program.clone()),
                None => copies.push(Values { parameters, programs: vec![program.clone()] }),
            }
        }
        let mut bindings = Bindings::new();
        for (number, copy) in copies.iter().enumerate() {
            for (name, value) in &copy.parameters {
                if let Some(value) = scalar(value) {
                    bindings.insert(numbered(name, number), value);
                } else if let Some(table) = value.as_table() {
                    let name = numbered(&format!("{}_{name}", owner(name)), number);
                    self.engine.add_table(&name, &small_tables::keyed_parameter(table)?)?;
                } else {
                    return Err(QueryError::new(&declared.query.path, format!("parameter {name} is a list"))
                        .with_hint(Some("give a single value, or a table of lists by key".into())));
                }
            }
        }
        if metric.query.uses("as_of") {
            bindings.insert("as_of".into(), ScalarValue::Date32(Some(days_since_epoch(self.as_of))));
        }
        if copies.len() > 1 {
            metric.query = self.put_together(&metric, &copies, &bindings, &owner)?;
        }
        Ok((metric, bindings))
    }

    /// One query of the copies, each with its own values and for its own programs.
    fn put_together(
        &self,
        metric: &Metric,
        copies: &[Values],
        bindings: &Bindings,
        owner: &dyn Fn(&str) -> String,
    ) -> Result<crate::query::QueryFile, QueryError> {
        let named: Vec<&String> = copies.iter().flat_map(|copy| &copy.programs).collect();
        let mut base = bindings.clone();
        base.retain(|name, _| metric.query.uses(name));
        let (schema, _) = self.engine.describe(&metric.query, &base)?;
        if schema.column_with_name("enrollment_id").is_none() {
            let message =
                format!("[metrics.{}.{PROGRAMS}] its units have no enrollment, and so no program", metric.name);
            return Err(QueryError::new(PARAMETERS, message));
        }
        self.are_programs(metric, &named)?;
        let quoted = |programs: &[&String]| {
            programs.iter().map(|p| format!("'{}'", p.replace('\'', "''"))).collect::<Vec<_>>().join(", ")
        };
        let mut parts = Vec::new();
        for (number, copy) in copies.iter().enumerate() {
            let words: BTreeMap<String, String> = copy
                .parameters
                .iter()
                .map(|(name, value)| {
                    if scalar(value).is_some() {
                        (format!("${name}"), format!("${}", numbered(name, number)))
                    } else {
                        let table = format!("{}_{name}", owner(name));
                        (table.clone(), numbered(&table, number))
                    }
                })
                .collect();
            let which = if copy.programs.is_empty() {
                format!("of_program.program_id is null or of_program.program_id not in ({})", quoted(&named))
            } else {
                format!("of_program.program_id in ({})", quoted(&copy.programs.iter().collect::<Vec<_>>()))
            };
            parts.push(format!(
                "select own.* from (\n{}\n) as own\n\
                 left join enrollments as of_program on own.enrollment_id = of_program.enrollment_id\nwhere {which}",
                metric.query.replaced(|word| Ok(words.get(word).cloned()))?.trim_end().trim_end_matches(';'),
            ));
        }
        Ok(metric.query.rewritten(parts.join("\nunion all\n")))
    }

    /// A program that nobody knows is a slip of the pen, and its values would silently be nobody's.
    fn are_programs(&self, metric: &Metric, named: &[&String]) -> Result<(), QueryError> {
        let text = "select program_id from programs union select program_id from enrollments";
        let rows = self.engine.run(&crate::query::QueryFile::parse("programs", text)?, &Bindings::new())?;
        let known: BTreeSet<String> = (0..rows.count()).filter_map(|row| rows.text(row, 0)).collect();
        match named.iter().find(|name| !known.contains(**name)) {
            Some(name) => {
                let hint = nearest(name, known.iter().map(String::as_str)).map(|n| format!("did you mean {n}?"));
                let message = format!("[metrics.{}.{PROGRAMS}] names \"{name}\", which is no program", metric.name);
                Err(QueryError::new(PARAMETERS, message).with_hint(hint))
            }
            None => Ok(()),
        }
    }
}

fn numbered(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name}_of_{number}") }
}

/// Puts one table of tables over another, as deep as both go.
pub fn merge(under: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Sets one parameter, or one of the header's own settings that a project may change.
fn set(metric: &mut Metric, parameters: &mut toml::Table, name: &str, value: &toml::Value) -> Result<(), QueryError> {
    let metric_name = metric.name.clone();
    let wrong = |what: &str| QueryError::new(PARAMETERS, format!("[metrics.{metric_name}] {name}: {what}"));
    match name {
        "horizons" => {
            let days: Option<Vec<u32>> = value
                .as_array()
                .and_then(|list| list.iter().map(|v| v.as_integer().and_then(|n| u32::try_from(n).ok())).collect());
            let mut days = days.ok_or_else(|| wrong("horizons are days, such as [182, 365]"))?;
            // The statistic that stands for the metric stays.
            days.extend(metric.header.headline.and_then(|headline| headline.at));
            days.sort_unstable();
            days.dedup();
            metric.header.horizons = days;
        }
        "minimum_n" => {
            let n = value.as_integer().and_then(|n| u64::try_from(n).ok());
            metric.header.minimum_n = n.ok_or_else(|| wrong("is a whole number"))?;
        }
        "baseline" | "rebase" | "adjust_for" => {
            let said = |error: toml::de::Error| wrong(error.message());
            match name {
                "baseline" => metric.header.baseline = Some(value.clone().try_into().map_err(said)?),
                "rebase" => metric.header.rebase = value.clone().try_into().map_err(said)?,
                _ => metric.header.adjust_for = value.clone().try_into().map_err(said)?,
            }
        }
        "tolerance" => {
            let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
            metric.header.tolerance = number.filter(|x| *x >= 0.0).ok_or_else(|| wrong("is a number from 0 up"))?;
        }
        _ => match parameters.get_mut(name) {
            Some(toml::Value::Table(defaults)) => {
                let own =
                    value.as_table().ok_or_else(|| wrong("is set by key, such as events.probation = [\"arrest\"]"))?;
                for (key, value) in own {
                    defaults.insert(key.clone(), value.clone());
                }
            }
            Some(default) => {
                if default.type_str() != value.type_str() {
                    let kind = |value: &toml::Value| match value.type_str() {
                        "integer" => "a whole number",
                        "float" => "a number such as 1.5",
                        "string" => "a text",
                        "boolean" => "true or false",
                        "datetime" => "a date",
                        "array" => "a list",
                        _ => "a table",
                    };
                    return Err(wrong(&format!("is {}, not {}", kind(default), kind(value))));
                }
                *default = value.clone();
            }
            None => {
                let known = parameters.keys().map(String::as_str).chain(SETTINGS);
                let hint = nearest(name, known).map(|n| format!("did you mean {n}?"));
                return Err(wrong("is no parameter of this metric").with_hint(hint));
            }
        },
    }
    Ok(())
}
