//! Groups of one period side by side: programs, teams, case managers; women and men. Which differ by more than chance,
//! given how small they are, how much such groups differ anyway, and who their clients are. Never a rank.
//!
//! Funnel limits at 95 and 99.8 % around the value of all groups together (Spiegelhalter 2005), widened where the groups
//! differ more than chance would have it; adjusted for what was known at intake by indirect standardisation; p-values
//! adjusted for how many groups are looked at (Benjamini & Hochberg 1995); each group beside a reference group.
//!
//! Long because one group's row and all that is said of it stand together.

use super::compare::{Against, Comparison, Verdict, compare};
use super::compute::{Request, Study};
use super::curves::WholeCourse;
use super::estimate::{Estimate, Note, Statistic};
use super::funnel::{Counted, Limits, Position, Standing};
use super::metric::{Headline, Metric};
use super::persons::is_by_client;
use crate::project::Period;
use crate::query::QueryError;
use crate::statistics::LEVEL;
use crate::statistics::comparison::TwoShares;
use crate::statistics::multiple::benjamini_hochberg;
use crate::statistics::overdispersion::Site;
use crate::statistics::ratio::{rate_ratio, risk_ratio};
use crate::statistics::standardisation::{Cell, Denominator, Standardised, indirect};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is known before the service begins, and so may be adjusted for. What the service itself does is no excuse for it.
pub const KNOWN_AT_INTAKE: [&str; 7] =
    ["gender", "race_ethnicity", "age_group", "language", "referral_source", "setting", "funder"];

/// What is to be compared.
#[derive(Debug, Clone, Copy)]
pub struct Comparing<'a> {
    pub metric: &'a str,
    pub period: &'a Period,
    pub dimension: &'a str,
    /// The group that the others stand beside; without one the largest.
    pub reference: Option<&'a str>,
    /// Dimensions of [`KNOWN_AT_INTAKE`].
    pub adjust_for: &'a [String],
}

/// The groups of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Groups {
    pub metric: String,
    pub version: String,
    pub period: String,
    pub dimension: String,
    /// What is compared: `share`, `mature_share.365`, `rate`, `mean` …
    pub statistic: String,
    /// Of all groups that are large enough together.
    pub overall: Option<f64>,
    /// How much more the groups vary than chance would make them (1: no more), and the p-value of "no more".
    pub dispersion: Option<f64>,
    pub dispersion_p: Option<f64>,
    /// Whether the limits are widened by it.
    pub widened: bool,
    pub adjusted_for: Vec<String>,
    pub reference: Option<String>,
    /// Of a duration: whether the groups are alike over the whole course. Not adjusted for who their clients are.
    pub whole_course: Option<WholeCourse>,
    pub groups: Vec<GroupRow>,
    /// Why there is less here than could be, in words; empty if all is there.
    pub notes: Vec<String>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// `None` is the unknown group.
    pub group: Option<String>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub estimate: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// Where chance alone, or groups like these, would put a group of this size: of the estimate, or of `ratio` if adjusted.
    pub limit_95_lower: Option<f64>,
    pub limit_95_upper: Option<f64>,
    pub limit_998_lower: Option<f64>,
    pub limit_998_upper: Option<f64>,
    /// Observed over expected, given who the clients are.
    pub observed: Option<f64>,
    pub expected: Option<f64>,
    pub ratio: Option<f64>,
    pub ratio_lower: Option<f64>,
    pub ratio_upper: Option<f64>,
    /// How much of what it is compared with is the group itself, where clients like its own are hardly anywhere else: 0 to 1.
    pub itself: Option<f64>,
    /// Of no difference from all groups together; and adjusted for how many groups are looked at.
    pub p: Option<f64>,
    pub p_adjusted: Option<f64>,
    pub position: Position,
    /// Better or worse, where it stands outside the limits.
    pub verdict: Verdict,
    pub rule: String,
    /// Beside the reference group.
    pub difference: Option<f64>,
    pub difference_lower: Option<f64>,
    pub difference_upper: Option<f64>,
    pub times: Option<f64>,
    pub times_lower: Option<f64>,
    pub times_upper: Option<f64>,
    pub beside_reference: Option<Verdict>,
}

impl Study<'_> {
    /// Compares the groups of a dimension. Empty of groups when the metric was not collected.
    ///
    /// # Errors
    /// As [`Study::compute`]; also when it is to be adjusted for what is known only later.
    pub fn groups(&self, comparing: Comparing<'_>) -> Result<Groups, QueryError> {
        let metric =
            self.catalogue.get(comparing.metric).ok_or_else(|| QueryError::new(comparing.metric, "is no metric"))?;
        if let Some(late) = comparing.adjust_for.iter().find(|name| !KNOWN_AT_INTAKE.contains(&name.as_str())) {
            return Err(QueryError::new(
                comparing.metric,
                format!("cannot be adjusted for {late}: it is not known before the service begins"),
            )
            .with_hint(Some(format!("it can for {}", KNOWN_AT_INTAKE.join(", ")))));
        }
        let dimension = comparing.dimension.to_owned();
        let mut breakdowns = vec![vec![dimension.clone()]];
        if !comparing.adjust_for.is_empty() {
            breakdowns.push([std::slice::from_ref(&dimension), comparing.adjust_for].concat());
        }
        let request = Request {
            metric: comparing.metric,
            periods: std::slice::from_ref(comparing.period),
            breakdowns: &breakdowns,
            curve_to: None,
        };
        let all = self.compute(&request)?;
        let compared = compared_statistic(metric);
        let wanted: Vec<&Estimate> = all.iter().filter(|e| compared.is(e, metric)).collect();
        let single: Vec<&Estimate> = wanted.iter().copied().filter(|e| e.group.0.len() == 1).collect();
        let strata: Vec<&Estimate> = wanted.iter().copied().filter(|e| e.group.0.len() > 1).collect();
        let adjusted = adjusted(&strata);
        let whole_course = self.whole_course(&comparing)?;
        Ok(Groups { whole_course, ..table(metric, compared, &comparing, &single, &adjusted) })
    }
}

/// What groups are compared by: the headline, and of a duration whose headline is censored the share of those followed.
#[must_use]
pub fn compared_statistic(metric: &Metric) -> Headline {
    let headline = metric.header.headline();
    match headline.statistic {
        Statistic::ShareByDay => Headline { statistic: Statistic::MatureShare, ..headline },
        _ => headline,
    }
}

/// From this share of itself on, what a group is compared with says nothing of it.
const ALONE: f64 = 0.8;

/// Observed and expected of a group, and how much of those it is compared with are its own.
struct Adjusted {
    found: Standardised<Option<String>>,
    itself: f64,
}

/// Observed and expected of each group, from estimates by group and strata.
fn adjusted(strata: &[&Estimate]) -> Vec<Adjusted> {
    let mut is_share = true;
    let cells: Vec<Cell<Vec<Option<String>>, Option<String>>> = strata
        .iter()
        .filter_map(|estimate| {
            let counted = Counted::of(estimate)?;
            is_share = counted.is_share;
            let ((_, group), rest) = estimate.group.0.split_first()?;
            let stratum = rest.iter().map(|(_, value)| value.clone()).collect();
            Some(Cell { stratum, group: group.clone(), events: counted.events, size: counted.size })
        })
        .collect();
    let denominator = if is_share { Denominator::People } else { Denominator::Exposure };
    let mut of_stratum: BTreeMap<&[Option<String>], f64> = BTreeMap::new();
    for cell in &cells {
        *of_stratum.entry(cell.stratum.as_slice()).or_default() += cell.size;
    }
    let itself = |group: &Option<String>| {
        let own = cells.iter().filter(|cell| cell.group == *group);
        let (alike, all) = own.fold((0.0, 0.0), |(alike, all), cell| {
            let stratum = of_stratum.get(cell.stratum.as_slice()).copied().unwrap_or(cell.size);
            (alike + cell.size * cell.size / stratum, all + cell.size)
        });
        if all > 0.0 { alike / all } else { 0.0 }
    };
    let found = indirect(&cells, None, denominator, LEVEL).unwrap_or_default();
    found.into_iter().map(|found| Adjusted { itself: itself(&found.group), found }).collect()
}

fn table(
    metric: &Metric,
    compared: Headline,
    comparing: &Comparing<'_>,
    estimates: &[&Estimate],
    adjusted: &[Adjusted],
) -> Groups {
    let value = |e: &Estimate| e.group.0.first().and_then(|(_, value)| value.clone());
    let minimum = metric.header.minimum_n as f64;
    let mut rows: Vec<GroupRow> = estimates.iter().map(|e| row(e, value(e), minimum)).collect();
    let mut notes = Vec::new();
    let counted: Vec<Option<Counted>> = estimates.iter().map(|e| Counted::judged(e, metric)).collect();
    let of_group = |group: &Option<String>| adjusted.iter().find(|one| one.found.group == *group);
    let is_adjusted = !adjusted.is_empty();
    let sites: Vec<Option<Site>> = rows
        .iter()
        .zip(&counted)
        .map(|(row, counted)| {
            let counted = (*counted)?;
            if !is_adjusted {
                return Some(Site { observed: counted.events, size: counted.size });
            }
            let one = of_group(&row.group).filter(|one| one.itself <= ALONE)?;
            Some(Site { observed: one.found.observed, size: one.found.expected })
        })
        .collect();
    let known: Vec<Site> = sites.iter().copied().flatten().collect();
    let is_share = counted.iter().flatten().next().is_none_or(|counted| counted.is_share);
    let limits = Limits::around(&known, is_adjusted, is_share, metric.header.direction_of(compared.statistic));
    for (row, site) in rows.iter_mut().zip(&sites) {
        if let Some(Adjusted { found: one, itself }) = of_group(&row.group) {
            row.itself = Some(*itself);
            if *itself > ALONE && row.verdict == Verdict::NotTested {
                row.rule =
                    "clients like its own are hardly in any other group: there is nothing to compare with".into();
            }
            (row.observed, row.expected, row.ratio) = (Some(one.observed as f64), Some(one.expected), one.ratio);
            (row.ratio_lower, row.ratio_upper) =
                one.exact.map_or((None, None), |limits| (Some(limits.lower), Some(limits.upper)));
        }
        if let Some(site) = site {
            row.p = limits.p(*site);
            let value = if is_adjusted { row.ratio } else { row.estimate };
            if let Some(Standing { inner, outer, position, verdict, rule }) = value.and_then(|v| limits.stand(v, *site))
            {
                (row.limit_95_lower, row.limit_95_upper) = (Some(inner.lower), Some(inner.upper));
                (row.limit_998_lower, row.limit_998_upper) = (Some(outer.lower), Some(outer.upper));
                (row.position, row.verdict, row.rule) = (position, verdict, rule);
            }
        }
    }
    let p: Vec<Option<f64>> = rows.iter().map(|row| row.p).collect();
    for (row, adjusted) in rows.iter_mut().zip(benjamini_hochberg(&p)) {
        row.p_adjusted = adjusted;
    }
    let reference = beside_reference(metric, comparing, estimates, &mut rows, &mut notes);
    if estimates.iter().any(|e| e.note == Some(Note::FollowUpIncomplete)) {
        notes.push("not everybody of the period has been followed long enough: compare an earlier period".into());
    }
    if !known.is_empty() && estimates.iter().any(|e| is_by_client(e)) {
        notes.push(
            "clients with several units count with each in the limits and p-values, which are too narrow for that \
             unless they are widened; the groups' own intervals count clients"
                .into(),
        );
    }
    if known.is_empty() && !estimates.is_empty() {
        notes.push("no limits: the statistic is no share and no rate, or no group is large enough".into());
    }
    let overall = if is_adjusted { None } else { limits.centre() };
    let first = estimates.first();
    Groups {
        metric: metric.name.clone(),
        version: metric.version.clone(),
        period: first.map_or_else(|| comparing.period.label.clone(), |e| e.period.label.clone()),
        dimension: comparing.dimension.to_owned(),
        statistic: compared.to_string(),
        overall,
        dispersion: limits.dispersion.as_ref().map(|found| found.phi),
        dispersion_p: limits.dispersion.as_ref().map(|found| found.p_value),
        widened: limits.widened().is_some(),
        adjusted_for: comparing.adjust_for.to_vec(),
        reference,
        whole_course: None,
        groups: rows,
        notes,
    }
}

fn row(estimate: &Estimate, group: Option<String>, minimum: f64) -> GroupRow {
    let few = estimate.denominator.is_some_and(|n| n < minimum);
    GroupRow {
        numerator: estimate.numerator,
        denominator: estimate.denominator,
        estimate: estimate.estimate,
        lower: estimate.lower,
        upper: estimate.upper,
        limit_95_lower: None,
        limit_95_upper: None,
        limit_998_lower: None,
        limit_998_upper: None,
        observed: None,
        expected: None,
        ratio: None,
        ratio_lower: None,
        ratio_upper: None,
        itself: None,
        p: None,
        p_adjusted: None,
        position: Position::None,
        verdict: match (estimate.estimate, few, group.is_none()) {
            (None, false, _) => Verdict::NoData,
            (_, true, _) => Verdict::TooFew,
            _ => Verdict::NotTested,
        },
        rule: match (estimate.estimate, few, group.is_none()) {
            (None, false, _) => estimate.note.map_or("no data", Note::name).into(),
            (_, true, _) => format!("fewer than {minimum} units"),
            (_, _, true) => "the unknown group is not judged".into(),
            _ => "no limits".into(),
        },
        group,
        difference: None,
        difference_lower: None,
        difference_upper: None,
        times: None,
        times_lower: None,
        times_upper: None,
        beside_reference: None,
    }
}

/// Each group beside the reference group. Gives the reference's name.
fn beside_reference(
    metric: &Metric,
    comparing: &Comparing<'_>,
    estimates: &[&Estimate],
    rows: &mut [GroupRow],
    notes: &mut Vec<String>,
) -> Option<String> {
    let name = |e: &Estimate| e.group.value(comparing.dimension).map(str::to_owned);
    let reference = if let Some(wanted) = comparing.reference {
        let found = estimates.iter().find(|e| name(e).as_deref() == Some(wanted));
        if found.is_none() {
            notes.push(format!("\"{wanted}\" is no group of this period, so none stands beside it"));
        }
        *found?
    } else {
        // Of equally large ones the first, so that the same data give the same answer.
        let size = |e: &Estimate| e.denominator.or(e.estimate).unwrap_or(0.0);
        let known = estimates.iter().filter(|e| name(e).is_some() && e.estimate.is_some());
        *known.reduce(|best, e| if size(e) > size(best) { e } else { best })?
    };
    for (row, estimate) in rows.iter_mut().zip(estimates) {
        if estimate.group == reference.group {
            continue;
        }
        let with = name(reference).unwrap_or_default();
        let Comparison { difference, lower, upper, verdict, .. } =
            compare(metric, estimate, reference, Against::Group, &with);
        (row.difference, row.difference_lower, row.difference_upper) = (difference, lower, upper);
        row.beside_reference = Some(verdict);
        if verdict != Verdict::TooFew {
            (row.times, row.times_lower, row.times_upper) = times(estimate, reference);
        }
    }
    name(reference)
}

/// How many times as often, with limits.
fn times(estimate: &Estimate, reference: &Estimate) -> (Option<f64>, Option<f64>, Option<f64>) {
    let (Some(one), Some(other)) = (Counted::of(estimate), Counted::of(reference)) else { return (None, None, None) };
    if one.is_share {
        let two = TwoShares { x1: one.events, n1: one.size as u64, x2: other.events, n2: other.size as u64 };
        let found = risk_ratio(&two, LEVEL);
        let limits = found.and_then(|ratio| ratio.interval);
        (found.map(|ratio| ratio.ratio), limits.map(|i| i.lower), limits.map(|i| i.upper))
    } else {
        match rate_ratio(one.events, one.size, other.events, other.size, LEVEL) {
            Some(found) => (found.ratio, Some(found.lower), found.upper),
            None => (None, None, None),
        }
    }
}
