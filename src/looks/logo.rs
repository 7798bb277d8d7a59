//! An agency's logo: a picture that stands in the head of its reports.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// A picture as it came, of a kind that PDF and browsers both draw.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    bytes: Vec<u8>,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Png,
    Jpeg,
    Svg,
}

impl Logo {
    /// How large a logo's file may be: it stands in every document, and in 200 programs' own.
    pub const MOST_BYTES: usize = 1 << 20;

    /// The picture in these bytes, known by how they begin and not by its file's name.
    ///
    /// # Errors
    /// A message and a hint, when it is none of the kinds, or too large to stand in every document.
    pub fn read(bytes: Vec<u8>) -> Result<Self, (String, String)> {
        if bytes.len() > Self::MOST_BYTES {
            let message = "is larger than 1 MB; it stands in every report";
            return Err((message.into(), "export it smaller: 600 pixels wide are enough, or an SVG".into()));
        }
        let format = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Format::Png
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Format::Jpeg
        } else {
            match std::str::from_utf8(&bytes).map(svg) {
                Ok((true, false)) => Format::Svg,
                Ok((true, true)) => {
                    let hint =
                        "turn them into shapes: \"Object to Path\" in Inkscape, \"Create Outlines\" in Illustrator";
                    return Err((LETTERS.into(), hint.into()));
                }
                _ => return Err(("is no PNG, JPEG or SVG".into(), "save the logo anew as one of these".into())),
            }
        };
        Ok(Self { bytes, format })
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `png`, `jpg`, `svg`.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self.format {
            Format::Png => "png",
            Format::Jpeg => "jpg",
            Format::Svg => "svg",
        }
    }

    /// The picture as an address that needs no other file. An SVG drawn from one runs no script and fetches nothing.
    #[must_use]
    pub fn data_url(&self) -> String {
        let kind = match self.format {
            Format::Png => "png",
            Format::Jpeg => "jpeg",
            Format::Svg => "svg+xml",
        };
        format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(&self.bytes))
    }
}

/// What is said of an SVG with letters that are still letters.
const LETTERS: &str =
    "has letters in fonts that are not everywhere; they would look different in each place, or be missing";

/// Whether the first element is `<svg>`, and whether it holds letters that are drawn in a font. What is no XML is no SVG; what
/// ceases to be one further on, the one who draws it will say.
fn svg(text: &str) -> (bool, bool) {
    let mut reader = Reader::from_str(text);
    let mut names = std::iter::from_fn(|| {
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) => return Some(tag.local_name().as_ref().to_owned()),
                Ok(Event::Eof) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    });
    let first = names.next();
    (first.is_some_and(|name| name == "svg"), names.any(|name| name == "text"))
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.ending(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Logo, (String, String)> {
        Logo::read(bytes.to_vec())
    }

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        assert_eq!(read(b"\x89PNG\r\n\x1a\n...").unwrap().ending(), "png");
        assert_eq!(read(b"\xff\xd8\xff\xe0...").unwrap().ending(), "jpg");
        let svg = "\u{feff}<?xml version=\"1.0\"?>\n<!-- <p> -->\n<!DOCTYPE svg>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        let logo = read(svg.as_bytes()).unwrap();
        assert_eq!(logo.ending(), "svg");
        let letters = svg.replace("/>", "><g><text>H</text></g></svg>");
        assert_eq!(read(letters.as_bytes()).unwrap_err().0, LETTERS);
        assert!(logo.data_url().starts_with("data:image/svg+xml;base64,"));
        for other in [&b"GIF89a"[..], b"<html><svg/></html>", b"<!-- <svg", b"", b"%PDF-1.7"] {
            assert_eq!(read(other).unwrap_err().0, "is no PNG, JPEG or SVG");
        }
    }

    #[test]
    fn a_large_one_is_refused() {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.resize(Logo::MOST_BYTES + 1, 0);
        assert!(Logo::read(bytes).unwrap_err().0.starts_with("is larger than 1 MB"));
    }
}
