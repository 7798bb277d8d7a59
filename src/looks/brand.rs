//! An agency's own colours and logo, checked against the design.

use super::colour::Colour;
use super::logo::Logo;
use super::tokens::tokens;

/// What an agency's reports have of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    pub colours: OwnColours,
    pub logo: Option<Logo>,
}

/// The agency's two colours, as far as it has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnColours {
    /// Headings and links.
    pub primary: Option<OwnColour>,
    /// The bar at the head, and rules.
    pub accent: Option<OwnColour>,
}

/// A colour for white paper, and what it is on a dark screen: `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnColour {
    pub light: String,
    pub dark: String,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Letters.
    Text,
    /// Lines and areas that mean something.
    Line,
}

impl Kind {
    /// The least contrast with what is behind it (WCAG 2.2: 1.4.3 for text, 1.4.11 for what is not).
    fn least(self) -> f64 {
        match self {
            Kind::Text => 4.5,
            Kind::Line => 3.0,
        }
    }

    /// The contrast on a dark screen, where the agency has not chosen the shade and a quiet title costs it nothing to avoid
    /// (WCAG 2.2, 1.4.6).
    fn on_dark(self) -> f64 {
        match self {
            Kind::Text => 7.0,
            Kind::Line => 3.0,
        }
    }
}

impl OwnColour {
    /// The colour that the project file gives.
    ///
    /// # Errors
    /// A message and a hint, when it is no colour, or would be hard to see on white paper.
    pub fn read(text: &str, kind: Kind) -> Result<Self, (String, String)> {
        let colour: Colour = text.parse().map_err(|()| {
            (format!("\"{text}\" is no colour"), "a colour is written \"#7a1f5c\": red, green, blue".into())
        })?;
        // The design's own are colours: a test reads them.
        let paper = tokens().light.paper.parse().unwrap_or(Colour::WHITE);
        let dark = tokens().dark.paper.parse().unwrap_or(Colour::BLACK);
        let (least, contrast) = (kind.least(), colour.contrast(paper));
        if contrast < least {
            // Rounded down: 4.48 is not 4.5.
            let contrast = (contrast * 10.0).floor() / 10.0;
            let what = match kind {
                Kind::Text => "letters",
                Kind::Line => "lines",
            };
            return Err((
                format!(
                    "{colour} is too light for {what} on white paper: its contrast is {contrast}:1, and {least}:1 is needed"
                ),
                format!("the nearest that can be read is \"{}\"", colour.towards(Colour::BLACK, paper, least)),
            ));
        }
        Ok(Self { light: colour.to_string(), dark: colour.towards(Colour::WHITE, dark, kind.on_dark()).to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_checked_for_what_it_is_for() {
        let plum = OwnColour::read("#7A1F5C", Kind::Text).unwrap();
        assert_eq!(plum.light, "#7a1f5c");
        assert_ne!(plum.dark, plum.light, "too dark for a dark screen");
        let orange = OwnColour::read("#d68000", Kind::Line);
        assert_eq!(orange.unwrap(), OwnColour { light: "#d68000".into(), dark: "#d68000".into() });
        let (message, hint) = OwnColour::read("#d68000", Kind::Text).unwrap_err();
        assert_eq!(
            message,
            "#d68000 is too light for letters on white paper: its contrast is 3:1, and 4.5:1 is needed"
        );
        assert!(hint.starts_with("the nearest that can be read is \"#"), "{hint}");
        let nearest = hint.split('"').nth(1).unwrap();
        OwnColour::read(nearest, Kind::Text).unwrap();
        let (message, hint) = OwnColour::read("plum", Kind::Line).unwrap_err();
        assert_eq!((message.as_str(), hint.contains("#7a1f5c")), ("\"plum\" is no colour", true));
    }
}
