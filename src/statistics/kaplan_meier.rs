//! The share still waiting over time, when some have not got there yet (Kaplan & Meier 1958).
//!
//! Spells of one kind of event in ([`super::survival`]); survival S in `[0, 1]`, times in the spells' unit out. Several kinds of events
//! are taken together as "any exit"; for the share reached by one of them use [`super::aalen_johansen`].
//!
//! Past the last time anyone was at risk nothing is known: [`KaplanMeier::at`] answers `None` ("not observed") rather than carry the last
//! value on, unless everybody had the event. Where S is 0 or 1 there are no limits: the formulas would give a collapsed interval. With
//! complete follow-up [`super::proportion::clopper_pearson`] has a limit there.

use super::{
    Interval, LEVEL,
    distributions::{chi_square_upper, normal_deviate},
    survival::RiskTable,
};

/// How far from a quantile's share a curve may be and still be exactly there (R's tolerance).
pub(super) const EXACTLY: f64 = 1.490_116_119_384_765_6e-8;

/// The scale on which limits of S are symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitsKind {
    /// `S^exp(±z√G / ln S)` (Kalbfleisch & Prentice 1980). The default, as in lifelines, SAS and Stata.
    #[default]
    LogLog,
    /// `S·exp(±z√G)`, cut at 1. R's default; can turn up again late in the curve.
    Log,
    /// `S ± z·S√G`, cut to `[0, 1]`.
    Plain,
}

/// What "the median" is when S stands exactly on ½ for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuantileRule {
    /// The smallest time with S ≤ ½: "half had been served by day t". The default, as in Stata and lifelines.
    #[default]
    AtOrBelow,
    /// Midway between that time and the next drop, if the curve drops again: what R prints for a curve.
    Midpoint,
    /// The same, and midway to the end of the curve if it never drops again: R's `quantile()`.
    MidpointOrEnd,
}

/// How a curve is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveOptions {
    pub level: f64,
    pub limits: LimitsKind,
}

impl Default for CurveOptions {
    fn default() -> Self {
        Self { level: LEVEL, limits: LimitsKind::LogLog }
    }
}

/// The curve at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// Share still waiting after this time.
    pub survival: f64,
    /// Greenwood's (1926); `None` once S is 0.
    pub standard_error: Option<f64>,
    /// `None` where S is 0 or 1.
    pub limits: Option<Interval>,
}

impl Survival {
    /// Before anything happened.
    const START: Self = Self { survival: 1.0, standard_error: Some(0.0), limits: None };

    /// The share that has got there, 1 − S, with its limits.
    pub fn reached(&self) -> (f64, Option<Interval>) {
        let limits = self.limits.map(|limits| Interval { lower: 1.0 - limits.upper, upper: 1.0 - limits.lower });
        (1.0 - self.survival, limits)
    }
}

/// One step of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub time: f64,
    pub at_risk: u64,
    pub events: u64,
    pub censored: u64,
    pub value: Survival,
    /// Nelson–Aalen cumulative hazard Σd/n, also with ties.
    pub hazard: f64,
    /// √Σd/n².
    pub hazard_standard_error: f64,
}

/// A curve: one step for each time at which a spell ended.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    pub steps: Vec<Step>,
    pub options: CurveOptions,
}

/// A quantile of the time with its limits; `None` is "not reached".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    pub time: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// Mean time up to a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RestrictedMean {
    pub mean: f64,
    pub standard_error: f64,
}

/// A difference of two mean times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanDifference {
    pub difference: f64,
    pub standard_error: f64,
    /// Normal; `None` where neither group showed a spread.
    pub interval: Option<Interval>,
    /// Two-sided, of no difference; `None` likewise.
    pub p_value: Option<f64>,
}

impl RestrictedMean {
    /// The mean's normal interval; `None` where no spread was seen.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        let reach = normal_deviate(level) * self.standard_error;
        (reach > 0.0).then_some(Interval { lower: self.mean - reach, upper: self.mean + reach })
    }

    /// This mean less that of an independent group, both to the same horizon.
    pub fn difference(&self, other: &Self, level: f64) -> MeanDifference {
        let difference = self.mean - other.mean;
        let standard_error = self.standard_error.hypot(other.standard_error);
        let one = Self { mean: difference, standard_error };
        let z = difference / standard_error;
        MeanDifference {
            difference,
            standard_error,
            interval: one.interval(level),
            p_value: (standard_error > 0.0).then(|| chi_square_upper(z * z, 1.0)),
        }
    }
}

/// Estimates the curve.
pub fn kaplan_meier(table: &RiskTable, options: CurveOptions) -> KaplanMeier {
    let z = normal_deviate(options.level);
    let (mut survival, mut greenwood, mut hazard, mut hazard_variance) = (1.0, 0.0, 0.0, 0.0);
    let steps = table
        .moments
        .iter()
        .map(|moment| {
            let events = moment.events_of_any_cause();
            let (d, n) = (events as f64, moment.at_risk as f64);
            if events > 0 {
                survival *= (n - d) / n;
                greenwood += d / (n * (n - d));
                hazard += d / n;
                hazard_variance += d / (n * n);
            }
            Step {
                time: moment.time,
                at_risk: moment.at_risk,
                events,
                censored: moment.censored,
                value: Survival {
                    survival,
                    standard_error: (survival > 0.0).then(|| survival * greenwood.sqrt()),
                    limits: limits(survival, greenwood, z, options.limits),
                },
                hazard,
                hazard_standard_error: hazard_variance.sqrt(),
            }
        })
        .collect();
    KaplanMeier { steps, options }
}

fn limits(survival: f64, greenwood: f64, z: f64, kind: LimitsKind) -> Option<Interval> {
    if survival <= 0.0 || survival >= 1.0 {
        return None;
    }
    let reach = z * greenwood.sqrt();
    Some(match kind {
        LimitsKind::LogLog => {
            let power = (reach / survival.ln()).exp();
            Interval::of_shares(survival.powf(power), survival.powf(power.recip()))
        }
        LimitsKind::Log => Interval::of_shares(survival * (-reach).exp(), survival * reach.exp()),
        LimitsKind::Plain => Interval::of_shares(survival - survival * reach, survival + survival * reach),
    })
}

impl KaplanMeier {
    /// The curve at a horizon; `None` when it was not observed that far.
    pub fn at(&self, time: f64) -> Option<Survival> {
        let last = self.steps.last()?;
        if !(time >= 0.0 && (time <= last.time || last.value.survival <= 0.0)) {
            return None;
        }
        Some(self.step_before(time).map_or(Survival::START, |step| step.value))
    }

    fn step_before(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.time <= time);
        after.checked_sub(1).and_then(|place| self.steps.get(place))
    }

    /// The time by which a share `p` has got there (0.5 is the median), with limits by the same rule on the limits of the curve
    /// (Brookmeyer & Crowley 1982).
    pub fn quantile(&self, p: f64, rule: QuantileRule) -> Quantile {
        let crossing = |height: fn(&Survival) -> Option<f64>| {
            let band: Vec<(f64, f64)> =
                self.steps.iter().filter_map(|step| height(&step.value).map(|share| (step.time, share))).collect();
            crossing(&band, 1.0 - p, rule)
        };
        Quantile {
            time: crossing(|value| Some(value.survival)),
            lower: crossing(|value| value.limits.map(|limits| limits.lower)),
            upper: crossing(|value| value.limits.map(|limits| limits.upper)),
        }
    }

    /// The median time.
    pub fn median(&self, rule: QuantileRule) -> Quantile {
        self.quantile(0.5, rule)
    }

    /// The mean of the time spent waiting before `horizon`: the area under the curve (Irwin 1949), with its standard error.
    ///
    /// `None` when the curve was not observed that far. Compare groups only at a horizon all of them reach.
    pub fn restricted_mean(&self, horizon: f64) -> Option<RestrictedMean> {
        self.at(horizon)?;
        let within: Vec<&Step> = self.steps.iter().take_while(|step| step.time <= horizon).collect();
        // From the end backwards: the area still to come after a step is what the step's variance is weighted with.
        let (mut area, mut variance, mut until) = (0.0, 0.0, horizon);
        for step in within.iter().rev() {
            area += step.value.survival * (until - step.time);
            until = step.time;
            let (d, n) = (step.events as f64, step.at_risk as f64);
            if step.events > 0 && step.events < step.at_risk {
                variance += area * area * d / (n * (n - d));
            }
        }
        Some(RestrictedMean { mean: area + until, standard_error: variance.sqrt() })
    }
}

/// The first time a falling band is at or below a share.
fn crossing(band: &[(f64, f64)], share: f64, rule: QuantileRule) -> Option<f64> {
    let first = band.iter().position(|(_, height)| *height < share + EXACTLY)?;
    let (time, height) = *band.get(first)?;
    if rule == QuantileRule::AtOrBelow || (height - share).abs() >= EXACTLY {
        return Some(time);
    }
    let next = band.iter().skip(first).find(|(_, later)| *later <= share - EXACTLY).map(|(later, _)| *later);
    let end = match rule {
        QuantileRule::MidpointOrEnd => next.or(band.last().map(|(last, _)| *last)),
        _ => next,
    };
    Some(end.map_or(time, |end| f64::midpoint(time, end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::survival::{End, Spell};
    use proptest::prelude::*;

    fn curve(rows: &[(i32, bool)]) -> KaplanMeier {
        let spells: Vec<Spell> = rows
            .iter()
            .map(|(days, event)| Spell::days(*days, if *event { End::Event(0) } else { End::Censored }, 1))
            .collect();
        kaplan_meier(&RiskTable::new(&spells, 1), CurveOptions::default())
    }

    #[test]
    fn past_the_last_time_at_risk_nothing_is_known() {
        let waiting = curve(&[(3, true), (10, false)]);
        assert!(waiting.at(10.0).is_some());
        assert_eq!(waiting.at(10.5), None);
        assert_eq!(waiting.at(-1.0), None);
        assert_eq!(waiting.restricted_mean(11.0), None);
        let served = curve(&[(3, true), (10, true)]);
        assert_eq!(served.at(9999.0).map(|value| value.survival), Some(0.0));
        assert_eq!(curve(&[]).at(0.0), None);
    }

    #[test]
    fn before_the_first_event_everybody_waits_and_there_are_no_limits() {
        assert_eq!(curve(&[(3, true), (10, false)]).at(2.0), Some(Survival::START));
    }

    #[test]
    fn served_on_the_first_day_counts() {
        let value = curve(&[(0, true), (0, true), (5, true), (5, false)]).at(0.0);
        assert_eq!(value.map(|value| value.reached().0), Some(0.5));
    }

    #[test]
    fn a_median_exactly_on_the_half_depends_on_the_rule() {
        let half = curve(&[(1, true), (2, true), (5, true), (9, false)]);
        let median = |rule| half.median(rule).time;
        assert_eq!(median(QuantileRule::AtOrBelow), Some(2.0));
        assert_eq!(median(QuantileRule::Midpoint), Some(3.5));
        let flat = curve(&[(1, true), (2, true), (5, false), (9, false)]);
        assert_eq!(flat.median(QuantileRule::Midpoint).time, Some(2.0));
        assert_eq!(flat.median(QuantileRule::MidpointOrEnd).time, Some(5.5));
    }

    #[test]
    fn means_without_a_spread_have_a_difference_and_no_interval() {
        let (early, late) = (curve(&[(3, true), (3, true)]), curve(&[(5, true), (5, true)]));
        let [early, late] = [early, late].map(|curve| curve.restricted_mean(9.0).unwrap());
        let found = late.difference(&early, 0.95);
        assert_eq!((found.difference, found.interval, found.p_value), (2.0, None, None));
        assert_eq!(early.interval(0.95), None);
    }

    proptest! {
        #[test]
        fn the_curve_falls_inside_its_limits(rows in prop::collection::vec((0_i32..40, any::<bool>()), 1..80)) {
            for kind in [LimitsKind::LogLog, LimitsKind::Log, LimitsKind::Plain] {
                let mut curve = curve(&rows);
                let spells: Vec<Spell> = rows
                    .iter()
                    .map(|(days, event)| Spell::days(*days, if *event { End::Event(0) } else { End::Censored }, 1))
                    .collect();
                curve = kaplan_meier(&RiskTable::new(&spells, 1), CurveOptions { limits: kind, ..curve.options });
                let mut previous = 1.0;
                for step in &curve.steps {
                    prop_assert!(step.value.survival <= previous);
                    previous = step.value.survival;
                    if let Some(limits) = step.value.limits {
                        prop_assert!(0.0 <= limits.lower && limits.lower <= previous + 1e-12);
                        prop_assert!(previous <= limits.upper + 1e-12 && limits.upper <= 1.0);
                    }
                }
            }
        }

        #[test]
        fn with_nobody_censored_it_is_the_plain_share_and_mean(days in prop::collection::vec(0_i32..40, 1..80)) {
            let curve = curve(&days.iter().map(|d| (*d, true)).collect::<Vec<_>>());
            let n = days.len() as f64;
            for horizon in 0..40 {
                let waiting = days.iter().filter(|d| **d > horizon).count() as f64;
                prop_assert!((curve.at(f64::from(horizon)).unwrap().survival - waiting / n).abs() < 1e-12);
            }
            let mean = days.iter().map(|d| f64::from(*d)).sum::<f64>() / n;
            prop_assert!((curve.restricted_mean(40.0).unwrap().mean - mean).abs() < 1e-9);
        }
    }
}
