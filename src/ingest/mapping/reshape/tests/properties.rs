//! What must hold for any rule and any cells.

use super::{columns, drawn, lines, lookups, mapping, rule};
use crate::ingest::mapping::{GUIDE, LookupBuilder, Lookups, Mapping, Place, Reshape};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A rule with everything in it.
const RULE: &str = r#"
    missing = ["n/a"]
    [lookups.l]
    files = "l.csv"
    key = "k"
    columns = { v = { column = "v", keep = "all" } }
    [tables.referrals]
    files = "r.csv"
    split = { column = "Needs", separators = [";", "|"], as = "need", strip = "[]" }
    repeat = { columns = "Sent {x}", keep_empty = false }
    joins = [{ lookup = "l", on = "need" }]
    where = "coalesce(Id, l.v, '') <> 'b' or cast(\"Sent {x}\" as double) > 1"
    deleted = "starts_with(Id, 'a') or cast(\"Sent {x}\" as date) > '2026-01-01'"
    latest_by = "day"
    names.day = { column = "Day", dates = ["%d.%m.%Y", "%Y-%m-%d"] }
    [tables.referrals.columns]
    referral_id = { template = "{Id}-{need}-{x}-{_line}" }
    enrollment_id.sql = "case when cast(day as date) is not null then left(Id, 3) else concat(l.v, x, need) end"
    service_type = "need"
    referred_on.sql = "cast(day as date)"
    outcome.sql = "length(Id) - cast(day as int)"
    provider_id = "l.v"
    service_started_on = "Sent {x}"
"#;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("n/a".to_owned()),
        "[ab;|\\[\\]]{0,6}",
        "[0-9.]{0,4}",
        Just("2026-01-31".to_owned()),
        Just("31.1.2026".to_owned()),
        Just("2026-01-31 10:00:00".to_owned()),
        "\\PC{0,5}",
    ]
}

/// Words of SQL.
const WORDS: &str = "Id Needs 'a' 1 ( ( ) ) , . and or not is null in like between case when then else end cast as \
    double date interval '1_day' + - * / :: [ ] { } lower ( coalesce ( extract ( year from trim ( both position ( \
    substring ( for timestamp array any all exists select with collate over filter distinct try_cast ( ? $1 -- /* */ \
    ; => -> @ # e'x' x'y' n'z'";

/// A header's names and the records below it.
fn records(width: usize) -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(cell(), width), 0..12)
}

const HEADER: [&str; 5] = ["Id", "Needs", "Day", "Sent 1", "Sent 2"];

fn header() -> Vec<String> {
    HEADER.map(str::to_owned).to_vec()
}

/// Fits every look-up and rule of a mapping to the header and runs it. Only what panics fails.
fn run_all(mapping: &Mapping, header: &[String], records: &[Vec<String>]) {
    let place = Place { file: "f.csv", sheet: "s" };
    let mut lookups = Lookups::default();
    for rule in &mapping.lookups {
        let mut builder = LookupBuilder::new(rule, mapping, &lookups);
        if let Ok(needed) = builder.begin(header, &place).map(<[usize]>::to_vec) {
            let _ = builder.add(columns(&needed, records), &lines(records.len()));
        }
        let lookup = builder.finish().0;
        lookups.insert(&rule.name, lookup);
    }
    for rule in mapping.tables.iter().flatten() {
        let Ok(reshape) = Reshape::new(rule, mapping, header, &lookups, &place) else { continue };
        let Ok(made) = reshape.run(columns(reshape.needed(), records), &lines(records.len())) else { continue };
        let positions: Vec<usize> = (0..rule.table.columns.len()).collect();
        drawn(&made, &positions);
        for row in 0..made.rows() {
            assert!(made.origin(row) < records.len() && (row == 0 || made.origin(row - 1) <= made.origin(row)));
            assert!(
                positions.iter().filter_map(|at| reshape.cell_of(*at, made.group(row))).all(|at| at < header.len())
            );
        }
        assert!(made.left_out() <= records.len());
    }
}

/// Pieces of SQL, most of which fit together.
fn sql() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "Id",
            "\"Sent 1\"",
            "Needs",
            "x",
            "_line",
            "null",
            "'a'",
            "'2026-01-31'",
            "1",
            "2.5",
            "true",
            "''"
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            "cast(Id as double)",
            "cast(\"Sent 1\" as date)",
            "cast(Needs as int)",
            "(Id = 'a')",
            "lower(Day)"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![30 => leaf, 1 => "[a-z'\"(),.%*-]{0,5}"];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let function = prop::sample::select(vec![
            "lower",
            "length",
            "coalesce",
            "concat",
            "left",
            "right",
            "replace",
            "date",
            "timestamp",
            "split_part",
            "round",
            "least",
            "greatest",
            "abs",
            "sqrt",
            "mod",
            "strftime",
            "strptime",
            "nullif",
            "if",
            "lpad",
            "substr",
            "regexp_like",
            "starts_with",
            "strpos",
            "pow",
            "log",
            "ltrim",
            "reverse",
            "time",
            "trim",
            "date_part",
            "div",
            "truncate",
            "concat_ws",
        ]);
        let operator =
            prop::sample::select(vec!["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "and", "or", "//", "<=>"]);
        let kind = prop::sample::select(vec![
            "int",
            "double",
            "date",
            "timestamp",
            "time",
            "text",
            "boolean",
            "decimal(9,2)",
            "smallint",
            "real",
            "bigint unsigned",
        ]);
        prop_oneof![
            (function, prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, of)| format!("{name}({})", of.join(", "))),
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), kind).prop_map(|(a, kind)| format!("cast({a} as {kind})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("case when {a} then {b} else {c} end")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} in ({b}, 'a')")),
            (inner.clone(), "[a%_]{0,3}").prop_map(|(a, b)| format!("{a} like '{b}'")),
            inner.clone().prop_map(|a| format!("{a} is not null")),
            inner.clone().prop_map(|a| format!("not ({a})")),
            inner.prop_map(|a| format!("extract(year from {a})")),
        ]
    })
}

/// Few, for each is slow without optimisation; `PROPTEST_CASES` says otherwise.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn cutting_the_records_anywhere_gives_the_same_rows(
        records in records(5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mapping = mapping(RULE);
        let lookups = lookups(&mapping, &[("l.csv", "k|v\na|1\nb|2\nab|3\nb|4")]).expect("look-ups");
        let reshape = Reshape::new(rule(&mapping, "referrals"), &mapping, &header(), &lookups, &Place { file: "f", sheet: "" })
            .expect("a rule");
        let positions: Vec<usize> = (0..rule(&mapping, "referrals").table.columns.len()).collect();
        let rows_of = |from: usize, to: usize| {
            let lines: Vec<u64> = (from as u64..to as u64).collect();
            let made = reshape.run(columns(reshape.needed(), &records[from..to]), &lines).expect("rows");
            let said = |row| format!("{} {:?} {}", from + made.origin(row), made.group(row), String::from_utf8_lossy(made.latest(row)));
            let told: Vec<String> = (0..made.rows()).map(|row| format!("{} {}", said(row), made.is_deleted(row))).collect();
            let rows: Vec<String> = drawn(&made, &positions).into_iter().zip(told).map(|(row, told)| row + &told).collect();
            (rows, made.left_out())
        };
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(records.len() + 1)).collect();
        at.extend([0, records.len()]);
        at.sort_unstable();
        let (mut rows, mut left_out) = (Vec::new(), 0);
        for pair in at.windows(2) {
            let (more, out) = rows_of(pair[0], pair[1]);
            rows.extend(more);
            left_out += out;
        }
        prop_assert_eq!(rows_of(0, records.len()), (rows, left_out));
    }

    #[test]
    fn no_sql_makes_it_fail_and_none_depends_on_the_cut(sql in sql(), records in records(5)) {
        let text = format!("[tables.clients]\nfiles = \"f.csv\"\n[tables.clients.columns]\nclient_id = {{ sql = '''{sql}''' }}");
        let Ok(mapping) = Mapping::parse("m", "m.toml", &text) else { return Ok(()) };
        let place = Place { file: "f.csv", sheet: "" };
        let reshape = Reshape::new(rule(&mapping, "clients"), &mapping, &header(), &Lookups::default(), &place);
        let Ok(reshape) = reshape else { return Ok(()) };
        let run = |records: &[Vec<String>], first: usize| {
            let lines: Vec<u64> = (first as u64..).take(records.len()).collect();
            reshape.run(columns(reshape.needed(), records), &lines).map(|made| drawn(&made, &[0]))
        };
        let whole = run(&records, 0);
        let single: Result<Vec<_>, _> = records.iter().enumerate().map(|(at, record)| run(std::slice::from_ref(record), at)).collect();
        // Where one row cannot be computed, the block cannot.
        if let (Ok(whole), Ok(single)) = (&whole, &single) {
            prop_assert_eq!(whole, &single.concat(), "{}", sql);
        } else {
            prop_assert_eq!(whole.is_ok(), single.is_ok(), "{}", sql);
        }
    }

    #[test]
    fn no_row_of_words_makes_it_fail(
        words in prop::collection::vec(prop::sample::select(WORDS.split(' ').collect::<Vec<_>>()), 0..60),
    ) {
        let sql = words.join(" ");
        let text = format!("[tables.clients]\nfiles = \"f.csv\"\n[tables.clients.columns]\nclient_id = {{ sql = {sql:?} }}");
        run_all(&mapping(&text), &header(), &[header()]);
    }

    #[test]
    fn no_mapping_makes_it_fail(
        example in prop::sample::select(GUIDE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).chain([RULE]).collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..8,
        put in "[\\[\\]{}=\"',.a-z0-9%\n\u{e9}x]{0,6}",
        records in records(5),
        used in any::<prop::sample::Index>(),
    ) {
        let begin = example.floor_char_boundary(at.index(example.len()));
        let end = example.ceil_char_boundary((begin + removed).min(example.len()));
        let text = format!("{}{put}{}", &example[..begin], &example[end..]);
        let Ok(mapping) = Mapping::parse("m", "m.toml", &text) else { return Ok(()) };
        // The words in quotes are likely names of columns.
        let mut header: Vec<String> = text.split('"').skip(1).step_by(2).map(|name| name.replace("{x}", "1")).collect();
        let used = used.index(header.len().max(1));
        header.rotate_left(used);
        header.extend(super::properties::header());
        let width = header.len();
        let records: Vec<Vec<String>> = records.into_iter().map(|record| record.into_iter().cycle().take(width).collect()).collect();
        run_all(&mapping, &header, &records);
    }

    #[test]
    fn look_ups_keep_what_a_plain_count_keeps(rows in prop::collection::vec(("[ab]?", "[a-c]?"), 0..20), cut in any::<prop::sample::Index>()) {
        let text = r#"
            [lookups.l]
            files = "l.csv"
            key = ["k", "k"]
            [lookups.l.columns]
            o = "v"
            f = { column = "v", keep = "first" }
            l = { column = "v", keep = "last" }
            least = { column = "v", keep = "least" }
            g = { column = "v", keep = "greatest" }
            c = { column = "v", keep = "count" }
            a = { column = "v", keep = "all" }
            [tables.clients]
            files = "c.csv"
            columns = { client_id = "id" }"#;
        let mapping = mapping(text);
        let mut plain: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (key, value) in rows.iter().filter(|(key, _)| !key.is_empty()) {
            let values = plain.entry(key).or_default();
            values.extend(Some(value.as_str()).filter(|value| !value.is_empty()));
        }
        let none = Lookups::default();
        let mut builder = LookupBuilder::new(&mapping.lookups[0], &mapping, &none);
        let records: Vec<Vec<String>> = rows.iter().map(|(key, value)| vec![key.clone(), value.clone()]).collect();
        let needed = builder.begin(&["k".to_owned(), "v".to_owned()], &Place { file: "l", sheet: "" }).expect("a file").to_vec();
        for part in [&records[..cut.index(records.len() + 1)], &records[cut.index(records.len() + 1)..]] {
            builder.add(columns(&needed, part), &lines(part.len())).expect("rows");
        }
        let (lookup, differences) = builder.finish();
        prop_assert_eq!(lookup.len(), plain.len());
        for (key, values) in &plain {
            let row = lookup.find(&[key, key]).expect("a row");
            let value = |name: &str| lookup.names().iter().position(|known| known == name).and_then(|at| lookup.value(row, at));
            let mut all: Vec<&str> = Vec::new();
            for value in values {
                if !all.contains(value) {
                    all.push(value);
                }
            }
            prop_assert_eq!(value("o"), values.first().copied());
            prop_assert_eq!(value("f"), values.first().copied());
            prop_assert_eq!(value("l"), values.last().copied());
            prop_assert_eq!(value("least"), values.iter().min().copied());
            prop_assert_eq!(value("g"), values.iter().max().copied());
            prop_assert_eq!(value("c").map(str::to_owned), Some(values.len().to_string()));
            prop_assert_eq!(value("a").unwrap_or_default(), all.join(";"));
        }
        let differ = plain.values().filter(|values| values.iter().any(|value| *value != values[0])).count();
        prop_assert_eq!(differences.len(), differ);
    }
}
