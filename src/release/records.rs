//! The release of counts and shares of records, which are not people: what was read, what was set aside.

use super::{Audience, Released};

/// A count of records (not of people) by what happened to them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordCount {
    pub label: String,
    /// `None` where withheld.
    pub count: Option<u64>,
}

/// Releases counts of records, such as those set aside by reason.
pub fn release_records(counts: Vec<RecordCount>, audience: Audience, small_cell: u32) -> Vec<Released<RecordCount>> {
    counts
        .into_iter()
        .map(|mut record| {
            if audience.is_outside() {
                record.count = record.count.filter(|n| !is_small(*n as f64, small_cell));
            }
            Released(record)
        })
        .collect()
}

/// The rows of a file, those loaded, and those set aside.
pub type FileRows = [Released<RecordCount>; 3];

/// Releases what became of the rows of files that are shown together, and whose rows set aside are also told as a sum.
///
/// Rows are those loaded and those set aside: where one of the two is small, both are withheld. Where they are of a single
/// file, so are those of the file with the fewest others set aside: else they would follow from the sum.
pub fn release_files(files: &[(u64, u64, u64)], audience: Audience, small_cell: u32) -> Vec<FileRows> {
    let small = |n: u64| audience.is_outside() && is_small(n as f64, small_cell);
    let mut open: Vec<bool> = files.iter().map(|(_, loaded, aside)| !small(*loaded) && !small(*aside)).collect();
    if open.iter().filter(|open| !**open).count() == 1 {
        let others = files.iter().enumerate().filter(|(at, (.., aside))| open[*at] && *aside > 0);
        if let Some((at, _)) = others.min_by_key(|(_, (.., aside))| *aside) {
            open[at] = false;
        }
    }
    let released =
        |label: &str, n: u64, open: bool| Released(RecordCount { label: label.into(), count: open.then_some(n) });
    let of_file = |((rows, loaded, aside), open): (&(u64, u64, u64), &bool)| {
        [
            released("rows", *rows, !small(*rows)),
            released("loaded", *loaded, *open),
            released("set aside", *aside, *open),
        ]
    };
    files.iter().zip(&open).map(of_file).collect()
}

/// A share of records, such as those of a program that are plausible.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordShare {
    pub label: String,
    /// How many of how many; `None` where withheld.
    pub good_of: Option<(u64, u64)>,
}

/// Releases shares of one kind that are shown together: those of the parts, and last the one of all.
///
/// For an audience outside the agency a share is withheld that stands on, or leaves, a count from 1 to `small_cell` − 1.
/// Where a single part is withheld, so is the smallest other one: else it would follow from all less the others.
pub fn release_shares(shares: Vec<RecordShare>, audience: Audience, small_cell: u32) -> Vec<Released<RecordShare>> {
    let mut shares = shares;
    if audience.is_outside() {
        for share in &mut shares {
            share.good_of = share.good_of.filter(|(good, of)| {
                let counts = [*good, *of, of.saturating_sub(*good)];
                !counts.into_iter().any(|n| is_small(n as f64, small_cell))
            });
        }
        if let Some((all, parts)) = shares.split_last_mut()
            && all.good_of.is_some()
            && parts.iter().filter(|part| part.good_of.is_none()).count() == 1
        {
            let smallest = parts.iter_mut().filter(|part| part.good_of.is_some()).min_by_key(|part| part.good_of);
            smallest.unwrap_or(all).good_of = None;
        }
    }
    shares.into_iter().map(Released).collect()
}

fn is_small(count: f64, small_cell: u32) -> bool {
    count > 0.0 && count < f64::from(small_cell)
}
