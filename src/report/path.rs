//! The way of one cohort through the stages that a metric declares: where people wait, and where they leave.

use super::document::Phrase;
use super::figure_kinds::LEFT_AS;
use super::sections::About;
use super::words::{capital, code, order, plain, span, with_most, with_strong};
use crate::chart::{self, ClientPath, Figure, PathReason, PathStage, reason};
use crate::language::Words;
use crate::measure::{Estimate, Headline, Note, STAGE, Stage, Statistic};
use crate::release::{Audience, Released};
use jiff::ToSpan;
use std::fmt::Display;

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
                    let label = code(estimate.group.value(LEFT_AS)?, about.facts.words);
                    Some(PathReason { label, estimate: (*estimate).clone() })
                })
                .collect();
            left_by.sort_by_cached_key(|reason| order(&reason.label));
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
    let anybody = |stage: &PathStage| stage.wait.as_ref().is_some_and(|wait| wait.denominator.is_some_and(|n| n > 0.0));
    stages.iter().any(anybody).then(|| {
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
    let words = about.facts.words;
    let followed = period.end.saturating_sub(1.day()).until(about.facts.as_of).map_or(0, |days| days.get_days());
    let after = if followed > 0 { words.counted("way.after", f64::from(followed), &[]) } else { String::new() };
    let places: [(&str, &dyn Display); 4] = [
        ("counted", &counted),
        ("period", &span(period, words)),
        ("day", &words.day(about.facts.as_of)),
        ("after", &after),
    ];
    words.with("way.cohort", &places)
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
    let words = about.facts.words;
    // Who still waits is no one's business outside, and the stages of one cohort tell it.
    if about.facts.audience != Audience::Internal {
        return vec![plain(words.of("way.within-agency"))];
    }
    if let Some(columns) = about.facts.not_collected.get(&about.metric.name) {
        return vec![plain(words.with("way.not-collected", &[("columns", &columns.join(", "))]))];
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
        let why = all
            .first()
            .and_then(|(_, wait)| *wait)
            .map_or(words.of("reason.no-data"), |estimate| reason(estimate, words));
        let places: [(&str, &dyn Display); 2] = [("period", &span(&about.span.recent, words)), ("why", &why)];
        return vec![plain(words.with("way.none", &places))];
    };
    let mut phrases = came_how_far(about, first, &told);
    // The last stage is not a wait for something to begin.
    let on_the_way = about.metric.header.stages.len().saturating_sub(1);
    let mut tell = |text: String| phrases.push(plain(format!(" {text}")));
    longest_wait(told.get(..on_the_way.min(told.len())).unwrap_or_default(), words).map(&mut tell);
    most_leave(about, &told).map(&mut tell);
    if let Some(out) = first.estimate.excluded.filter(|out| *out > 0) {
        tell(words.with("way.left-out", &[("out", &words.count(out as f64))]));
    }
    phrases
}

/// "Of 515 referrals, April 2025 to March 2026: 439 taken in, 439 served, 427 set a goal, 166 completed."
fn came_how_far(about: &About<'_>, first: &Told<'_>, told: &[Told<'_>]) -> Vec<Phrase> {
    let counted = about.metric.header.counted.as_deref().unwrap_or("");
    let words = about.facts.words;
    let steps: Vec<String> =
        told.iter().map(|told| format!("{} {}", words.count(told.went_on), told.stage.next)).collect();
    let places: [(&str, &dyn Display); 3] =
        [("counted", &counted), ("period", &span(&about.span.recent, words)), ("steps", &steps.join(", "))];
    with_strong(words.of("way.came"), &words.count(first.people), &places)
}

/// "The longest wait for something to begin is in the stage "Referral": half taken in within 11 days, and 20 still waiting."
fn longest_wait(told: &[Told<'_>], words: &Words) -> Option<String> {
    let days = |told: &Told<'_>| match (told.estimate.estimate, told.estimate.note) {
        (Some(days), _) => Some(days),
        (None, Some(Note::NotReached)) => Some(f64::INFINITY),
        _ => None,
    };
    let waits = told.iter().filter_map(|told| Some((told, days(told).filter(|days| *days > 0.0)?)));
    let (longest, _) = with_most(waits, |(_, days)| *days)?;
    let Stage { title, next, waiting, .. } = longest.stage;
    let half = match longest.estimate.estimate {
        Some(days) if days < 1.5 => words.with("way.within-a-day", &[("next", next)]),
        Some(days) => chart::half_within(next, days, (longest.went_on, longest.people), words),
        None => words.with("path.not-half", &[("next", next)]),
    };
    let still = match longest.waiting {
        0.0 => String::new(),
        many => words.with("way.still", &[("many", &words.count(many)), ("waiting", waiting)]),
    };
    Some(words.with("way.longest-wait", &[("stage", title), ("half", &half), ("still", &still)]))
}

/// "The largest number left in the stage "Referral": 76 of 515, most often withdrew (31)."
fn most_leave(about: &About<'_>, told: &[Told<'_>]) -> Option<String> {
    let words = about.facts.words;
    if told.iter().all(|told| told.left() < 1.0) {
        return (!told.is_empty()).then(|| words.of("way.nobody-left").into());
    }
    let most = with_most(told, |told| told.left())?;
    let reasons = about.figures.by_several(about.metric, &about.span.recent, WAIT, &[STAGE, LEFT_AS]);
    let of_stage =
        |e: &&&Released<Estimate>| e.group.value(STAGE) == Some(&most.stage.name) && e.group.value(LEFT_AS).is_some();
    let reasons: Vec<&Released<Estimate>> = reasons.iter().filter(of_stage).copied().collect();
    // A single withheld reason would follow from the others; which is the most frequent is not said of what is hidden.
    let hidden = reasons.iter().any(|estimate| estimate.note == Some(Note::Withheld));
    let counted = reasons
        .into_iter()
        .filter(|_| !hidden)
        .filter_map(|estimate| Some((estimate.denominator?, estimate.group.value(LEFT_AS)?)));
    let why = with_most(counted, |(n, _)| *n).map_or(String::new(), |(n, why)| {
        words.with("way.most-often", &[("why", &code(why, words)), ("many", &words.count(n))])
    });
    let places: [(&str, &dyn Display); 4] = [
        ("stage", &most.stage.title),
        ("left", &words.count(most.left())),
        ("people", &words.count(most.people)),
        ("why", &why),
    ];
    Some(words.with("way.most-leave", &places))
}
