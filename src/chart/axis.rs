//! Scales and ticks: few, round, and starting where honesty asks.

use super::canvas::{Anchor, Canvas, Room, Tone, Type};
use super::input::{Axis, Subject, Unit, month};
use crate::language::Words;
use crate::measure::PeriodLabel;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::coord::{CoordTranslate, ranged1d::Ranged};

/// Values onto a stretch of the page.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub from: f64,
    pub to: f64,
    pub ticks: Vec<f64>,
}

impl Scale {
    /// A scale that holds all `values`; `ticks` is about how many steps it may have.
    pub(super) fn holding(values: impl Iterator<Item = f64>, unit: &Unit, axis: Axis, steps: usize) -> Self {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for value in values.filter(|v| v.is_finite()) {
            // A share's axis never promises more than all.
            let value = if unit.is_share() { value.clamp(0.0, 1.0) } else { value };
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if axis == Axis::Full {
            if unit.is_share() {
                return Self::stepped(0.0, 1.0, if steps >= 4 { 0.25 } else { 0.5 });
            }
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if high - low <= f64::EPSILON * high.abs().max(low.abs()) {
            // All values alike: room above, or below where a share is everything already.
            if unit.is_share() {
                (low, high) = ((low - 0.05).max(0.0), (high + 0.05).min(1.0));
            } else {
                high += high.abs().max(1.0);
            }
        }
        let least = match unit {
            Unit::Share | Unit::FineShare => 0.01,
            Unit::Count => 1.0,
            Unit::Number { decimals, .. } => 10f64.powi(-i32::try_from(*decimals).unwrap_or(0)),
        };
        let step = round_step((high - low) / steps as f64).max(least);
        let from = (low / step + 1e-9).floor() * step;
        let to = (high / step - 1e-9).ceil() * step;
        let to = if to <= from { from + step } else { to };
        let to = if unit.is_share() { to.min(1.0) } else { to };
        Self::stepped(from, to, step)
    }

    fn stepped(from: f64, to: f64, step: f64) -> Self {
        let count = ((to - from) / step + 1e-9).floor().max(0.0) as usize;
        Self { from, to, ticks: (0..=count).map(|i| from + step * i as f64).collect() }
    }
}

/// The next step up among 1, 2, 5, 10, 20, …
fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= raw * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

/// A stretch of the canvas with a horizontal and a vertical scale.
pub(super) struct Plot {
    pub room: Room,
    coordinates: Cartesian2d<RangedCoordf64, RangedCoordf64>,
}

/// plotters maps onto whole pixels; this many to a unit keep what follows exact enough to be invisible.
const EXACTNESS: f64 = 100.0;

impl Plot {
    /// `across` and `up` are what stands at the room's left and right, bottom and top.
    pub(super) fn new(room: Room, across: (f64, f64), up: (f64, f64)) -> Self {
        let whole = |units: f64| (units * EXACTNESS).round() as i32;
        let pixels = (whole(room.left)..whole(room.right), whole(room.bottom)..whole(room.top));
        Self { room, coordinates: Cartesian2d::new(across.0..across.1, up.0..up.1, pixels) }
    }

    /// Where a value stands on the canvas.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.coordinates.translate(&(x, y));
        (f64::from(x) / EXACTNESS, f64::from(y) / EXACTNESS)
    }

    pub(super) fn x(&self, x: f64) -> f64 {
        self.at(x, self.coordinates.y_spec().range().start).0
    }

    pub(super) fn y(&self, y: f64) -> f64 {
        self.at(self.coordinates.x_spec().range().start, y).1
    }
}

/// How wide the labels of a value axis are.
pub(super) fn value_labels_width(scale: &Scale, subject: &Subject, kind: Type) -> f64 {
    scale.ticks.iter().map(|tick| kind.width(&tick_words(*tick, scale, subject))).fold(0.0, f64::max)
}

/// A tick's label: never "<1%", because it is exact; no decimals where no tick has any.
pub(super) fn tick_words(tick: f64, scale: &Scale, subject: &Subject) -> String {
    let words = &subject.words;
    let whole = scale.ticks.iter().all(|tick| (tick - tick.round()).abs() < 1e-9);
    match &subject.unit {
        Unit::Share | Unit::FineShare => words.percent(&words.decimal(tick * 100.0, 0)),
        Unit::Number { .. } if whole => words.count(tick),
        other => other.printed(tick, words),
    }
}

/// What an axis of numbers counts; shares and counts speak for themselves.
pub(super) fn unit_words(unit: &Unit) -> &str {
    match unit {
        Unit::Number { of, .. } => of,
        _ => "",
    }
}

/// Hairlines across the plot, with their values to the left.
pub(super) fn value_axis(canvas: &mut Canvas, plot: &Plot, scale: &Scale, subject: &Subject, kind: Type) {
    for tick in &scale.ticks {
        let y = plot.y(*tick);
        canvas.line(&[(plot.room.left, y), (plot.room.right, y)], Tone::Rule, 1.0);
        canvas.text(&tick_words(*tick, scale, subject), (plot.room.left - 8.0, y + kind.drop(), Anchor::End), kind);
    }
}

/// "The axis starts at 40%."
pub(super) fn axis_starts(subject: &Subject, from: f64) -> String {
    subject.words.with("key.axis-starts", &[("value", &subject.printed(from))])
}

/// What stands under a period: its name and, where a year begins, the year.
struct PeriodTick {
    index: usize,
    upper: String,
    lower: String,
}

fn period_ticks(periods: &[&PeriodLabel], step: usize, words: &Words) -> Vec<PeriodTick> {
    let mut ticks: Vec<PeriodTick> = Vec::new();
    let mut year_shown = None;
    for (index, period) in periods.iter().enumerate() {
        let Some((year, month)) = month(period) else {
            if index % step == 0 {
                ticks.push(PeriodTick { index, upper: period.label.clone(), lower: String::new() });
            }
            continue;
        };
        // Months are thinned from January, so that quarters and years fall on ticks.
        if (month - 1) % step == 0 {
            let lower = if year_shown == Some(year) { String::new() } else { year.to_string() };
            year_shown = Some(year);
            ticks.push(PeriodTick { index, upper: words.month_short(month).to_owned(), lower });
        }
    }
    ticks
}

/// Height that [`period_axis`] needs below the plot.
pub(super) fn period_axis_height(kind: Type) -> f64 {
    8.0 + kind.line_height() * 2.0
}

/// Periods along the bottom: as many as fit without touching, years on a second line.
pub(super) fn period_axis(canvas: &mut Canvas, plot: &Plot, periods: &[&PeriodLabel], words: &Words, kind: Type) {
    let steps =
        if periods.iter().all(|p| month(p).is_some()) { vec![1, 3, 6, 12] } else { (1..=periods.len()).collect() };
    let fits = |ticks: &[PeriodTick]| {
        ticks.windows(2).all(|pair| {
            let [one, next] = pair else { return true };
            let apart = plot.x(next.index as f64) - plot.x(one.index as f64);
            let wide = |tick: &PeriodTick| kind.width(&tick.upper).max(kind.width(&tick.lower));
            f64::midpoint(wide(one), wide(next)) + 6.0 <= apart
        })
    };
    let mut chosen = Vec::new();
    for step in steps {
        let ticks = period_ticks(periods, step, words);
        // A short series may hold no January: keep the finer ticks rather than none.
        if !ticks.is_empty() {
            chosen = ticks;
            if fits(&chosen) {
                break;
            }
        }
    }
    let base = plot.room.bottom;
    for tick in chosen {
        let x = plot.x(tick.index as f64);
        let baseline = base + 6.0 + kind.size;
        if canvas.text_where_free(&tick.upper, &[(x, baseline, Anchor::Middle)], kind) {
            canvas.line(&[(x, base), (x, base + 4.0)], Tone::Rule, 1.0);
        }
        canvas.text_where_free(&tick.lower, &[(x, baseline + kind.line_height(), Anchor::Middle)], kind);
    }
}

/// Sizes along the bottom: from zero, or by powers where some groups are many times as large as others.
#[derive(Debug, Clone)]
pub(super) struct SizeAxis {
    from: f64,
    to: f64,
    pub by_powers: bool,
    ticks: Vec<f64>,
}

/// From so many times as large on, small groups would crowd at the left.
const BY_POWERS_FROM: f64 = 15.0;

impl SizeAxis {
    /// Holds all sizes; without any, as far as `reach`. Sizes are above zero.
    pub(super) fn holding(sizes: impl Iterator<Item = f64>, reach: Option<f64>) -> Self {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for size in sizes.filter(|size| size.is_finite() && *size > 0.0) {
            (least, most) = (least.min(size), most.max(size));
        }
        if most <= 0.0 {
            most = reach.filter(|size| size.is_finite() && *size > 0.0).unwrap_or(1.0);
            least = most;
        }
        // A little room beyond the smallest and the largest, so that their marks stand inside.
        let to = most * 1.06;
        if most / least < BY_POWERS_FROM {
            let ticks = Scale::holding([0.0, to].into_iter(), &Unit::Count, Axis::Full, 5).ticks;
            let ticks = ticks.into_iter().filter(|tick| *tick <= to).collect();
            return Self { from: 0.0, to, by_powers: false, ticks };
        }
        let from = least * 0.85;
        let powers = from.log10().floor() as i32..=to.log10().ceil() as i32;
        let steps: &[f64] = if to / from <= 1_000.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let ticks = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
        let ticks = ticks.filter(|tick| (from..=to).contains(tick)).collect();
        Self { from, to, by_powers: true, ticks }
    }

    /// How far along the axis a size stands: 0 to 1.
    pub(super) fn along(&self, size: f64) -> f64 {
        // Held near the axis, so that no place is too far to be a number.
        let share = if self.by_powers {
            (size.max(self.from * 1e-3) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (size - self.from) / (self.to - self.from)
        };
        share.clamp(-9.0, 9.0)
    }
}

/// Sizes below the plot, and what they count.
pub(super) fn size_axis(canvas: &mut Canvas, plot: &Plot, sizes: &SizeAxis, counted: &str, words: &Words, kind: Type) {
    let base = plot.room.bottom;
    let baseline = base + 6.0 + kind.size;
    let decimals = usize::from(sizes.ticks.iter().any(|tick| tick.fract() > 0.0));
    for tick in &sizes.ticks {
        let x = plot.x(sizes.along(*tick));
        if canvas.text_where_free(&words.decimal(*tick, decimals), &[(x, baseline, Anchor::Middle)], kind) {
            canvas.line(&[(x, base), (x, base + 4.0)], Tone::Rule, 1.0);
        }
    }
    let scale = if sizes.by_powers { words.of("chart.logarithmic") } else { "" };
    let named = format!("{}{scale}", kind.shortened(counted, plot.room.width() - kind.width(scale)));
    canvas.text(&named, (plot.room.right, baseline + kind.line_height(), Anchor::End), kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64], unit: &Unit, axis: Axis) -> Scale {
        Scale::holding(values.iter().copied(), unit, axis, 4)
    }

    #[test]
    fn shares_run_from_none_to_all() {
        let scale = scale(&[0.4, 0.6], &Unit::Share, Axis::Full);
        assert_eq!((scale.from, scale.to, scale.ticks.len()), (0.0, 1.0, 5));
    }

    #[test]
    fn a_fitted_share_stays_inside_none_and_all() {
        let scale = scale(&[0.93, 0.999], &Unit::Share, Axis::Fitted);
        assert!(scale.from > 0.85 && scale.to <= 1.0, "{scale:?}");
    }

    #[test]
    fn sizes_start_at_zero_until_some_are_many_times_as_large() {
        let near = SizeAxis::holding([35.0, 410.0].into_iter(), None);
        assert!(!near.by_powers && near.along(0.0).abs() < 1e-9 && near.along(410.0) < 1.0, "{near:?}");
        let far = SizeAxis::holding([3.0, 4_100.0].into_iter(), None);
        assert!(far.by_powers && far.ticks.first() == Some(&10.0), "{far:?}");
        for sizes in [&[][..], &[0.4], &[1.0, 1e9], &[f64::NAN, -3.0], &[0.2, 9.0]] {
            let axis = SizeAxis::holding(sizes.iter().copied(), None);
            let inside = sizes.iter().filter(|s| **s > 0.0).all(|s| (0.0..=1.0).contains(&axis.along(*s)));
            assert!(inside && (1..=12).contains(&axis.ticks.len()), "{axis:?}");
        }
    }

    #[test]
    fn counts_start_at_zero_and_end_on_a_round_number() {
        let scale = scale(&[271.0, 312.0], &Unit::Count, Axis::Full);
        assert_eq!((scale.from, scale.to), (0.0, 400.0));
    }

    #[test]
    fn nothing_zeros_one_value_and_rubbish_still_make_a_scale() {
        let mean = Unit::Number { decimals: 1, of: "hours".to_owned() };
        for unit in [Unit::Share, Unit::Count, mean] {
            for axis in [Axis::Full, Axis::Fitted] {
                for values in [&[][..], &[0.0], &[0.0, 0.0], &[5.0], &[f64::NAN, f64::INFINITY], &[-2.0, 3.0], &[1e-12]]
                {
                    let scale = scale(values, &unit, axis);
                    assert!(scale.from < scale.to, "{unit:?} {axis:?} {values:?} {scale:?}");
                    assert!((2..=8).contains(&scale.ticks.len()), "{unit:?} {axis:?} {values:?} {scale:?}");
                }
            }
        }
    }
}
