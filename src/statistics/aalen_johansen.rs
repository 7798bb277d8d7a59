//! The share reached by each of several ways out over time (Aalen & Johansen 1978).
//!
//! For time to service, exits to housing, returns: whoever left another way can no longer get there, so counting them as "still waiting"
//! (1 − Kaplan–Meier) overstates. Here the shares of all causes and the share still waiting always add up to 1.
//!
//! Past the last time anyone was at risk nothing is known and [`AalenJohansen::at`] answers `None`, unless everybody had got out.

use super::{
    Interval,
    distributions::normal_deviate,
    kaplan_meier::{EXACTLY, Quantile, RestrictedMean},
    survival::RiskTable,
};

/// The share reached by one cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incidence {
    pub share: f64,
    /// By the delta method (Gaynor et al. 1993; Marubini & Valsecchi 1995), which equals R's infinitesimal jackknife.
    pub standard_error: f64,
    /// `F^exp(±z·se / (F ln F))`; `None` where the share is 0 or 1.
    pub limits: Option<Interval>,
}

impl Incidence {
    /// Before anything happened.
    const START: Self = Self { share: 0.0, standard_error: 0.0, limits: None };
}

/// One step of the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub time: f64,
    pub at_risk: u64,
    /// Events by cause.
    pub events: Vec<u64>,
    pub censored: u64,
    /// Share still waiting: Kaplan–Meier for any exit.
    pub survival: f64,
    /// By cause.
    pub incidence: Vec<Incidence>,
}

/// The curves: one step for each time at which a spell ended.
#[derive(Debug, Clone, PartialEq)]
pub struct AalenJohansen {
    pub steps: Vec<Step>,
    pub causes: usize,
    pub level: f64,
}

/// Running sums of one cause's variance at the current time `t`:
/// `Σ (F(t)−F_j)²·w_j + Σ S²·d_k(n−d_k)/n³ − 2·Σ (F(t)−F_j)·S·d_k/n²` with `w = d/(n(n−d))` and `S` just before `t_j`.
/// Kept as sums of what `F` has grown since each step, which are never negative, so nothing cancels.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    share: f64,
    /// `Σ w_j`
    weight: f64,
    /// `Σ (F−F_j)·w_j`
    growth: f64,
    /// `Σ (F−F_j)²·w_j`
    growth_squared: f64,
    /// `Σ S·d_k/n²`
    mix: f64,
    /// `Σ (F−F_j)·S·d_k/n²`
    mixed_growth: f64,
    /// `Σ S²·d_k(n−d_k)/n³`
    own: f64,
}

impl Running {
    /// One time with `d` exits, `d_k` of them by this cause, of `n` at risk, `survival` just before.
    fn step(&mut self, d: f64, d_k: f64, n: f64, survival: f64) {
        let grown = survival * d_k / n;
        self.share += grown;
        self.growth_squared += 2.0 * grown * self.growth + grown * grown * self.weight;
        self.growth += grown * self.weight;
        self.mixed_growth += grown * self.mix;
        self.mix += survival * d_k / (n * n);
        self.own += survival * survival * d_k * (n - d_k) / (n * n * n);
        // When all leave at once the curve never grows again, so its weight is never used.
        if d < n {
            self.weight += d / (n * (n - d));
        }
    }

    fn incidence(&self, z: f64) -> Incidence {
        let share = self.share.min(1.0);
        let standard_error = (self.growth_squared + self.own - 2.0 * self.mixed_growth).max(0.0).sqrt();
        let limits = (share > 0.0 && share < 1.0).then(|| {
            let power = (z * standard_error / (share * share.ln())).exp();
            Interval::of_shares(share.powf(power), share.powf(power.recip()))
        });
        Incidence { share, standard_error, limits }
    }
}

/// Estimates the curves of all causes.
pub fn aalen_johansen(table: &RiskTable, level: f64) -> AalenJohansen {
    let z = normal_deviate(level);
    let mut survival = 1.0;
    let mut running = vec![Running::default(); table.causes];
    let mut had: Vec<bool> = vec![false; table.causes];
    let steps = table
        .moments
        .iter()
        .map(|moment| {
            let (d, n) = (moment.events_of_any_cause() as f64, moment.at_risk as f64);
            if d > 0.0 {
                for ((cause, events), had) in running.iter_mut().zip(&moment.events).zip(&mut had) {
                    cause.step(d, *events as f64, n, survival);
                    *had |= *events > 0;
                }
                survival *= (n - d) / n;
            }
            // When everybody has left by one cause its share is 1, whatever rounding says.
            let only = survival <= 0.0 && had.iter().filter(|had| **had).count() == 1;
            let incidence = running
                .iter()
                .zip(&had)
                .map(
                    |(cause, had)| {
                        if only && *had { Incidence { share: 1.0, ..Incidence::START } } else { cause.incidence(z) }
                    },
                )
                .collect();
            Step {
                time: moment.time,
                at_risk: moment.at_risk,
                events: moment.events.clone(),
                censored: moment.censored,
                survival,
                incidence,
            }
        })
        .collect();
    AalenJohansen { steps, causes: table.causes, level }
}

impl AalenJohansen {
    /// The share reached by a cause at a horizon; `None` when it was not observed that far, or there is no such cause.
    pub fn at(&self, time: f64, cause: usize) -> Option<Incidence> {
        let last = self.steps.last()?;
        if cause >= self.causes || !(time >= 0.0 && (time <= last.time || last.survival <= 0.0)) {
            return None;
        }
        let after = self.steps.partition_point(|step| step.time <= time);
        match after.checked_sub(1).and_then(|place| self.steps.get(place)) {
            Some(step) => step.incidence.get(cause).copied(),
            None => Some(Incidence::START),
        }
    }

    /// The mean time lost to a cause before `horizon`: the area under its curve (Andersen 2013), with its standard error by the delta method.
    /// The times lost to all causes and the mean time waiting add up to the horizon.
    ///
    /// `None` when the curves were not observed that far, or there is no such cause.
    pub fn time_lost(&self, horizon: f64, cause: usize) -> Option<RestrictedMean> {
        self.at(horizon, cause)?;
        let within: Vec<&Step> = self.steps.iter().take_while(|step| step.time <= horizon).collect();
        let before = [1.0].into_iter().chain(within.iter().map(|step| step.survival)).collect::<Vec<f64>>();
        // From the end backwards: an exit at a time takes from what would be lost later.
        let (mut later, mut variance) = (0.0, 0.0);
        for (step, waiting) in within.iter().zip(before).rev() {
            let (d, n) = (step.events.iter().sum::<u64>() as f64, step.at_risk as f64);
            let own = step.events.get(cause).copied().unwrap_or(0) as f64;
            let lost = waiting * (horizon - step.time);
            variance += lost * lost * own * (n - own) / (n * n * n) - 2.0 * lost * later * own / (n * n);
            // When all leave at once nothing is lost later.
            if d < n {
                variance += later * later * d / (n * (n - d));
            }
            later += lost * own / n;
        }
        Some(RestrictedMean { mean: later, standard_error: variance.max(0.0).sqrt() })
    }

    /// The first time a share `p` of everybody (not of those who got there) has been reached by a cause, with limits by the same rule
    /// on the limits of the curve. Often "not reached": other ways out may keep the share below `p` for ever.
    pub fn quantile(&self, p: f64, cause: usize) -> Quantile {
        let first = |height: fn(&Incidence) -> Option<f64>| {
            self.steps
                .iter()
                .find(|step| step.incidence.get(cause).and_then(height).is_some_and(|share| share > p - EXACTLY))
                .map(|step| step.time)
        };
        Quantile {
            time: first(|incidence| Some(incidence.share)),
            lower: first(|incidence| incidence.limits.map(|limits| limits.upper)),
            upper: first(|incidence| incidence.limits.map(|limits| limits.lower)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{
        kaplan_meier::{CurveOptions, QuantileRule, kaplan_meier},
        survival::{End, Spell},
    };
    use proptest::prelude::*;

    fn end(code: usize) -> End {
        if code == 0 { End::Censored } else { End::Event(code - 1) }
    }

    fn table(rows: &[(i32, usize)], causes: usize) -> RiskTable {
        let spells: Vec<Spell> = rows.iter().map(|(days, code)| Spell::days(*days, end(*code), 1)).collect();
        RiskTable::new(&spells, causes)
    }

    #[test]
    fn past_the_last_time_at_risk_nothing_is_known() {
        let curves = aalen_johansen(&table(&[(3, 1), (5, 2), (10, 0)], 2), 0.95);
        assert!(curves.at(10.0, 0).is_some());
        assert_eq!(curves.at(10.5, 0), None);
        assert_eq!(curves.at(3.0, 2), None);
        assert_eq!((curves.time_lost(10.5, 0), curves.time_lost(3.0, 2)), (None, None));
        assert!(curves.time_lost(0.0, 0).is_some_and(|lost| (lost.mean, lost.standard_error) == (0.0, 0.0)));
        let all_out = aalen_johansen(&table(&[(3, 1), (5, 2)], 2), 0.95);
        assert_eq!(all_out.at(900.0, 1).map(|incidence| incidence.share), Some(0.5));
    }

    #[test]
    fn a_cause_that_never_happened_has_share_zero_and_no_limits() {
        let curves = aalen_johansen(&table(&[(3, 1), (10, 0)], 2), 0.95);
        assert_eq!(curves.at(4.0, 1), Some(Incidence::START));
        assert_eq!(curves.quantile(0.5, 1).time, None);
    }

    #[test]
    fn when_everybody_left_one_way_its_share_is_exactly_one() {
        // Some of these sums end a rounding error away from 1.
        for n in 2..40 {
            let rows: Vec<(i32, usize)> = (0..n).map(|day| (day, 2)).collect();
            let last = aalen_johansen(&table(&rows, 2), 0.95).at(100.0, 1);
            assert_eq!(last, Some(Incidence { share: 1.0, ..Incidence::START }), "{n}");
        }
    }

    proptest! {
        #[test]
        fn shares_and_the_waiting_add_up_to_one(rows in prop::collection::vec((0_i32..30, 0_usize..4), 1..80)) {
            let curves = aalen_johansen(&table(&rows, 3), 0.95);
            let end = curves.steps.last().unwrap().time;
            let lost: f64 = (0..3).map(|cause| curves.time_lost(end, cause).unwrap().mean).sum();
            let any: Vec<(i32, usize)> = rows.iter().map(|(days, code)| (*days, (*code).min(1))).collect();
            let waited = kaplan_meier(&self::table(&any, 1), CurveOptions::default()).restricted_mean(end).unwrap().mean;
            prop_assert!((lost + waited - end).abs() < 1e-9);
            for step in &curves.steps {
                let sum: f64 = step.incidence.iter().map(|incidence| incidence.share).sum();
                prop_assert!((sum + step.survival - 1.0).abs() < 1e-12);
                for incidence in &step.incidence {
                    if let Some(limits) = incidence.limits {
                        prop_assert!(0.0 <= limits.lower && limits.lower <= incidence.share);
                        prop_assert!(incidence.share <= limits.upper && limits.upper <= 1.0);
                    }
                }
            }
        }

        #[test]
        fn with_one_way_out_it_is_kaplan_meier(rows in prop::collection::vec((0_i32..30, 0_usize..2), 1..80)) {
            let table = table(&rows, 1);
            let (curves, curve) = (aalen_johansen(&table, 0.95), kaplan_meier(&table, CurveOptions::default()));
            for (step, other) in curves.steps.iter().zip(&curve.steps) {
                prop_assert!((step.incidence[0].share - (1.0 - other.value.survival)).abs() < 1e-12);
                if let Some(standard_error) = other.value.standard_error {
                    prop_assert!((step.incidence[0].standard_error - standard_error).abs() < 1e-9);
                }
            }
            let end = table.last_time().unwrap();
            let (lost, waited) = (curves.time_lost(end, 0).unwrap(), curve.restricted_mean(end).unwrap());
            prop_assert!((lost.mean + waited.mean - end).abs() < 1e-9);
            prop_assert!((lost.standard_error - waited.standard_error).abs() < 1e-7);
            prop_assert_eq!(curves.quantile(0.5, 0).time, curve.median(QuantileRule::AtOrBelow).time);
        }

        #[test]
        fn with_nobody_censored_it_is_the_plain_share(rows in prop::collection::vec((0_i32..30, 1_usize..4), 1..80)) {
            let curves = aalen_johansen(&table(&rows, 3), 0.95);
            let n = rows.len() as f64;
            for cause in 0..3 {
                let share = rows.iter().filter(|(days, code)| *days <= 12 && *code == cause + 1).count() as f64 / n;
                let found = curves.at(12.0, cause).unwrap();
                prop_assert!((found.share - share).abs() < 1e-12);
                prop_assert!((found.standard_error.powi(2) - share * (1.0 - share) / n).abs() < 1e-12);
            }
        }
    }
}
