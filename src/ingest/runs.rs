//! Keys that come in ascending order, as exports mostly have them: a key above the last one of its kind is new, which
//! costs one comparison and no look-up; only a key at or below it is searched for.
//!
//! A kind is the length and whether the last character is a digit, so that `S999999` before `S1000000`, or a stray
//! `S000317X`, breaks no run.

const PLACE_BITS: u32 = 40;
const PLACE_MASK: u128 = (1 << PLACE_BITS) - 1;
/// Longer keys do not fit beside their place.
const LONGEST: usize = 11;

/// A short key, whole: comparable with others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered(u128);

impl Ordered {
    /// For a key that is too long, or no key.
    pub const NONE: Self = Self(0);

    pub fn of(key: &[u8]) -> Self {
        if key.is_empty() || key.len() > LONGEST {
            return Self::NONE;
        }
        let digits = if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            // Overlapping bytes are the same in both.
            let after = (key.len() - 8) as u32 * 8;
            (u128::from(u64::from_be_bytes(*first)) << after) | u128::from(u64::from_be_bytes(*last))
        } else {
            key.iter().fold(0, |word, byte| (word << 8) | u128::from(*byte))
        };
        Self((digits << PLACE_BITS) | key.len() as u128)
    }

    fn kind(self) -> usize {
        let digit = ((self.0 >> PLACE_BITS) as u8).is_ascii_digit();
        (self.0 & PLACE_MASK) as usize * 2 + usize::from(digit)
    }

    fn entry(self) -> u128 {
        self.0 & !PLACE_MASK
    }
}

/// Ascending keys with their places.
#[derive(Debug)]
pub struct Runs {
    runs: Vec<Vec<u128>>,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Above all of its kind, those set apart included.
    New,
    /// In a run, at that place.
    Used(u64),
    /// In no run, but below the last of its kind.
    Apart,
}

impl Runs {
    pub fn new() -> Self {
        Self { runs: vec![Vec::new(); (LONGEST + 1) * 2] }
    }

    pub fn standing(&self, key: Ordered) -> Standing {
        let Some(run) = self.runs.get(key.kind()) else { return Standing::Apart };
        let entry = key.entry();
        match run.last() {
            Some(last) if entry <= *last => {
                let at = run.partition_point(|other| *other < entry);
                match run.get(at) {
                    Some(other) if other & !PLACE_MASK == entry => Standing::Used((other & PLACE_MASK) as u64),
                    _ => Standing::Apart,
                }
            }
            _ => Standing::New,
        }
    }

    /// Adds a key that is new.
    pub fn push(&mut self, key: Ordered, place: u64) {
        if let Some(run) = self.runs.get_mut(key.kind()) {
            run.push(key.entry() | (u128::from(place) & PLACE_MASK));
        }
    }

    pub fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// Empties the runs: every key's bytes, and its place.
    pub fn drain(&mut self, mut take: impl FnMut(&[u8], u64)) {
        for (kind, run) in self.runs.iter_mut().enumerate() {
            let length = kind / 2;
            for entry in std::mem::take(run) {
                let bytes = (entry >> PLACE_BITS).to_be_bytes();
                take(bytes.get(bytes.len() - length..).unwrap_or_default(), (entry & PLACE_MASK) as u64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_run_beside_each_other() {
        let mut runs = Runs::new();
        for (place, key) in ["S999998", "S999999", "S000317X", "S1000000", "S1000001", "12345678901"].iter().enumerate()
        {
            let key = Ordered::of(key.as_bytes());
            assert_eq!(runs.standing(key), Standing::New);
            runs.push(key, place as u64);
        }
        assert_eq!(runs.standing(Ordered::of(b"S999999")), Standing::Used(1));
        assert_eq!(runs.standing(Ordered::of(b"S1000000")), Standing::Used(3));
        assert_eq!(runs.standing(Ordered::of(b"S000001")), Standing::Apart);
        assert_eq!(Ordered::of(b"123456789012"), Ordered::NONE);
        let mut drained = Vec::new();
        runs.drain(|key, place| drained.push((String::from_utf8_lossy(key).into_owned(), place)));
        assert_eq!(drained.len(), 6);
        assert!(drained.contains(&("12345678901".to_owned(), 5)) && drained.contains(&("S000317X".to_owned(), 2)));
    }
}
