//! An estimate as others read it: the object of `attain metrics compute --format json`.

use serde::{Serialize, Serializer, ser::SerializeMap};

/// One estimate of one statistic of one metric, for one period and one group.
///
/// Field names and order are the published interface (`interfaces.md`); values carry full double precision, but limits for readers outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    pub metric: String,
    /// SHA-256 of the query's text, first 12 hex digits.
    pub version: String,
    pub period: PeriodLabel,
    pub group: Group,
    pub statistic: Statistic,
    /// Horizon in days, where the statistic has one.
    pub at: Option<u32>,
    /// The event counted, where there are several ways out.
    pub outcome: Option<String>,
    pub estimate: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub level: f64,
    pub method: String,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub at_risk: Option<u64>,
    pub events: Option<u64>,
    pub censored: Option<u64>,
    /// Units whose answer is not known; `None` only where withheld.
    pub unknown: Option<u64>,
    /// Units left out for a reason; `None` only where withheld.
    pub excluded: Option<u64>,
    pub status: Option<Status>,
    pub note: Option<Note>,
    /// Never told: what the release step judges units by that share clients.
    #[serde(skip)]
    pub people: Option<People>,
}

/// How many clients stand behind units of which a client can have several: goals, referrals, exits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct People {
    pub all: u64,
    /// Those with a unit that did, and those with one that did not, of a share or of what happens by a day; of a rate those
    /// with an event.
    pub met: Option<u64>,
    pub unmet: Option<u64>,
    /// Those with a unit whose answer is not known, and with one that was left out.
    pub unknown: Option<u64>,
    pub excluded: Option<u64>,
}

/// Which estimate it is: metric, first day of the period and day after it, group, statistic, day, way out.
pub type Which<'a> = (&'a str, &'a str, &'a str, &'a Group, Statistic, Option<u32>, Option<&'a str>);

impl Estimate {
    /// What tells it from every other estimate of one snapshot and definition.
    #[must_use]
    pub fn which(&self) -> Which<'_> {
        let Self { metric, period, group, statistic, at, outcome, .. } = self;
        (metric, &period.start, &period.end, group, *statistic, *at, outcome.as_deref())
    }

    /// The same without any number, and why.
    #[must_use]
    pub fn without_values(self, note: Note) -> Self {
        Self {
            estimate: None,
            lower: None,
            upper: None,
            numerator: None,
            denominator: None,
            at_risk: None,
            events: None,
            censored: None,
            unknown: None,
            excluded: None,
            note: Some(note),
            people: None,
            ..self
        }
    }
}

/// The period an estimate is for, half-open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PeriodLabel {
    pub label: String,
    pub start: String,
    pub end: String,
    /// It reaches past the as-of date.
    pub partial: bool,
}

/// Dimension → value, in the order asked for; empty is everybody. `None` is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub Vec<(String, Option<String>)>);

impl Group {
    /// The group's value of a dimension.
    #[must_use]
    pub fn value(&self, dimension: &str) -> Option<&str> {
        self.0.iter().find(|(d, _)| d == dimension).and_then(|(_, v)| v.as_deref())
    }

    /// Whether this is everybody.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (dimension, value) in &self.0 {
            map.serialize_entry(dimension, value)?;
        }
        map.end()
    }
}

/// What is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    Events,
    Clients,
    Share,
    Rate,
    ShareByDay,
    MedianDays,
    RestrictedMeanDays,
    MatureShare,
    Mean,
    Median,
    Quartile1,
    Quartile3,
    MeanChange,
    EffectSize,
    ReliablyImproved,
    ReliablyDeteriorated,
}

impl Statistic {
    /// Every statistic with its published name.
    const NAMES: [(Self, &'static str); 16] = [
        (Self::Events, "events"),
        (Self::Clients, "clients"),
        (Self::Share, "share"),
        (Self::Rate, "rate"),
        (Self::ShareByDay, "share_by_day"),
        (Self::MedianDays, "median_days"),
        (Self::RestrictedMeanDays, "restricted_mean_days"),
        (Self::MatureShare, "mature_share"),
        (Self::Mean, "mean"),
        (Self::Median, "median"),
        (Self::Quartile1, "quartile1"),
        (Self::Quartile3, "quartile3"),
        (Self::MeanChange, "mean_change"),
        (Self::EffectSize, "effect_size"),
        (Self::ReliablyImproved, "reliably_improved"),
        (Self::ReliablyDeteriorated, "reliably_deteriorated"),
    ];

    /// The published name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(statistic, _)| *statistic == self).map_or("", |(_, name)| name)
    }

    /// The statistic of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(statistic, _)| *statistic)
    }

    /// Whether it is a share, from 0 to 1.
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(
            self,
            Self::Share | Self::ShareByDay | Self::MatureShare | Self::ReliablyImproved | Self::ReliablyDeteriorated
        )
    }
}

/// How an estimate stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Met,
    Near,
    NotMet,
    TooFew,
    NoData,
}

/// Why a value cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Note {
    #[serde(rename = "no data")]
    NoData,
    #[serde(rename = "not collected")]
    NotCollected,
    #[serde(rename = "not reached")]
    NotReached,
    #[serde(rename = "too few")]
    TooFew,
    #[serde(rename = "follow-up incomplete")]
    FollowUpIncomplete,
    /// Set by the release step only.
    #[serde(rename = "withheld")]
    Withheld,
}
