//! Whether groups wait equally long: the log-rank test (Mantel 1966; Peto & Peto 1972).

use super::{
    distributions::chi_square_upper,
    survival::{Clock, Moment, RiskTable, Spell},
};

/// One group's part in the comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupEvents {
    pub spells: u64,
    pub observed: u64,
    /// Events expected were all groups alike. 0 for a group never at risk when anything happened: it takes no part.
    pub expected: f64,
}

/// The test's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// Chi-square.
    pub statistic: f64,
    /// Groups that take part, less one.
    pub degrees_of_freedom: usize,
    pub p_value: f64,
    /// In the order given.
    pub groups: Vec<GroupEvents>,
}

/// Compares two or more groups of spells; events of every cause count (censor the ones that should not).
///
/// The variance is hypergeometric, so ties are exact; a time with one client left adds nothing. A group without events is legal. With
/// delayed entry the risk sets are those of the counting process (the score test of a proportional-hazards model).
/// `None` when fewer than two groups were at risk at any event, or they never were at risk together.
pub fn log_rank(groups: &[&[Spell]]) -> Option<LogRank> {
    let clock = Clock::of(groups.iter().copied().flatten());
    let tables: Vec<RiskTable> = groups.iter().map(|spells| RiskTable::with_clock(spells, 1, &clock)).collect();
    let mut times: Vec<f64> = tables
        .iter()
        .flat_map(|table| {
            table.moments.iter().filter(|moment| moment.events_of_any_cause() > 0).map(|moment| moment.time)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();

    let size = groups.len();
    let mut observed = vec![0_u64; size];
    let mut expected = vec![0.0; size];
    let mut variance = vec![vec![0.0; size]; size];
    for time in times {
        let at_risk: Vec<f64> = tables.iter().map(|table| table.at_risk(time) as f64).collect();
        let events: Vec<u64> = tables.iter().map(|table| events_at(table, time)).collect();
        let (n, d) = (at_risk.iter().sum::<f64>(), events.iter().sum::<u64>() as f64);
        let spread = if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 };
        for (row, one) in at_risk.iter().enumerate() {
            observed[row] += events[row];
            expected[row] += d * one / n;
            for (column, other) in at_risk.iter().enumerate() {
                let own = if row == column { one / n } else { 0.0 };
                variance[row][column] += spread * (own - one * other / (n * n));
            }
        }
    }

    // Observed less expected add up to 0, so one group of those taking part is told by the others.
    let part: Vec<usize> = (0..size).filter(|group| expected[*group] > 0.0).skip(1).collect();
    let difference: Vec<f64> = part.iter().map(|&group| observed[group] as f64 - expected[group]).collect();
    let matrix: Vec<Vec<f64>> =
        part.iter().map(|&row| part.iter().map(|&column| variance[row][column]).collect()).collect();
    let statistic = if part.is_empty() { return None } else { quadratic_form(matrix, &difference)? };
    let groups = tables
        .iter()
        .zip(observed.iter().zip(&expected))
        .map(|(table, (observed, expected))| GroupEvents {
            spells: table.spells,
            observed: *observed,
            expected: *expected,
        })
        .collect();
    Some(LogRank {
        statistic,
        degrees_of_freedom: part.len(),
        p_value: chi_square_upper(statistic, part.len() as f64),
        groups,
    })
}

fn events_at(table: &RiskTable, time: f64) -> u64 {
    let place = table.moments.partition_point(|moment| moment.time < time);
    table
        .moments
        .get(place)
        .filter(|moment| moment.time.total_cmp(&time).is_eq())
        .map_or(0, Moment::events_of_any_cause)
}

/// `v' M⁻¹ v` for a symmetric positive definite matrix, by Cholesky's factors; `None` for any other.
pub(super) fn quadratic_form(mut matrix: Vec<Vec<f64>>, vector: &[f64]) -> Option<f64> {
    const SINGULAR: f64 = 1e-12;
    let mut solved: Vec<f64> = Vec::with_capacity(vector.len());
    for row in 0..vector.len() {
        let scale = matrix[row][row];
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            let rest = matrix[row][column] - dot;
            if column < row {
                matrix[row][column] = rest / matrix[column][column];
            } else if rest > SINGULAR * scale {
                matrix[row][row] = rest.sqrt();
            } else {
                return None;
            }
        }
        let dot: f64 = solved.iter().zip(&matrix[row]).map(|(done, factor)| done * factor).sum();
        solved.push((vector[row] - dot) / matrix[row][row]);
    }
    Some(solved.iter().map(|value| value * value).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::survival::End;
    use proptest::prelude::*;

    fn spells(rows: &[(i32, bool)]) -> Vec<Spell> {
        rows.iter()
            .map(|(days, event)| Spell::days(*days, if *event { End::Event(0) } else { End::Censored }, 1))
            .collect()
    }

    #[test]
    fn one_group_or_no_event_is_no_comparison() {
        let (some, none) = (spells(&[(1, true), (2, true)]), spells(&[(3, false)]));
        assert_eq!(log_rank(&[]), None);
        assert_eq!(log_rank(&[&some]), None);
        assert_eq!(log_rank(&[&none, &none]), None);
    }

    #[test]
    fn a_group_gone_before_the_first_event_takes_no_part() {
        let (gone, one, two) =
            (spells(&[(0, false)]), spells(&[(1, true), (4, true), (6, false)]), spells(&[(2, true), (3, true)]));
        let (three, pair) = (log_rank(&[&gone, &one, &two]).unwrap(), log_rank(&[&one, &two]).unwrap());
        assert_eq!((three.degrees_of_freedom, three.groups[0].expected), (1, 0.0));
        assert!((three.statistic - pair.statistic).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn events_expected_add_up_and_order_does_not_matter(rows in prop::collection::vec((0_i32..20, any::<bool>(), 0_usize..3), 3..60)) {
            let of = |group: usize| {
                let rows: Vec<(i32, bool)> = rows.iter().filter(|r| r.2 == group).map(|r| (r.0, r.1)).collect();
                spells(&rows)
            };
            let (a, b, c) = (of(0), of(1), of(2));
            let (there, back) = (log_rank(&[&a, &b, &c]), log_rank(&[&c, &a, &b]));
            prop_assert_eq!(there.is_some(), back.is_some());
            if let (Some(there), Some(back)) = (there, back) {
                prop_assert!((there.statistic - back.statistic).abs() < 1e-8 * (1.0 + there.statistic));
                let observed: u64 = there.groups.iter().map(|group| group.observed).sum();
                let expected: f64 = there.groups.iter().map(|group| group.expected).sum();
                prop_assert!((observed as f64 - expected).abs() < 1e-9);
                prop_assert!((0.0..=1.0).contains(&there.p_value));
            }
        }
    }
}
