//! Whether sites differ by more than chance, and funnel limits that allow for it (Spiegelhalter 2005; Spiegelhalter et al. 2012).
//!
//! Sites as observed counts over their sizes in: clients for shares, expected events for ratios. Out: each site's z-score, φ (the mean
//! squared score, 1 when chance alone is at work), τ² (the variance between sites on the scale) and limits widened by it,
//! `target ± z√(s² + τ²)`. The most extreme scores are pulled in, or left out, before φ is taken, lest the outliers looked for widen the
//! limits that should show them. With few sites φ says little; below two there is none.

use super::{
    Interval,
    distributions::{chi_square_upper, normal_deviate},
    mean::quantile,
};

/// φ above this calls for the widened limits.
const LARGE_PHI: f64 = 1.5;
/// … and so does a test of "no more than chance" with a p-value below this.
const SMALL_P: f64 = 0.05;

/// One site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    pub observed: u64,
    /// Clients for a share, expected events for a ratio. A site of size 0 takes no part.
    pub size: f64,
}

/// What a site's value is, and the scale on which its error is taken as normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// A share as it is: s = √(θ(1−θ)/n). The default for shares.
    Share,
    /// The arcsine of a share's root: s = 1/(2√n).
    Arcsine,
    /// The root of observed over expected: s = 1/(2√E) (Care Quality Commission). The default for ratios; keeps sites without events.
    Root,
    /// The logarithm of observed over expected: s = 1/√E (the hospital mortality indicator of NHS Digital). A site without events has no
    /// place on it and takes no part.
    Logarithm,
}

/// What is done about the most extreme scores before φ is taken. The share is that at each end, by quantiles of type 7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extremes {
    Kept,
    /// Set to the quantiles: the default, with 0.1.
    PulledIn(f64),
    /// Left out, and so are scores on the quantiles themselves.
    LeftOut(f64),
}

impl Default for Extremes {
    fn default() -> Self {
        Self::PulledIn(0.1)
    }
}

/// How much sites differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Overdispersion {
    pub scale: Scale,
    /// The common value, as a share or ratio.
    pub target: f64,
    /// In the order given; `None` for a site that takes no part.
    pub scores: Vec<Option<f64>>,
    /// The same, with the error widened by τ².
    pub adjusted_scores: Vec<Option<f64>>,
    /// Sites that take part.
    pub sites: usize,
    pub phi: f64,
    pub tau_squared: f64,
    /// Σz² of all scores, none pulled in, as chi-square.
    pub statistic: f64,
    /// Sites, less one when the target was pooled from them.
    pub degrees_of_freedom: usize,
    pub p_value: f64,
}

/// Measures it. `target` is the common share or ratio; `None` pools it from the sites.
///
/// `None` for fewer than two sites, or none left after extremes are left out, or a target that leaves no room for chance.
pub fn overdispersion(sites: &[Site], scale: Scale, target: Option<f64>, extremes: Extremes) -> Option<Overdispersion> {
    let counted = |site: &Site| site.size > 0.0 && site.size.is_finite();
    let pooled = || {
        let (x, n) = sites.iter().filter(|site| counted(site)).fold((0, 0.0), |(x, n), s| (x + s.observed, n + s.size));
        x as f64 / n
    };
    let common = target.unwrap_or_else(pooled);
    let possible = match scale {
        Scale::Share | Scale::Arcsine => common > 0.0 && common < 1.0,
        Scale::Root | Scale::Logarithm => common > 0.0 && common.is_finite(),
    };
    if !possible {
        return None;
    }
    let parts: Vec<Option<(f64, f64)>> = sites
        .iter()
        .map(|site| {
            let away = scale.read(site.observed as f64 / site.size) - scale.read(common);
            (counted(site) && away.is_finite()).then(|| (away, scale.error(common, site.size)))
        })
        .collect();
    let scores: Vec<Option<f64>> = parts.iter().map(|part| part.map(|(away, error)| away / error)).collect();
    let known: Vec<f64> = scores.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let kept: Vec<(f64, f64)> = extremes
        .applied(&known)
        .into_iter()
        .zip(parts.iter().flatten())
        .filter_map(|(z, part)| Some((z?, part.1)))
        .collect();
    let n = kept.len() as f64;
    if kept.len() < 2 {
        return None;
    }
    let squares: f64 = kept.iter().map(|(z, _)| z * z).sum();
    let (w, ww) =
        kept.iter().map(|(_, s)| (s * s).recip()).fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    let tau_squared = ((squares - (n - 1.0)) / (w - ww / w)).max(0.0);
    let statistic = known.iter().map(|z| z * z).sum();
    let degrees_of_freedom = known.len() - usize::from(target.is_none());
    Some(Overdispersion {
        scale,
        target: common,
        adjusted_scores: parts.iter().map(|part| part.map(|(away, s)| away / (s * s + tau_squared).sqrt())).collect(),
        scores,
        sites: known.len(),
        phi: squares / n,
        tau_squared,
        statistic,
        degrees_of_freedom,
        p_value: chi_square_upper(statistic, degrees_of_freedom as f64),
    })
}

impl Scale {
    fn read(self, value: f64) -> f64 {
        match self {
            Self::Share => value,
            Self::Arcsine => value.sqrt().asin(),
            Self::Root => value.sqrt(),
            Self::Logarithm => value.ln(),
        }
    }

    fn unread(self, value: f64) -> f64 {
        match self {
            Self::Share => value.clamp(0.0, 1.0),
            Self::Arcsine => value.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2),
            Self::Root => value.max(0.0).powi(2),
            Self::Logarithm => value.exp(),
        }
    }

    /// The standard error that chance alone gives a site.
    fn error(self, target: f64, size: f64) -> f64 {
        match self {
            Self::Share => (target * (1.0 - target) / size).sqrt(),
            Self::Arcsine | Self::Root => 0.5 / size.sqrt(),
            // Poisson: the variance of O/E is θ/E, of its logarithm 1/(θE).
            Self::Logarithm => (target * size).sqrt().recip(),
        }
    }
}

impl Extremes {
    fn applied(self, scores: &[f64]) -> Vec<Option<f64>> {
        let counts: Vec<(f64, u64)> = scores.iter().map(|z| (*z, 1)).collect();
        let ends =
            |share: f64| quantile(&counts, share).zip(quantile(&counts, 1.0 - share)).filter(|(low, high)| low <= high);
        match self {
            Self::Kept => scores.iter().copied().map(Some).collect(),
            Self::PulledIn(share) => {
                let ends = ends(share);
                scores.iter().map(|z| ends.map(|(low, high)| z.clamp(low, high))).collect()
            }
            Self::LeftOut(share) => {
                let ends = ends(share);
                scores.iter().map(|z| ends.filter(|(low, high)| low < z && z < high).map(|_| *z)).collect()
            }
        }
    }
}

impl Overdispersion {
    /// Whether to draw the widened limits, and say why: φ above 1.5 or p below 0.05, and something to widen by.
    pub fn widen(&self) -> bool {
        self.tau_squared > 0.0 && (self.phi > LARGE_PHI || self.p_value < SMALL_P)
    }

    /// Widened limits of a site of this size, as share or ratio.
    pub fn limits(&self, size: f64, level: f64) -> Option<Interval> {
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        let error = self.scale.error(self.target, size);
        let reach = normal_deviate(level) * (error * error + self.tau_squared).sqrt();
        let center = self.scale.read(self.target);
        Some(Interval { lower: self.scale.unread(center - reach), upper: self.scale.unread(center + reach) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sites(rows: &[(u64, f64)]) -> Vec<Site> {
        rows.iter().map(|(observed, size)| Site { observed: *observed, size: *size }).collect()
    }

    #[test]
    fn fewer_than_two_sites_or_no_room_for_chance_is_no_answer() {
        let of = |rows: &[(u64, f64)], scale| overdispersion(&sites(rows), scale, None, Extremes::default());
        assert_eq!(of(&[], Scale::Share), None);
        assert_eq!(of(&[(3, 10.0), (0, 0.0)], Scale::Share), None);
        assert_eq!(of(&[(0, 10.0), (0, 20.0)], Scale::Share), None);
        assert_eq!(of(&[(10, 10.0), (20, 20.0)], Scale::Share), None);
        assert_eq!(of(&[(0, 10.0), (0, 20.0)], Scale::Root), None);
        assert_eq!(of(&[(0, 10.0), (30, 20.0)], Scale::Logarithm), None);
        let odd = overdispersion(&sites(&[(3, 9.0), (5, 9.0), (4, 9.0)]), Scale::Share, None, Extremes::PulledIn(0.7));
        assert_eq!(odd, None);
    }

    #[test]
    fn a_site_without_size_takes_no_part() {
        let with = overdispersion(
            &sites(&[(3, 10.0), (9, 0.0), (8, 20.0), (9, 30.0), (4, f64::NAN)]),
            Scale::Share,
            None,
            Extremes::Kept,
        );
        let without = overdispersion(&sites(&[(3, 10.0), (8, 20.0), (9, 30.0)]), Scale::Share, None, Extremes::Kept);
        let (with, without) = (with.unwrap(), without.unwrap());
        assert_eq!((with.sites, with.phi, with.scores[1], with.scores[4]), (3, without.phi, None, None));
    }

    #[test]
    fn sites_that_differ_less_than_chance_are_not_widened() {
        let same = overdispersion(&sites(&[(30, 100.0), (31, 100.0), (29, 100.0)]), Scale::Share, None, Extremes::Kept)
            .unwrap();
        assert_eq!((same.tau_squared, same.widen()), (0.0, false));
        let apart =
            overdispersion(&sites(&[(10, 100.0), (31, 100.0), (70, 100.0)]), Scale::Share, None, Extremes::Kept)
                .unwrap();
        assert!(apart.widen() && apart.phi > 1.5);
        assert_eq!(apart.limits(0.0, 0.95), None);
    }

    proptest! {
        #[test]
        fn widening_only_widens_and_order_does_not_matter(rows in prop::collection::vec((1_u64..60, 0_u64..60), 3..40)) {
            let rows: Vec<(u64, f64)> = rows.iter().map(|(x, more)| (*x, (x + more + 1) as f64)).collect();
            let reversed: Vec<(u64, f64)> = rows.iter().rev().copied().collect();
            for scale in [Scale::Share, Scale::Arcsine, Scale::Root, Scale::Logarithm] {
                for extremes in [Extremes::Kept, Extremes::PulledIn(0.1)] {
                    let there = overdispersion(&sites(&rows), scale, None, extremes).unwrap();
                    let back = overdispersion(&sites(&reversed), scale, None, extremes).unwrap();
                    prop_assert!((there.phi - back.phi).abs() <= 1e-9 * (1.0 + there.phi));
                    for (plain, adjusted) in there.scores.iter().flatten().zip(there.adjusted_scores.iter().flatten()) {
                        prop_assert!(adjusted.abs() <= plain.abs() + 1e-12);
                    }
                    let limits = there.limits(50.0, 0.95).unwrap();
                    prop_assert!(limits.lower <= there.target && there.target <= limits.upper);
                    let narrow = Overdispersion { tau_squared: 0.0, ..there }.limits(50.0, 0.95).unwrap();
                    prop_assert!(limits.lower <= narrow.lower && narrow.upper <= limits.upper);
                }
            }
        }
    }
}
