//! What plotters leaves out of an SVG: a name and a description for readers who cannot see it, one size for any page,
//! clean attributes; and the classes by which the same picture turns dark in HTML.

use super::canvas::FINENESS;
use crate::looks::{Colours, tokens};
use std::fmt::Write;

/// What a picture is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// Unique in the document; ids are made from it.
    pub name: &'a str,
    pub title: &'a str,
    pub alt: &'a str,
}

/// Makes plotters' drawing (`FINENESS` pixels to the unit) into the element that stands in documents.
///
/// No `width` and `height`: the page decides, the `viewBox` keeps the proportions.
pub(super) fn finished(raw: &str, width: f64, height: f64, names: &Names) -> String {
    let id = identifier(names.name);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         <g transform=\"scale({})\">\n",
        escaped(names.title),
        escaped(names.alt),
        1.0 / FINENESS
    );
    let body = raw.split_once(">\n").map_or("", |(_, rest)| rest);
    let body = body.rsplit_once("</svg>").map_or(body, |(inside, _)| inside);
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("<text ") {
            svg.push_str(&tidied(line));
            svg.push_str(lines.next().unwrap_or_default());
            svg.push_str(lines.next().unwrap_or_default());
        } else {
            svg.push_str(&tidied(line));
        }
        svg.push('\n');
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// One opening tag with what is needed: no full opacity, whole font sizes, the weight that exists, small-letter colours.
/// Texts stand on their baseline already, so plotters' own shift goes.
fn tidied(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    for (index, piece) in tag.split('"').enumerate() {
        // Odd pieces are values: data cannot look like markup, because plotters escapes quotes.
        if index % 2 == 0 {
            out.push_str(piece);
            continue;
        }
        let attribute = out.rsplit(' ').next().unwrap_or_default().trim_end_matches('=').to_owned();
        let value = match attribute.as_str() {
            "opacity" if piece == "1" => None,
            "dy" => None,
            "font-size" => piece.parse::<f64>().ok().map(|size| format!("{}", (size * 100.0).round() / 100.0)),
            "font-weight" => Some("600".to_owned()),
            "points" => Some(piece.trim_end().to_owned()),
            "fill" | "stroke" => Some(piece.to_lowercase()),
            _ => Some(piece.to_owned()),
        };
        match value {
            Some(value) => {
                let _ = write!(out, "\"{value}\"");
            }
            None => out.truncate(out.len() - attribute.len() - 2),
        }
    }
    out
}

/// The same picture for HTML: every coloured element gets a class (`fill-ink`, `stroke-rule`) that [`css`] colours.
///
/// Presentation attributes take no `var()`, style attributes are forbidden by the page's content policy, and
/// `currentColor` would be one colour for all: a class per colour leaves the attribute as what shows without a stylesheet.
#[must_use]
pub fn for_html(svg: &str) -> String {
    let mut html = svg.to_owned();
    for (name, value) in tokens().light.named() {
        for attribute in ["fill", "stroke"] {
            let plain = format!(" {attribute}=\"{value}\"");
            html = html.replace(&plain, &format!(" class=\"{attribute}-{name}\"{plain}"));
        }
    }
    html
}

/// `--ink:#1b1f24;…`, to stand in a rule of the page's stylesheet.
#[must_use]
pub fn css_variables(colours: &Colours) -> String {
    colours.named().iter().fold(String::new(), |mut css, (name, value)| {
        let _ = write!(css, "--{name}:{value};");
        css
    })
}

/// The rules a page with charts needs: the variables for light, dark and print, and the classes of [`for_html`].
#[must_use]
pub fn css() -> String {
    let mut css = css_of_modes(&css_variables(&tokens().light), &css_variables(&tokens().dark));
    for (name, _) in tokens().light.named() {
        let _ = writeln!(css, ".fill-{name}{{fill:var(--{name})}}.stroke-{name}{{stroke:var(--{name})}}");
    }
    css
}

/// Variables for light screens and paper, and for dark screens.
#[must_use]
pub fn css_of_modes(light: &str, dark: &str) -> String {
    format!(
        ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n@media print{{:root{{{light}}}}}\n"
    )
}

/// A name that may be an id: letters, digits and hyphens.
fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("fig-{plain}")
}

fn escaped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(String::new(), |mut out, character| {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_tidied() {
        let raw = r##"<text x="10" y="20" dy="-0.5ex" text-anchor="start" font-family="Inter" font-size="125.00000000000001" opacity="1" fill="#1B1F24" font-weight="bold">"##;
        assert_eq!(
            tidied(raw),
            r##"<text x="10" y="20" text-anchor="start" font-family="Inter" font-size="125" fill="#1b1f24" font-weight="600">"##
        );
    }

    #[test]
    fn html_gets_one_class_per_coloured_element() {
        let html = for_html(r##"<line opacity="0.5" stroke="#d9dee3"/><text fill="#1b1f24">#1b1f24</text>"##);
        assert_eq!(
            html,
            r##"<line opacity="0.5" class="stroke-rule" stroke="#d9dee3"/><text class="fill-ink" fill="#1b1f24">#1b1f24</text>"##
        );
        assert!(css().contains(".fill-ink{fill:var(--ink)}"));
    }

    #[test]
    fn names_are_made_safe() {
        let names = Names { name: "a b\"<", title: "x < y & \"z\"\u{1}", alt: "one > two" };
        let svg = finished("<svg a=\"1\">\n</svg>\n", 10.0, 20.0, &names);
        assert!(svg.contains("aria-labelledby=\"fig-a-b---title fig-a-b---desc\""));
        assert!(svg.contains(">x &lt; y &amp; &quot;z&quot;</title>"));
        assert!(svg.contains("viewBox=\"0 0 10 20\""));
    }
}
