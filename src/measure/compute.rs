//! A study: metrics computed over one snapshot, for periods and breakdowns, one scan each.
//!
//! Long because a study and its checks read one after the other.

use super::dimension::Dimension;
use super::estimate::{Estimate, Group, Note, PeriodLabel, Statistic, Status};
use super::estimators::{DAYS_PER_MONTH, FollowUp, estimates};
use super::metric::{Catalogue, Headline, Kind, Metric};
use super::persons::{ByClient, read_by_client, wrap_by_client};
use super::plan::{Cells, Grain, UnitColumns, read, wrap};
use super::small_tables;
use super::sufficient::{Body, Bucket, Sums};
use super::target::Targets;
use crate::project::{InstrumentFile, Period, nearest};
use crate::query::{Bindings, Engine, QueryError, days_since_epoch};
use crate::statistics::LEVEL;
use arrow::datatypes::{DataType, SchemaRef};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Where a mistake in a metric's parameters is said to be: they come from the project file or the command line.
pub const PARAMETERS: &str = "parameters";

/// The dimension of programs.
pub const PROGRAM: &str = "program";

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
    /// Table → the day from which its records are complete, where the project says so.
    pub complete_from: &'a BTreeMap<String, Date>,
    /// Columns that were needed and not collected, by metric, or by `title by dimension` where only a breakdown lacks
    /// them; filled while computing.
    pub not_collected: NotCollected,
}

/// Columns that were needed and not collected, by what needed them.
#[derive(Debug, Default)]
pub struct NotCollected(Mutex<BTreeMap<String, Vec<String>>>);

impl NotCollected {
    fn add(&self, what: String, columns: Vec<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(what, columns);
    }

    /// All of them, which are then forgotten.
    pub fn take(&self) -> BTreeMap<String, Vec<String>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
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

/// Programs whose estimates are made each for itself, and which of them are wanted.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Program → its first day. It has estimates where nothing of it was found too; before that day there is no data of it,
    /// which is not the same as none.
    pub programs: &'a BTreeMap<String, Date>,
    /// What is kept. Many programs have many more estimates than a report shows.
    pub keep: &'a dyn Fn(&Estimate) -> bool,
}

/// A metric that can be run.
pub(super) struct Ready {
    pub metric: Metric,
    pub bindings: Bindings,
    pub columns: UnitColumns,
    /// Every column that the unit query gives.
    pub given: Vec<String>,
    /// The day from which all tables that it reads are complete.
    pub complete_from: Option<Date>,
}

impl Study<'_> {
    /// Puts the instruments' directions, ranges and reliabilities where queries can read them.
    ///
    /// # Errors
    /// When the session's folder cannot be written.
    pub fn add_instruments(&self, instruments: &BTreeMap<String, InstrumentFile>) -> Result<(), QueryError> {
        self.engine.add_table("instruments", &small_tables::instruments(instruments)?)
    }

    /// The same study on an engine of its own, so that others are worked on at the same time.
    ///
    /// # Errors
    /// When there cannot be another engine, and what `work` returns.
    pub fn beside_others<T, E: From<QueryError>>(&self, work: impl FnOnce(&Study<'_>) -> Result<T, E>) -> Result<T, E> {
        let engine = self.engine.sibling()?;
        let study = Study { engine: &engine, not_collected: NotCollected::default(), ..*self };
        let done = work(&study)?;
        for (what, columns) in study.not_collected.take() {
            self.not_collected.add(what, columns);
        }
        Ok(done)
    }

    /// Every estimate asked for: by breakdown, group and period, in this order.
    ///
    /// # Errors
    /// When the metric is not known, its query or parameters are wrong (located), or the engine fails.
    pub fn compute(&self, request: &Request<'_>) -> Result<Vec<Estimate>, QueryError> {
        self.compute_selected(request, Selection { programs: &BTreeMap::new(), keep: &|_| true })
    }

    /// The same for a selection, in as many scans as for everybody.
    ///
    /// # Errors
    /// As [`Study::compute`].
    pub fn compute_selected(
        &self,
        request: &Request<'_>,
        selection: Selection<'_>,
    ) -> Result<Vec<Estimate>, QueryError> {
        let Ready { metric, bindings, columns, complete_from, .. } = self.ready(request.metric, request.periods)?;
        let metric = &metric;
        let missing = self.missing(metric, &bindings, columns, &[])?;
        if !missing.is_empty() {
            self.not_collected.add(metric.name.clone(), missing);
            return Ok(self.not_collected_estimates(metric, request, &Group::default()));
        }
        let mut not_had = BTreeSet::new();
        let mut every: Vec<String> = Vec::new();
        for name in request.breakdowns.iter().flatten() {
            if !every.contains(name) {
                every.push(name.clone());
            }
        }
        // Where something is missing, it is looked for which of them need it.
        let is_any_missing = !self.missing(metric, &bindings, columns, &every)?.is_empty();
        for breakdown in request.breakdowns.iter().filter(|_| is_any_missing) {
            let missing = self.missing(metric, &bindings, columns, breakdown)?;
            if !missing.is_empty() {
                let what = format!("{} by {}", metric.header.title, breakdown.join(" and "));
                self.not_collected.add(what, missing);
                not_had.insert(breakdown.as_slice());
            }
        }
        // Unduplicated clients do not add up over groups, so a count is made breakdown by breakdown.
        let at_once = metric.header.kind != Kind::Count;
        every.retain(|name| request.breakdowns.iter().any(|b| b.contains(name) && !not_had.contains(b.as_slice())));
        let together = at_once.then(|| self.cells(metric, &bindings, columns, &every, request.periods)).transpose()?;

        let mut all = Vec::new();
        for breakdown in request.breakdowns {
            if not_had.contains(breakdown.as_slice()) {
                let unknown = Group(breakdown.iter().map(|dimension| (dimension.clone(), None)).collect());
                all.extend(self.not_collected_estimates(metric, request, &unknown));
                continue;
            }
            let persons = self.persons(metric, &bindings, columns, breakdown)?;
            if let Some(cells) = &together {
                all.extend(self.breakdown(metric, request, &every, breakdown, (cells, &persons), selection));
            } else {
                let cells = self.cells(metric, &bindings, columns, breakdown, request.periods)?;
                all.extend(self.breakdown(metric, request, breakdown, breakdown, (&cells, &persons), selection));
            }
        }
        if let Some(from) = complete_from.map(|day| day.to_string()) {
            for estimate in &mut all {
                if estimate.period.end <= from {
                    *estimate = nothing_known(estimate);
                } else if estimate.period.start < from {
                    estimate.period.partial = true;
                }
            }
        }
        Ok(all)
    }

    /// The day from which all records that a metric reads are complete, where the project says one.
    ///
    /// # Errors
    /// As [`Study::compute`], short of running.
    pub fn known_from(&self, name: &str) -> Result<Option<Date>, QueryError> {
        Ok(self.ready(name, &[])?.complete_from)
    }

    /// Whether a metric's units belong to programs.
    ///
    /// # Errors
    /// As [`Study::compute`], short of running.
    pub fn is_by_program(&self, name: &str) -> Result<bool, QueryError> {
        let Ready { metric, columns, .. } = self.ready(name, &[])?;
        let program = Dimension::named(PROGRAM, &metric);
        Ok(program.is_some_and(|dimension| columns.enrollment || !dimension.needs_enrollment))
    }

    /// A metric with its parameters, its periods where it can read them, its columns checked.
    pub(super) fn ready(&self, name: &str, periods: &[Period]) -> Result<Ready, QueryError> {
        let declared = self.catalogue.get(name).ok_or_else(|| {
            QueryError::new(name, "is no metric")
                .with_hint(nearest(name, self.catalogue.names()).map(|n| format!("did you mean {n}?")))
        })?;
        self.engine.add_table("periods", &small_tables::periods(periods, self.as_of)?)?;
        self.engine.add_table("period_days", &small_tables::period_days(periods)?)?;
        let (metric, bindings) = self.set_parameters(declared)?;
        let (schema, usage) = self.engine.describe(&metric.query, &bindings)?;
        let columns = unit_columns(&metric, &schema)?;
        let given = schema.fields().iter().map(|field| field.name().clone()).collect();
        let complete_from = usage.iter().filter_map(|(table, _)| self.complete_from.get(table)).max().copied();
        Ok(Ready { metric, bindings, columns, given, complete_from })
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
    pub(super) fn cells(
        &self,
        metric: &Metric,
        bindings: &Bindings,
        columns: UnitColumns,
        names: &[String],
        periods: &[Period],
    ) -> Result<Cells, QueryError> {
        let dimensions = dimensions(metric, columns, names)?;
        let rows = self.engine.run(&wrap(metric, columns, &dimensions, grain(periods)), bindings)?;
        read(metric, &dimensions, &rows)
    }

    /// Sums over clients, for intervals that hold where a client has several units.
    fn persons(
        &self,
        metric: &Metric,
        bindings: &Bindings,
        columns: UnitColumns,
        breakdown: &[String],
    ) -> Result<ByClient, QueryError> {
        let dimensions = dimensions(metric, columns, breakdown)?;
        match wrap_by_client(metric, columns, &dimensions) {
            Some(query) => read_by_client(metric, dimensions.len(), &self.engine.run(&query, bindings)?),
            None => Ok(ByClient::new()),
        }
    }

    /// The estimates of one breakdown, from cells by all dimensions.
    fn breakdown(
        &self,
        metric: &Metric,
        request: &Request<'_>,
        every: &[String],
        breakdown: &[String],
        (cells, persons): (&Cells, &ByClient),
        selection: Selection<'_>,
    ) -> Vec<Estimate> {
        let positions: Vec<usize> = breakdown.iter().filter_map(|name| every.iter().position(|e| e == name)).collect();
        let mut groups: BTreeMap<Group, BTreeMap<&Bucket, Sums>> = BTreeMap::new();
        if breakdown.is_empty() {
            groups.insert(Group::default(), BTreeMap::new());
        }
        if breakdown == [PROGRAM] {
            for id in selection.programs.keys() {
                groups.insert(Group(vec![(PROGRAM.into(), Some(id.clone()))]), BTreeMap::new());
            }
        }
        for ((bucket, values), sums) in cells {
            let group = Group(positions.iter().map(|i| (every[*i].clone(), values[*i].clone())).collect());
            groups.entry(group).or_default().entry(bucket).or_default().add(sums);
        }
        share_exposure(metric, &mut groups);
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
                let mut found = self.estimates(metric, request, period, group, &sums);
                let values = group.0.iter().map(|(_, value)| value.clone()).collect();
                if let Some(persons) = persons.get(&(period.label.clone(), values)) {
                    persons.tell(&mut found);
                }
                let begins = group.value(PROGRAM).and_then(|id| selection.programs.get(id));
                if begins.is_some_and(|day| period.end <= *day) {
                    for estimate in &mut found {
                        *estimate = nothing_known(estimate);
                    }
                }
                all.extend(found.into_iter().filter(selection.keep));
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
                *estimate = nothing_known(estimate);
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
            people: None,
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
}

/// Gives every value of a dimension of the events the whole exposure, which has no value of it.
fn share_exposure(metric: &Metric, groups: &mut BTreeMap<Group, BTreeMap<&Bucket, Sums>>) {
    let of_events = |(name, _): &(String, Option<String>)| metric.header.event_dimensions.contains(name);
    if !groups.keys().any(|group| group.0.iter().any(of_events)) {
        return;
    }
    let mut exposures: BTreeMap<Group, BTreeMap<&Bucket, u64>> = BTreeMap::new();
    let without = |group: &Group| {
        let values = group.0.iter().map(|pair| if of_events(pair) { (pair.0.clone(), None) } else { pair.clone() });
        Group(values.collect())
    };
    for (group, buckets) in &*groups {
        for (bucket, sums) in buckets {
            if let Body::Rate { exposure_days, .. } = sums.body {
                *exposures.entry(without(group)).or_default().entry(bucket).or_default() += exposure_days;
            }
        }
    }
    for (group, buckets) in groups.iter_mut() {
        for (bucket, days) in exposures.get(&without(group)).into_iter().flatten() {
            let sums = buckets.entry(bucket).or_default();
            match &mut sums.body {
                Body::Rate { exposure_days, .. } => *exposure_days = *days,
                body => *body = Body::Rate { events: 0, exposure_days: *days },
            }
        }
    }
    // The rows of the exposure are no events of an unknown kind.
    groups.retain(|group, buckets| {
        let some = |sums: &Sums| sums.excluded > 0 || matches!(sums.body, Body::Rate { events: 1.., .. });
        group.0.iter().all(|pair| !of_events(pair) || pair.1.is_some()) || buckets.values().any(some)
    });
}

/// The estimate without anything found: what it would be of has not happened, or was not recorded yet.
fn nothing_known(estimate: &Estimate) -> Estimate {
    let status = estimate.status.map(|_| Status::NoData);
    Estimate { unknown: Some(0), excluded: Some(0), status, ..estimate.clone().without_values(Note::NoData) }
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

/// Units with a known answer; of a rate the client-months, since few events in a long time are not few data.
fn units(sums: &Sums) -> u64 {
    match &sums.body {
        Body::Empty => 0,
        Body::Count { events, .. } => *events,
        Body::Rate { exposure_days, .. } => (*exposure_days as f64 / DAYS_PER_MONTH) as u64,
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
