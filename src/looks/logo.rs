//! An agency's logo: a picture that stands in the head of its reports.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

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
        } else if std::str::from_utf8(&bytes).is_ok_and(is_svg) {
            Format::Svg
        } else {
            return Err(("is no PNG, JPEG or SVG".into(), "save the logo anew as one of these".into()));
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

/// Whether the first element is `<svg>`: before it stand a byte order mark, declarations and comments.
fn is_svg(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!") => ">",
            _ => return rest.starts_with("<svg"),
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return false,
        }
    }
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
