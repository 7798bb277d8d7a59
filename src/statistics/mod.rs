//! Statistical methods: numbers in, numbers out.
//!
//! One method a file; each says what goes in, in which unit, what comes out, where it is from and what happens at the edges. Nothing here
//! reads a file, knows a metric, or rounds. Where no honest number exists the answer is `None`, never zero, not-a-number or a collapsed
//! interval. Intervals are two-sided at a confidence level strictly between 0 and 1 ([`LEVEL`] is the default, 0.95).
//!
//! | question | file | default |
//! |---|---|---|
//! | a share of clients | [`proportion`] | Wilson; Newcombe for the difference of two |
//! | … of episodes, several a person | [`clustered`] | Wilson with the effective number; variance between persons |
//! | events per client-month | [`rate`] | Garwood, exact |
//! | how many times as often | [`ratio`] | exact for rates; Katz's log interval for shares |
//! | is this site's value, or this difference, chance | [`comparison`] | exact; Fisher where few are expected, else Pearson |
//! | … of many sites | [`multiple`] | Benjamini–Hochberg; Holm for a few stated beforehand |
//! | how far may a site be from all | [`funnel`], [`overdispersion`] | binomial and Poisson, 95 and 99.8 %; φ with 10 % pulled in |
//! | sites with different clients | [`standardisation`] | indirect, observed over expected |
//! | a mean, a median of complete values | [`mean`] | t interval; quantile type 7 |
//! | before and after | [`change`] | paired t interval, `d_av`, reliable change at 1.96 |
//! | goals | [`goal_attainment`] | T-score with ρ = 0.3 |
//! | how long until, with some still waiting | [`kaplan_meier`] | log-log limits; median = first time S ≤ ½ |
//! | … and several ways out | [`aalen_johansen`] | delta-method variance, log-log limits |
//! | do groups wait equally long | [`log_rank`] | hypergeometric variance |
//! | do groups get there equally, with several ways out | [`gray`] | unweighted |
//! | how often, when it can come again | [`recurrent`] | mean count, robust variance, log limits |
//! | is this month signal or noise | [`process`], [`run_rules`], [`phases`] | `XmR` 2.66, unscreened; four run rules |
//! | will the target be met | [`assurance`] | target beyond the limits: always or never |

pub mod aalen_johansen;
pub mod assurance;
pub mod change;
pub mod clustered;
pub mod comparison;
mod discrete;
mod distributions;
pub mod funnel;
pub mod goal_attainment;
pub mod gray;
pub mod kaplan_meier;
pub mod log_rank;
pub mod mean;
pub mod multiple;
pub mod overdispersion;
pub mod phases;
pub mod process;
pub mod proportion;
pub mod rate;
pub mod ratio;
pub mod recovery;
pub mod recurrent;
pub mod run_rules;
pub mod standardisation;
pub mod survival;

pub use distributions::normal_deviate;

/// The confidence level used unless another is asked for.
pub const LEVEL: f64 = 0.95;

/// A two-sided confidence interval, `lower <= upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub lower: f64,
    pub upper: f64,
}

impl Interval {
    /// Two ends in whichever order, each cut to `[0, 1]`.
    fn of_shares(one: f64, other: f64) -> Self {
        Self { lower: one.min(other).clamp(0.0, 1.0), upper: one.max(other).clamp(0.0, 1.0) }
    }
}
