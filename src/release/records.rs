//! The release of counts and shares of records, which are not people: what was read, what was set aside.

use super::{Audience, Released};

/// A count of records (not of people) by what happened to them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordCount {
    pub label: String,
    /// `None` where withheld.
    pub count: Option<u64>,
}

/// Releases a count of records, such as those set aside for a reason.
///
/// For an audience outside the agency a count from 1 to `small_cell` − 1 is withheld, and every other is rounded to the
/// nearest [`rounding`]: rows less those loaded, a sum less its parts, and this month's count less the last one's then tell of
/// nobody.
#[must_use]
pub fn release_count(label: &str, count: u64, audience: Audience, small_cell: u32) -> Released<RecordCount> {
    Released(RecordCount { label: label.into(), count: told_of_records(count, audience, small_cell) })
}

/// What an audience is told of a number of records; nothing where it is withheld.
pub(super) fn told_of_records(count: u64, audience: Audience, small_cell: u32) -> Option<u64> {
    if !audience.is_outside() {
        return Some(count);
    }
    (!is_small(count, small_cell)).then(|| rounded(count, small_cell))
}

/// What counts of records are rounded to outside the agency: 10, 20, 50, 100 …, the first that is no less than a withheld
/// count can be; 1, which changes nothing, where no count is withheld.
#[must_use]
pub fn rounding(small_cell: u32) -> u64 {
    let largest = u64::from(small_cell).saturating_sub(1);
    if largest == 0 {
        return 1;
    }
    let units = (1..10).flat_map(|zeros| [1, 2, 5].map(|n| n * 10_u64.pow(zeros)));
    // The last is more than any threshold.
    units.into_iter().find(|unit| *unit >= largest).unwrap_or(largest)
}

/// The least that counts of records are rounded to, besides none.
#[must_use]
pub fn least_rounded(small_cell: u32) -> u64 {
    let unit = rounding(small_cell);
    u64::from(small_cell).div_ceil(unit) * unit
}

/// Nothing stays nothing, and nothing that may be told becomes a number that may not.
fn rounded(count: u64, small_cell: u32) -> u64 {
    let unit = rounding(small_cell);
    let nearest = count.saturating_add(unit / 2) / unit * unit;
    if count == 0 { 0 } else { nearest.max(least_rounded(small_cell)) }
}

/// A share of records, such as those of a program that are plausible.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordShare {
    pub label: String,
    /// `None` where withheld, or of nothing.
    pub share: Option<f64>,
    /// What it is of; `None` where withheld.
    pub of: Option<u64>,
}

/// How many records are good, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoodOf {
    pub good: u64,
    pub of: u64,
}

/// Steps of a share in thousandths, the finest first.
const STEPS: [u128; 7] = [1, 2, 5, 10, 20, 50, 100];

/// Releases shares of one kind that are shown together: those of the parts, and last the one of all.
///
/// For an audience outside the agency a share is withheld that stands on, or leaves, a count from 1 to `small_cell` − 1.
/// Where a single part is withheld, so is the smallest other one: else it would follow from all less the others. What is
/// told is rounded, its records as other counts are. A share is rounded down to a thousandth for everybody, outside to steps of
/// as many records as may be read: never up to all.
pub fn release_shares(
    label: &str,
    shares: &[GoodOf],
    audience: Audience,
    small_cell: u32,
) -> Vec<Released<RecordShare>> {
    let outside = audience.is_outside();
    let step = |of: u64| STEPS.into_iter().find(|step| u128::from(of) * step >= u128::from(small_cell) * 1000);
    let is_told = |it: &GoodOf| {
        !outside
            || it.of == 0
            || step(it.of).is_some()
                && ![it.good, it.of, it.of.saturating_sub(it.good)].iter().any(|n| is_small(*n, small_cell))
    };
    let mut told: Vec<bool> = shares.iter().map(is_told).collect();
    if let (Some((all, parts)), Some((_, of_parts))) = (told.split_last_mut(), shares.split_last())
        && *all
        && parts.iter().filter(|told| !**told).count() == 1
    {
        let others = parts.iter_mut().zip(of_parts).filter(|(told, _)| **told);
        let smallest = others.min_by_key(|(_, it)| (it.good, it.of)).map(|(told, _)| told);
        *smallest.unwrap_or(all) = false;
    }
    let release = |(it, told): (&GoodOf, bool)| {
        // In steps of as many records as may be read: of how many it is, and a share in full, tell how many are not good.
        let step = if outside { step(it.of) } else { Some(1) };
        let thousandths = step.filter(|_| told && it.of > 0);
        let thousandths = thousandths.map(|step| u128::from(it.good) * 1000 / u128::from(it.of) / step * step);
        let share = thousandths.map(|n| n as f64 / 1000.0);
        let of = told.then(|| if outside { rounded(it.of, small_cell) } else { it.of });
        Released(RecordShare { label: label.into(), share, of })
    };
    shares.iter().zip(told).map(release).collect()
}

fn is_small(count: u64, small_cell: u32) -> bool {
    (1..u64::from(small_cell)).contains(&count)
}
