//! From sums to estimates: which method serves which kind of metric.

use super::CENSORED;
use super::estimate::{Estimate, Note, People, Statistic};
use super::metric::{Kind, Metric};
use super::sufficient::{Body, Sums, paired};
use crate::statistics::aalen_johansen::{AalenJohansen, aalen_johansen};
use crate::statistics::change::paired_change;
use crate::statistics::kaplan_meier::{CurveOptions, KaplanMeier, Quantile, QuantileRule, kaplan_meier};
use crate::statistics::mean::{mean, quantile};
use crate::statistics::proportion::{clopper_pearson, wilson};
use crate::statistics::rate::garwood;
use crate::statistics::survival::{End, RiskTable, Spell};
use crate::statistics::{Interval, LEVEL};
use std::collections::BTreeMap;

/// Average days of a month: 365.25 / 12. Rates are per 100 of them.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// What the follow-up of a period's units allows.
#[derive(Debug, Clone, Copy)]
pub struct FollowUp {
    /// Days from the period's last day to the as-of date: every unit was followed that long. Negative: none yet.
    pub complete_days: i64,
    /// Days for which a share is also given for every single day, for a curve.
    pub curve_to: Option<u32>,
}

/// Every estimate of one metric for one period and group. `template` has what they share.
pub fn estimates(metric: &Metric, sums: &Sums, follow_up: FollowUp, template: &Estimate) -> Vec<Estimate> {
    let template = &Estimate { unknown: Some(sums.unknown), excluded: Some(sums.excluded), ..template.clone() };
    match metric.header.kind {
        Kind::Count => counts(sums, template),
        Kind::Proportion => vec![proportion(sums, template)],
        Kind::Rate => vec![rate(sums, template)],
        Kind::Duration => durations(metric, sums, follow_up, template),
        Kind::Mean => means(metric, sums, template),
        Kind::Change => changes(sums, template),
    }
}

fn with_interval(mut estimate: Estimate, value: f64, interval: Option<Interval>) -> Estimate {
    estimate.estimate = Some(value);
    estimate.lower = interval.map(|i| i.lower);
    estimate.upper = interval.map(|i| i.upper);
    estimate.note = None;
    estimate
}

fn named(template: &Estimate, statistic: Statistic, method: &str) -> Estimate {
    Estimate { statistic, method: method.into(), note: Some(Note::NoData), ..template.clone() }
}

fn counts(sums: &Sums, template: &Estimate) -> Vec<Estimate> {
    let (events, clients) = match sums.body {
        Body::Count { events, clients } => (events, clients),
        _ => (0, 0),
    };
    [(Statistic::Events, events), (Statistic::Clients, clients)]
        .into_iter()
        .map(|(statistic, n)| {
            let mut estimate = named(template, statistic, "count");
            estimate.events = (statistic == Statistic::Events).then_some(n);
            estimate.people = (clients > 0).then_some(People { all: clients, ..People::default() });
            with_interval(estimate, n as f64, None)
        })
        .collect()
}

fn share(estimate: Estimate, x: u64, n: u64) -> Estimate {
    let estimate = Estimate { numerator: Some(x as f64), denominator: Some(n as f64), ..estimate };
    if n == 0 { estimate } else { with_interval(estimate, x as f64 / n as f64, wilson(x, n, LEVEL)) }
}

fn proportion(sums: &Sums, template: &Estimate) -> Estimate {
    let (n, met) = if let Body::Proportion { n, met } = sums.body { (n, met) } else { (0, 0) };
    share(named(template, Statistic::Share, "wilson"), met, n)
}

fn rate(sums: &Sums, template: &Estimate) -> Estimate {
    let (events, days) =
        if let Body::Rate { events, exposure_days } = sums.body { (events, exposure_days) } else { (0, 0) };
    let hundreds_of_months = days as f64 / DAYS_PER_MONTH / 100.0;
    let estimate = Estimate {
        numerator: Some(events as f64),
        denominator: Some(hundreds_of_months * 100.0),
        events: Some(events),
        ..named(template, Statistic::Rate, "garwood, per 100 client-months")
    };
    match garwood(events, hundreds_of_months, LEVEL) {
        Some(rate) => with_interval(estimate, rate.rate, Some(rate.interval)),
        None => estimate,
    }
}

fn means(metric: &Metric, sums: &Sums, template: &Estimate) -> Vec<Estimate> {
    let step = metric.header.resolution.unwrap_or(1.0);
    let (moments, values) = match &sums.body {
        Body::Mean { sums, bins } => (*sums, bins.iter().map(|(bin, n)| (*bin as f64 * step, *n)).collect::<Vec<_>>()),
        _ => Default::default(),
    };
    let n = Some(moments.n as f64);
    let mut all = Vec::new();
    let estimate = Estimate { denominator: n, ..named(template, Statistic::Mean, "t") };
    all.push(match mean(&moments.into(), LEVEL) {
        Some(mean) => with_interval(estimate, mean.mean, mean.interval),
        None => estimate,
    });
    for (statistic, p) in [(Statistic::Median, 0.5), (Statistic::Quartile1, 0.25), (Statistic::Quartile3, 0.75)] {
        let estimate = Estimate { denominator: n, ..named(template, statistic, "quantile, type 7") };
        all.push(match quantile(&values, p) {
            Some(value) => with_interval(estimate, value, None),
            None => estimate,
        });
    }
    all
}

fn changes(sums: &Sums, template: &Estimate) -> Vec<Estimate> {
    let (pairs, improved, deteriorated, classified) = match sums.body {
        Body::Change { pairs, improved, deteriorated, classified } => {
            (paired(&pairs), improved, deteriorated, classified)
        }
        _ => Default::default(),
    };
    let n = Some(pairs.n as f64);
    let change = paired_change(&pairs, LEVEL);
    let mean_change = Estimate { denominator: n, ..named(template, Statistic::MeanChange, "paired t") };
    let effect = Estimate { denominator: n, ..named(template, Statistic::EffectSize, "d_av") };
    vec![
        match change {
            Some(change) => with_interval(mean_change, change.change.mean, change.change.interval),
            None => mean_change,
        },
        match change.and_then(|c| c.d_av) {
            Some(d) => with_interval(effect, d, None),
            None if pairs.n > 0 => Estimate { note: Some(Note::TooFew), ..effect },
            None => effect,
        },
        share(named(template, Statistic::ReliablyImproved, "reliable change 1.96, wilson"), improved, classified),
        share(
            named(template, Statistic::ReliablyDeteriorated, "reliable change 1.96, wilson"),
            deteriorated,
            classified,
        ),
    ]
}

/// One way out needs a Kaplan–Meier curve; several need Aalen–Johansen, or the shares add to more than everybody.
enum Curve {
    KaplanMeier(KaplanMeier),
    AalenJohansen(AalenJohansen),
}

impl Curve {
    fn method(&self) -> &'static str {
        match self {
            Self::KaplanMeier(_) => "kaplan-meier, log-log",
            Self::AalenJohansen(_) => "aalen-johansen, log-log",
        }
    }

    fn share_by(&self, day: u32, cause: usize) -> Option<(f64, Option<Interval>)> {
        match self {
            Self::KaplanMeier(curve) => curve.at(f64::from(day)).map(|s| s.reached()),
            Self::AalenJohansen(curve) => curve.at(f64::from(day), cause).map(|i| (i.share, i.limits)),
        }
    }

    fn median(&self, cause: usize) -> Quantile {
        match self {
            Self::KaplanMeier(curve) => curve.median(QuantileRule::AtOrBelow),
            Self::AalenJohansen(curve) => curve.quantile(0.5, cause),
        }
    }
}

fn durations(metric: &Metric, sums: &Sums, follow_up: FollowUp, template: &Estimate) -> Vec<Estimate> {
    let header = &metric.header;
    let empty = BTreeMap::new();
    let waits = if let Body::Duration(waits) = &sums.body { waits } else { &empty };
    let causes: Vec<&String> = header.events.iter().chain(&header.competing).collect();
    let spells: Vec<Spell> = waits
        .iter()
        .map(|((days, outcome), n)| {
            let end = causes.iter().position(|c| *c == outcome).map_or(End::Censored, End::Event);
            Spell { entry: None, time: f64::from(*days), end, count: *n }
        })
        .collect();
    let table = RiskTable::new(&spells, causes.len());
    let curve = if causes.len() == 1 {
        Curve::KaplanMeier(kaplan_meier(&table, CurveOptions::default()))
    } else {
        Curve::AalenJohansen(aalen_johansen(&table, LEVEL))
    };
    let units: u64 = waits.values().sum();
    let within = |day: u32, is: &dyn Fn(&str) -> bool| {
        waits.iter().filter(|((days, outcome), _)| *days <= day && is(outcome)).map(|(_, n)| n).sum::<u64>()
    };
    let at_day = |statistic, method: &str, cause: &String, day: u32| Estimate {
        at: Some(day),
        outcome: Some(cause.clone()),
        denominator: Some(units as f64),
        // Just before that day's events, as survival tables give it.
        at_risk: Some(table.at_risk(f64::from(day))),
        events: Some(within(day, &|outcome| outcome == cause)),
        // Lost from view before the day; who was seen on it counts as followed.
        censored: Some(day.checked_sub(1).map_or(0, |before| within(before, &|outcome| outcome == CENSORED))),
        ..named(template, statistic, method)
    };
    let share_by_day = |cause: &String, position: usize, day: u32| {
        let mut estimate = at_day(Statistic::ShareByDay, curve.method(), cause, day);
        // When all were followed to the day, the share is that of one count among all.
        estimate.numerator = (estimate.censored == Some(0)).then(|| estimate.events.unwrap_or(0) as f64);
        match curve.share_by(day, position) {
            // Nobody or everybody: the formula has no limits, but a share of one count among all has exact ones.
            Some((share, None)) if estimate.numerator.is_some() && units > 0 => {
                with_interval(estimate.clone(), share, clopper_pearson(estimate.events.unwrap_or(0), units, LEVEL))
            }
            Some((share, limits)) => with_interval(estimate, share, limits),
            None if units == 0 => estimate,
            None => Estimate { note: Some(Note::FollowUpIncomplete), ..estimate },
        }
    };
    let mut all = Vec::new();
    for (position, cause) in causes.iter().enumerate() {
        all.extend(header.horizons.iter().map(|day| share_by_day(cause, position, *day)));
    }
    for (position, cause) in header.events.iter().enumerate() {
        let estimate = Estimate {
            outcome: Some(cause.clone()),
            denominator: Some(units as f64),
            events: Some(within(u32::MAX, &|outcome| outcome == cause)),
            censored: Some(within(u32::MAX, &|outcome| outcome == CENSORED)),
            ..named(template, Statistic::MedianDays, curve.method())
        };
        let median = curve.median(position);
        all.push(match median.time {
            Some(days) => Estimate { lower: median.lower, upper: median.upper, ..with_interval(estimate, days, None) },
            None if units == 0 => estimate,
            None => Estimate { note: Some(Note::NotReached), lower: median.lower, ..estimate },
        });
        for day in &header.horizons {
            let estimate = at_day(Statistic::MatureShare, "fixed follow-up, wilson", cause, *day);
            let events = estimate.events.unwrap_or(0);
            // Somebody was lost from view: then nobody knows the share of the whole cohort.
            let lost = estimate.censored.unwrap_or(0);
            all.push(if (i64::from(*day) > follow_up.complete_days || lost > 0) && units > 0 {
                Estimate { note: Some(Note::FollowUpIncomplete), ..estimate }
            } else {
                share(estimate, events, units)
            });
        }
        if let Some(last) = follow_up.curve_to {
            all.extend(
                (0..=last).filter(|day| !header.horizons.contains(day)).map(|day| share_by_day(cause, position, day)),
            );
        }
    }
    if let (Curve::KaplanMeier(curve), Some(day), Some(cause)) = (&curve, header.horizons.last(), header.events.first())
    {
        let estimate = at_day(Statistic::RestrictedMeanDays, "kaplan-meier, area to the horizon", cause, *day);
        all.push(match curve.restricted_mean(f64::from(*day)) {
            Some(mean) => {
                let reach = crate::statistics::normal_deviate(LEVEL) * mean.standard_error;
                let interval = Interval { lower: (mean.mean - reach).max(0.0), upper: mean.mean + reach };
                with_interval(estimate, mean.mean, (mean.standard_error > 0.0).then_some(interval))
            }
            None if units == 0 => estimate,
            None => Estimate { note: Some(Note::FollowUpIncomplete), ..estimate },
        });
    }
    all
}
