//! How often charts call noise a signal, on series in which nothing ever changes: no more often than their rules are
//! known to.

use attain::statistics::process::{Rate, Rule, Settings, Share, individuals, rates, shares, shares_laney};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Binomial, Distribution, Normal, Poisson};

const SERIES: usize = 2_000;
const MONTHS: usize = 36;

/// Shares of the months after the baseline that are outside the limits, and that any rule calls a signal.
fn alarms(
    baseline: usize,
    mut draw: impl FnMut(&mut ChaCha8Rng, &Settings) -> Vec<(Option<Rule>, bool)>,
) -> (f64, f64) {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_126);
    let settings = Settings { baseline: Some(0..baseline), ..Settings::default() };
    let (mut all, mut outside, mut any) = (0, 0, 0);
    for _ in 0..SERIES {
        for (rule, _) in draw(&mut random, &settings).into_iter().skip(baseline) {
            all += 1;
            outside += usize::from(rule == Some(Rule::OutsideLimits));
            any += usize::from(rule.is_some());
        }
    }
    (outside as f64 / all as f64, any as f64 / all as f64)
}

fn rules(points: &[attain::statistics::process::Point]) -> Vec<(Option<Rule>, bool)> {
    points.iter().map(|point| (point.signal.map(|signal| signal.rule), point.value.is_some())).collect()
}

/// Limits at three standard deviations that are known: 0.27 % of normal values are outside (Shewhart 1931). Being in a
/// run of seven, or two of three beyond two deviations, adds what the rules' authors accept: about 5 % of months in all.
const KNOWN: (f64, f64) = (0.0035, 0.075);
/// Limits and center set by twelve values are themselves uncertain: of later values nearly 2 % are outside, and runs on
/// one side of a center that is a little off are longer.
const TWELVE: (f64, f64) = (0.02, 0.135);

#[test]
fn individuals_flag_noise_as_rarely_as_they_should() {
    let normal = Normal::new(50.0, 5.0).expect("a distribution");
    let of = |baseline: usize, months: usize| {
        alarms(baseline, move |random, settings| {
            let values: Vec<Option<f64>> = (0..months).map(|_| Some(normal.sample(random))).collect();
            rules(&individuals(&values, settings).points)
        })
    };
    let known = of(300, 324);
    assert!(known.0 <= KNOWN.0 && known.1 <= KNOWN.1, "{known:?}");
    let twelve = of(12, MONTHS);
    assert!(twelve.0 <= TWELVE.0 && twelve.1 <= TWELVE.1, "{twelve:?}");
    assert!(known.0 > 0.0 && twelve.0 > known.0, "a test that could not fail: {known:?} {twelve:?}");
}

#[test]
fn shares_and_rates_flag_noise_as_rarely_as_they_should() {
    let binomial = Binomial::new(120, 0.6).expect("a distribution");
    let share = |random: &mut ChaCha8Rng| Share { numerator: binomial.sample(random), denominator: 120 };
    let p = alarms(24, |random, settings| {
        let series: Vec<Share> = (0..48).map(|_| share(random)).collect();
        rules(&shares(&series, settings).points)
    });
    let laney = alarms(24, |random, settings| {
        let series: Vec<Share> = (0..48).map(|_| share(random)).collect();
        rules(&shares_laney(&series, settings).points)
    });
    let poisson = Poisson::new(40.0).expect("a distribution");
    let u = alarms(24, |random, settings| {
        let series: Vec<Rate> =
            (0..48).map(|_| Rate { events: poisson.sample(random) as u64, exposure: 3.0 }).collect();
        rules(&rates(&series, settings).points)
    });
    for (name, found) in [("p", p), ("p′", laney), ("u", u)] {
        assert!(found.0 <= 0.012 && found.1 <= 0.10, "{name}: {found:?}");
    }
}
