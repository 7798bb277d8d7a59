//! A colour, and how far apart two of them are for the eye.

use palette::color_difference::Wcag21RelativeContrast;
use palette::{Clamp, IntoColor, Mix, Oklab, Srgb};
use std::fmt;
use std::str::FromStr;

/// An sRGB colour of eight bits a channel; written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(Srgb<u8>);

impl FromStr for Colour {
    type Err = ();

    /// `#rrggbb`, in letters of either case.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit())).ok_or(())?;
        digits.parse().map(Self).map_err(|_| ())
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:x}", self.0)
    }
}

impl Colour {
    pub(super) const BLACK: Self = Self(Srgb::new(0, 0, 0));
    pub(super) const WHITE: Self = Self(Srgb::new(255, 255, 255));

    /// Contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio"; the definition is that of 2.1).
    pub(super) fn contrast(self, other: Self) -> f64 {
        self.0.into_format::<f64>().relative_contrast(other.0.into_format())
    }

    /// The colour nearest to it, on the way to `end`, whose contrast with `ground` is at least `least`. `end` itself where
    /// none is.
    pub(super) fn towards(self, end: Self, ground: Self, least: f64) -> Self {
        let (from, to): (Oklab<f64>, Oklab<f64>) =
            (self.0.into_format::<f64>().into_color(), end.0.into_format::<f64>().into_color());
        let mixed = |step: u16| {
            let colour: Srgb<f64> = from.mix(to, f64::from(step) / f64::from(STEPS)).into_color();
            Self(colour.clamp().into_format())
        };
        std::iter::once(self).chain((1..=STEPS).map(mixed)).find(|it| it.contrast(ground) >= least).unwrap_or(end)
    }
}

/// Steps from a colour to white or black: finer than eight bits can show.
const STEPS: u16 = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn contrasts_are_those_of_the_standard() {
        let (white, black) = (Colour::WHITE, Colour::BLACK);
        assert!((white.contrast(black) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        // The greys that are commonly given as the last to pass on white, and the first not to.
        assert!(colour("#767676").contrast(white) >= 4.5 && colour("#777777").contrast(white) < 4.5);
        assert!(colour("#949494").contrast(white) >= 3.0 && colour("#959595").contrast(white) < 3.0);
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(colour("#0072B2").to_string(), "#0072b2");
        for wrong in ["0072b2", "#07b", "#0072b", "#0072b2ff", "#0072bg", "blue", "", "#", "#００７２b2", "#+072b2"]
        {
            assert_eq!(wrong.parse::<Colour>(), Err(()), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_out_has_the_contrast_and_is_no_further_than_it_must(red: u8, green: u8, blue: u8, least in 1.0..12.0f64) {
            let from = Colour(Srgb::new(red, green, blue));
            for (end, ground) in [(Colour::BLACK, Colour::WHITE), (Colour::WHITE, colour("#15181b"))] {
                let found = from.towards(end, ground, least);
                prop_assert!(found.contrast(ground) >= least);
                prop_assert!(found.contrast(ground) <= least.max(from.contrast(ground)) + 0.35, "{} of {}", found, from);
                if from.contrast(ground) >= least {
                    prop_assert_eq!(found, from);
                }
            }
        }
    }
}
