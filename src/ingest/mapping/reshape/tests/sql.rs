//! SQL: what it gives, and what it is refused for.

use super::{clients, made, mistake};
use crate::ingest::mapping::{BUILT_IN, LookupBuilder, Lookups, Mapping, MappingError, Name, Place, Reshape};

/// What an expression gives for rows of `a`, `b` and `Long name`.
fn gives(sql: &str, rows: &str) -> Vec<String> {
    let text = clients(&format!("[tables.clients.columns]\nclient_id = {{ sql = '''{sql}''' }}"));
    made(&text, "clients", &[("c.csv", &format!("a|b|Long name\n{rows}"))], "client_id")
}

fn refused(sql: &str) -> String {
    let text = clients(&format!("[tables.clients.columns]\nclient_id = {{ sql = '''{sql}''' }}"));
    mistake(&text, "clients", &[("c.csv", "a|b|Long name\n1|2|3")])
}

#[test]
fn texts_are_compared_chosen_and_put_together() {
    for (sql, rows, is) in [
        ("coalesce(\"Long name\", a, 'none')", "1||\n||\n|2|3", vec!["1", "none", "3"]),
        ("case when a <> 'Applied' then b end", "Applied|1|\nx|2|\n|3|", vec!["-", "2", "-"]),
        ("case a when '1' then 'one' when '2' then 'two' else b end", "1||\n2||\n3|x|", vec!["one", "two", "x"]),
        (
            "case when left(a, 10) > b then a end",
            "2026-01-31T10:00|2026-01-30|\n2026-01-31T10:00|2026-02-01|",
            vec!["2026-01-31T10:00", "-"],
        ),
        ("a || '-' || b", "1|2|\n1||", vec!["1-2", "-"]),
        ("concat(a, '-', b)", "1|2|\n1||", vec!["1-2", "1-"]),
        ("concat_ws('-', _file, _sheet, _line, a)", "1||", vec!["c.csv-Sheet1-2-1"]),
        ("lower(A)", "ÄB||", vec!["äb"]),
        ("split_part(a, ' ||| ', 1)", "x ||| y||", vec!["x"]),
        ("replace(lower(a), ' ', '-')", "A B c||", vec!["a-b-c"]),
        ("a in ('1', '2')", "1||\n3||\n||", vec!["yes", "no", "-"]),
        ("a not in ('1', '2')", "1||\n3||", vec!["no", "yes"]),
        ("a like 'x%'", "xy||\nax||", vec!["yes", "no"]),
        ("a ilike '%Absence%'", "an absence||\nax||", vec!["yes", "no"]),
        ("coalesce(a, '') not like '%-%'", "x-y||\n||", vec!["no", "yes"]),
        ("regexp_like(a, '^[0-9]+$')", "12||\n1x||", vec!["yes", "no"]),
        ("a is null", "x||\n|y|", vec!["no", "yes"]),
        ("a is null and not (b = 'z')", "|y|\n|z|", vec!["yes", "no"]),
        ("nullif(a, '0')", "0||\n1||", vec!["-", "1"]),
        ("trim(both '-' from a)", "-x-||", vec!["x"]),
        ("substr(a, 2, 2)", "abcd||\na||", vec!["bc", "-"]),
        ("substring(a from 2)", "abcd||", vec!["bcd"]),
        ("right(a, 2)", "abcd||\nx||", vec!["cd", "x"]),
        ("left(a, -2)", "abcd||\nx||", vec!["ab", "-"]),
        ("'same'", "1||\n2||", vec!["same", "same"]),
        ("null", "1||", vec!["-"]),
        ("least(a, b)", "2026-01-02|2026-01-01|\n1||", vec!["2026-01-01", "1"]),
        ("coalesce(a, 0)", "||\nx||", vec!["0", "x"]),
        ("case when b is null then a else cast(a as double) * 2 end", "2||\n2|y|", vec!["2", "4"]),
        ("coalesce(cast(b as double), a)", "x||\nx|2|", vec!["x", "2"]),
        ("lpad(a, 4, '0')", "12||\n12345||", vec!["0012", "1234"]),
        ("not a", "true||\nno||\nx||", vec!["no", "yes", "-"]),
        ("a is distinct from b", "1|1|\n1||\n||", vec!["no", "yes", "no"]),
        ("if(a = b, 'same', 'other')", "1|1|\n1|2|", vec!["same", "other"]),
        ("a between '1' and '3'", "2||\n4||", vec!["yes", "no"]),
        ("a = 'it''s'", "it's||", vec!["yes"]),
        ("position('b' in a)", "abc||\nxyz||", vec!["2", "0"]),
    ] {
        assert_eq!(gives(sql, rows), is, "{sql}");
    }
}

#[test]
fn texts_become_numbers_and_days_or_nothing() {
    for (sql, rows, is) in [
        ("cast(a as double) * 60", "1.5||\n2||\nx||\n||\nnan||\ninf||", vec!["90", "120", "-", "-", "-", "-"]),
        ("cast(a as double) > 5", "10||\n4||\nnan||\nx||", vec!["yes", "no", "-", "-"]),
        ("cast(a as int) * 100000", "100000||\n2.5||", vec!["10000000000", "-"]),
        ("cast(a as tinyint) + 1", "300||", vec!["301"]),
        ("a::int + b::int", "1|2|\n1||", vec!["3", "-"]),
        ("length(a) - 5", "abc||", vec!["-2"]),
        ("round(cast(a as double), 1)", "1.26||", vec!["1.3"]),
        ("cast(a as double) / cast(b as double) > 1", "1|0|\n3|2|", vec!["-", "yes"]),
        ("cast(a as int) % cast(b as int)", "1|0|\n3|2|", vec!["-", "1"]),
        ("cast(a as int) // cast(b as int)", "1|0|\n7|2|", vec!["-", "3"]),
        ("sqrt(cast(a as double)) > 1", "-1||\n9||", vec!["-", "yes"]),
        ("cast(a as double) * 3", "0.1||\n19.99||\n-0||", vec!["0.3", "59.97", "0"]),
        ("cast(a as double) / 3", "1||", vec!["0.333333333333333"]),
        ("cast(a as double) / cast(b as double)", "1|0|\n3|2|", vec!["-", "1.5"]),
        ("cast(a as double) || ' min'", "90||", vec!["90 min"]),
        ("concat(cast(a as double), ' min')", "90||\n1.5||", vec!["90 min", "1.5 min"]),
        ("cast(a as boolean)", "Yes||\n0||\nmaybe||", vec!["yes", "no", "-"]),
        ("cast(a as time)", "10:30||\n25:00||", vec!["10:30:00", "-"]),
        ("cast(cast(a as double) > 5 as text)", "90||\n1.5||\n||", vec!["yes", "no", "-"]),
        (
            "cast(a as date)",
            "2026-01-31||\n2026-02-30||\n31.1.2026||\n2026-01-31T10:00:00||",
            vec!["2026-01-31", "-", "-", "2026-01-31"],
        ),
        ("date(a)", "31.1.2026||\n2026-01-31||", vec!["-", "2026-01-31"]),
        ("date(a, '%d.%m.%Y')", "31.1.2026||\n2026-01-31||", vec!["2026-01-31", "-"]),
        ("cast(a as date) + interval '1 week'", "2026-01-31||", vec!["2026-02-07"]),
        ("cast(a as date) > '2026-01-15'", "2026-01-31||\n2026-01-01||\nx||", vec!["yes", "no", "-"]),
        ("cast(a as date) > date '2026-01-15'", "2026-01-31||", vec!["yes"]),
        (
            "cast(a as timestamp)",
            "2026-01-31 10:30:00||\n2026-01-31||\nx||",
            vec!["2026-01-31T10:30:00", "2026-01-31T00:00:00", "-"],
        ),
        ("strptime(a, '%d/%m/%Y %H:%M')", "31/01/2026 10:30||\n1||", vec!["2026-01-31T10:30:00", "-"]),
        ("extract(year from cast(a as date))", "2026-01-31||", vec!["2026"]),
        ("extract(month from cast(a as date)) * 1000", "2026-01-31||", vec!["1000"]),
        ("strftime(cast(a as date), '%Y/%m')", "2026-01-31||", vec!["2026/01"]),
    ] {
        assert_eq!(gives(sql, rows), is, "{sql}");
    }
}

#[test]
fn what_is_about_other_rows_the_clock_or_chance_is_refused() {
    for (sql, said) in [
        ("sum(a)", "sum looks at several rows"),
        ("first(a)", "first looks at several rows"),
        ("row_number() over (order by a)", "row_number looks at several rows"),
        ("lower(a) over ()", "lower looks at several rows"),
        ("(select a from b)", "asks for other rows"),
        ("a in (select b from c)", "asks for other rows"),
        ("exists (select 1)", "asks for other rows"),
        ("now()", "looks at the clock"),
        ("current_date", "looks at the clock"),
        ("random()", "another result each time"),
        ("unnest(string_to_array(a, ','))", "unnest looks at several rows"),
        ("string_to_array(a, ',')", "there is no function string_to_array"),
        ("lowr(a)", "there is no function lowr | did you mean lower?"),
        ("columns('a')", "columns looks at several rows"),
        ("*", "not understood"),
        ("count(*)", "count looks at several rows"),
        ("concat(*)", "* is no argument of concat"),
    ] {
        assert!(refused(sql).contains(said), "{sql}: {}", refused(sql));
    }
}

#[test]
fn what_cannot_be_meant_is_refused_in_plain_words() {
    for (sql, said) in [
        ("a > 5", "a text is compared with a number"),
        ("a = true", "a text is compared with yes or no"),
        ("a + b", "a text is calculated with"),
        ("cast(a as double) = 'x'", "a number is compared with a text"),
        ("a and b = 'x'", "a text stands beside and, or"),
        ("a in (1, 2)", "cannot be computed"),
        ("case a when 1 then b end", "a text is compared with a number"),
        ("a between 1 and 3", "a text is compared with a number"),
        ("if(a, 'x', 'y')", "cannot be computed"),
        ("round(a)", "cannot be computed"),
        ("lpad(a, 100000000)", "the width of lpad is not a number up to 1000"),
        ("lpad(a, length(b))", "the width of lpad is not a number up to 1000"),
        ("replace(a, 'x', b)", "what replace looks for and puts there is not a text"),
        ("a = null", "nothing is equal to null"),
        ("a = \"Closed\"", "there is no column \"Closed\""),
        ("a like b", "the pattern of like is not a text"),
        ("a in (b, 'x')", "the list after in holds something other"),
        ("cast(a as date) > date '2026-02-30'", "'2026-02-30' cannot be read"),
        ("cast('31.1.2026' as date)", "'31.1.2026' cannot be read"),
        ("", "the SQL is empty"),
        ("a b", "something is missing before b"),
        ("case when a = '1' then", "not understood"),
        ("a = 'x", "not understood"),
        ("a; drop table b", "something is missing before ;"),
        ("regexp_like(a, '(')", "cannot be computed"),
        ("interval '1 day'", "cannot be used here"),
        ("[a, b]", "cannot be used here"),
        ("a -> 'b'", "there is no operator"),
        ("lower()", "lower needs its arguments"),
        ("greatest()", "greatest needs its arguments"),
    ] {
        assert!(refused(sql).contains(said), "{sql}: {}", refused(sql));
    }
}

#[test]
fn as_much_as_is_allowed_fits_on_the_stack_of_a_worker() {
    let nested = |before: &str, after: &str, times| format!("{}a{}", before.repeat(times), after.repeat(times));
    let deep = [
        vec!["a = 'x'"; 250].join(" or "),
        vec!["a"; 501].join(" || "),
        format!("case {} end", "when a = '1' then b ".repeat(250)),
        vec!["cast(a as double)"; 38].join(" + "),
        format!("{}a is null", "not ".repeat(10)),
        nested("lower(", ")", 12),
        nested("case when a = 'x' then ", " end", 12),
        nested("cast(cast(", " as date) as text)", 6),
    ];
    for sql in deep {
        let small = std::thread::Builder::new().stack_size(2 << 20);
        let run = small.spawn(move || assert_eq!(gives(&sql, "x|y|z").len(), 1, "{sql}"));
        run.expect("a thread").join().expect("no overrun");
    }
    for (sql, said) in [
        (vec!["a = 'x'"; 400].join(" or "), "more than 500 operators"),
        (vec!["cast(a as double)"; 60].join(" + "), "more than 40 deep"),
        (nested("lower(", ")", 30), "brackets and cases stand in one another"),
        (nested("cast(", "", 100), "brackets and cases stand in one another"),
        (nested("cast(", "", 12), "not understood"),
        (nested("split_part(", ", '-', 1)", 10), "too much to compute"),
        (nested("replace(", &format!(", 'a', '{}')", "a".repeat(50)), 4), "too much to compute"),
        (nested("case ", &format!("{} end", " when 'x' then 'y'".repeat(20)), 10), "too much to compute"),
    ] {
        assert!(refused(&sql).contains(said), "{sql}: {}", refused(&sql));
    }
}

/// A file that has the names' first alternatives, and whatever else the SQL asks for.
fn fitted<T>(names: &[Name], mut fit: impl FnMut(&[String]) -> Result<T, MappingError>) -> T {
    let mut header: Vec<String> = names.iter().filter_map(|name| name.alternatives.first().cloned()).collect();
    loop {
        match fit(&header) {
            Ok(made) => return made,
            Err(error) => {
                let asked = error.message.strip_prefix("there is no column \"").and_then(|rest| rest.split('"').next());
                header.push(asked.unwrap_or_else(|| panic!("{error}")).to_owned());
            }
        }
    }
}

#[test]
fn sql_of_the_built_in_mappings_is_planned() {
    let mut planned = 0;
    for name in BUILT_IN.iter().map(|built_in| built_in.name) {
        let mapping = Mapping::built_in(name).expect("a name").unwrap_or_else(|errors| panic!("{errors}"));
        let mut lookups = Lookups::default();
        let place = Place { file: "f.csv", sheet: "" };
        for rule in &mapping.lookups {
            let mut builder = LookupBuilder::new(rule, &mapping, &lookups);
            fitted(&rule.names, |header| builder.begin(header, &place).map(<[usize]>::len));
            let lookup = builder.finish().0;
            lookups.insert(&rule.name, lookup);
        }
        for rule in mapping.tables.iter().flatten() {
            fitted(&rule.names, |header| Reshape::new(rule, &mapping, header, &lookups, &place));
            planned += 1;
        }
    }
    assert!(planned > 10);
}

#[test]
fn nothing_takes_the_parser_long() {
    let words = "case|not|-|interval|cast|exists|a is distinct from|case a when|when|array|between|a in|date|extract|\
                 position|a ::|trim|select|with|a collate|unnest|try_cast|convert|if|struct|row|not +|+ case|- not|case not|( not|not exists";
    for word in words.split('|') {
        for times in [12, 20, 200] {
            for end in ["", " a", " ("] {
                let begin = std::time::Instant::now();
                refused(&format!("{}{end}", format!("{word} ").repeat(times)));
                assert!(begin.elapsed().as_secs() < 5, "{word} {times}");
            }
        }
    }
}
