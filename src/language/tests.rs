//! What holds of the catalogues, and how each language writes numbers and lists.

use super::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn of(tag: &str) -> Words {
    Words::of_language(tag).expect("a language of the test")
}

/// Keys whose English texts stand elsewhere: the headers of metrics and rules, the kinds of finding, units, tables' names.
/// A code without words is told as it is written.
fn is_translation(key: &str) -> bool {
    ["metrics.", "findings.", "checks.", "codes.", "sheets."].iter().any(|family| key.starts_with(family))
        || (key.starts_with("units.") && !["units.per", "units.rate", "units.days"].contains(&key))
}

#[test]
fn every_catalogue_is_sound() {
    let english = of(DEFAULT);
    let keys: BTreeSet<&str> = english.keys().collect();
    for words in tags().map(of) {
        let own: BTreeSet<&str> = words.keys().filter(|key| !is_translation(key)).collect();
        let base: BTreeSet<&str> = keys.iter().copied().filter(|key| !is_translation(key)).collect();
        assert_eq!(base.difference(&own).collect::<Vec<_>>(), Vec::<&&str>::new(), "missing in {}", words.tag());
        assert_eq!(own.difference(&base).collect::<Vec<_>>(), Vec::<&&str>::new(), "only in {}", words.tag());
        for key in own {
            let places = |words: &Words| {
                let message = words.0.catalogue.get(key).expect("the key was listed");
                let mut places = message.places();
                // A number may be left unsaid where the form says it: "1 row".
                places.remove("n");
                places
            };
            assert_eq!(places(&words), places(&english), "places of {key} in {}", words.tag());
            for text in words.0.catalogue.get(key).into_iter().flat_map(texts) {
                assert_eq!(text.matches('{').count(), text.matches('}').count(), "{key}: {text}");
                assert!(!text.contains("  "), "{key}: {text}");
            }
        }
    }
}

fn texts(message: &Message) -> Vec<&str> {
    match message {
        Message::One(text) => vec![text],
        Message::Forms(forms) => forms.values().map(String::as_str).collect(),
    }
}

#[test]
fn every_form_of_a_language_is_given_where_one_is() {
    for (tag, forms) in [("en", vec!["one", "other"]), ("es", vec!["many", "one", "other"])] {
        let words = of(tag);
        for key in words.keys() {
            if let Some(Message::Forms(given)) = words.0.catalogue.get(key) {
                let given: Vec<&str> = given.keys().map(String::as_str).collect();
                assert!(
                    given == forms || !given.contains(&"many") && given == ["one", "other"],
                    "{tag} {key}: {given:?}"
                );
            }
        }
    }
}

/// The source and the templates, without tests.
fn sources() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = vec![root.join("src"), root.join("reports")];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry of the source").path();
            let is_source = path.extension().is_some_and(|e| ["rs", "jinja", "typ"].iter().any(|known| e == *known));
            if path.is_dir() {
                folders.push(path);
            } else if is_source && !path.to_string_lossy().contains("tests") {
                all.push_str(&std::fs::read_to_string(path).expect("a source file"));
            }
        }
    }
    all
}

/// Families of which the source builds the keys: months by number, rules by id, dimensions, statuses, charts and codes by name.
const BUILT: [&str; 11] = [
    "codes.",
    "month.",
    "month-short.",
    "sentence.",
    "dimensions.",
    "limits.charts.",
    "number.",
    "list.",
    "status.",
    "status-rule.",
    "units.",
];

#[test]
fn every_key_is_used_and_every_key_used_is_there() {
    let source = sources();
    for key in of(DEFAULT).keys() {
        let page = key.strip_prefix("page.").map(|name| (format!("words.{}", name.replace('-', "_")), name));
        let in_a_page = page.is_some_and(|(html, typst)| {
            source.contains(&html)
                || source.contains(&format!("words.at(\"{typst}\")"))
                || source.contains(&format!("filled(\"{typst}\""))
        });
        let used =
            in_a_page || source.contains(&format!("\"{key}\"")) || BUILT.iter().any(|family| key.starts_with(family));
        assert!(used, "{key} is used nowhere");
    }
    let english = of(DEFAULT);
    for call in ["words.of(\"", "words.with(\"", "words.counted(\"", "text(\"table.", "number(\"table."] {
        for piece in source.split(call).skip(1) {
            let key = piece.split('"').next().unwrap_or_default();
            let key = if call.ends_with("table.") { format!("table.{key}") } else { key.to_owned() };
            assert!(english.find(&key).is_some(), "{key} is in no catalogue");
        }
    }
}

#[test]
fn shares_are_written_as_the_language_writes_them() {
    let cases = [
        (0.0, "0%"),
        (0.71, "71%"),
        (1.0, "100%"),
        (0.004, "<1%"),
        (0.005, "<1%"),
        (0.996, ">99%"),
        (0.012, "1%"),
        (23.0 / 40.0, "58%"),
        (0.999_999_999_999_999_9, "100%"),
    ];
    for (value, expected) in cases {
        assert_eq!(of("en").share(value), expected);
        assert_eq!(of("es").share(value), expected.replace('%', "\u{a0}%"));
    }
    for (value, expected) in
        [(0.0, "0.0%"), (0.946, "94.6%"), (1.0, "100.0%"), (0.0004, "<0.1%"), (0.9996, ">99.9%"), (0.5675, "56.8%")]
    {
        assert_eq!(of("en").fine_share(value), expected);
    }
    assert_eq!(of("en").range("42%", "68%"), "42 to 68%");
    assert_eq!(of("es").range("42\u{a0}%", "68\u{a0}%"), "42 a 68\u{a0}%");
    assert_eq!(of("en").range("<1%", "3%"), "<1% to 3%");
    assert_eq!(of("es").range("71\u{a0}%", "71\u{a0}%"), "71\u{a0}%");
}

#[test]
fn thousands_minus_and_zero() {
    for words in tags().map(of) {
        assert_eq!(words.count(1204.0), "1,204");
        assert_eq!(words.count(1_234_567.0), "1,234,567");
        assert_eq!(words.decimal(-3.25, 1), "−3.2");
        assert_eq!(words.decimal(-0.04, 1), "0.0");
        assert_eq!(words.decimal(999.96, 1), "1,000.0");
    }
}

#[test]
fn forms_follow_the_number() {
    let days = |tag: &str, n: f64| of(tag).counted("count.days", n, &[]);
    assert_eq!([days("en", 1.0), days("en", 0.0), days("en", 14.0)], ["1 day", "0 days", "14 days"]);
    assert_eq!([days("es", 1.0), days("es", 0.0), days("es", 14.0)], ["1 día", "0 días", "14 días"]);
    assert_eq!(days("es", 1_000_000.0), "1,000,000 de días");
}

#[test]
fn the_last_of_a_list_is_joined_as_it_is_heard() {
    let list = |tag: &str, items: &[&str]| of(tag).list(&items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>());
    assert_eq!(list("en", &["a", "b", "intake"]), "a, b and intake");
    assert_eq!(list("es", &[]), "");
    assert_eq!(list("es", &["a"]), "a");
    assert_eq!(list("es", &["a", "b", "c"]), "a, b y c");
    for (last, and) in
        [("ingresos", "e"), ("Índice", "e"), ("hijos", "e"), ("hielo", "y"), ("iones", "y"), ("hogar", "y")]
    {
        assert_eq!(list("es", &["salud", last]), format!("salud {and} {last}"));
    }
}

#[test]
fn a_project_puts_its_own_words_over_those_of_the_catalogue() {
    let own = |text: &str| of("es").with_own(&text.parse().expect("TOML of the test"));
    let words = own("table.metric = \"Medida\"\nnumber.decimal-mark = \",\"\nnumber.group-mark = \".\"\nmetrics.mine.title = \"Lo nuestro\"")
        .expect("sound words");
    assert_eq!(words.of("table.metric"), "Medida");
    assert_eq!(words.decimal(1234.5, 1), "1.234,5");
    assert_eq!(words.find("metrics.mine.title"), Some("Lo nuestro"));
    assert_eq!(words.of("table.status"), of("es").of("table.status"));
    assert_ne!(words, of("es"));
    let wrong = own("table.metrc = \"x\"").unwrap_err();
    assert_eq!((wrong.key.as_str(), wrong.message.as_str()), ("table.metrc", "\"table.metrc\" is no word of a report"));
    let wrong = own("date.month = \"{moth} {year}\"").unwrap_err();
    assert_eq!(wrong.message, "\"date.month\" has no place {moth}; it has {month}, {year}");
}

#[test]
fn both_faces_can_write_every_word() {
    let mut letters: BTreeSet<char> = BTreeSet::new();
    for words in tags().map(of) {
        letters.extend(words.keys().filter_map(|key| words.0.catalogue.get(key)).flat_map(texts).flat_map(str::chars));
    }
    letters.extend("áéíóúñüÁÉÍÓÚÑÜ¿¡«»ºª".chars());
    for bytes in [
        include_bytes!("../../reports/fonts/Inter-Regular.otf").as_slice(),
        include_bytes!("../../reports/fonts/Inter-SemiBold.otf").as_slice(),
    ] {
        let face = ttf_parser::Face::parse(bytes, 0).expect("an embedded font");
        let missing: Vec<&char> = letters.iter().filter(|letter| face.glyph_index(**letter).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn every_month_is_named() {
    for words in tags().map(of) {
        for month in 1..=12 {
            assert!(!words.month_name(month).is_empty() && !words.month_short(month).is_empty());
        }
        assert_eq!((words.month_name(0), words.month_name(13)), ("", ""));
    }
}
