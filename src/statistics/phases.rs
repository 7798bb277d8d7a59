//! Charts with limits that start afresh after recorded changes ("rebased").
//!
//! A series and the places of the changes in; one chart for each phase out. Every phase stands alone: its own center and limits, made from its
//! own points, and no run reaches across a change. A phase with few points has trial limits or none, like any short series. Rebase only on a
//! change that was recorded for its own sake, never because the chart would look better.

use std::ops::Range;

use super::process::{Chart, LastingChange, Settings};

/// A recorded change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebase {
    /// The first place after it.
    pub at: usize,
    /// How many places from there on set the new center and limits; `None` all up to the next change.
    pub baseline: Option<usize>,
}

/// The time between two changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Its places in the whole series.
    pub places: Range<usize>,
    /// Its chart, whose places count from its beginning.
    pub chart: Chart,
}

impl Phase {
    /// [`Chart::lasting_change`], with its beginning as a place in the whole series.
    pub fn lasting_change(&self) -> Option<LastingChange> {
        let change = self.chart.lasting_change()?;
        Some(LastingChange { since: change.since + self.places.start, ..change })
    }
}

/// Draws each phase with `draw`, one of the charts of [`super::process`]. The settings' baseline is that of the time before the first change;
/// changes outside the series, or at its beginning, are passed over, and of two at one place the last named counts.
pub fn in_phases<T>(
    series: &[T],
    rebases: &[Rebase],
    settings: &Settings,
    draw: impl Fn(&[T], &Settings) -> Chart,
) -> Vec<Phase> {
    let mut starts: Vec<(usize, Option<Range<usize>>)> = vec![(0, settings.baseline.clone())];
    let mut changes: Vec<&Rebase> = rebases.iter().filter(|change| (1..series.len()).contains(&change.at)).collect();
    changes.sort_by_key(|change| change.at);
    for change in changes {
        let baseline = change.baseline.map(|places| 0..places);
        match starts.last_mut() {
            Some(last) if last.0 == change.at => last.1 = baseline,
            _ => starts.push((change.at, baseline)),
        }
    }
    let ends = starts.iter().skip(1).map(|start| start.0).chain([series.len()]).collect::<Vec<usize>>();
    starts
        .into_iter()
        .zip(ends)
        .map(|((start, baseline), end)| {
            let chart = draw(series.get(start..end).unwrap_or_default(), &Settings { baseline, ..settings.clone() });
            Phase { places: start..end, chart }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::process::{Rule, Share, individuals, shares};
    use proptest::prelude::*;

    const LOW: [f64; 12] = [10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0];

    fn step() -> Vec<Option<f64>> {
        LOW.iter().copied().chain(LOW.iter().map(|value| value + 20.0)).map(Some).collect()
    }

    fn rebase(at: usize, baseline: Option<usize>) -> Rebase {
        Rebase { at, baseline }
    }

    #[test]
    fn each_phase_has_its_own_limits_and_no_run_crosses() {
        let phases = in_phases(&step(), &[rebase(12, None)], &Settings::default(), individuals);
        assert_eq!(phases.iter().map(|phase| phase.places.clone()).collect::<Vec<_>>(), [0..12, 12..24]);
        assert_eq!((phases[0].chart.center, phases[1].chart.center), (Some(10.5), Some(30.5)));
        assert!(phases.iter().flat_map(|phase| &phase.chart.points).all(|point| point.signal.is_none()));
        // Undivided, everything is a signal.
        let whole = in_phases(&step(), &[], &Settings::default(), individuals);
        assert!(whole.len() == 1 && whole[0].chart.points[23].signal.is_some());
    }

    #[test]
    fn a_short_phase_has_trial_limits_or_none() {
        let phases = in_phases(&step(), &[rebase(14, None), rebase(20, None)], &Settings::default(), individuals);
        assert_eq!(phases.iter().map(|phase| phase.chart.trial).collect::<Vec<_>>(), [false, true, true]);
        assert!(phases[1].chart.points[0].upper.is_some() && phases[2].chart.points[0].upper.is_none());
    }

    #[test]
    fn a_phase_can_have_a_baseline_and_a_change_its_place_in_the_series() {
        let mut series = step();
        series.extend([32.0, 31.0, 32.0, 31.0, 32.0, 31.0, 32.0].map(Some));
        let settings = Settings { baseline: Some(0..6), ..Settings::default() };
        let phases = in_phases(&series, &[rebase(12, Some(12))], &settings, individuals);
        assert_eq!((phases[0].chart.baseline_points, phases[1].chart.baseline_points), (6, 12));
        // The last point of the phase's baseline stands above its center too.
        assert_eq!(phases[1].lasting_change().map(|change| (change.since, change.points)), Some((23, 8)));
        assert_eq!(phases[1].chart.points[18].signal.map(|signal| signal.rule), Some(Rule::Shift));
    }

    #[test]
    fn changes_outside_are_passed_over_and_the_last_of_two_counts() {
        let of = |changes: &[Rebase]| in_phases(&step(), changes, &Settings::default(), individuals);
        assert_eq!(of(&[rebase(0, Some(6)), rebase(24, None), rebase(99, None)]), of(&[]));
        assert_eq!(of(&[rebase(12, None), rebase(12, Some(6))]), of(&[rebase(12, Some(6))]));
        assert_eq!(in_phases(&[], &[rebase(1, None)], &Settings::default(), shares)[0].places, 0..0);
    }

    proptest! {
        #[test]
        fn phases_cover_the_series_in_order(series in prop::collection::vec((0_u64..9, 0_u64..9), 0..40), at in prop::collection::vec(0_usize..50, 0..6)) {
            let series: Vec<Share> = series.iter().map(|(x, more)| Share { numerator: *x, denominator: x + more }).collect();
            let changes: Vec<Rebase> = at.iter().map(|at| rebase(*at, None)).collect();
            let phases = in_phases(&series, &changes, &Settings::default(), shares);
            let mut next = 0;
            for phase in &phases {
                prop_assert_eq!(phase.places.start, next);
                prop_assert_eq!(phase.chart.points.len(), phase.places.len());
                prop_assert_eq!(&phase.chart, &shares(&series[phase.places.clone()], &Settings::default()));
                next = phase.places.end;
            }
            prop_assert_eq!(next, series.len());
        }
    }
}
