//! What every picture must keep: well-formed markup, token colours, no text over another or outside.

use crate::chart::font::{Weight, text_width};
use crate::chart::*;
use crate::looks::tokens;

/// A text or a shape as drawn: content or tag, left, top, right, bottom, in page units.
pub(super) type Drawn = (String, [f64; 4]);

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

pub(super) fn texts(svg: &str) -> Vec<Drawn> {
    let unescape = |s: &str| {
        s.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
    };
    svg.split("<text")
        .skip(1)
        .map(|rest| {
            let (tag, rest) = rest.split_once('>').unwrap();
            let text = unescape(rest.split_once("</text>").unwrap().0);
            let number = |name| attribute(tag, name).unwrap().parse::<f64>().unwrap() / 10.0;
            assert_eq!(attribute(tag, "font-family"), Some("Inter"));
            let weight = if attribute(tag, "font-weight") == Some("600") { Weight::SemiBold } else { Weight::Regular };
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            let width = text_width(&text, size, weight);
            let left = match attribute(tag, "text-anchor").unwrap() {
                "start" => x,
                "middle" => x - width / 2.0,
                _ => x - width,
            };
            (text, [left, y - size * 0.73, left + width, y + size * 0.2])
        })
        .collect()
}

/// Every tag is closed, every attribute quoted, no bare `&` or `<`.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!text.contains('>'), "a stray > in {text:?}");
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["lt", "gt", "amp", "quot", "apos"].contains(&name), "a bare & in {text:?}");
        }
        let end = rest[start..].find('>').expect("a tag ends") + start;
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap().to_owned());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("role=\"img\"") && svg.contains("<title id=\"") && svg.contains("<desc id=\""));
    assert!(!svg.contains("style=") && !svg.contains("NaN") && !svg.contains("inf"));
}

/// The box of every shape: left, top, right, bottom, in page units.
pub(super) fn shapes(svg: &str) -> Vec<Drawn> {
    let mut found = Vec::new();
    for tag in svg.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let number = |name: &str| attribute(tag, name).map(|n| n.parse::<f64>().unwrap() / 10.0);
        let points = |name: &str| {
            let points = attribute(tag, name).unwrap();
            let points = points.split_whitespace().map(|p| p.split_once(',').unwrap());
            let points: Vec<[f64; 2]> = points.map(|(x, y)| [x, y].map(|n| n.parse::<f64>().unwrap() / 10.0)).collect();
            let ends = |at: usize| {
                let along = || points.iter().map(|p| p[at]);
                (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max))
            };
            let ((left, right), (top, bottom)) = (ends(0), ends(1));
            [left, top, right, bottom]
        };
        let room = match tag.split_whitespace().next().unwrap() {
            "circle" => {
                let [x, y, r] = ["cx", "cy", "r"].map(|name| number(name).unwrap());
                [x - r, y - r, x + r, y + r]
            }
            "rect" => {
                let [x, y, wide, tall] = ["x", "y", "width", "height"].map(|name| number(name).unwrap());
                [x, y, x + wide, y + tall]
            }
            "line" => {
                let [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(|name| number(name).unwrap());
                [x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2)]
            }
            "polygon" | "polyline" => points("points"),
            _ => continue,
        };
        found.push((tag.to_owned(), room));
    }
    found
}

pub(super) fn assert_sound(svg: &str) {
    assert_well_formed(svg);
    let root = &svg[..svg.find('>').unwrap()];
    assert!(attribute(root, "width").is_none() && attribute(root, "height").is_none());
    let size: Vec<f64> = attribute(root, "viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    let texts = texts(svg);
    for (index, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        assert!(*left >= -0.2 && *right <= size[2] + 0.2, "{text:?} leaves the side: {left} to {right}");
        assert!(*top >= -0.2 && *bottom <= size[3] + 0.2, "{text:?} leaves the page: {top} to {bottom} of {}", size[3]);
        for (other, [l, t, r, b]) in &texts[index + 1..] {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "{text:?} and {other:?} overlap");
        }
    }
    for (tag, [left, top, right, bottom]) in shapes(svg) {
        let inside = left >= -0.2 && top >= -0.2 && right <= size[2] + 0.2 && bottom <= size[3] + 0.2;
        assert!(inside, "{tag} leaves the picture of {size:?}");
    }
    let colours: Vec<&str> = tokens().light.named().iter().map(|(_, v)| *v).collect();
    for name in ["fill", "stroke"] {
        for value in svg.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(value == "none" || colours.contains(&value), "{name} {value} is no token");
        }
    }
    assert_well_formed(&for_html(svg));
    assert!(!for_html(svg).split('>').any(|tag| tag.matches(" class=").count() > 1));
}

pub(super) fn assert_figure(figure: &Figure) {
    assert_sound(&figure.svg);
    assert!(figure.alt.len() > 30 && figure.alt.ends_with('.'), "{}", figure.alt);
    assert!(!figure.caption.is_empty());
    assert!(!figure.table.columns.is_empty() && !figure.table.name.is_empty());
    assert!(figure.table.rows.iter().all(|row| row.len() == figure.table.columns.len()));
    for cell in figure.table.rows.iter().flatten() {
        assert!(cell.value.is_none_or(f64::is_finite));
        assert!(!cell.text.contains("NaN"));
    }
}

pub(super) fn assert_picture(picture: &Picture) {
    assert_sound(&picture.svg);
    assert!(picture.alt.len() > 5 && picture.alt.ends_with('.'));
}
