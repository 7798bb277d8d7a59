//! The way of one cohort through the stages that a metric declares: where people wait, and where they leave.

use super::document::Phrase;
use super::figure_kinds::LEFT_AS;
use super::sections::About;
use super::words::{capital, code, day, plain, reason, span, strong};
use crate::chart::{self, ClientPath, Figure, PathReason, PathStage, number};
use crate::measure::{Estimate, Headline, Note, STAGE, Stage, Statistic};
use crate::release::{Audience, Released};
use jiff::ToSpan;

/// The wait in a stage, with how many stand in it, went on and wait still.
const WAIT: Headline = Headline { statistic: Statistic::MedianDays, at: None };

/// The stages with their released figures, in order.
fn stages<'a>(about: &'a About<'_>) -> Vec<(&'a Stage, Option<&'a Released<Estimate>>)> {
    let found = about.figures.by(about.metric, &about.span.recent, WAIT, STAGE);
    let of = |name: &str| found.iter().find(|(value, _)| *value == Some(name)).map(|(_, estimate)| *estimate);
    about.metric.header.stages.iter().map(|stage| (stage, of(&stage.name))).collect()
}

/// The stacked bars, a row per stage.
pub fn figure(about: &About<'_>) -> Option<Figure> {
    if about.facts.audience != Audience::Internal {
        return None;
    }
    let by_reason = about.figures.by_several(about.metric, &about.span.recent, WAIT, &[STAGE, LEFT_AS]);
    let stages: Vec<PathStage> = stages(about)
        .into_iter()
        .map(|(stage, wait)| {
            let mut left_by: Vec<PathReason> = by_reason
                .iter()
                .filter(|estimate| estimate.group.value(STAGE) == Some(&stage.name))
                .filter_map(|estimate| {
                    let label = code(estimate.group.value(LEFT_AS)?);
                    Some(PathReason { label, estimate: (*estimate).clone() })
                })
                .collect();
            left_by.sort_by(|a, b| a.label.cmp(&b.label));
            PathStage {
                label: stage.title.clone(),
                next: stage.next.clone(),
                waiting: stage.waiting.clone(),
                left: stage.left.clone(),
                wait: wait.cloned(),
                left_by,
            }
        })
        .collect();
    stages.iter().any(|stage| stage.wait.is_some()).then(|| {
        chart::client_path(&ClientPath {
            subject: about.subject("stages", about.label(), Statistic::MedianDays),
            cohort: cohort(about),
            stages,
        })
    })
}

/// "Referrals April 2025 to March 2026, as they stood on 30 June 2026, 91 days or more after"
fn cohort(about: &About<'_>) -> String {
    let period = &about.span.recent;
    let counted = capital(about.metric.header.counted.as_deref().unwrap_or(""));
    let until = day(about.facts.as_of);
    let followed = period.end.saturating_sub(1.day()).until(about.facts.as_of).map_or(0, |days| days.get_days());
    let after = if followed > 0 { format!(", {followed} days or more after") } else { String::new() };
    format!("{counted} {}, as they stood on {until}{after}", span(period))
}

/// What of a stage is told: a stage behind a withheld one is not.
struct Told<'a> {
    stage: &'a Stage,
    estimate: &'a Estimate,
    people: f64,
    went_on: f64,
    waiting: f64,
}

impl Told<'_> {
    fn left(&self) -> f64 {
        (self.people - self.went_on - self.waiting).max(0.0)
    }
}

/// How many came how far; the longest wait; where most leave. Of released figures only, and of no stage that the figure
/// hides.
pub fn lead(about: &About<'_>) -> Vec<Phrase> {
    // Who still waits is no one's business outside, and the stages of one cohort tell it.
    if about.facts.audience != Audience::Internal {
        return vec![plain("How far each came, and where they left, is told within the agency only.")];
    }
    if let Some(columns) = about.facts.not_collected.get(&about.metric.name) {
        return vec![plain(format!("This cannot be told: the export has no {}.", columns.join(", ")))];
    }
    let all = stages(about);
    let told: Vec<Told<'_>> = all
        .iter()
        .take_while(|(_, wait)| wait.is_none_or(|estimate| estimate.note != Some(Note::Withheld)))
        .filter_map(|(stage, wait)| {
            let estimate = wait.map(Released::get)?;
            let (went_on, waiting) = (estimate.events? as f64, estimate.censored? as f64);
            Some(Told { stage, estimate, people: estimate.denominator?, went_on, waiting })
        })
        .filter(|told| told.people > 0.0)
        .collect();
    let Some(first) = told.first() else {
        let why = all.first().and_then(|(_, wait)| *wait).map_or("no data", |estimate| reason(estimate));
        return vec![plain(format!("There is no path to show, {}: {why}.", span(&about.span.recent)))];
    };
    let mut phrases = came_how_far(about, first, &told);
    // The last stage is not a wait for something to begin.
    let on_the_way = about.metric.header.stages.len().saturating_sub(1);
    phrases.extend(longest_wait(told.get(..on_the_way.min(told.len())).unwrap_or_default()).map(plain));
    phrases.extend(most_leave(about, &told).map(plain));
    if let Some(out) = first.estimate.excluded.filter(|out| *out > 0) {
        phrases
            .push(plain(format!(" Left out for dates that are missing or impossible: {}.", number::count(out as f64))));
    }
    phrases
}

/// "Of 515 referrals, April 2025 to March 2026: 439 taken in, 439 served, 427 set a goal, 166 completed."
fn came_how_far(about: &About<'_>, first: &Told<'_>, told: &[Told<'_>]) -> Vec<Phrase> {
    let counted = about.metric.header.counted.as_deref().unwrap_or("");
    let steps: Vec<String> =
        told.iter().map(|told| format!("{} {}", number::count(told.went_on), told.stage.next)).collect();
    vec![
        plain("Of "),
        strong(number::count(first.people)),
        plain(format!(" {counted}, {}: {}.", span(&about.span.recent), steps.join(", "))),
    ]
}

/// " The longest wait is in the stage "Referral": half taken in within 11 days, and 20 still waiting."
fn longest_wait(told: &[Told<'_>]) -> Option<String> {
    let days = |told: &Told<'_>| match (told.estimate.estimate, told.estimate.note) {
        (Some(days), _) => Some(days),
        (None, Some(Note::NotReached)) => Some(f64::INFINITY),
        _ => None,
    };
    let longest = told
        .iter()
        .filter(|told| days(told).is_some_and(|days| days > 0.0))
        .reduce(|longest, told| if days(told) > days(longest) { told } else { longest })?;
    let Stage { title, next, waiting, .. } = longest.stage;
    let half = match longest.estimate.estimate {
        Some(days) if days < 1.5 => format!("half {next} within a day"),
        Some(days) => format!("half {next} within {} days", number::count(days)),
        None => format!("fewer than half {next}"),
    };
    let still = match longest.waiting {
        0.0 => String::new(),
        waiting_ => format!(", and {} {waiting}", number::count(waiting_)),
    };
    Some(format!(" The longest wait is in the stage \"{title}\": {half}{still}."))
}

/// " Most leave in the stage "Referral": 76 of 515, most often withdrew (31)."
fn most_leave(about: &About<'_>, told: &[Told<'_>]) -> Option<String> {
    let most = told.iter().reduce(|most, told| if told.left() > most.left() { told } else { most })?;
    if most.left() < 1.0 {
        return Some(" Nobody has left on the way.".into());
    }
    let reasons = about.figures.by_several(about.metric, &about.span.recent, WAIT, &[STAGE, LEFT_AS]);
    let of_stage =
        |e: &&&Released<Estimate>| e.group.value(STAGE) == Some(&most.stage.name) && e.group.value(LEFT_AS).is_some();
    let reasons: Vec<&Released<Estimate>> = reasons.iter().filter(of_stage).copied().collect();
    // A single withheld reason would follow from the others; which is the most frequent is not said of what is hidden.
    let hidden = reasons.iter().any(|estimate| estimate.note == Some(Note::Withheld));
    let why = reasons
        .into_iter()
        .filter(|_| !hidden)
        .filter_map(|estimate| Some((estimate.denominator?, estimate.group.value(LEFT_AS)?)))
        .reduce(|most, other| if other.0 > most.0 { other } else { most })
        .map_or(String::new(), |(n, why)| format!(", most often {} ({})", code(why), number::count(n)));
    Some(format!(
        " Most leave in the stage \"{}\": {} of {}{why}.",
        most.stage.title,
        number::count(most.left()),
        number::count(most.people)
    ))
}
