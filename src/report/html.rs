//! The HTML report: one file that opens from e-mail, reads on a phone, prints, and needs neither script nor network.

use super::document::Document;
use super::error::ReportError;
use crate::chart;
use crate::looks::{Brand, OwnColour, OwnColours};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("../../reports/report.html.jinja");
const STYLESHEET: &str = include_str!("../../reports/report.css");

/// The document as one self-contained page.
pub fn render(document: &Document) -> Result<String, ReportError> {
    let style = style(&document.brand);
    page(document, &style).map_err(|error| ReportError::Html(format!("{error:#}")))
}

fn page(document: &Document, style: &str) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // Charts are this program's own markup; their text was escaped when they were drawn.
    // In HTML the parser knows the namespace of `<svg>`.
    environment.add_filter("drawing", |svg: &str| {
        Value::from_safe_string(chart::for_html(svg).replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1))
    });
    environment.add_template("report.html", TEMPLATE)?;
    environment.get_template("report.html")?.render(context! {
        document => Value::from(Serde(document)),
        words => words(document),
        // Of letters that need no escape.
        logo => document.brand.logo.as_ref().map(|logo| Value::from_safe_string(logo.data_url())),
        style => style,
        style_hash => Value::from_safe_string(hash(style)),
    })
}

/// What the page itself says, by the keys of the catalogue's `page`.
fn words(document: &Document) -> BTreeMap<String, String> {
    let of_page = |key: &str| Some((key.strip_prefix("page.")?.replace('-', "_"), document.words.of(key).to_owned()));
    document.words.keys().filter_map(of_page).collect()
}

/// What a Content-Security-Policy names a style block by (CSP 3, §2.3.1).
fn hash(style: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(style)))
}

/// The stylesheet with the family inside, and the tokens and the agency's colours as variables.
fn style(brand: &Brand) -> String {
    let family = chart::font::FAMILY;
    let face = |weight: u16, woff2: &[u8]| {
        let encoded = BASE64_STANDARD.encode(woff2);
        format!(
            "@font-face{{font-family:{family};font-weight:{weight};font-display:swap;\
             src:url(data:font/woff2;base64,{encoded}) format(\"woff2\")}}\n"
        )
    };
    [
        face(400, chart::font::REGULAR_WOFF2),
        face(600, chart::font::SEMIBOLD_WOFF2),
        chart::css(),
        of_agency(&brand.colours),
        STYLESHEET.to_owned(),
    ]
    .concat()
}

/// The agency's colours as variables, where it has any: for light, dark and paper.
fn of_agency(colours: &OwnColours) -> String {
    let named = [("primary", &colours.primary), ("accent", &colours.accent)];
    let variables = |shade: fn(&OwnColour) -> &str| -> String {
        let given = named.iter().filter_map(|(name, colour)| Some((name, shade(colour.as_ref()?))));
        given.map(|(name, value)| ["--", name, ":", value, ";"].concat()).collect()
    };
    let (light, dark) = (variables(|colour| &colour.light), variables(|colour| &colour.dark));
    if light.is_empty() { String::new() } else { chart::css_of_modes(&light, &dark) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::looks::Logo;
    use crate::report::sample;
    use std::collections::BTreeSet;

    fn page() -> String {
        render(&sample::document()).unwrap()
    }

    /// Start tags in reading order, style block left out: name and the text up to `>`.
    fn tags(html: &str) -> Vec<(&str, &str)> {
        let body = html.split_once("<body>").unwrap().1;
        body.split('<')
            .skip(1)
            .filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic()))
            .map(|piece| {
                let tag = piece.split_once('>').unwrap().0;
                (tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap(), tag)
            })
            .collect()
    }

    fn escaped(text: &str) -> String {
        minijinja::HtmlEscape(text).to_string()
    }

    #[test]
    fn the_policy_names_the_style_block_and_allows_nothing_else() {
        let html = page();
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let expected = BASE64_STANDARD.encode(Sha256::digest(style));
        assert!(html.contains(&format!("default-src 'none'; style-src 'sha256-{expected}'")));
        assert_eq!(html.matches("<style>").count(), 1);
        for (name, tag) in tags(&html) {
            assert!(!["script", "iframe", "object", "link", "img", "form"].contains(&name), "<{tag}>");
            assert!(!tag.contains(" style=") && !tag.contains(" on"), "<{tag}>");
        }
        assert!(!html.contains("http://") && !html.contains("https://"), "nothing is fetched or linked");
    }

    #[test]
    fn landmarks_headings_and_language_are_in_order() {
        let html = page();
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{}", &html[..60]);
        let tags = tags(&html);
        let levels: Vec<u8> = tags
            .iter()
            .filter(|(name, _)| name.len() == 2 && name.starts_with('h') && *name != "hr")
            .map(|(name, _)| name.as_bytes()[1] - b'0')
            .collect();
        assert_eq!(levels.first(), Some(&1));
        assert!(!levels[1..].contains(&1), "one h1: {levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        for landmark in ["header", "nav", "main", "footer"] {
            assert_eq!(tags.iter().filter(|(name, _)| *name == landmark).count(), 1, "{landmark}");
        }
        assert!(html.contains("<a class=\"skip\" href=\"#main\">"));
    }

    #[test]
    fn ids_are_unique_and_every_link_and_label_finds_one() {
        let html = page();
        let of = |attribute: &str| -> Vec<String> {
            html.split(&format!(" {attribute}=\""))
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect()
        };
        let ids = of("id");
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        let labels: Vec<String> =
            of("aria-labelledby").iter().flat_map(|list| list.split(' ')).map(str::to_owned).collect();
        for target in labels.iter().chain(&of("href")) {
            assert!(unique.contains(&target.trim_start_matches('#').to_owned()), "{target}");
        }
    }

    #[test]
    fn pictures_have_words_and_headings_have_a_scope() {
        let html = page();
        for (name, tag) in tags(&html) {
            if name == "svg" {
                // A label is found by the test of ids.
                assert!(
                    tag.contains("aria-hidden=\"true\"") || tag.contains("role=\"img\" aria-labelledby=\""),
                    "<{tag}>"
                );
            }
            if name == "th" {
                assert!(tag.contains("scope=\""), "<{tag}>");
            }
        }
        let figures = html.matches("<figure>").count();
        assert!(figures > 0);
        assert_eq!(figures, html.matches("<figcaption ").count());
        // A table per figure, per table block, and two scorecards: each with its caption.
        assert_eq!(html.matches("<table").count(), html.matches("<caption").count());
    }

    #[test]
    fn every_cell_and_every_sentence_is_there_and_escaped() {
        let document = sample::document();
        let html = page();
        for table in document.tables() {
            for cell in table.rows.iter().flatten() {
                assert!(html.contains(&escaped(&cell.text)), "{}", cell.text);
            }
        }
        for row in document.first_page.scorecard.groups.iter().flat_map(|group| &group.rows) {
            for text in [&row.label, &row.count, &row.value, &row.change_before, &row.status.word] {
                assert!(html.contains(&escaped(text)), "{text}");
            }
        }
        assert!(html.contains(&escaped(sample::HOSTILE)));
        assert!(!html.contains("<script"));
        assert!(html.contains("Nothing to show."));
    }

    #[test]
    fn an_agencys_own_colours_and_logo_come_in_every_mode() {
        let mut document = sample::document();
        let colour = |light: &str, dark: &str| Some(OwnColour { light: light.into(), dark: dark.into() });
        document.brand.colours.accent = colour("#c96a00", "#c96a01");
        let html = render(&document).unwrap();
        assert!(
            html.contains(":root{--accent:#c96a00;}\n@media (prefers-color-scheme:dark){:root{--accent:#c96a01;}}")
        );
        assert!(!html.contains("--primary:") && !html.contains("<img"));
        document.brand.colours.primary = colour("#1d4e89", "#6f9ad6");
        document.brand.logo = Some(Logo::read(b"<svg onload=\"alert(1)\"/>".to_vec()).unwrap());
        let html = render(&document).unwrap();
        assert!(html.contains("{--primary:#6f9ad6;--accent:#c96a01;}"));
        assert!(html.contains(
            "<img class=\"logo\" src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+\" alt=\"\">"
        ));
        assert!(!page().contains("--primary:") && !page().contains("--accent:"));
    }

    #[test]
    fn a_report_without_content_is_still_a_report() {
        let html = render(&sample::bare()).unwrap();
        assert!(!html.contains("<nav") && html.contains("<h1>Monthly review, June 2026</h1>"));
    }

    #[test]
    fn same_document_same_text() {
        assert_eq!(page(), page());
    }
}
