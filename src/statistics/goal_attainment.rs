//! Goal attainment scaling: one client's goals, scored against what was expected, as one T-score.

/// The correlation between goals that Kiresuk & Sherman (1968) assume.
pub const RHO: f64 = 0.3;

/// One goal as scored: −2 much less than expected … 0 as expected … +2 much more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// `None` when not scored; such a goal is left out with its weight.
    pub score: Option<f64>,
    /// Importance, not negative; `None` leaves the goal out.
    pub weight: Option<f64>,
}

/// A goal that cannot be part of a T-score: its place in the list, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OffScale {
    /// The score is outside −2 … +2 (some forms use −3).
    Score { goal: usize, score: f64 },
    /// The weight is negative or not a number.
    Weight { goal: usize, weight: f64 },
}

/// `T = 50 + 10·Σwx / √((1−ρ)Σw² + ρ(Σw)²)` (Kiresuk & Sherman 1968); 50 is "as expected on balance".
///
/// `Ok(None)` when no goal is scored. When every weight is zero the goals count equally.
pub fn t_score(goals: &[Goal], rho: f64) -> Result<Option<f64>, OffScale> {
    let mut scored = Vec::with_capacity(goals.len());
    for (place, goal) in goals.iter().enumerate() {
        if let Some(score) = goal.score.filter(|score| !(-2.0..=2.0).contains(score)) {
            return Err(OffScale::Score { goal: place, score });
        }
        if let Some(weight) = goal.weight.filter(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            return Err(OffScale::Weight { goal: place, weight });
        }
        scored.extend(goal.score.zip(goal.weight));
    }
    if scored.is_empty() {
        return Ok(None);
    }
    if scored.iter().all(|(_, weight)| *weight == 0.0) {
        for (_, weight) in &mut scored {
            *weight = 1.0;
        }
    }
    let weighted: f64 = scored.iter().map(|(score, weight)| weight * score).sum();
    let weights: f64 = scored.iter().map(|(_, weight)| weight).sum();
    let squares: f64 = scored.iter().map(|(_, weight)| weight * weight).sum();
    Ok(Some(50.0 + 10.0 * weighted / ((1.0 - rho) * squares + rho * weights * weights).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn goals(scores: &[f64], weights: &[f64]) -> Vec<Goal> {
        scores.iter().zip(weights).map(|(x, w)| Goal { score: Some(*x), weight: Some(*w) }).collect()
    }

    #[test]
    fn the_hand_check() {
        let six = goals(&[-2.0, 0.0, -1.0, 2.0, 0.0, 1.0], &[3.0, 5.0, 1.0, 4.0, 2.0, 6.0]);
        assert_eq!(t_score(&six, RHO), Ok(Some(55.0)));
    }

    #[test]
    fn no_scored_goal_is_no_score() {
        assert_eq!(t_score(&[], RHO), Ok(None));
        assert_eq!(t_score(&[Goal { score: None, weight: Some(1.0) }], RHO), Ok(None));
    }

    #[test]
    fn a_score_off_the_scale_is_refused_and_named() {
        assert_eq!(t_score(&goals(&[0.0, -3.0], &[1.0, 1.0]), RHO), Err(OffScale::Score { goal: 1, score: -3.0 }));
        assert_eq!(t_score(&goals(&[0.0], &[-1.0]), RHO), Err(OffScale::Weight { goal: 0, weight: -1.0 }));
    }

    #[test]
    fn weights_that_are_all_zero_count_equally() {
        assert_eq!(t_score(&goals(&[1.0, 0.0], &[0.0, 0.0]), RHO), t_score(&goals(&[1.0, 0.0], &[1.0, 1.0]), RHO));
    }

    proptest! {
        #[test]
        fn the_scale_of_the_weights_does_not_matter(list in prop::collection::vec((-2_i32..=2, 1_i32..10), 1..8), factor in 0.1..50.0) {
            let one: Vec<Goal> =
                list.iter().map(|(x, w)| Goal { score: Some((*x).into()), weight: Some((*w).into()) }).collect();
            let other: Vec<Goal> =
                one.iter().map(|g| Goal { score: g.score, weight: g.weight.map(|w| w * factor) }).collect();
            let (one, other) = (t_score(&one, RHO).unwrap().unwrap(), t_score(&other, RHO).unwrap().unwrap());
            prop_assert!((one - other).abs() < 1e-9);
            // |Σwx| ≤ 2Σw and the root is at least √0.3·Σw.
            prop_assert!((50.0 - 36.6..=50.0 + 36.6).contains(&one));
        }
    }
}
