//! Chance: the same throws from the same seed on every platform, because only whole numbers are used.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};

/// What a probability in millionths adds up to.
pub const CERTAIN: u32 = 1_000_000;

/// A stream of throws.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Stream number `stream` of `seed`. Streams do not overlap, so one client's rows never depend on another's.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A whole number from 0 up to, not including, `end` (0 when `end` is not positive).
    pub fn below(&mut self, end: i32) -> i32 {
        Uniform::new(0, end).map_or(0, |range| range.sample(&mut self.0))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below(high - low + 1)
    }

    /// True in `chances` of a thousand throws.
    pub fn per_mille(&mut self, chances: i32) -> bool {
        self.below(1000) < chances
    }

    /// A number of millionths.
    pub fn millionths(&mut self) -> u32 {
        Uniform::new(0, CERTAIN).map_or(0, |range| range.sample(&mut self.0))
    }

    /// One of the choices, each as likely as its weight.
    pub fn pick<T: Copy>(&mut self, choices: &[(T, i32)]) -> Option<T> {
        let mut left = self.below(choices.iter().map(|(_, weight)| weight).sum());
        choices.iter().find_map(|(choice, weight)| {
            left -= weight;
            (left < 0).then_some(*choice)
        })
    }

    /// As [`Dice::pick`], of codes; empty for an empty list.
    pub fn code(&mut self, choices: &[(&'static str, i32)]) -> &'static str {
        self.pick(choices).unwrap_or_default()
    }

    /// So many hexadecimal digits.
    pub fn hexadecimal(&mut self, digits: usize) -> String {
        (0..digits).filter_map(|_| char::from_digit(self.below(16).unsigned_abs(), 16)).collect()
    }
}
