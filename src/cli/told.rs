//! The ledger of what was told outside the agency, as a file of the project; and what one report offers to its readers.

use super::failure::Failure;
use super::outputs::write_for_owner;
use super::parallel::in_parallel;
use super::session::Session;
use crate::measure::{Catalogue, Estimate, Kind, Request, Selection, Statistic, Study};
use crate::project::{Period, Project, Zeros};
use crate::release::{
    Audience, Edition, Ledger, Nesting, Policy, Release, Released, Rest, Telling, release_beside, rest_of, told_before,
};
use crate::report::Wanted;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The file's name in the project's folder.
const FILE: &str = "released.jsonl";

/// What was told before, and whether a release has regard to it.
pub struct Told {
    path: PathBuf,
    ledger: Ledger,
    /// Which groups lie within which.
    nesting: Nesting,
    /// Why earlier releases are not regarded, if they are not.
    override_reason: Option<String>,
}

impl Told {
    /// Reads the project's ledger, if it has one.
    pub fn open(project: &Project, override_reason: Option<&str>, nesting: Nesting) -> Result<Self, Failure> {
        if override_reason.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(Failure::Usage(
                "--override-disclosure needs a reason: it is kept in the ledger and shown in the report".into(),
            ));
        }
        let path = project.root.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::Usage(format!("{} cannot be read: {error}", path.display()))),
        };
        let ledger = Ledger::read(&text).map_err(|(line, message)| {
            Failure::Usage(format!(
                "{}:{line}: this ledger of what was released cannot be read: {message}\nhint: restore it from a copy; without it a new report can give away what earlier ones withheld",
                path.display()
            ))
        })?;
        Ok(Self { path, ledger, nesting, override_reason: override_reason.map(str::to_owned) })
    }

    /// Stops where groups are taken together in another way than in the last edition: a small group can be all of one way
    /// less the others of the other way.
    pub fn comparable(&self, project: &Project) -> Result<(), Failure> {
        let last = self.ledger.editions().last().filter(|last| last.collapse != project.privacy.collapse);
        match last {
            Some(last) if self.override_reason.is_none() => Err(Failure::Usage(format!(
                "[privacy.collapse] is not what it was when {} of {} was released: a small group could be worked out from groups taken together in two ways\nhint: set it as it was; --override-disclosure REASON is for when the agency decides otherwise",
                last.report, last.period
            ))),
            _ => Ok(()),
        }
    }

    /// What the agency should know before it tells readers outside more.
    pub fn warnings(&self, project: &Project) -> Vec<String> {
        let now = project.privacy.small_cell;
        let above = |edition: &&Edition| edition.small_cell.is_some_and(|then| then > now);
        let mut all = Vec::new();
        if let Some(earlier) = self.ledger.editions().iter().rfind(above) {
            all.push(format!(
                "warning: [privacy] small_cell is {now}, and was {} when {} of {} was released: numbers that were withheld then may be told now",
                earlier.small_cell.unwrap_or(now),
                earlier.report,
                earlier.period
            ));
        }
        if self.ledger.editions().is_empty() && has_reports_for_readers_outside(project) {
            all.push(format!(
                "warning: out/ holds reports for readers outside, and there is no {FILE}: this release has no regard to what they told\nhint: restore {FILE} from a copy; a new report can give away what earlier ones withheld"
            ));
        }
        all
    }

    /// Definitions of the reports that readers outside were told → whether they were told programs' own editions.
    pub fn definitions(&self) -> BTreeMap<&str, bool> {
        self.ledger.definitions()
    }

    /// Releases what is offered, beside all that was told before. `rest` says whose the units are of what is left of one figure
    /// without another.
    pub fn release(&self, figures: Vec<Estimate>, rest: &[Estimate], policy: Policy) -> Release {
        release_beside(figures, rest, policy, &self.regarded(), &self.nesting)
    }

    /// Whose the units are of what is left where figures that are told, now or before, are taken from each other.
    pub fn rest(
        &self,
        study: &Study<'_>,
        figures: &[Estimate],
        policy: Policy,
        threads: usize,
    ) -> Result<Vec<Estimate>, Failure> {
        let asked: Vec<(String, Rest)> = rest_of(figures, &self.regarded(), policy).into_iter().collect();
        let compute = |(metric, rest): &(String, Rest)| -> Result<Vec<Estimate>, Failure> {
            let period = |(start, end): &(String, String)| {
                Some(Period { start: start.parse().ok()?, end: end.parse().ok()?, label: format!("{start}/{end}") })
            };
            let periods: Vec<Period> = rest.times.iter().filter_map(period).collect();
            let breakdowns: Vec<Vec<String>> = rest.breakdowns.iter().cloned().collect();
            let request = Request { metric, periods: &periods, breakdowns: &breakdowns, curve_to: None };
            let selection = Selection { programs: &BTreeMap::new(), keep: &|estimate| estimate.people.is_some() };
            study.beside_others(|study| Ok(study.compute_selected(&request, selection)?))
        };
        let mut all = Vec::new();
        for found in in_parallel(&asked, threads, compute) {
            all.extend(found?);
        }
        Ok(all)
    }

    /// What was told before, as far as this release has regard to it.
    fn regarded(&self) -> Cow<'_, Ledger> {
        if self.override_reason.is_some() { Cow::Owned(Ledger::default()) } else { Cow::Borrowed(&self.ledger) }
    }

    /// Of earlier figures those that were told before.
    pub fn told_before(&self, figures: Vec<Estimate>, policy: Policy) -> Vec<Option<Released<Estimate>>> {
        told_before(figures, policy, &self.ledger)
    }

    /// Why earlier releases are not regarded, where this one is for readers outside.
    pub fn overriding(&self, audience: Audience) -> Option<&str> {
        self.override_reason.as_deref().filter(|_| audience.is_outside())
    }

    /// Keeps what is told, before it is: a run that breaks off has told too little, and never more than it remembers.
    pub fn keep(
        &mut self,
        session: &Session,
        (report, definitions): (&str, BTreeMap<String, bool>),
        audience: Audience,
        month: &Period,
        telling: &Telling,
    ) -> Result<(), Failure> {
        if !audience.is_outside() {
            return Ok(());
        }
        let before = self.ledger.editions().len();
        self.ledger.add(Edition {
            report: report.into(),
            audience,
            period: month.label.clone(),
            snapshot: session.snapshot.id.clone(),
            small_cell: Some(session.project.privacy.small_cell),
            override_reason: self.override_reason.clone(),
            definitions,
            collapse: session.project.privacy.collapse.clone(),
            told: telling.told.clone(),
        });
        if self.ledger.editions().len() == before {
            return Ok(());
        }
        let text = self.ledger.text().map_err(|error| Failure::Report(error.to_string()))?;
        write_for_owner(&self.path, text.as_bytes()).map_err(|error| Failure::Write(self.path.clone(), error))
    }
}

fn has_reports_for_readers_outside(project: &Project) -> bool {
    let names = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))
    };
    let outside = |name: &str| ["-board", "-funder", "-public"].iter().any(|audience| name.contains(audience));
    names(project.root.join("out")).any(|(folder, _)| names(folder).any(|(_, name)| outside(&name)))
}

/// The rule for an audience, as the project sets it.
pub fn policy(session: &Session, audience: Audience) -> Policy {
    let privacy = &session.project.privacy;
    let zeros_shown = privacy.zeros == Zeros::Shown;
    // Whoever has no snapshot does not know it, and it stays as long as the key does.
    let of_key = session.snapshot.manifest.key_fingerprint.as_bytes();
    let secret = blake3::derive_key("attain 2026 what is withheld", of_key);
    Policy { zeros_shown, secret, ..Policy::new(audience, privacy.small_cell) }
}

/// What is computed for a report, before it is released.
#[derive(Default)]
pub struct Offered {
    pub figures: Vec<Estimate>,
    pub curves: Vec<Estimate>,
}

impl Offered {
    /// Computes what is wanted, of programs each for itself where they are given. No more is offered than the report
    /// shows: to readers outside every further figure is one more from which a small number might follow.
    pub fn compute(
        &mut self,
        study: &Study<'_>,
        all: &[Wanted],
        audience: Audience,
        programs: &BTreeMap<String, Date>,
        threads: usize,
    ) -> Result<(), Failure> {
        let compute = |wanted: &Wanted| -> Result<Self, Failure> {
            let request = Request {
                metric: &wanted.metric,
                periods: &wanted.periods,
                breakdowns: &wanted.breakdowns,
                curve_to: wanted.curve_to,
            };
            let first = study.catalogue.get(&wanted.metric).and_then(|metric| metric.header.events.first());
            let of_curve = |estimate: &Estimate| {
                wanted.curve_to.is_some()
                    && estimate.statistic == Statistic::ShareByDay
                    && estimate.outcome.as_ref() == first
            };
            let of_figures = |estimate: &Estimate| {
                let inside = !audience.is_outside();
                (inside || wanted.curve_to.is_none())
                    && (is_shown(estimate, study.catalogue) || (inside && estimate.statistic == Statistic::Clients))
            };
            let keep = |estimate: &Estimate| of_curve(estimate) || of_figures(estimate);
            let selection = Selection { programs, keep: &keep };
            let estimates = study.beside_others(|study| study.compute_selected(&request, selection))?;
            let curves = estimates.iter().filter(|estimate| of_curve(estimate)).cloned().collect();
            let figures = estimates.into_iter().filter(|estimate| of_figures(estimate)).collect();
            Ok(Self { figures, curves })
        };
        for offered in in_parallel(all, threads, compute) {
            let Self { figures, curves } = offered?;
            self.figures.extend(figures);
            self.curves.extend(curves);
        }
        Ok(())
    }
}

/// Whether a report shows the statistic: the headline, or one that is of no day, of the same way out and no other count.
/// Further days and ways out are further parts of the whole, and the smallest of them would be withheld with all others.
fn is_shown(estimate: &Estimate, catalogue: &Catalogue) -> bool {
    let Some(metric) = catalogue.get(&estimate.metric) else { return false };
    let headline = metric.header.headline();
    let of_first = estimate.outcome.is_none() || estimate.outcome.as_ref() == metric.header.events.first();
    let without_day = metric.header.kind != Kind::Count && estimate.at.is_none() && of_first;
    headline.is(estimate, metric) || without_day
}
