//! Whether a target will be met as things are, from a chart over time (NHS Making Data Count).
//!
//! A chart of [`super::process`] and a target in the values' unit in, one of three answers out. It is about the process, not about the last
//! period: a period that met the target by luck leaves the answer "hit or miss".

use super::{
    change::Better,
    process::Chart,
    run_rules::{Side, side_of},
};

/// What the chart says of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// The target lies beyond the limits on the side that is easy: as things are, every period meets it.
    ConsistentlyPasses,
    /// It lies beyond them on the other side: as things are, no period meets it.
    ConsistentlyFails,
    /// It lies within the limits, or on one: a period meets it or not by chance.
    HitOrMiss,
}

impl Chart {
    /// Whether a target will be met as things are, by the last limits there are; `None` without limits, or a target that is no number. On trial like the limits themselves.
    pub fn assurance(&self, target: f64, better: Better) -> Option<Assurance> {
        let (lower, upper) = self.points.iter().rev().find_map(|point| point.lower.zip(point.upper))?;
        if !target.is_finite() {
            return None;
        }
        let side = side_of(target - upper).filter(|side| *side == Side::Above);
        let side = side.or_else(|| side_of(target - lower).filter(|side| *side == Side::Below));
        Some(match (side, better) {
            (None, _) => Assurance::HitOrMiss,
            (Some(Side::Above), Better::Lower) | (Some(Side::Below), Better::Higher) => Assurance::ConsistentlyPasses,
            (Some(_), _) => Assurance::ConsistentlyFails,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::process::{Settings, Share, individuals, shares};

    #[test]
    fn a_target_beyond_the_limits_is_always_or_never_met() {
        let steady = [10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0].map(Some);
        let chart = individuals(&steady, &Settings::default());
        let (lower, upper) = (chart.points[11].lower.unwrap(), chart.points[11].upper.unwrap());
        for (target, higher, lower_is_better) in [
            (upper + 0.1, Assurance::ConsistentlyFails, Assurance::ConsistentlyPasses),
            (upper, Assurance::HitOrMiss, Assurance::HitOrMiss),
            (10.0, Assurance::HitOrMiss, Assurance::HitOrMiss),
            (lower, Assurance::HitOrMiss, Assurance::HitOrMiss),
            (lower - 0.1, Assurance::ConsistentlyPasses, Assurance::ConsistentlyFails),
        ] {
            assert_eq!(chart.assurance(target, Better::Higher), Some(higher), "{target}");
            assert_eq!(chart.assurance(target, Better::Lower), Some(lower_is_better), "{target}");
        }
        assert_eq!(individuals(&steady[..5], &Settings::default()).assurance(1.0, Better::Higher), None);
        assert_eq!(chart.assurance(f64::NAN, Better::Higher), None);
    }

    #[test]
    fn a_share_cannot_be_sure_to_miss_everybody_while_its_limits_reach_there() {
        let series = [18, 19, 20, 19, 20, 18, 19, 20].map(|numerator| Share { numerator, denominator: 20 });
        let chart = shares(&series, &Settings::default());
        assert_eq!(chart.points[7].upper, Some(1.0));
        assert_eq!(chart.assurance(1.0, Better::Higher), Some(Assurance::HitOrMiss));
        assert_eq!(chart.assurance(0.5, Better::Higher), Some(Assurance::ConsistentlyPasses));
    }
}
