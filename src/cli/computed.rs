//! The figures of a run: computed once for all editions of a report, and released together: those for the agency itself, and
//! those for readers outside it.
//!
//! What a program's edition shows and what the agency's shows are linked: the agency less the other programs is the
//! program; and what the board reads, a funder may come to know. So everything for readers outside goes through one release,
//! also what is not written now: the project's other reports for them, and with one program's edition those of the others.
//! So no small number follows from what is written one after the other that would not follow from it together.

use super::editions::{Asked, Edition};
use super::failure::Failure;
use super::programs::Programs;
use super::restated::{self, LastReports};
use super::session::Session;
use super::told::{Offered, Told, policy};
use crate::measure::{Catalogue, Estimate, PROGRAM, Study};
use crate::project::Period;
use crate::release::{Account, Audience, Policy, Released, release_curve};
use crate::report::{Definition, Figures, PrivacyFacts, Restated, Wanted};
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The released figures of one report, for all its editions.
pub struct Computed {
    /// The definition of programs' own editions, and what they leave out.
    pub of_program: Option<(Definition, Vec<String>)>,
    /// Columns that are not there: for the agency's edition, and for programs' own.
    pub not_collected: NotCollected,
    parts: BTreeMap<Option<String>, Part>,
}

/// Metric → columns it needs that the export does not have; of the agency's edition and of programs' own.
#[derive(Default)]
pub struct NotCollected {
    pub whole: BTreeMap<String, Vec<String>>,
    pub programs: BTreeMap<String, Vec<String>>,
}

/// One edition's figures.
#[derive(Default)]
struct Part {
    /// Places in the figures released for its readers.
    places: Vec<usize>,
    curves: Vec<Released<Estimate>>,
    restated: Option<Restated>,
}

/// What was released to readers inside the agency, or outside it, and what was not.
struct ReleasedTogether {
    figures: Vec<Released<Estimate>>,
    account: Account,
    /// Documents that it is told in.
    documents: usize,
    overriding: Option<String>,
}

/// Everything that was released in a run.
pub struct Run {
    /// For each report, or why its figures could not be computed.
    pub reports: Vec<Result<Computed, Failure>>,
    /// For readers inside, and for those outside.
    released: BTreeMap<bool, ReleasedTogether>,
}

impl Run {
    /// The figures of one edition, and what it says of the last report.
    pub fn figures(&self, report: usize, audience: Audience, program: Option<&str>) -> (Figures, Option<&Restated>) {
        let computed = self.reports.get(report).and_then(|computed| computed.as_ref().ok());
        let part = computed.and_then(|computed| computed.parts.get(&program.map(str::to_owned)));
        let Some(part) = part else { return (Figures::default(), None) };
        let released =
            self.released.get(&audience.is_outside()).map_or(&[][..], |together| together.figures.as_slice());
        let own = |e: &Released<Estimate>| if program.is_some() { e.in_own_report() } else { e.clone() };
        let figures = part.places.iter().filter_map(|at| released.get(*at)).map(own);
        (Figures::new(figures, part.curves.iter().map(own)), part.restated.as_ref())
    }

    /// How many small numbers follow from what readers outside were told in earlier editions.
    pub fn exposed(&self) -> usize {
        self.released.get(&true).map_or(0, |together| together.account.exposed)
    }

    /// How the figures for these readers were released.
    pub fn privacy(&self, audience: Audience, small_cell: u32) -> PrivacyFacts {
        self.released.get(&audience.is_outside()).map_or_else(PrivacyFacts::default, |together| PrivacyFacts {
            small_cell,
            account: together.account,
            documents: together.documents,
            overriding: together.overriding.clone(),
        })
    }
}

/// Figures before they are released: those of the agency's edition, and of each program's.
#[derive(Default)]
pub struct Raw {
    pub parts: BTreeMap<Option<String>, Offered>,
    /// Those of editions that are not written now.
    beside: Vec<Estimate>,
    pub of_program: Option<(Definition, Vec<String>)>,
    not_collected: NotCollected,
}

/// Computes and releases the figures of all editions. `others` are the reports that readers outside are told at
/// other times: they are judged together with the ones that are asked for.
pub fn run(
    session: &Session,
    (asked, others): (&[Asked], &[&Asked]),
    editions: &[Edition],
    programs: &Programs,
    month: &Period,
    told: &mut Told,
) -> Result<Run, Failure> {
    let mut raw: Vec<Option<Result<Raw, Failure>>> = Vec::new();
    for (at, report) in asked.iter().enumerate() {
        let of_report = editions.iter().filter(|edition| edition.report == at);
        let mut of_programs: Vec<String> = of_report.clone().filter_map(|edition| edition.program.clone()).collect();
        let mut whole = of_report.clone().any(|edition| edition.program.is_none());
        if report.audience.is_outside() {
            whole = true;
            if !of_programs.is_empty() || was_of_programs(told, report) {
                of_programs = programs.first.keys().cloned().collect();
            }
        }
        raw.push(Some(computed(session, report, programs, (whole, of_programs), month)));
    }
    let last = LastReports::read(&session.project.root.join("out"), month);
    let mut all = Run { reports: Vec::new(), released: BTreeMap::new() };
    let mut done: Vec<Option<Result<Computed, Failure>>> = asked.iter().map(|_| None).collect();
    for outside in [false, true] {
        let is_theirs = |report: &Asked| report.audience.is_outside() == outside;
        let mut audiences: Vec<Audience> =
            asked.iter().filter(|report| is_theirs(report)).map(|of| of.audience).collect();
        audiences.sort_unstable();
        audiences.dedup();
        // The rule is the same for all of them.
        let Some(policy) = audiences.first().map(|audience| policy(session, *audience)) else { continue };
        if outside {
            told.comparable(&session.project)?;
        }
        let mut parts = Vec::new();
        for (at, report) in asked.iter().enumerate().filter(|(_, report)| is_theirs(report)) {
            let found = raw.get_mut(at).and_then(Option::take);
            let found = found.unwrap_or_else(|| Ok(Raw::default())).and_then(|mut raw| {
                // Where something changed is asked once it is known what did; then everything is judged together.
                computed_after(session, report, &mut raw, month, (told, policy))?;
                raw.keep(|program| editions.iter().any(|e| e.report == at && e.program == *program));
                let restated = restated::compared(session, report, &last, &raw, programs, month, (told, policy))?;
                Ok((raw, restated))
            });
            match found {
                Ok((raw, restated)) => parts.push((at, raw, restated)),
                Err(failure) => done[at] = Some(Err(failure)),
            }
        }
        let mut every: Vec<Vec<Estimate>> = Vec::new();
        for (_, raw, _) in &mut parts {
            every.extend(raw.parts.values_mut().map(|offered| std::mem::take(&mut offered.figures)));
        }
        let shown = every.len();
        every.extend(parts.iter_mut().map(|(_, raw, _)| std::mem::take(&mut raw.beside)));
        if outside {
            every.extend(beside(session, (asked, others), programs, month, (told, policy)));
        }
        let (unique, mut places) = together(every);
        places.truncate(shown);
        let rest = if outside {
            let catalogue = catalogue_for(session, policy.audience);
            told.rest(&Study { catalogue: &catalogue, ..session.study() }, &unique, policy, session.threads())?
        } else {
            Vec::new()
        };
        let release = told.release(unique, &rest, policy);
        let telling = release.of(places.iter().flatten().copied());
        for audience in &audiences {
            let named = named(asked, editions, *audience);
            told.keep(session, (&named, definitions(asked, editions, *audience)), *audience, month, &telling)?;
        }
        let figures = release.figures;
        let mut places = places.into_iter();
        for (at, raw, mut restated) in parts {
            let Some(audience) = asked.get(at).map(|report| report.audience) else { continue };
            let mut of_report = BTreeMap::new();
            for (program, offered) in raw.parts {
                let places = places.next().unwrap_or_default();
                let pending = restated.remove(&program);
                let now = || places.iter().filter_map(|at| figures.get(*at));
                let restated = pending.and_then(|pending| pending.released(now, audience, session));
                let curves = release_curve(offered.curves, policy);
                of_report.insert(program, Part { places, curves, restated });
            }
            let computed = Computed { of_program: raw.of_program, not_collected: raw.not_collected, parts: of_report };
            done[at] = Some(Ok(computed));
        }
        let is_for = |edition: &&Edition| asked.get(edition.report).is_some_and(is_theirs);
        let documents = editions.iter().filter(is_for).count();
        let overriding = told.overriding(policy.audience).map(str::to_owned);
        all.released.insert(outside, ReleasedTogether { figures, account: telling.account, documents, overriding });
    }
    all.reports = done.into_iter().flatten().collect();
    Ok(all)
}

impl Raw {
    /// Sets the editions apart that are not written now.
    fn keep(&mut self, is_written: impl Fn(&Option<String>) -> bool) {
        let (written, others) =
            std::mem::take(&mut self.parts).into_iter().partition(|(program, _)| is_written(program));
        self.parts = written;
        let others: BTreeMap<Option<String>, Offered> = others;
        self.beside.extend(others.into_values().flat_map(|offered| offered.figures));
    }
}

/// The figures of other reports for readers outside that are not asked for now. One that cannot be computed is not told either.
fn beside(
    session: &Session,
    (asked, others): (&[Asked], &[&Asked]),
    programs: &Programs,
    month: &Period,
    (told, policy): (&Told, Policy),
) -> Vec<Vec<Estimate>> {
    let is_asked = |report: &Asked| {
        asked.iter().any(|of| of.definition.name == report.definition.name && of.audience == report.audience)
    };
    let mut all = Vec::new();
    for report in others.iter().filter(|report| !is_asked(report)) {
        let of_programs = report.each_program || was_of_programs(told, report);
        let each = if of_programs { programs.first.keys().cloned().collect() } else { Vec::new() };
        let figures = computed(session, report, programs, (true, each), month).and_then(|mut raw| {
            computed_after(session, report, &mut raw, month, (told, policy))?;
            raw.keep(|_| false);
            Ok(raw.beside)
        });
        all.extend(figures);
    }
    all
}

/// The metrics as these readers see them: outside, groups are taken together as the project declares, before anything is
/// withheld.
fn catalogue_for(session: &Session, audience: Audience) -> Cow<'_, Catalogue> {
    let collapse = &session.project.privacy.collapse;
    if !audience.is_outside() || collapse.is_empty() {
        Cow::Borrowed(&session.catalogue)
    } else {
        Cow::Owned(session.catalogue.collapsed(collapse))
    }
}

/// What the ledger calls what is told together: the reports' file names, and whose editions there are.
fn named(asked: &[Asked], editions: &[Edition], audience: Audience) -> String {
    let is_for = |edition: &&Edition| asked.get(edition.report).is_some_and(|of| of.audience == audience);
    let names: Vec<&str> = editions.iter().filter(is_for).map(|edition| edition.stem.as_str()).collect();
    names.join(", ")
}

/// The definitions that are told, and whether programs' own editions of them are.
fn definitions(asked: &[Asked], editions: &[Edition], audience: Audience) -> BTreeMap<String, bool> {
    let mut all = BTreeMap::new();
    for edition in editions {
        if let Some(of) = asked.get(edition.report).filter(|of| of.audience == audience) {
            *all.entry(of.definition.name.clone()).or_default() |= edition.program.is_some();
        }
    }
    all
}

/// Whether readers outside were told programs' own editions of the report: what was withheld in those must stay so.
fn was_of_programs(told: &Told, report: &Asked) -> bool {
    told.definitions().get(report.definition.name.as_str()) == Some(&true)
}

/// The figures of one report's editions, each metric in as many scans for all programs as for the agency.
fn computed(
    session: &Session,
    asked: &Asked,
    programs: &Programs,
    (whole, of_programs): (bool, Vec<String>),
    month: &Period,
) -> Result<Raw, Failure> {
    let catalogue = catalogue_for(session, asked.audience);
    let study = Study { catalogue: &catalogue, ..session.study() };
    let mut raw = Raw::default();
    let first_left = session.first_left()?.filter(|day| *day < month.end);
    let wanted = |definition: &Definition| {
        let mut all = definition.wanted(&session.catalogue, month, session.as_of, session.begins);
        for wanted in &mut all {
            leave_out_survivors(wanted, &session.catalogue, first_left);
        }
        all
    };
    if whole {
        let offered = raw.parts.entry(None).or_default();
        offered.compute(&study, &wanted(&asked.definition), asked.audience, &BTreeMap::new(), session.threads())?;
        raw.not_collected.whole = study.not_collected.take();
    }
    if of_programs.is_empty() {
        return Ok(raw);
    }
    let mut by_program = BTreeMap::new();
    for name in asked.definition.metrics() {
        by_program.insert(name.to_owned(), study.is_by_program(name)?);
    }
    let knows = |name: &str| by_program.get(name).copied().unwrap_or(false);
    let (definition, left_out) = asked.definition.of_program(knows);
    for id in &of_programs {
        raw.parts.insert(Some(id.clone()), Offered::default());
    }
    let first = of_programs.iter().map(|id| (id.clone(), programs.first.get(id).copied().unwrap_or(session.as_of)));
    let first: BTreeMap<_, _> = first.collect();
    let each: Vec<Wanted> = wanted(&definition).into_iter().map(Wanted::of_each_program).collect();
    let mut offered = Offered::default();
    offered.compute(&study, &each, asked.audience, &first, session.threads())?;
    let program = |estimate: &Estimate| estimate.group.value(PROGRAM).map(|id| Some(id.to_owned()));
    for estimate in offered.figures {
        if let Some(part) = program(&estimate).and_then(|id| raw.parts.get_mut(&id)) {
            part.figures.push(estimate);
        }
    }
    for estimate in offered.curves {
        if let Some(part) = program(&estimate).and_then(|id| raw.parts.get_mut(&id)) {
            part.curves.push(estimate);
        }
    }
    // "Goals achieved by program and domain": in its own edition the program goes without saying.
    let by = format!(" by {PROGRAM}");
    let own = |what: String| what.replacen(&format!("{by} and "), " by ", 1).trim_end_matches(by.as_str()).to_owned();
    raw.not_collected.programs = study.not_collected.take().into_iter().map(|(what, of)| (own(what), of)).collect();
    raw.of_program = Some((definition, left_out));
    Ok(raw)
}

/// How many were there at a time before anybody is known to have left is not asked: the export holds only those of them who
/// stayed, and a rise since then would be of the export.
fn leave_out_survivors(wanted: &mut Wanted, catalogue: &Catalogue, first_left: Option<Date>) {
    let is_stock = catalogue.get(&wanted.metric).is_some_and(|metric| metric.header.stock);
    wanted.periods.retain(|period| !is_stock || first_left.is_none_or(|day| period.end > day));
}

/// Adds what the agency's edition asks for once its signals are known. They are read off released figures: which programs a
/// report looks at must not say what it may not.
fn computed_after(
    session: &Session,
    asked: &Asked,
    raw: &mut Raw,
    month: &Period,
    (told, policy): (&Told, Policy),
) -> Result<(), Failure> {
    let Some(whole) = raw.parts.get_mut(&None) else { return Ok(()) };
    let first = told.release(whole.figures.clone(), &[], policy);
    let figures = Figures::new(first.figures, Vec::new());
    let after = asked.definition.wanted_after(&figures, &session.catalogue, month, session.as_of, session.begins);
    let catalogue = catalogue_for(session, asked.audience);
    let study = Study { catalogue: &catalogue, ..session.study() };
    whole.compute(&study, &after, asked.audience, &BTreeMap::new(), session.threads())?;
    raw.not_collected.whole.extend(study.not_collected.take());
    Ok(())
}

/// Every different estimate once, and where those of each part are among them: what two editions share is released once, so
/// that it cannot be shown in one and withheld in the other.
fn together(parts: Vec<Vec<Estimate>>) -> (Vec<Estimate>, Vec<Vec<usize>>) {
    let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
    let all: Vec<Estimate> = parts.into_iter().flatten().collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].which().cmp(&all[*b].which()).then(a.cmp(b)));
    // Of those that are alike the first one stands for all.
    let mut stands: Vec<usize> = (0..all.len()).collect();
    for alike in order.chunk_by(|a, b| all[*a].which().cmp(&all[*b].which()).is_eq()) {
        for at in alike {
            stands[*at] = alike[0];
        }
    }
    let mut place = vec![0; all.len()];
    let mut unique = Vec::new();
    for (at, estimate) in all.into_iter().enumerate() {
        if stands[at] == at {
            place[at] = unique.len();
            unique.push(estimate);
        } else {
            place[at] = place[stands[at]];
        }
    }
    let mut places = place.into_iter();
    let parts = lengths.into_iter().map(|n| places.by_ref().take(n).collect()).collect();
    (unique, parts)
}
