//! Adjusted p-values, for many comparisons at once.
//!
//! [`benjamini_hochberg`] for "which sites differ" (of those named, at most the share asked for are wrong, on average); [`holm`] for a few
//! comparisons stated beforehand (the chance that any is wrong). A comparison that could not be made (`None`, or not a number between 0 and 1)
//! stays `None` and is not counted among the many.

/// Adjusted so that naming all at or below q keeps the expected share of false ones at q (Benjamini & Hochberg 1995).
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let many = order.len() as f64;
    let mut adjusted = vec![None; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, (place, p)) in order.iter().enumerate().rev() {
        // The factor first: it is 1 or more, so rounding cannot put the answer below p.
        least = least.min(p * (many / (rank + 1) as f64));
        adjusted[*place] = Some(least);
    }
    adjusted
}

/// Adjusted so that naming all at or below q keeps the chance of any false one at q (Holm 1979).
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let mut adjusted = vec![None; p_values.len()];
    let mut most = 0.0_f64;
    for (rank, (place, p)) in order.iter().enumerate() {
        most = most.max((p * (order.len() - rank) as f64).min(1.0));
        adjusted[*place] = Some(most);
    }
    adjusted
}

/// The comparisons made, smallest first, with their places.
fn ascending(p_values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(place, p)| Some((place, p.filter(|p| (0.0..=1.0).contains(p))?)))
        .collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_list_of_1995_has_four_at_five_percent() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let p: Vec<Option<f64>> = p.into_iter().map(Some).collect();
        let small = |adjusted: &[Option<f64>]| adjusted.iter().flatten().filter(|p| **p <= 0.05).count();
        assert_eq!((small(&benjamini_hochberg(&p)), small(&holm(&p))), (4, 3));
    }

    #[test]
    fn what_was_not_compared_is_not_counted() {
        let p = [Some(0.02), None, Some(f64::NAN), Some(1.5)];
        for adjusted in [benjamini_hochberg(&p), holm(&p)] {
            assert_eq!(adjusted, [Some(0.02), None, None, None]);
        }
        assert_eq!(benjamini_hochberg(&[]), []);
    }

    proptest! {
        #[test]
        fn adjusting_raises_keeps_the_order_and_ties(p in prop::collection::vec(0_u8..=100, 0..40)) {
            let p: Vec<Option<f64>> = p.into_iter().map(|p| Some(f64::from(p) / 100.0)).collect();
            let (bh, holm) = (benjamini_hochberg(&p), holm(&p));
            for (place, one) in p.iter().enumerate() {
                prop_assert!(one <= &bh[place] && bh[place] <= holm[place] && holm[place] <= Some(1.0));
                for (other_place, other) in p.iter().enumerate() {
                    if one <= other {
                        prop_assert!(bh[place] <= bh[other_place] && holm[place] <= holm[other_place]);
                    }
                }
            }
        }
    }
}
