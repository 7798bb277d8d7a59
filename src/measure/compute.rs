//! A study: metrics computed over one snapshot, for periods and breakdowns, one scan each.
//!
//! Long because a study, its checks and its parameters read one after the other.

use super::dimension::Dimension;
use super::estimate::{Estimate, Group, Note, PeriodLabel, Statistic};
use super::estimators::{FollowUp, estimates};
use super::metric::{Catalogue, Headline, Kind, Metric};
use super::plan::{Cells, Grain, UnitColumns, read, wrap};
use super::small_tables;
use super::sufficient::{Body, Bucket, Sums};
use super::target::Targets;
use crate::project::{InstrumentFile, Period, nearest};
use crate::query::{Bindings, Engine, QueryError, days_since_epoch, scalar};
use crate::statistics::LEVEL;
use arrow::datatypes::{DataType, SchemaRef};
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Where a mistake in a metric's parameters is said to be: they come from the project file or the command line.
pub const PARAMETERS: &str = "parameters";

/// Which columns the export had: (table, column).
pub type Collected = BTreeSet<(String, String)>;

/// What a study stands on.
pub struct Study<'a> {
    pub engine: &'a Engine,
    pub catalogue: &'a Catalogue,
    pub as_of: Date,
    /// Columns that any file of the export had.
    pub collected: &'a Collected,
    /// Metric → parameters set by the project or on the command line.
    pub parameters: &'a BTreeMap<String, toml::Table>,
    pub targets: &'a Targets,
    /// Columns that were needed and not collected, by metric, or by `title by dimension` where only a breakdown lacks
    /// them; filled while computing.
    pub not_collected: RefCell<BTreeMap<String, Vec<String>>>,
}

/// What to compute of one metric.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub metric: &'a str,
    pub periods: &'a [Period],
    /// Each a list of dimensions taken together; the empty list is everybody.
    pub breakdowns: &'a [Vec<String>],
    /// Also the share reached by every single day up to this one.
    pub curve_to: Option<u32>,
}

/// A metric that can be run.
pub(super) struct Ready {
    pub metric: Metric,
    pub bindings: Bindings,
    pub columns: UnitColumns,
    /// Every column that the unit query gives.
    pub given: Vec<String>,
}

impl Study<'_> {
    /// Puts the instruments' directions, ranges and reliabilities where queries can read them.
    ///
    /// # Errors
    /// When the session's folder cannot be written.
    pub fn add_instruments(&self, instruments: &BTreeMap<String, InstrumentFile>) -> Result<(), QueryError> {
        self.engine.add_table("instruments", &small_tables::instruments(instruments)?)
    }

    /// Every estimate asked for: by breakdown, group and period, in this order.
    ///
    /// # Errors
    /// When the metric is not known, its query or parameters are wrong (located), or the engine fails.
    pub fn compute(&self, request: &Request<'_>) -> Result<Vec<Estimate>, QueryError> {
        let Ready { metric, bindings, columns, .. } = self.ready(request.metric, request.periods)?;
        let metric = &metric;
        let missing = self.missing(metric, &bindings, columns, &[])?;
        if !missing.is_empty() {
            self.not_collected.borrow_mut().insert(metric.name.clone(), missing);
            return Ok(self.not_collected_estimates(metric, request, &Group::default()));
        }
        let mut not_had = BTreeSet::new();
        for breakdown in request.breakdowns {
            let missing = self.missing(metric, &bindings, columns, breakdown)?;
            if !missing.is_empty() {
                let what = format!("{} by {}", metric.header.title, breakdown.join(" and "));
                self.not_collected.borrow_mut().insert(what, missing);
                not_had.insert(breakdown.as_slice());
            }
        }
        // Unduplicated clients do not add up over groups, so a count is made breakdown by breakdown.
        let at_once = metric.header.kind != Kind::Count;
        let mut every: Vec<String> = Vec::new();
        for name in request.breakdowns.iter().filter(|b| !not_had.contains(b.as_slice())).flatten() {
            if !every.contains(name) {
                every.push(name.clone());
            }
        }
        let together = at_once.then(|| self.cells(metric, &bindings, columns, &every, request.periods)).transpose()?;

        let mut all = Vec::new();
        for breakdown in request.breakdowns {
            if not_had.contains(breakdown.as_slice()) {
                let unknown = Group(breakdown.iter().map(|dimension| (dimension.clone(), None)).collect());
                all.extend(self.not_collected_estimates(metric, request, &unknown));
            } else if let Some(cells) = &together {
                all.extend(self.breakdown(metric, request, &every, breakdown, cells));
            } else {
                let cells = self.cells(metric, &bindings, columns, breakdown, request.periods)?;
                all.extend(self.breakdown(metric, request, breakdown, breakdown, &cells));
            }
        }
        Ok(all)
    }

    /// A metric with its parameters, its periods where it can read them, its columns checked.
    pub(super) fn ready(&self, name: &str, periods: &[Period]) -> Result<Ready, QueryError> {
        let declared = self.catalogue.get(name).ok_or_else(|| {
            QueryError::new(name, "is no metric")
                .with_hint(nearest(name, self.catalogue.names()).map(|n| format!("did you mean {n}?")))
        })?;
        let (metric, bindings) = self.set_parameters(declared)?;
        self.engine.add_table("periods", &small_tables::periods(periods, self.as_of)?)?;
        self.engine.add_table("period_days", &small_tables::period_days(periods)?)?;
        let (schema, _) = self.engine.describe(&metric.query, &bindings)?;
        let columns = unit_columns(&metric, &schema)?;
        let given = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Ready { metric, bindings, columns, given })
    }

    /// The columns that the metric needs for this breakdown and the export did not have, as `table.column`.
    pub(super) fn missing(
        &self,
        metric: &Metric,
        bindings: &Bindings,
        columns: UnitColumns,
        breakdown: &[String],
    ) -> Result<Vec<String>, QueryError> {
        // The wrapped query reads only what this breakdown needs.
        let dimensions = dimensions(metric, columns, breakdown)?;
        let (_, usage) = self.engine.describe(&wrap(metric, columns, &dimensions, Grain::Day), bindings)?;
        Ok(usage.into_iter().filter(|place| self.is_missing(metric, place)).map(|(t, c)| format!("{t}.{c}")).collect())
    }

    /// A column of the contract that the export did not have and the metric cannot do without.
    fn is_missing(&self, metric: &Metric, place: &(String, String)) -> bool {
        let (table, column) = place;
        crate::contract::CONTRACT.table(table).is_some_and(|t| t.column(column).is_some())
            && !self.collected.contains(place)
            && !metric.header.optional.contains(&format!("{table}.{column}"))
    }

    /// One run of the wrapped query.
    fn cells(
        &self,
        metric: &Metric,
        bindings: &Bindings,
        columns: UnitColumns,
        names: &[String],
        periods: &[Period],
    ) -> Result<Cells, QueryError> {
        let dimensions = dimensions(metric, columns, names)?;
        let rows = self.engine.run(&wrap(metric, columns, &dimensions, grain(periods)), bindings)?;
        read(metric, dimensions.len(), &rows)
    }

    /// The estimates of one breakdown, from cells by all dimensions.
    fn breakdown(
        &self,
        metric: &Metric,
        request: &Request<'_>,
        every: &[String],
        breakdown: &[String],
        cells: &Cells,
    ) -> Vec<Estimate> {
        let positions: Vec<usize> = breakdown.iter().filter_map(|name| every.iter().position(|e| e == name)).collect();
        let mut groups: BTreeMap<Group, BTreeMap<&Bucket, Sums>> = BTreeMap::new();
        if breakdown.is_empty() {
            groups.insert(Group::default(), BTreeMap::new());
        }
        for ((bucket, values), sums) in cells {
            let group = Group(positions.iter().map(|i| (every[*i].clone(), values[*i].clone())).collect());
            groups.entry(group).or_default().entry(bucket).or_default().add(sums);
        }
        let mut all = Vec::new();
        for (group, buckets) in &groups {
            for period in request.periods {
                let (start, end) = (i64::from(days_since_epoch(period.start)), i64::from(days_since_epoch(period.end)));
                let mut sums = Sums::default();
                for (bucket, cell) in buckets {
                    let inside = match bucket {
                        Bucket::Day(day) => (start..end).contains(day),
                        Bucket::Period(label) => *label == period.label,
                    };
                    if inside {
                        sums.add(cell);
                    }
                }
                all.extend(self.estimates(metric, request, period, group, &sums));
            }
        }
        all
    }

    fn estimates(
        &self,
        metric: &Metric,
        request: &Request<'_>,
        period: &Period,
        group: &Group,
        sums: &Sums,
    ) -> Vec<Estimate> {
        let complete = i64::from(days_since_epoch(self.as_of)) - i64::from(days_since_epoch(period.last_day()));
        let follow_up = FollowUp { complete_days: complete, curve_to: request.curve_to };
        let template = self.template(metric, period, group);
        let n = units(sums);
        // Of pairs whose instrument has no known reliability no share is taken.
        let behind = |estimate: &Estimate| match estimate.denominator {
            Some(classified) if estimate.statistic.is_share() => classified as u64,
            _ => n,
        };
        let mut all = estimates(metric, sums, follow_up, &template);
        if period.start > self.as_of {
            // Nothing of it has happened yet: no count is 0, it is not there.
            for estimate in &mut all {
                *estimate = Estimate {
                    statistic: estimate.statistic,
                    at: estimate.at,
                    outcome: estimate.outcome.clone(),
                    method: estimate.method.clone(),
                    note: Some(Note::NoData),
                    ..template.clone()
                };
            }
        }
        for estimate in &mut all {
            estimate.status = self.targets.status(metric, estimate, behind(estimate));
        }
        all
    }

    fn template(&self, metric: &Metric, period: &Period, group: &Group) -> Estimate {
        Estimate {
            metric: metric.name.clone(),
            version: metric.version.clone(),
            period: PeriodLabel {
                label: period.label.clone(),
                start: period.start.to_string(),
                end: period.end.to_string(),
                partial: period.is_partial(self.as_of),
            },
            group: group.clone(),
            statistic: Statistic::Events,
            at: None,
            outcome: None,
            estimate: None,
            lower: None,
            upper: None,
            level: LEVEL,
            method: String::new(),
            numerator: None,
            denominator: None,
            at_risk: None,
            events: None,
            censored: None,
            unknown: Some(0),
            excluded: Some(0),
            status: None,
            note: None,
        }
    }

    /// One estimate per period, of the headline statistic, that says a column is absent.
    fn not_collected_estimates(&self, metric: &Metric, request: &Request<'_>, group: &Group) -> Vec<Estimate> {
        let Headline { statistic, at } = metric.header.headline();
        request
            .periods
            .iter()
            .map(|period| Estimate {
                statistic,
                at,
                note: Some(Note::NotCollected),
                ..self.template(metric, period, group)
            })
            .collect()
    }

    /// The metric with this project's parameters, and the values to bind. Parameters that are tables become small tables.
    fn set_parameters(&self, declared: &Metric) -> Result<(Metric, Bindings), QueryError> {
        let mut metric = declared.clone();
        let mut parameters = declared.header.parameters.clone();
        if let Some(own) = self.parameters.get(&declared.name) {
            for (name, value) in own {
                set(&mut metric, &mut parameters, name, value)?;
            }
        }
        let mut bindings = Bindings::new();
        for (name, value) in &parameters {
            if let Some(value) = scalar(value) {
                bindings.insert(name.clone(), value);
            } else if let Some(table) = value.as_table() {
                self.engine.add_table(&format!("{}_{name}", declared.name), &small_tables::keyed_parameter(table)?)?;
            } else {
                return Err(QueryError::new(&declared.query.path, format!("parameter {name} is a list"))
                    .with_hint(Some("give a single value, or a table of lists by key".into())));
            }
        }
        if metric.query.uses("as_of") {
            bindings.insert("as_of".into(), datafusion_date(self.as_of));
        }
        Ok((metric, bindings))
    }
}

fn datafusion_date(date: Date) -> datafusion::common::ScalarValue {
    datafusion::common::ScalarValue::Date32(Some(days_since_epoch(date)))
}

/// The dimensions of those names.
pub(super) fn dimensions(
    metric: &Metric,
    columns: UnitColumns,
    names: &[String],
) -> Result<Vec<Dimension>, QueryError> {
    let mut dimensions = Vec::new();
    for name in names {
        let dimension = Dimension::named(name, metric).ok_or_else(|| {
            QueryError::new(&metric.name, format!("cannot be broken down by \"{name}\""))
                .with_hint(Some(format!("it can by {}", Dimension::names(metric).collect::<Vec<_>>().join(", "))))
        })?;
        if dimension.needs_enrollment && !columns.enrollment {
            return Err(QueryError::new(&metric.name, format!("has no enrollment to break down by {name}")));
        }
        dimensions.push(dimension);
    }
    Ok(dimensions)
}

/// The coarsest buckets that add up to these periods.
pub(super) fn grain(periods: &[Period]) -> Grain {
    let whole_months = periods.iter().all(|p| p.start.day() == 1 && p.end.day() == 1);
    if whole_months { Grain::Month } else { Grain::Day }
}

/// Keys of a metric's header that a project may set.
const SETTINGS: [&str; 6] = ["horizons", "minimum_n", "tolerance", "baseline", "rebase", "adjust_for"];

/// Sets what a project says of its metrics' headers, so that reports see it too.
///
/// # Errors
/// When a value cannot be meant.
pub fn settle(catalogue: &mut Catalogue, parameters: &BTreeMap<String, toml::Table>) -> Result<(), QueryError> {
    for (name, own) in parameters {
        let Some(metric) = catalogue.get_mut(name) else { continue };
        let mut unused = toml::Table::new();
        for (key, value) in own.iter().filter(|(key, _)| SETTINGS.contains(&key.as_str())) {
            set(metric, &mut unused, key, value)?;
        }
    }
    Ok(())
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
                    return Err(wrong(&format!("is a {}, not a {}", default.type_str(), value.type_str())));
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

/// Units with a known answer.
fn units(sums: &Sums) -> u64 {
    match &sums.body {
        Body::Empty => 0,
        Body::Count { events, .. } | Body::Rate { events, .. } => *events,
        Body::Proportion { n, .. } => *n,
        Body::Duration(waits) => waits.values().sum(),
        Body::Mean { sums, .. } => sums.n,
        Body::Change { pairs: [before, ..], .. } => before.n,
    }
}

/// Checks the columns that the unit query gives against its kind.
fn unit_columns(metric: &Metric, schema: &SchemaRef) -> Result<UnitColumns, QueryError> {
    let has = |name: &str| schema.column_with_name(name).is_some();
    let path = &metric.query.path;
    let given = || {
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        Some(format!("the query gives {}", names.join(", ")))
    };
    let columns = UnitColumns {
        enrollment: has("enrollment_id"),
        client: has("client_id"),
        period_id: has("period_id"),
        excluded: has("excluded"),
    };
    if !columns.enrollment && !columns.client {
        return Err(QueryError::new(path, "a unit needs enrollment_id or client_id").with_hint(given()));
    }
    if columns.period_id == has("on_date") {
        return Err(QueryError::new(path, "a unit is placed in time by on_date or by period_id, one of them")
            .with_hint(given()));
    }
    for needed in metric.header.kind.columns().iter().map(|c| (*c).to_string()).chain(metric.header.dimensions.clone())
    {
        if !has(&needed) {
            let kind = format!("{:?}", metric.header.kind).to_lowercase();
            return Err(QueryError::new(path, format!("a {kind} gives the column {needed}")).with_hint(given()));
        }
    }
    for field in schema.fields() {
        let (wanted, is): (&str, fn(&DataType) -> bool) = match (field.name().as_str(), metric.header.kind) {
            ("enrollment_id" | "client_id" | "period_id" | "excluded", _) | ("outcome", Kind::Duration) => {
                ("text", is_text)
            }
            ("on_date", _) => ("a date", |kind| matches!(kind, DataType::Date32 | DataType::Timestamp(..))),
            ("met", Kind::Proportion) => ("true or false", |kind| *kind == DataType::Boolean),
            ("days", Kind::Duration) | ("events" | "exposure_days", Kind::Rate) => {
                ("a whole number", DataType::is_integer)
            }
            ("value", Kind::Mean) | ("before" | "after" | "better" | "reliable_threshold", Kind::Change) => {
                ("a number", DataType::is_numeric)
            }
            _ => continue,
        };
        // A column of nothing but nulls has no type.
        if !is(field.data_type()) && *field.data_type() != DataType::Null {
            let message = format!("the column {} is {wanted}; the query gives {}", field.name(), field.data_type());
            let at = metric.query.text.rfind(field.name().as_str()).unwrap_or_default();
            let span = at..at + field.name().len();
            return Err(QueryError::at(path, &metric.query.text, span, message));
        }
    }
    Ok(columns)
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
