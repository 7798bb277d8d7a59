//! The one typeface of charts, PDF and HTML, and how wide a text is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use ttf_parser::Face;

/// The family's name in every output.
pub const FAMILY: &str = "Inter";

/// OpenType files, for PDF and for measuring.
pub const REGULAR: &[u8] = include_bytes!("../../reports/fonts/Inter-Regular.otf");
pub const SEMIBOLD: &[u8] = include_bytes!("../../reports/fonts/Inter-SemiBold.otf");

/// The same faces compressed, for the HTML file.
pub const REGULAR_WOFF2: &[u8] = include_bytes!("../../reports/fonts/Inter-Regular.woff2");
pub const SEMIBOLD_WOFF2: &[u8] = include_bytes!("../../reports/fonts/Inter-SemiBold.woff2");

/// The two weights in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

/// A face, and the advance that every digit gets.
struct Measured {
    face: Face<'static>,
    widest_digit: Option<u16>,
}

static FACES: LazyLock<[Measured; 2]> = LazyLock::new(|| {
    [REGULAR, SEMIBOLD].map(|bytes| {
        // Cannot fire: the bytes are embedded at build time and read by a test.
        let face = Face::parse(bytes, 0).expect("the embedded fonts are well formed");
        let digits = ('0'..='9').filter_map(|digit| face.glyph_index(digit));
        let widest_digit = digits.filter_map(|glyph| face.glyph_hor_advance(glyph)).max();
        Measured { face, widest_digit }
    })
});

fn measured(weight: Weight) -> &'static Measured {
    let [regular, semibold] = &*FACES;
    match weight {
        Weight::Regular => regular,
        Weight::SemiBold => semibold,
    }
}

/// How wide `text` stands at `size`, in the unit of `size`.
///
/// Never less than what is drawn: digits count as wide as the widest (tabular figures), kerning is left out,
/// and a character the family lacks counts as a full em.
#[must_use]
pub fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars().map(|character| advance(character, weight)).sum::<f64>() * size
}

/// How far a character moves the pen, in em.
fn advance(character: char, weight: Weight) -> f64 {
    let Measured { face, widest_digit } = measured(weight);
    let units = if character.is_ascii_digit() {
        *widest_digit
    } else {
        face.glyph_index(character).and_then(|glyph| face.glyph_hor_advance(glyph))
    };
    units.map_or(1.0, |units| f64::from(units) / f64::from(face.units_per_em()))
}

/// `text`, shortened with an ellipsis until it is at most `room` wide; the full text belongs into the table.
#[must_use]
pub fn shortened(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if text_width(text, size, weight) <= room {
        return text.to_owned();
    }
    let mut left = room - advance('…', weight) * size;
    let mut kept = String::new();
    for character in text.chars() {
        left -= advance(character, weight) * size;
        if left < 0.0 {
            break;
        }
        kept.push(character);
    }
    let kept = kept.trim_end();
    if kept.is_empty() { String::new() } else { format!("{kept}…") }
}

/// As [`shortened`], but the middle goes and both ends stay: for names that begin alike.
fn shortened_amid(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if text_width(text, size, weight) <= room {
        return text.to_owned();
    }
    let left = room - advance('…', weight) * size;
    // A little more for the end: it is what differs.
    let mut tail_room = left * 0.55;
    let mut tail: Vec<char> = Vec::new();
    for character in text.chars().rev() {
        tail_room -= advance(character, weight) * size;
        if tail_room < 0.0 {
            break;
        }
        tail.push(character);
    }
    let tail: String = tail.into_iter().rev().collect();
    let tail = tail.trim_start();
    let mut head_room = left - text_width(tail, size, weight);
    let mut head = String::new();
    for character in text.chars() {
        head_room -= advance(character, weight) * size;
        if head_room < 0.0 {
            break;
        }
        head.push(character);
    }
    let head = head.trim_end();
    if head.is_empty() { shortened(text, size, weight, room) } else { format!("{head}…{tail}") }
}

/// `labels`, each on at most `lines` lines of `room`. Those that differ stay different where that can be had: names
/// that would be cut to the same beginning lose their middle instead.
#[must_use]
pub fn told_apart(labels: &[&str], size: f64, weight: Weight, room: f64, lines: usize) -> Vec<Vec<String>> {
    let cut: Vec<Vec<String>> = labels.iter().map(|label| wrapped(label, size, weight, room, lines)).collect();
    let mut meant: BTreeMap<&[String], BTreeSet<&str>> = BTreeMap::new();
    for (cut, label) in cut.iter().zip(labels) {
        meant.entry(cut.as_slice()).or_default().insert(label);
    }
    let is_shared = |cut: &[String]| meant.get(cut).is_some_and(|labels| labels.len() > 1);
    let apart = |(cut, label): (&Vec<String>, &&str)| {
        if is_shared(cut) { broken(label, size, weight, room, lines, shortened_amid) } else { cut.clone() }
    };
    cut.iter().zip(labels).map(apart).collect()
}

/// `text` on at most `lines` lines of `room`, broken at spaces; what does not fit ends in an ellipsis.
#[must_use]
pub fn wrapped(text: &str, size: f64, weight: Weight, room: f64, lines: usize) -> Vec<String> {
    broken(text, size, weight, room, lines, shortened)
}

/// Shortens a text to a room: text, size, weight, room.
type Shorten = fn(&str, f64, Weight, f64) -> String;

fn broken(text: &str, size: f64, weight: Weight, room: f64, lines: usize, shorten: Shorten) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.reverse();
    while let Some(word) = words.pop() {
        let mut line = word.to_owned();
        let last = done.len() + 1 >= lines;
        while let Some(next) = words.last() {
            let longer = format!("{line} {next}");
            if !last && text_width(&longer, size, weight) > room {
                break;
            }
            line = longer;
            words.pop();
        }
        done.push(shorten(&line, size, weight, room));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_faces_hold_what_reports_write() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            for character in "aZ09éñßőŁİşžſ€£–—…‘’“”·×−±≤≥≈→←↑↓●○■½√Σρ%\u{a0}\u{202f}".chars()
            {
                assert!(measured(weight).face.glyph_index(character).is_some(), "{character} is missing");
            }
            assert!(!measured(weight).face.is_bold() || weight == Weight::SemiBold);
        }
        assert_eq!(measured(Weight::SemiBold).face.weight().to_number(), 600);
        assert_eq!(measured(Weight::Regular).face.weight().to_number(), 400);
    }

    #[test]
    fn both_faces_call_themselves_one_family() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            let names = measured(weight).face.names();
            let family = |id| names.into_iter().filter(|n| n.name_id == id).find_map(|n| n.to_string());
            assert_eq!(family(16).or_else(|| family(1)).as_deref(), Some(FAMILY));
        }
    }

    #[test]
    fn charts_can_read_the_faces() {
        use plotters::style::{FontStyle, register_font};
        assert!(register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok());
        assert!(register_font(FAMILY, FontStyle::Bold, SEMIBOLD).is_ok());
    }

    #[test]
    fn known_widths() {
        // Advances of Inter 3.019: 2816 units per em.
        assert!(
            (text_width("n", 100.0, Weight::Regular) - 59.0).abs() < 2.0,
            "{}",
            text_width("n", 100.0, Weight::Regular)
        );
        assert!(text_width("illi", 11.0, Weight::Regular) < text_width("WWWW", 11.0, Weight::Regular));
        assert!(text_width("état", 11.0, Weight::Regular) < text_width("etatt", 11.0, Weight::Regular));
        assert!((text_width("111", 10.0, Weight::Regular) - text_width("000", 10.0, Weight::Regular)).abs() < 1e-9);
        assert!((text_width("世", 10.0, Weight::Regular) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn names_that_begin_alike_keep_their_ends() {
        let names = ["Intensive Outpatient Treatment North", "Intensive Outpatient Treatment South", "Housing"];
        let cut = told_apart(&names, 11.0, Weight::Regular, 120.0, 1);
        assert!(cut[0][0].contains('…') && cut[0][0].ends_with("North"), "{cut:?}");
        assert!(cut[1][0].ends_with("South") && cut[2] == ["Housing"], "{cut:?}");
        // Where the beginnings differ, they are what is kept.
        let cut = told_apart(&[names[0], "Shelter for families and young adults"], 11.0, Weight::Regular, 120.0, 1);
        assert!(cut.iter().all(|lines| lines[0].ends_with('…')), "{cut:?}");
    }

    proptest! {
        #[test]
        fn shortened_and_wrapped_text_fits(text in "\\PC{0,60}", room in 12.0..300.0f64, lines in 1usize..4) {
            prop_assert!(text_width(&shortened(&text, 11.0, Weight::Regular, room), 11.0, Weight::Regular) <= room);
            let wrapped = wrapped(&text, 11.0, Weight::Regular, room, lines);
            prop_assert!(wrapped.len() <= lines);
            prop_assert!(wrapped.iter().all(|line| text_width(line, 11.0, Weight::Regular) <= room));
            let amid = shortened_amid(&text, 11.0, Weight::Regular, room);
            prop_assert!(text_width(&amid, 11.0, Weight::Regular) <= room + 1e-9);
        }
    }
}
