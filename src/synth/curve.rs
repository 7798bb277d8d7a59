//! Waiting times as curves: the share reached by each day, drawn through a few known points.
//!
//! Shares are whole millionths and days are whole, so the truth that is published (a point of the curve) and the
//! draw (a look-up in the curve) are the same numbers, with no rounding in between.

use super::dice::{CERTAIN, Dice};

/// A day and the share, in thousandths, reached by its end.
pub type Knot = (i32, u32);

/// The share that has reached an event by the end of each day, straight between its knots.
pub struct Curve {
    by_day: Vec<u32>,
}

impl Curve {
    /// The curve through `knots`, which rise in day and share; it starts at the first knot and stays at the last.
    pub fn through(knots: &[Knot]) -> Self {
        let mut by_day = Vec::new();
        let mut previous: Option<(i32, u32)> = None;
        for &(day, share) in knots {
            let share = share * 1000;
            if let Some((from, start)) = previous {
                for step in 1..=(day - from).unsigned_abs() {
                    let rise = u64::from(share - start) * u64::from(step) / u64::from((day - from).unsigned_abs());
                    by_day.push(start + rise as u32);
                }
            } else {
                by_day.resize(day.unsigned_abs() as usize, 0);
                by_day.push(share);
            }
            previous = Some((day, share));
        }
        Self { by_day }
    }

    /// Millionths reached by the end of `day`.
    pub fn by(&self, day: i32) -> u32 {
        let last = self.by_day.len().saturating_sub(1);
        usize::try_from(day).ok().and_then(|day| self.by_day.get(day.min(last))).copied().unwrap_or(0)
    }

    /// Millionths ever reached.
    fn ever(&self) -> u32 {
        self.by_day.last().copied().unwrap_or(0)
    }

    /// The day on which the share passes `millionths`, if it ever does.
    fn day_of(&self, millionths: u32) -> Option<i32> {
        let day = self.by_day.partition_point(|share| *share <= millionths);
        i32::try_from(day).ok().filter(|_| day < self.by_day.len())
    }

    /// A day drawn from the curve; none when the event never comes.
    pub fn draw(&self, dice: &mut Dice) -> Option<i32> {
        self.day_of(dice.millionths())
    }
}

/// Two events of which only the first to come is seen (competing risks).
pub struct Race {
    pub wanted: Curve,
    pub other: Curve,
}

/// How a race ended, and on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Wanted(i32),
    Other(i32),
    Never,
}

impl Race {
    /// The race between the curves through these knots; the shares ever reached add up to at most one.
    pub fn between(wanted: &[Knot], other: &[Knot]) -> Self {
        let race = Self { wanted: Curve::through(wanted), other: Curve::through(other) };
        debug_assert!(race.wanted.ever() + race.other.ever() <= CERTAIN);
        race
    }

    pub fn draw(&self, dice: &mut Dice) -> Ending {
        let draw = dice.millionths();
        if let Some(day) = self.wanted.day_of(draw) {
            return Ending::Wanted(day);
        }
        self.other.day_of(draw - self.wanted.ever()).map_or(Ending::Never, Ending::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_straight_through_its_knots() {
        let curve = Curve::through(&[(1, 100), (3, 300), (5, 300), (6, 1000)]);
        let shares: Vec<u32> = (0..8).map(|day| curve.by(day)).collect();
        assert_eq!(shares, [0, 100_000, 200_000, 300_000, 300_000, 300_000, 1_000_000, 1_000_000]);
        assert_eq!(curve.day_of(0), Some(1));
        assert_eq!(curve.day_of(99_999), Some(1));
        assert_eq!(curve.day_of(100_000), Some(2));
        assert_eq!(curve.day_of(300_000), Some(6));
    }

    #[test]
    fn draws_follow_the_curves() {
        let race = Race::between(&[(0, 100), (10, 500)], &[(5, 0), (20, 300)]);
        let mut dice = Dice::new(7, 1);
        let (mut wanted, mut by_four, mut other) = (0, 0, 0);
        for _ in 0..100_000 {
            match race.draw(&mut dice) {
                Ending::Wanted(day) => {
                    wanted += 1;
                    by_four += i32::from(day <= 4);
                }
                Ending::Other(day) => {
                    assert!((6..=20).contains(&day));
                    other += 1;
                }
                Ending::Never => {}
            }
        }
        // Five standard deviations of a binomial count are below 800.
        assert!(
            (wanted - 50_000i32).abs() < 800 && (by_four - 26_000i32).abs() < 800 && (other - 30_000i32).abs() < 800
        );
    }
}
