//! The language as a whole: every example of the guide is read, every key is told in it, every mistake has its place.

use super::Mapping;
use proptest::prelude::*;
use std::collections::BTreeSet;

const GUIDE: &str = super::GUIDE;
/// A rule that needs nothing more.
const RULE: &str = "[tables.clients]\nfiles = \"c.csv\"\n[tables.clients.columns]\nclient_id = \"id\"\n";

fn examples() -> Vec<&'static str> {
    GUIDE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn mistakes(text: &str) -> Vec<String> {
    match Mapping::parse("m", "m.toml", text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .0
            .into_iter()
            .map(|error| {
                let (line, column) = error.place.unwrap_or_default();
                format!("{line}:{column}: {} | {}", error.message, error.hint.unwrap_or_default())
            })
            .collect(),
    }
}

/// The mistakes of a column's settings.
fn settings(table: &str, required: &str, column: &str) -> Vec<String> {
    mistakes(&format!("[tables.{table}]\nfiles = \"c.csv\"\n[tables.{table}.columns]\n{required}\n{column}\n"))
}

#[test]
fn every_example_of_the_guide_is_a_mapping() {
    assert!(examples().len() >= 18);
    for example in examples() {
        assert_eq!(mistakes(example), Vec::<String>::new(), "{example}");
    }
}

#[test]
fn every_key_stands_in_an_example_of_the_guide() {
    let asked = include_str!("read.rs");
    let mut keys = BTreeSet::new();
    for call in [
        "text(\"",
        "texts(\"",
        "list(\"",
        "flag(\"",
        "count(\"",
        "day(\"",
        "choice(\"",
        "table(\"",
        "named(\"",
        "pairs(\"",
        "take(\"",
        "one_or_many(f, \"",
    ] {
        for rest in asked.split(call).skip(1) {
            keys.extend(rest.split('"').next());
        }
    }
    assert!(keys.len() > 40, "{keys:?}");
    let examples = examples().concat();
    let words: BTreeSet<&str> = examples.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let untold: Vec<_> = keys.iter().filter(|key| !words.contains(**key)).collect();
    assert!(untold.is_empty(), "not in an example of guide.md: {untold:?}");
}

#[test]
fn unknown_keys_are_refused_by_name_wherever_they_stand() {
    assert_eq!(mistakes(&format!("abuot = \"x\"\n{RULE}")), ["1:1: there is no key \"abuot\" | did you mean about?"]);
    let found = mistakes(&format!("{RULE}gender = {{ column = \"sex\", recodes = {{}} }}\n"));
    assert_eq!(found, ["5:28: there is no key \"recodes\" in tables.clients.columns.gender | did you mean recode?"]);
    let found = mistakes(&format!("{RULE}[tables.clients.splits]\n[lookups.a]\nfile = \"x\"\n"));
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[0].starts_with("5:17: there is no key \"splits\" in tables.clients | did you mean split?"));
}

#[test]
fn values_of_another_kind_are_told_with_what_is_wanted() {
    let found = mistakes(&format!("prefixes = \"a\"\nmissing = [9]\n{RULE}"));
    assert_eq!(
        found,
        [
            "1:12: prefixes must be a list of texts, not this text | ",
            "2:12: missing must be a list of texts, not a number (put it into quotes if it is meant as a text) | ",
        ]
    );
    assert_eq!(mistakes("a = \n").len(), 1);
    assert_eq!(mistakes(""), ["0:0: the mapping makes no table | add a table, for example [tables.clients]"]);
}

#[test]
fn what_the_contract_does_not_know_is_told() {
    let found = mistakes("[tables.client]\nfiles = \"c\"\ncolumns = {}\n");
    assert_eq!(found, ["1:9: the contract has no table client | did you mean clients?"]);
    let found = mistakes("[tables.clients]\nfiles = []\ncolumns = { clientid = \"x\" }\n");
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found.iter().any(|m| m.contains("client_id is required")));
    assert!(found.iter().any(|m| m.contains("clients has no column clientid | did you mean client_id?")));
}

#[test]
fn settings_that_do_not_fit_a_column_are_told() {
    let client = |column: &str| settings("clients", "client_id = \"id\"", column);
    for (column, said) in [
        ("gender = { column = \"a\", dates = \"%Y-%m-%d\" }", "dates does not fit gender, which is a code"),
        ("gender = { column = \"a\", separators = \";\" }", "gender holds one value, not several"),
        ("gender = { column = \"a\", value = \"b\" }", "gender comes from column and from value"),
        ("gender = {}", "nothing says where gender comes from"),
        ("birth_date = { column = \"a\", dates = [\"%d/%m/%Y\", \"%m/%d/%Y\"] }", "fit the same cells"),
        ("birth_date = { column = \"a\", dates = \"%d/%q/%Y\" }", "%q is no part of a date"),
        ("birth_date = { column = \"a\", dates = \"%d/%m\" }", "has no year"),
        ("birth_date = { column = \"a\", dates = \"days\" }", "needs the day they are counted from"),
        ("birth_date = { value = \"soon\" }", "\"soon\" is not of the form YYYY-MM-DD"),
        ("birth_date = \"{x} date\"", "stands for the value of a repeat, and there is none"),
        ("gender = { column = \"a\", recode = { F = \"w\", f = \"x\" } }", "\"f\" becomes two things"),
    ] {
        let found = client(column);
        assert!(found.iter().any(|m| m.contains(said) && m.starts_with("5:")), "{column}: {found:#?}");
    }
    let required = "enrollment_id = \"a\"\nclient_id = \"b\"\nprogram_id = \"c\"";
    let found = settings("enrollments", required, "exit_reason = { column = \"r\", recode = { a = \"complete\" } }");
    assert_eq!(found, ["7:42: \"complete\" is no code of exit_reason | did you mean completed?"]);
    let found = settings("enrollments", required, "head_of_household = { column = \"r\", yes = [\"0\"] }");
    assert!(found[0].contains("\"0\" is both yes and no"), "{found:?}");
}

#[test]
fn look_ups_are_there_have_their_keys_and_make_no_circle() {
    let text = format!(
        "[lookups.a]\nfiles = \"a\"\nkey = [\"k\", \"l\"]\njoins = [{{ lookup = \"b\", on = \"x\" }}]\n\
         [lookups.b]\nfiles = \"b\"\nkey = \"k\"\njoins = [{{ lookup = \"a\", on = \"x\" }}]\n\
         {}joins = [{{ lookup = \"c\", on = \"x\" }}, {{ lookup = \"a\", on = \"x\" }}]\n[tables.clients.columns]\nclient_id = \"id\"\n",
        "[tables.clients]\nfiles = \"c.csv\"\n"
    );
    let found = mistakes(&text);
    assert!(found.iter().any(|m| m.contains("a, b need one another in a circle")), "{found:#?}");
    assert!(found.iter().any(|m| m.contains("there is no look-up c")), "{found:#?}");
    assert!(found.iter().any(|m| m.contains("on names 1, and the key of a has 2")), "{found:#?}");
}

#[test]
fn what_is_looked_up_is_there() {
    let look =
        "[lookups.stay]\nfiles = \"a\"\nkey = \"k\"\ncolumns = { kind = \"K\" }\n[tables.clients]\nfiles = \"c\"\n";
    let joins = "joins = [{ lookup = \"stay\", on = \"k\" }]\n";
    assert!(mistakes(&format!("{look}{joins}columns = {{ client_id = \"stay.kind\" }}")).is_empty());
    let found = mistakes(&format!("{look}{joins}columns = {{ client_id = {{ template = \"{{a}}-{{stay.kid}}\" }} }}"));
    assert_eq!(found, ["8:13: the look-up stay has no column kid | did you mean kind?"]);
    let found = mistakes(&format!("{look}columns = {{ client_id = \"stay.kind\" }}"));
    assert!(found[0].contains("the look-up stay is not joined here"), "{found:?}");
}

#[test]
fn a_rule_of_columns_and_values_is_direct() {
    let direct = |more: &str| {
        let mapping =
            Mapping::parse("m", "m.toml", &format!("[tables.clients]\nfiles = \"c\"\n{more}")).expect("a mapping");
        mapping.tables[0][0].is_direct()
    };
    assert!(direct("columns = { client_id = [\"a\", \"b\"], language = { value = \"en\" } }"));
    assert!(direct("names = { a = [\"x\", \"y\"] }\ncolumns = { client_id = \"a\" }"));
    assert!(!direct("names = { a = { column = \"x\", first = 15 } }\ncolumns = { client_id = \"a\" }"));
    assert!(!direct("columns = { client_id = { template = \"{a}\" } }"));
    assert!(!direct("where = \"a = 'b'\"\ncolumns = { client_id = \"a\" }"));
}

#[test]
fn header_names_are_compared_without_what_does_not_matter() {
    let mapping = Mapping::parse("m", "m.toml", &format!("prefixes = [\"pmdm__\"]\n{RULE}")).expect("a mapping");
    assert_eq!(mapping.comparable("\u{feff}PMDM__Start-Date \u{a0}"), mapping.comparable("start date"));
    assert_eq!(mapping.comparable("pmdm__"), "pmdm__");
}

#[test]
fn a_text_full_of_mistakes_is_refused_at_once_and_told_in_part() {
    let text: String = (0..20_000).fold(String::new(), |text, n| text + "a" + &n.to_string() + " = 1\n");
    let found = mistakes(&text);
    assert_eq!(found.len(), 51);
    assert!(found[50].contains("19951 more mistakes"), "{}", found[50]);
    assert!(mistakes(&"#".repeat(1 << 21))[0].contains("no longer than"));
    assert!(mistakes(&format!("a = {}", "[".repeat(10_000))).len() <= 51);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fail(text in "\\PC{0,200}") {
        let _ = Mapping::parse("m", "m.toml", &text);
    }

    #[test]
    fn no_mistake_in_a_mapping_makes_the_reader_fail(
        example in prop::sample::select(examples()),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..12,
        put in "[\\[\\]{}=\",.a-z0-9%\n\u{e9}]{0,6}",
    ) {
        let begin = example.floor_char_boundary(at.index(example.len()));
        let end = example.ceil_char_boundary((begin + removed).min(example.len()));
        let text = format!("{}{put}{}", &example[..begin], &example[end..]);
        if let Err(errors) = Mapping::parse("m", "m.toml", &text) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}
