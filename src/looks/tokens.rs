//! The design's colours and sizes, read once from `reports/tokens.toml`; charts, PDF and HTML share them.

use serde::Deserialize;
use std::sync::LazyLock;

/// Everything in `reports/tokens.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    pub light: Colours,
    pub dark: Colours,
    pub size: Sizes,
    pub page: Page,
}

/// One mode's colours, each `#rrggbb` in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    pub paper: String,
    pub ink: String,
    pub secondary: String,
    pub rule: String,
    pub range: String,
    pub estimate: String,
    pub band: String,
    pub better: String,
    pub worse: String,
}

impl Colours {
    /// Name and value of every colour, in the file's order; the names are those of the CSS variables.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 9] {
        [
            ("paper", &self.paper),
            ("ink", &self.ink),
            ("secondary", &self.secondary),
            ("rule", &self.rule),
            ("range", &self.range),
            ("estimate", &self.estimate),
            ("band", &self.band),
            ("better", &self.better),
            ("worse", &self.worse),
        ]
    }
}

/// Type sizes in CSS pixels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    pub title: f64,
    pub lede: f64,
    pub body: f64,
    pub secondary: f64,
    pub label: f64,
}

/// The page's grid in CSS pixels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub width: f64,
    pub side_margin: f64,
    pub row: f64,
}

/// The tokens, parsed on first use.
pub fn tokens() -> &'static Tokens {
    static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
        // Cannot fire: the file is embedded at build time and read by a test.
        toml::from_str(include_str!("../../reports/tokens.toml")).expect("reports/tokens.toml is well formed")
    });
    &TOKENS
}

#[cfg(test)]
mod tests {
    use super::super::colour::Colour;
    use super::*;

    fn contrast(one: &str, other: &str) -> f64 {
        let parse = |text: &str| -> Colour { text.parse().unwrap() };
        parse(one).contrast(parse(other))
    }

    #[test]
    fn text_and_marks_keep_their_contrast_in_both_modes() {
        for mode in [&tokens().light, &tokens().dark] {
            for text in [&mode.ink, &mode.secondary] {
                for ground in [&mode.paper, &mode.range] {
                    assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {}", contrast(text, ground));
                }
            }
            for mark in [&mode.estimate, &mode.better, &mode.worse] {
                assert!(contrast(mark, &mode.paper) >= 3.0, "{mark}");
            }
            // A dot must stand out from its own interval, and from the expected range.
            assert!(contrast(&mode.estimate, &mode.band) >= 3.0);
            for mark in [&mode.better, &mode.worse] {
                assert!(contrast(mark, &mode.range) >= 3.0, "{mark} on the range");
            }
        }
    }

    #[test]
    fn no_two_colours_of_a_mode_are_the_same() {
        for mode in [&tokens().light, &tokens().dark] {
            let mut values: Vec<_> = mode.named().iter().map(|(_, value)| *value).collect();
            assert!(values.iter().all(|v| v.len() == 7 && *v == v.to_lowercase()));
            values.sort_unstable();
            values.dedup();
            assert_eq!(values.len(), 9);
        }
    }
}
