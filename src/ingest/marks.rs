//! Which records of a file came to what: a file may feed several tables, and each of its records counts once.

/// A set of record numbers, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// Adds a record, counted from 0.
    pub fn add(&mut self, record: u64) {
        let Ok(word) = usize::try_from(record / 64) else { return };
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= 1 << (record % 64);
        }
    }

    /// Adds all of another set.
    pub fn add_all(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (bits, more) in self.words.iter_mut().zip(&other.words) {
            *bits |= more;
        }
    }

    pub fn count(&self) -> u64 {
        self.words.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once() {
        let (mut one, mut other) = (Marks::default(), Marks::default());
        for record in [0, 63, 64, 63] {
            one.add(record);
        }
        for record in [64, 1000] {
            other.add(record);
        }
        assert_eq!(one.count(), 3);
        one.add_all(&other);
        assert_eq!(one.count(), 4);
    }
}
