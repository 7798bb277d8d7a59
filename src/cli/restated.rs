//! What the last report said of past months: found by its manifest, computed again on its snapshot.
//!
//! Then and now are by the same definitions, so that only the records can make a difference; a definition that was
//! changed restates nothing.

use super::computed::Raw;
use super::console::Console;
use super::editions::Asked;
use super::failure::Failure;
use super::job::store;
use super::programs::Programs;
use super::session::{Earlier, Session};
use super::told::{Offered, Told};
use crate::contract::CONTRACT;
use crate::measure::{Estimate, Moved, MovedRecords, PROGRAM};
use crate::project::Period;
use crate::release::{Audience, Comparison, Policy, Released, is_restated, release_restatements};
use crate::report::{Definition, LastSnapshot, Restated, Wanted};
use crate::store::{STORE_FORMAT, StoreError};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What was reported for earlier months, newest first.
#[derive(Debug, Default)]
pub struct LastReports(Vec<LastReport>);

#[derive(Debug, Clone)]
struct LastReport {
    period: Period,
    snapshot: String,
    definition: String,
    audience: Value,
    program: Option<String>,
}

impl LastReports {
    /// The reports on months before `month` that lie in `out/`. Those on the month itself are being written again.
    pub fn read(out: &Path, month: &Period) -> Self {
        let mut all = Vec::new();
        // Without a folder nothing was reported yet; that none can be made is said when it is.
        let Ok(folders) = std::fs::read_dir(out) else { return Self::default() };
        for folder in folders.flatten() {
            let path = folder.path().join("manifest.json");
            if !path.is_file() {
                continue;
            }
            match std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(manifest) => all.extend(reports(&manifest)),
                None => Console::warn(&format!(
                    "warning: {} cannot be read; past months are not compared with the reports it is of",
                    path.display()
                )),
            }
        }
        all.retain(|report: &LastReport| report.period.end <= month.start);
        all.sort_by(|a, b| (b.period.end, &a.definition, &a.program).cmp(&(a.period.end, &b.definition, &b.program)));
        Self(all)
    }

    /// The last one of that definition for these readers, of the agency or of a program.
    fn of(&self, asked: &Asked, program: Option<&str>) -> Option<&LastReport> {
        let audience = serde_json::to_value(asked.audience).ok()?;
        self.0.iter().find(|last| {
            last.definition == asked.definition.name && last.audience == audience && last.program.as_deref() == program
        })
    }
}

/// The reports that a manifest names.
fn reports(manifest: &Value) -> Vec<LastReport> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let day = |value: &Value| value.as_str().and_then(|day| day.parse::<Date>().ok());
    let period = &manifest["period"];
    let (Some(start), Some(end), Some(label), Some(snapshot)) =
        (day(&period["start"]), day(&period["end"]), text(&period["label"]), text(&manifest["snapshot"]["id"]))
    else {
        return Vec::new();
    };
    let reports = manifest["reports"].as_object().into_iter().flat_map(serde_json::Map::values);
    reports
        .filter_map(|report| {
            Some(LastReport {
                period: Period { start, end, label: label.clone() },
                snapshot: snapshot.clone(),
                definition: text(&report["definition"])?,
                audience: report["audience"].clone(),
                program: text(&report["program"]),
            })
        })
        .collect()
}

/// What one edition says of the last report, before it is released.
pub struct Pending {
    last: Period,
    snapshot: String,
    found: Found,
}

enum Found {
    Compared {
        as_of: Date,
        months: Vec<Comparison>,
    },
    /// Why there is nothing to compare with.
    Without(LastSnapshot),
}

impl Pending {
    /// As released to these readers: the present values are those of the report itself. Nothing where nothing was restated.
    pub fn released<'a, I: Iterator<Item = &'a Released<Estimate>>>(
        self,
        now: impl Fn() -> I,
        audience: Audience,
        session: &Session,
    ) -> Option<Restated> {
        let found = match self.found {
            Found::Without(why) => why,
            Found::Compared { as_of, mut months } => {
                for comparison in &mut months {
                    comparison.now_released = now().find(|e| e.which() == comparison.now.which()).cloned();
                }
                let months = release_restatements(months, audience, session.project.privacy.small_cell);
                if months.is_empty() {
                    return None;
                }
                LastSnapshot::Compared { as_of, months }
            }
        };
        Some(Restated { last: self.last, snapshot: self.snapshot, found })
    }
}

/// The editions that one earlier snapshot is compared for: the agency's, programs' own.
type Whose = Vec<Option<String>>;

/// Compares the figures of a report's editions with what they were in the last one of each.
pub fn compared(
    session: &Session,
    asked: &Asked,
    last: &LastReports,
    raw: &Raw,
    programs: &Programs,
    month: &Period,
    told: (&Told, Policy),
) -> Result<BTreeMap<Option<String>, Pending>, Failure> {
    let mut by_snapshot: BTreeMap<(String, String), (Period, Whose)> = BTreeMap::new();
    for program in raw.parts.keys() {
        let Some(last) = last.of(asked, program.as_deref()) else { continue };
        if last.snapshot != session.snapshot.id {
            let key = (last.snapshot.clone(), last.period.label.clone());
            by_snapshot.entry(key).or_insert_with(|| (last.period.clone(), Vec::new())).1.push(program.clone());
        }
    }
    let mut all = BTreeMap::new();
    for ((snapshot, _), (period, editions)) in by_snapshot {
        let mut found: BTreeMap<Option<String>, Found> = BTreeMap::new();
        match earlier(session, &snapshot)? {
            Err(why) => {
                found.extend(editions.into_iter().map(|program| (program, Found::Without(why.clone()))));
            }
            Ok(earlier) => {
                let mut work = Work { session, asked, earlier: &earlier, last: &period, month, raw, told };
                let (whole, of_programs): (Vec<_>, Vec<_>) = editions.into_iter().partition(Option::is_none);
                if !whole.is_empty() {
                    found.extend(work.months(&asked.definition, &whole, None)?);
                }
                if let Some((definition, _)) = raw.of_program.as_ref().filter(|_| !of_programs.is_empty()) {
                    found.extend(work.months(definition, &of_programs, Some(programs))?);
                }
            }
        }
        all.extend(
            found
                .into_iter()
                .map(|(program, found)| (program, Pending { last: period.clone(), snapshot: snapshot.clone(), found })),
        );
    }
    Ok(all)
}

/// The earlier snapshot, opened, or why it is of no use.
fn earlier(session: &Session, id: &str) -> Result<Result<Earlier, LastSnapshot>, Failure> {
    let snapshot = match store(&session.project).open(id) {
        Ok(snapshot) => snapshot,
        Err(StoreError::NotFound { .. }) => return Ok(Err(LastSnapshot::NotKept)),
        Err(StoreError::Damaged { .. }) => return Ok(Err(LastSnapshot::NotRead)),
        Err(error) => return Err(error.into()),
    };
    // Another version's tables may have other columns, or mean something else by them.
    let manifest = &snapshot.manifest;
    if manifest.store_format != STORE_FORMAT || manifest.contract_version != CONTRACT.version {
        return Ok(Err(LastSnapshot::NotRead));
    }
    Ok(Ok(session.earlier(snapshot)?))
}

/// The comparison of one report with the last one.
struct Work<'a> {
    session: &'a Session,
    asked: &'a Asked,
    earlier: &'a Earlier,
    last: &'a Period,
    month: &'a Period,
    raw: &'a Raw,
    told: (&'a Told, Policy),
}

impl Work<'_> {
    /// The months of some editions that are not what they were.
    fn months(
        &mut self,
        definition: &Definition,
        editions: &[Option<String>],
        programs: Option<&Programs>,
    ) -> Result<BTreeMap<Option<String>, Found>, Failure> {
        let session = self.session;
        let first =
            |id: &String| programs.and_then(|programs| programs.first.get(id)).copied().unwrap_or(session.as_of);
        let first: BTreeMap<String, Date> = editions.iter().flatten().map(|id| (id.clone(), first(id))).collect();
        let wanted: Vec<Wanted> = self.wanted(definition);
        let of_each = |w: Wanted| if programs.is_some() { w.of_each_program() } else { w };
        let each: Vec<Wanted> = wanted.into_iter().map(of_each).collect();
        let study = session.earlier_study(self.earlier);
        let mut offered = Offered::default();
        offered.compute(&study, &each, self.asked.audience, &first, session.threads())?;
        let then = offered.figures;
        let (told, policy) = self.told;
        let then_released = told.told_before(then.clone(), policy);

        let mut months: BTreeMap<Option<String>, Vec<Comparison>> =
            editions.iter().map(|program| (program.clone(), Vec::new())).collect();
        for (then, then_released) in then.into_iter().zip(then_released) {
            let Some(metric) = session.catalogue.get(&then.metric) else { continue };
            let program = then.group.value(PROGRAM).map(str::to_owned);
            let (Some(of_edition), Some(now)) = (months.get_mut(&program), self.raw.parts.get(&program)) else {
                continue;
            };
            if !metric.header.headline().is(&then, metric) || is_provisional(&then) {
                continue;
            }
            let Some(now) = now.figures.iter().find(|e| e.which() == then.which()).filter(|now| !is_provisional(now))
            else {
                continue;
            };
            if is_restated(&then, now) {
                let now = now.clone();
                let comparison = Comparison { then, now, then_released, now_released: None, records: None };
                of_edition.push(comparison);
            }
        }
        self.count_records(&mut months, programs.is_some())?;
        let as_of = self.earlier.as_of;
        Ok(months.into_iter().map(|(program, months)| (program, Found::Compared { as_of, months })).collect())
    }

    /// The months of the first page's histories that both reports show, and that were over when the last one was made.
    fn wanted(&self, definition: &Definition) -> Vec<Wanted> {
        let session = self.session;
        let known_until = self.earlier.as_of.saturating_add(1.day());
        let entries = definition.scorecard.iter();
        entries
            .filter_map(|entry| {
                let now = definition.span(entry, self.month, session.as_of, session.begins).history;
                let then = definition.span(entry, self.last, self.earlier.as_of, self.earlier.begins).history;
                let both = then.into_iter().filter(|month| month.end <= known_until && now.contains(month));
                let periods: Vec<Period> = both.collect();
                let metric = entry.metric.clone();
                (!periods.is_empty()).then(|| Wanted { metric, periods, breakdowns: vec![Vec::new()], curve_to: None })
            })
            .collect()
    }

    /// The records behind the differences, where people have the same ids in both snapshots.
    fn count_records(
        &mut self,
        months: &mut BTreeMap<Option<String>, Vec<Comparison>>,
        by_program: bool,
    ) -> Result<(), Failure> {
        let session = self.session;
        if self.earlier.snapshot.manifest.key_fingerprint != session.snapshot.manifest.key_fingerprint {
            return Ok(());
        }
        let mut of_metric: BTreeMap<String, Vec<Period>> = BTreeMap::new();
        for comparison in months.values().flatten() {
            let label = &comparison.now.period;
            let (Ok(start), Ok(end)) = (label.start.parse(), label.end.parse()) else { continue };
            let periods = of_metric.entry(comparison.now.metric.clone()).or_default();
            if periods.iter().all(|period| period.label != label.label) {
                periods.push(Period { start, end, label: label.label.clone() });
            }
        }
        if of_metric.is_empty() {
            return Ok(());
        }
        let study = session.study();
        study.beside(&self.earlier.snapshot)?;
        let mut moved: BTreeMap<String, MovedRecords> = BTreeMap::new();
        for (metric, periods) in of_metric {
            let records = study.moved_records(&metric, &periods, by_program)?;
            moved.insert(metric, records);
        }
        for (program, comparisons) in months {
            for comparison in comparisons {
                let key = (program.clone(), comparison.now.period.label.clone());
                let records: Option<BTreeMap<String, Moved>> =
                    moved.get(&comparison.now.metric).map(|of_metric| of_metric.get(&key).cloned().unwrap_or_default());
                comparison.records = records;
            }
        }
        Ok(())
    }
}

/// Not everybody behind it had been followed long enough, or the month was not over: it was said to be provisional.
fn is_provisional(estimate: &Estimate) -> bool {
    estimate.period.partial
        || (estimate.at.is_some() && estimate.numerator.is_none() && estimate.censored.is_some_and(|n| n > 0))
}
