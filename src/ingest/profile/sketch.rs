//! The values of a column, as the smallest of their hashes: how many there are, whether one comes twice, and how much
//! of one column stands in another, in memory that does not grow with the file.
//!
//! While there are no more than [`MOST`] different values everything is exact. Then only the values with the smallest
//! hashes are kept: a sample of the different values, the same one in every column, so that columns can be compared.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Different values that are kept.
const MOST: usize = 1 << 16;

#[derive(Debug, Default, Clone)]
pub struct Sketch {
    /// Hash → rows.
    kept: BTreeMap<u64, u64>,
    /// Hashes above this are left out.
    below: Option<u64>,
}

impl Sketch {
    pub fn add(&mut self, value: &str, rows: u64) {
        // Not keyed, on purpose: the same values give the same figures in every run.
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let hash = hasher.finish();
        if self.below.is_some_and(|below| hash > below) {
            return;
        }
        *self.kept.entry(hash).or_default() += rows;
        if self.kept.len() > MOST {
            self.kept.pop_last();
            self.below = self.kept.last_key_value().map(|(hash, _)| *hash);
        }
    }

    /// How many different values there are, and whether that is exact.
    pub fn distinct(&self) -> (u64, bool) {
        match self.below {
            None => (self.kept.len() as u64, true),
            Some(below) => {
                let share = (below as f64 + 1.0) / (u64::MAX as f64 + 1.0);
                ((self.kept.len() as f64 / share).round() as u64, false)
            }
        }
    }

    /// Whether no value comes twice, as far as is known.
    pub fn is_unique(&self) -> bool {
        self.kept.values().all(|rows| *rows == 1)
    }

    /// The share of the different values here that also stand there; `None` if there are none.
    pub fn share_in(&self, other: &Self) -> Option<f64> {
        let below = self.below.unwrap_or(u64::MAX).min(other.below.unwrap_or(u64::MAX));
        let mut here = 0u64;
        let mut both = 0u64;
        for hash in self.kept.range(..=below).map(|(hash, _)| hash) {
            here += 1;
            both += u64::from(other.kept.contains_key(hash));
        }
        (here > 0).then(|| both as f64 / here as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: std::ops::Range<u32>) -> Sketch {
        let mut sketch = Sketch::default();
        values.for_each(|n| sketch.add(&n.to_string(), 1));
        sketch
    }

    #[test]
    fn few_values_are_exact() {
        let (some, more) = (of(0..500), of(400..2000));
        assert_eq!(some.distinct(), (500, true));
        assert!(some.share_in(&more).is_some_and(|share| (share - 0.2).abs() < 1e-9));
        assert!(of(0..0).share_in(&more).is_none());
        let mut twice = of(0..3);
        assert!(twice.is_unique());
        twice.add("2", 1);
        assert!(!twice.is_unique());
    }

    #[test]
    fn many_values_are_sampled_alike() {
        let (all, half) = (of(0..400_000), of(0..200_000));
        let (count, exact) = all.distinct();
        assert!(!exact && (380_000..420_000).contains(&count), "{count}");
        assert_eq!(half.share_in(&all), Some(1.0));
        assert!(all.share_in(&half).is_some_and(|share| (share - 0.5).abs() < 0.02));
    }
}
