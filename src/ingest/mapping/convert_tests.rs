//! Cells as exports write them, and what they become.

use super::convert::{Converted, Converter};
use super::model::{Mapping, Source};
use proptest::prelude::*;

/// The converter of a column: its table and name, and its settings.
fn converter(column: &str, settings: &str) -> Converter {
    let (table, name) = column.split_once('.').expect("table.column");
    let contract = crate::contract::CONTRACT.table(table).expect("a table");
    let others: Vec<&str> = contract
        .columns
        .iter()
        .filter(|other| other.required && other.name != name)
        .map(|other| other.name.as_str())
        .collect();
    let others: Vec<String> = others.iter().map(|other| format!("{other} = \"a\"")).collect();
    let others = others.join(
        "
",
    );
    let text = format!(
        "[tables.{table}]\nfiles = \"c\"\n[tables.{table}.columns]\n{others}\n{name} = {{ column = \"c\", {settings} }}\n"
    );
    let mapping = Mapping::parse("m", "m.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let rule = mapping.tables.iter().flatten().next().expect("a rule");
    let Some(Source { converter: Some(converter), .. }) = rule.source(name) else { panic!("a converter") };
    converter.clone()
}

/// The text, `-` for unknown, or the trouble's code.
fn become_of(converter: &Converter, cell: &str) -> String {
    match converter.convert(cell.as_bytes(), &mut Vec::new()) {
        Converted::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Converted::Unknown => "-".to_owned(),
        Converted::Trouble(trouble) => trouble.code.to_owned(),
    }
}

fn all(column: &str, settings: &str, cells: &[(&str, &str)]) {
    let converter = converter(column, settings);
    for (cell, becomes) in cells {
        assert_eq!(become_of(&converter, cell), *becomes, "{settings}: {cell:?}");
    }
}

#[test]
fn days_are_read_by_the_forms_named() {
    all(
        "clients.birth_date",
        "dates = \"%d/%m/%Y\"",
        &[
            ("31/12/2025", "2025-12-31"),
            ("1/2/2025", "2025-02-01"),
            ("\u{a0}01/02/2025\t", "2025-02-01"),
            ("2025-03-04", "2025-03-04"),
            ("2025-3-4", "2025-03-04"),
            ("2025-03-04 10:30:00", "2025-03-04"),
            ("2025-03-04T00:00:00.000", "2025-03-04"),
            ("12/31/2025", "impossible-date"),
            ("29/02/2025", "impossible-date"),
            ("29/02/2024", "2024-02-29"),
            ("01/02/25", "bad-date"),
            ("01/02/2025 10:00", "bad-date"),
            ("soon", "bad-date"),
            (" ", "-"),
        ],
    );
    all(
        "clients.birth_date",
        "dates = [\"%Y%m%d\", \"%d-%b-%Y\", \"%a, %B %d, %Y\", \"%m/%d/%y\"]",
        &[
            ("20250131", "2025-01-31"),
            ("2025131", "bad-date"),
            ("07-Oct-2021", "2021-10-07"),
            ("7-OCTOBER-2021", "2021-10-07"),
            ("Thu, Oct. 7, 2021", "2021-10-07"),
            ("1/2/68", "2068-01-02"),
            ("1/2/69", "1969-01-02"),
        ],
    );
    all(
        "clients.birth_date",
        "dates = [\"%Y-%m-%dT%H:%M:%S\", \"%Y-%m-%dT%H:%M:%S%.f\", \"%F\", \"%a %d/%m/%Y\", \"%d/%m/%Y\"]",
        &[("2025-01-02T10:00:00.5", "2025-01-02"), ("2025-01-02", "2025-01-02"), ("Thu 2/1/2025", "2025-01-02")],
    );
    all("clients.birth_date", "dates = \"%Y-%d-%m\"", &[("2025-31-01", "2025-01-31"), ("2025-02-03", "2025-03-02")]);
    all("clients.birth_date", "missing = []", &[("2025-3-4", "2025-03-04"), ("3/4/2025", "bad-date")]);
}

#[test]
fn months_have_names_in_other_languages_too() {
    let french = "dates = \"%d-%b-%Y\", months = [\"janv.\", \"f\u{e9}vr.\", \"mars\", \"avr.\", \"mai\", \"juin\", \
                  \"juil.\", \"ao\u{fb}t\", \"sept.\", \"oct.\", \"nov.\", \"d\u{e9}c.\"]";
    all(
        "clients.birth_date",
        french,
        &[
            ("07-f\u{e9}vr.-2021", "2021-02-07"),
            ("7-D\u{c9}C.-2021", "2021-12-07"),
            ("7-juin-2021", "2021-06-07"),
            ("7-Aug-2021", "2021-08-07"),
            ("7-jui-2021", "bad-date"),
        ],
    );
}

#[test]
fn times_keep_the_clock_as_it_is_written() {
    all(
        "services.started_at",
        "dates = [\"%d/%m/%Y %I:%M %p\", \"%Y-%m-%dT%H:%M:%S%.f%z\"]",
        &[
            ("31/12/2025 12:05 AM", "2025-12-31T00:05:00"),
            ("31/12/2025 1:05 p.m.", "2025-12-31T13:05:00"),
            ("31/12/2025  12:05\u{202f}pm", "2025-12-31T12:05:00"),
            ("31/12/2025 13:05 pm", "impossible-date"),
            ("2021-04-27T23:30:00.000+0000", "2021-04-27T23:30:00"),
            ("2021-04-27t23:30:59Z", "2021-04-27T23:30:59"),
            ("2021-04-27T23:30:00-05:00", "2021-04-27T23:30:00"),
            ("2021-04-27 23:30", "2021-04-27T23:30:00"),
            ("2021-04-27T24:00:00Z", "impossible-date"),
            ("2021-04-27", "bad-date"),
        ],
    );
    all(
        "services.provided_on",
        "dates = \"%Y-%m-%dT%H:%M:%S%.f%z\"",
        &[("2021-04-27T23:30:00.000+0000", "2021-04-27")],
    );
}

#[test]
fn day_numbers_are_counted_from_their_first_day() {
    all(
        "clients.birth_date",
        "dates = \"excel\"",
        &[
            ("1", "1900-01-01"),
            ("59", "1900-02-28"),
            ("60", "impossible-date"),
            ("61", "1900-03-01"),
            ("45992", "2025-12-01"),
            ("45992.75", "2025-12-01"),
            ("0", "impossible-date"),
            ("9999999", "bad-date"),
        ],
    );
    all("clients.birth_date", "dates = \"excel-1904\"", &[("0", "1904-01-01"), ("44530", "2025-12-01")]);
    all(
        "services.started_at",
        "dates = \"excel\"",
        &[
            ("45992.75", "2025-12-01T18:00:00"),
            ("45992.999999", "2025-12-02T00:00:00"),
            ("45992", "2025-12-01T00:00:00"),
        ],
    );
    all(
        "clients.birth_date",
        "dates = \"days\", origin = 2020-01-01",
        &[
            ("0", "2020-01-01"),
            ("-31", "2019-12-01"),
            ("366.0", "2021-01-01"),
            ("1.5", "bad-date"),
            ("9999999", "impossible-date"),
        ],
    );
}

#[test]
fn a_date_that_is_none_is_told_with_what_was_tried_and_what_would_do() {
    let converter = converter("clients.birth_date", "dates = \"%d/%m/%Y\"");
    let Converted::Trouble(trouble) = converter.convert(b"12/31/2025", &mut Vec::new()) else {
        panic!("a trouble");
    };
    assert_eq!(trouble.what, "is not a day in the calendar; forms tried: DD/MM/YYYY");
    assert_eq!(trouble.hint.as_deref(), Some("add \"%m/%d/%Y\" to dates"));
}

#[test]
fn numbers_are_read_as_the_mapping_says_they_are_written() {
    let english = "thousands = \",\", currency = [\"$\", \"USD\"]";
    all(
        "services.cost",
        english,
        &[
            ("1250.50", "1250.50"),
            ("$1,250.50", "1250.50"),
            ("usd 1,250", "1250"),
            ("1,250,000 USD", "1250000"),
            ("-$5", "-5"),
            ("$-5", "-5"),
            ("(1,250.00)", "-1250.00"),
            ("5-", "-5"),
            ("+5", "5"),
            (".5", "0.5"),
            ("1,25", "number-format"),
            ("12,50.00", "number-format"),
            ("1,2500", "number-format"),
            (",250", "number-format"),
            ("1'250", "number-format"),
            ("--5", "bad-number"),
            ("(-5)", "bad-number"),
            ("$", "bad-number"),
            ("twelve", "bad-number"),
            ("1e3", "bad-number"),
        ],
    );
    all(
        "services.cost",
        "thousands = \".\", decimal = \",\", currency = \"\u{20ac}\"",
        &[("1.250,50 \u{20ac}", "1250.50"), ("1.250", "1250"), ("12,5", "12.5"), ("12.5", "number-format")],
    );
    all("services.cost", "thousands = \" \", decimal = \",\"", &[("1\u{a0}250,5", "1250.5"), ("1\u{202f}250", "1250")]);
    all("services.cost", "thousands = \"'\"", &[("1\u{2019}250.50", "1250.50")]);
    // Nothing said: what is no plain number is left for the contract's reading to refuse.
    all("services.cost", "missing = []", &[("1,250", "1,250"), ("'-5", "-5")]);
}

#[test]
fn words_become_yes_no_codes_or_unknown() {
    all(
        "enrollments.head_of_household",
        "yes = [\"Oui\", \"S\u{ed}\"], no = \"Non\", missing = [\"N/A\"]",
        &[("OUI", "yes"), ("s\u{cd}", "yes"), (" non", "no"), ("TRUE", "yes"), ("n/a", "-"), ("1", "bad-yes-no")],
    );
    all("enrollments.head_of_household", "yes = \"Self\", default = \"no\"", &[("self", "yes"), ("Spouse", "no")]);
    all(
        "enrollments.exit_reason",
        "missing = [\"99\"], recode = { \"Done  well\" = \"completed\", 8 = \"\" }",
        &[("done well", "completed"), ("DONE\u{a0} WELL ", "completed"), ("8", "-"), ("99", "-"), ("moved", "moved")],
    );
    all("enrollments.exit_reason", "recode = { a = \"moved\" }, default = \"other\"", &[("b", "other"), ("", "-")]);
    all("clients.client_id", "first = 15", &[("0035e00000AbCdEFGH", "0035e00000AbCdE"), ("short", "short")]);
}

#[test]
fn several_codes_are_taken_apart_and_recoded_one_by_one() {
    all(
        "clients.race_ethnicity",
        "separators = [\", \", \" ||| \"], recode = { A = \"asian\", X = \"\" }",
        &[("[\"a\", \"b\"]", "asian;b"), ("A ||| b, X", "asian;b"), ("X", "-"), ("[]", "-")],
    );
    all("clients.race_ethnicity", "recode = { A = \"asian\" }", &[("a; b", "asian;b")]);
}

proptest! {
    #[test]
    fn no_cell_makes_a_converter_fail(cell in prop::collection::vec(any::<u8>(), 0..40), written in "[-+0-9/.,: TZapm()$'%]{0,24}") {
        for (column, settings) in [
            ("clients.birth_date", "dates = [\"%d/%m/%Y\", \"excel\", \"%a %b %e, %y\"]"),
            ("services.started_at", "dates = [\"%d/%m/%Y %I:%M:%S%.f %p%z\", \"excel-1904\"]"),
            ("services.cost", "thousands = \",\", currency = [\"$\", \"\u{20ac}\"]"),
            ("clients.race_ethnicity", "separators = [\",\", \" \"], recode = { a = \"b\" }"),
        ] {
            let converter = converter(column, settings);
            let _ = converter.convert(&cell, &mut Vec::new());
            let _ = converter.convert(written.as_bytes(), &mut Vec::new());
        }
    }

    #[test]
    fn every_day_is_read_back_from_every_form(
        days in -40_000_i32..80_000,
        form in prop::sample::select(vec!["%d/%m/%Y", "%m/%d/%Y", "%-d.%-m.%Y", "%Y%m%d", "%d-%b-%Y", "%B %d, %Y", "%Y/%m/%d", "%A %e %b %Y"]),
    ) {
        let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).expect("in range");
        let converter = converter("clients.birth_date", &format!("dates = \"{form}\""));
        prop_assert_eq!(become_of(&converter, &day.strftime(form).to_string()), day.to_string());
    }

    #[test]
    fn every_number_is_read_back_however_it_is_grouped(cents in -99_999_999_999_i64..99_999_999_999, comma in any::<bool>()) {
        let digits = (cents.abs() / 100).to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push(if comma { '.' } else { ',' });
            }
            grouped.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        let decimals = format!("{:02}", cents.abs() % 100);
        let written = format!("{sign}{grouped}{}{decimals}", if comma { ',' } else { '.' });
        let settings = if comma { "thousands = \".\", decimal = \",\"" } else { "thousands = \",\"" };
        prop_assert_eq!(become_of(&converter("services.cost", settings), &written), format!("{sign}{digits}.{decimals}"));
    }

    #[test]
    fn plain_numbers_stay_as_they_are(text in "-?[0-9]{1,12}(\\.[0-9]{1,6})?") {
        prop_assert_eq!(become_of(&converter("services.cost", "thousands = \",\""), &text), text);
    }
}
