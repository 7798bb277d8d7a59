//! Queries: mistakes are placed, nothing but reading is allowed, the engine keeps to its memory, threads change nothing.
//!
//! Long because each promise of the engine is tried on its own.

use crate::examples::session_over;
use arrow::array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use attain::measure::examples::run::{everything, write};
use attain::measure::{Catalogue, Estimate, Metric, People, Request, Study, Targets};
use attain::project::{FiscalYear, Period, PeriodWord};
use attain::query::{Bindings, Engine, Format, Limits, QueryError, QueryFile, render, scalar};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The error of a query over empty tables.
fn mistake(text: &str, given: &[(&str, i64)]) -> QueryError {
    let session = session_over(&BTreeMap::new());
    let bindings: Bindings = given
        .iter()
        .map(|(name, value)| ((*name).to_string(), scalar(&toml::Value::Integer(*value)).expect("a scalar")))
        .collect();
    let query = match QueryFile::parse("queries/own/q.sql", text) {
        Ok(query) => query,
        Err(error) => return error,
    };
    session.engine.run(&query, &bindings).expect_err("it is wrong")
}

#[test]
fn a_mistake_in_sql_is_placed_with_a_caret_and_the_nearest_name() {
    for (text, place, said, hint) in [
        ("select\n    e.enrolment_id\nfrom enrollments as e", (2, 5), "enrolment_id", Some("enrollment_id")),
        ("/*---\ntitle = \"x\"\n---*/\nselect enrollment_id\nfrom enrolments", (5, 6), "enrolments", None),
        (
            "select enrollment_id\nfrom enrollments\nwhere coalesc(exited_on, intake_on) is null",
            (3, 7),
            "coalesc",
            Some("coalesce"),
        ),
        ("select (enrollment_id\nfrom enrollments", (2, 1), "from", None),
        ("selct enrollment_id from enrollments", (1, 1), "selct", None),
        ("select client_id\nfrom clients as c\ncross join enrollments as e", (1, 8), "client_id", None),
    ] {
        let error = mistake(text, &[]);
        let shown = error.to_string();
        assert_eq!(error.place, Some(place), "{text}\n{shown}");
        let (line, column) = place;
        assert!(shown.starts_with(&format!("queries/own/q.sql:{line}:{column}: ")), "{shown}");
        assert!(error.picture.as_deref().is_some_and(|p| p.contains('^')), "{shown}");
        assert!(shown.contains(said), "{shown}");
        if let Some(hint) = hint {
            assert!(shown.contains(hint), "{shown}");
        }
        assert!(!shown.contains("DataFusion") && !shown.contains("backtrace"), "{shown}");
    }
}

#[test]
fn a_placeholder_without_a_value_and_a_value_without_a_placeholder_are_placed() {
    let text = "select service_id\nfrom services\nwhere minutes > $least";
    let error = mistake(text, &[]);
    assert_eq!((error.place, error.message.as_str()), (Some((3, 17)), "$least has no value"));
    assert!(error.hint.as_deref().is_some_and(|h| h.contains("--param least=")), "{error}");

    let error = mistake(text, &[("least", 2), ("most", 9)]);
    assert_eq!(error.message, "parameter most is given but $most is not used");

    let header = "/*---\nparameters = { least = 2, most = 9 }\n---*/\n";
    let error = mistake(&format!("{header}{text}"), &[("least", 2), ("most", 9)]);
    assert_eq!((error.place, error.message.as_str()), (Some((2, 27)), "parameter most is given but $most is not used"));
}

#[test]
fn the_place_of_an_unused_parameter_is_its_key() {
    let text = "/*---\ntitle = \"n\"\n[parameters]\nin_n = 1\nn = 2\n---*/\nselect service_id from services where minutes > $in_n";
    let error = mistake(text, &[("in_n", 1), ("n", 2)]);
    assert_eq!((error.place, error.message.as_str()), (Some((5, 1)), "parameter n is given but $n is not used"));
}

#[test]
fn a_small_table_is_replaced_however_alike() {
    let session = session_over(&BTreeMap::new());
    let query = QueryFile::parse("q", "select o.n from own as o where o.n >= 5").expect("parses");
    for n in [1i64, 7, 2, 9] {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![n]));
        session
            .engine
            .add_table("own", &RecordBatch::try_from_iter([("n", column)]).expect("a table"))
            .expect("written");
        let found = session.engine.run(&query, &Bindings::new()).expect("runs");
        assert_eq!(found.text(0, 0), (n >= 5).then(|| n.to_string()));
    }
}

#[test]
fn nothing_but_reading_is_allowed() {
    for text in [
        "insert into clients (client_id) values ('C1')",
        "update clients set gender = 'x'",
        "delete from clients",
        "create table own as select client_id from clients",
        "create view own as select client_id from clients",
        "create external table own stored as csv location '/tmp/own.csv'",
        "copy clients to '/tmp/clients.csv' stored as csv",
        "copy (select client_id from clients) to 'clients.parquet'",
        "drop table clients",
        "set datafusion.execution.batch_size = 1",
        "select client_id from clients; select client_id from clients",
        "select client_id from clients; drop table clients",
        "with x as (select client_id from clients) insert into clients select client_id from x",
        "prepare own as select client_id from clients",
        "begin",
        "",
        "-- nothing",
    ] {
        let session = session_over(&BTreeMap::new());
        let query = QueryFile::parse("queries/own/q.sql", text).expect("no header to be wrong");
        let error = session.engine.run(&query, &Bindings::new()).expect_err(text);
        assert!(!error.message.is_empty(), "{text}");
        let all = QueryFile::parse("q", "select count(*) as n from clients").expect("parses");
        assert_eq!(
            session.engine.run(&all, &Bindings::new()).expect("still there").text(0, 0).as_deref(),
            Some("0"),
            "{text}"
        );
    }
}

#[test]
fn a_file_of_this_machine_is_no_table() {
    for text in [
        "select * from '/etc/passwd'",
        "select * from 'clients.parquet'",
        "select table_name from information_schema.tables",
    ] {
        mistake(text, &[]);
    }
}

const HEADER: &str =
    "title = \"t\"\nquestion = \"q\"\nkind = \"proportion\"\ngrain = \"g\"\ndirection = \"higher\"\nperiod = \"p\"\n";

#[test]
fn a_mistake_in_the_header_is_placed_in_the_file() {
    let of = |header: &str| {
        let text = format!("/*---\n{header}---*/\nselect 1");
        Metric::parse("queries/own/m.sql", &text, false).expect_err("it is wrong")
    };
    let replaced = |from: &str, to: &str| of(&HEADER.replace(from, to));
    let error = replaced("direction = \"higher\"", "direction = \"up\"");
    assert_eq!(error.place.map(|(line, _)| line), Some(6), "{error}");
    assert!(error.message.contains("higher") && error.message.contains("lower"), "{error}");
    let error = of(&format!("{HEADER}tilte = \"x\"\n"));
    assert_eq!(error.place, Some((8, 1)), "{error}");
    assert!(error.message.contains("tilte"), "{error}");
    let error = of(&format!("{HEADER}headline = \"shares\"\n"));
    assert_eq!(error.place.map(|(line, _)| line), Some(8), "{error}");
    let error = of(&format!("{HEADER}horizons = [7,\n"));
    assert!(error.place.is_some(), "{error}");
    let error = of(&format!("{HEADER}headline = \"share_by_day.14\"\n"));
    assert!(error.message.contains("horizons"), "{error}");
    let error = of(&format!("{HEADER}resolution = 0\n"));
    assert!(error.message.contains("resolution"), "{error}");
    let error = replaced("grain = \"g\"\n", "");
    assert!(error.message.contains("grain"), "{error}");
    let error = replaced("proportion", "duration");
    assert!(error.message.contains("events"), "{error}");
    let error = Metric::parse("queries/own/m.sql", "/*---\ntitle = \"t\"\nselect 1", false).expect_err("never closed");
    assert_eq!(error.place, Some((1, 1)), "{error}");
    let error = Metric::parse("queries/own/m.sql", "select 1", false).expect_err("no header");
    assert!(error.to_string().contains("queries/README.md"), "{error}");
}

/// What a metric of the project's own with this body and header says.
fn estimated(header: &str, body: &str, parameters: &str, by: &[&str]) -> Result<Vec<Estimate>, QueryError> {
    let text = format!("/*---\n{header}---*/\n{body}");
    let catalogue = Catalogue::load(&[("queries/own/m.sql".into(), text)])?;
    let session = session_over(&BTreeMap::new());
    let set: toml::Table = parameters.parse().expect("toml");
    let study = Study {
        engine: &session.engine,
        catalogue: &catalogue,
        as_of: "2026-06-30".parse().expect("a date"),
        collected: &everything(),
        parameters: &BTreeMap::from([("m".to_string(), set)]),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: attain::measure::NotCollected::default(),
    };
    let june = Period::month_of("2026-06-01".parse().expect("a date"));
    let by = by.iter().map(|name| (*name).to_owned()).collect();
    let request = Request { metric: "m", periods: &[june], breakdowns: &[by], curve_to: None };
    study.compute(&request)
}

fn computed(header: &str, body: &str, parameters: &str) -> Result<usize, QueryError> {
    estimated(header, body, parameters, &[]).map(|estimates| estimates.len())
}

/// Fourteen waits of four people who were served and two who were not yet, and as many contacts and events: the release step
/// is told how many people they are.
#[test]
fn who_the_units_are_of_is_known_of_every_kind() {
    // Of c1 to c4 three each are served; two of c5 and c6, one each, are not.
    let units: Vec<String> = (0..14)
        .map(|i| {
            let (client, outcome) = if i < 12 { (1 + i % 4, "served") } else { (i - 7, "censored") };
            format!("('c{client}', date '2026-06-{:02}', {}, '{outcome}', {})", 1 + i, 5 + i, i64::from(i < 12))
        })
        .collect();
    let from = format!("from (values {}) as unit(client_id, on_date, days, outcome, events)", units.join(", "));
    let header = |kind: &str, more: &str| {
        format!(
            "title = \"t\"\nquestion = \"q\"\nkind = \"{kind}\"\ngrain = \"wait\"\ndirection = \"higher\"\nperiod = \"p\"\n{more}"
        )
    };
    let of = |all, met, unmet| People { all, met, unmet, unknown: Some(0), excluded: Some(0) };
    for (kind, more, columns, people) in [
        (
            "duration",
            "events = [\"served\"]\nhorizons = [14]\n",
            "client_id, on_date, days, outcome",
            // Two of those served waited longer than two weeks.
            of(6, Some(4), Some(4)),
        ),
        ("count", "", "client_id, on_date", People { all: 6, ..People::default() }),
        ("rate", "", "client_id, on_date, events, 30 as exposure_days", of(6, Some(4), None)),
        ("proportion", "", "client_id, on_date, events = 1 as met", of(6, Some(4), Some(2))),
    ] {
        let found = estimated(&header(kind, more), &format!("select {columns} {from}"), "", &[]).expect("estimates");
        assert!(!found.is_empty());
        for estimate in found {
            assert_eq!(estimate.people, Some(people), "{kind}: {}", estimate.statistic.name());
        }
    }
    // Of several days and ways out only the headline is told: here four had withdrawn or were still waiting by day 7.
    let more = "events = [\"served\"]\ncompeting = [\"withdrew\"]\nhorizons = [7, 60]\nheadline = \"share_by_day.7\"\n";
    let waits = (1..=15).map(|i| {
        let (days, outcome) = if i <= 11 {
            (i.min(7), "served")
        } else if i == 12 {
            (3, "withdrew")
        } else {
            (20, "served")
        };
        format!("('c{i}', date '2026-06-01', {days}, '{outcome}')")
    });
    let waits = waits.collect::<Vec<_>>().join(", ");
    let waits = format!("select * from (values {waits}) as unit(client_id, on_date, days, outcome)");
    let found = estimated(&header("duration", more), &waits, "", &[]).expect("estimates");
    assert!(found.iter().all(|e| e.people == Some(of(15, Some(11), Some(4)))), "{:?}", found[0].people);
    // Events of a kind have no exposure of their own, and are of those who had them.
    let more = "dimensions = [\"partner\"]\nevent_dimensions = [\"partner\"]\n";
    let of_partners = format!(
        "select client_id, on_date, 0 as events, 30 as exposure_days, null as partner {from}
         union all select client_id, on_date, events, 0 as exposure_days, 'school' as partner {from} where events = 1"
    );
    let found = estimated(&header("rate", more), &of_partners, "", &["partner"]).expect("estimates");
    let of_school: Vec<_> = found.iter().filter(|e| e.group.value("partner") == Some("school")).collect();
    assert_eq!(of_school.len(), 1);
    assert_eq!(of_school[0].people, Some(of(4, Some(4), None)));
}

#[test]
fn a_metric_that_does_not_fit_its_kind_says_what_it_lacks() {
    let right = "select enrollment_id, exited_on as on_date, exit_reason = 'completed' as met from enrollments";
    assert_eq!(computed(HEADER, right, ""), Ok(1));
    for (header, body, set, said) in [
        (HEADER, "select enrollment_id, exited_on as on_date from enrollments", "", "met"),
        (HEADER, "select exited_on as on_date, true as met from enrollments", "", "enrollment_id or client_id"),
        (HEADER, "select enrollment_id, true as met from enrollments", "", "on_date or by period_id"),
        (
            HEADER,
            "select enrollment_id, exited_on as on_date, 1 as met from enrollments",
            "",
            "the column met is true or false; the query gives Int64",
        ),
        (
            &format!("{HEADER}dimensions = [\"outcome\"]\n"),
            "select enrollment_id, exited_on as on_date, true as met, exit_reason as outcome from enrollments",
            "",
            "a breakdown cannot be called outcome",
        ),
        (HEADER, right, "least = 2", "[metrics.m] least: is no parameter"),
        (
            &format!("{HEADER}parameters = {{ least = 2 }}\n"),
            right,
            "",
            "parameter least is given but $least is not used",
        ),
        (&format!("{HEADER}parameters = {{ least = [2] }}\n"), right, "", "parameter least is a list"),
        (HEADER, "select enrollment_id, exited_on as on_date, $x as met from enrollments", "", "$x has no value"),
    ] {
        let error = computed(header, body, set).expect_err(body);
        assert!(error.to_string().contains(said), "{error}");
    }
    let header = format!("{HEADER}parameters = {{ least = 2 }}\n");
    let body = "select enrollment_id, provided_on as on_date, minutes >= $least as met from services";
    assert_eq!(computed(&header, body, "least = 3"), Ok(1));
    let error = computed(&header, body, "least = \"three\"").expect_err("a text is no number");
    assert!(error.message.contains("is a whole number, not a text"), "{error}");
}

/// A cluster runs neither, and neither is needed: days come from `calendar`.
#[test]
fn no_metric_uses_what_a_cluster_cannot_run() {
    for metric in Catalogue::load(&[]).expect("built-in metrics").all() {
        let words = metric.query.text.to_lowercase();
        let words: Vec<&str> =
            words.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        for forbidden in
            ["generate_series", "unnest", "recursive", "lateral", "random", "now", "current_date", "current_timestamp"]
        {
            assert!(!words.contains(&forbidden), "{} uses {forbidden}", metric.name);
        }
    }
}

/// Enrollments with services, more than the engine may hold at once.
fn many_services(folder: &Path, rows: i64) {
    let text =
        |f: &dyn Fn(i64) -> String| -> ArrayRef { Arc::new((0..rows).map(|i| Some(f(i))).collect::<StringArray>()) };
    // Neighbours differ, so that no sort finds the rows in order.
    let shuffled = |i: i64| i * 7_919 % rows;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("service_id", text(&|i| format!("service {:060}", shuffled(i)))),
        ("enrollment_id", text(&|i| format!("enrollment {:060}", shuffled(i) / 3))),
        (
            "provided_on",
            Arc::new(Date32Array::from_iter_values((0..rows).map(|i| 20_000 + (shuffled(i) % 700) as i32))),
        ),
        ("minutes", Arc::new(Int64Array::from_iter_values((0..rows).map(|i| i % 90)))),
    ];
    write(folder, "services", &RecordBatch::try_from_iter(columns).expect("columns of one length")).expect("written");
}

fn open(folder: &Path, threads: usize, memory: usize) -> Engine {
    let scratch = folder.join(format!("scratch-{threads}-{memory}"));
    Engine::open(folder, &Limits { memory, threads, scratch }).expect("opens")
}

#[test]
fn what_does_not_fit_in_memory_goes_to_disk_and_comes_out_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    many_services(folder.path(), 300_000);
    let roomy = open(folder.path(), 2, 1 << 30);
    // On one thread: of two that sort at the same time, one can find less room than its first batch takes.
    let tight = open(folder.path(), 1, 32 << 20);
    for text in [
        "select s.service_id, s.enrollment_id, s.minutes from services as s order by s.service_id",
        "select s.enrollment_id, count(*) as n, max(s.service_id) as last_service from services as s group by s.enrollment_id order by s.enrollment_id",
    ] {
        let query = QueryFile::parse("q", text).expect("parses");
        let (all, spilled) = (roomy.run(&query, &Bindings::new()), tight.run(&query, &Bindings::new()));
        let (all, spilled) = (all.expect("with room"), spilled.expect("with little room"));
        assert!(all.count() >= 100_000);
        let size: usize = all.batches.iter().flat_map(RecordBatch::columns).map(Array::get_buffer_memory_size).sum();
        assert!(size > 32 << 20, "{size} bytes fit");
        assert!(render(&all, Format::Csv) == render(&spilled, Format::Csv), "{text}");
        // The proof that it did not fit: the engine says how often it went to disk.
        let told = QueryFile::parse("q", &format!("explain analyze {text}")).expect("parses");
        let told = tight.run(&told, &Bindings::new()).expect("explained");
        let told = String::from_utf8(render(&told, Format::Csv).expect("text")).expect("text");
        let spills = told.split("spill_count=").skip(1).any(|rest| !rest.starts_with('0'));
        assert!(spills, "nothing went to disk:\n{told}");
    }
}

#[test]
fn the_scratch_folder_goes_with_the_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    many_services(folder.path(), 10);
    let engine = open(folder.path(), 1, 1 << 20);
    let scratch = folder.path().join(format!("scratch-1-{}", 1 << 20));
    assert!(scratch.is_dir());
    drop(engine);
    assert!(!scratch.exists());
}

/// Every metric of the sample, broken down, on one thread and on four.
#[test]
fn threads_change_no_byte() {
    let sample = crate::truth::Sample::open();
    let word: PeriodWord = "FY2026".parse().expect("a period");
    let july = FiscalYear::starting_in(7).expect("a month");
    let year = word.resolve(sample.as_of, sample.as_of, july);
    let months = year.months_up_to(12);
    let bytes = |threads: usize| -> String {
        let scratch = sample.folder().join(format!("scratch-{threads}"));
        let limits = Limits { memory: 256 << 20, threads, scratch };
        let engine = Engine::open(&sample.snapshot, &limits).expect("opens");
        let project = attain::project::Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data"))
            .expect("a project");
        let study = Study {
            engine: &engine,
            catalogue: &sample.catalogue,
            as_of: sample.as_of,
            collected: &sample.collected,
            parameters: &BTreeMap::new(),
            targets: &Targets::default(),
            complete_from: &BTreeMap::new(),
            not_collected: attain::measure::NotCollected::default(),
        };
        study.add_instruments(&project.instruments).expect("written");
        let mut text = String::new();
        for metric in sample.catalogue.names() {
            let breakdowns = [vec![], vec!["program".to_string()]];
            let request = Request { metric, periods: &months, breakdowns: &breakdowns, curve_to: None };
            for estimate in study.compute(&request).unwrap_or_else(|error| panic!("{error}")) {
                text.push_str(&serde_json::to_string(&estimate).expect("json"));
                text.push('\n');
            }
        }
        text
    };
    let (one, four) = (bytes(1), bytes(4));
    assert!(one.lines().count() > 1_000);
    let differing: Vec<(&str, &str)> = one.lines().zip(four.lines()).filter(|(a, b)| a != b).take(3).collect();
    assert!(one == four, "{differing:#?}");
}

/// Neither a second breakdown nor a span that is no whole month changes a month's figure for everybody.
#[test]
fn what_else_is_asked_for_changes_no_byte() {
    let sample = crate::truth::Sample::open();
    let june = Period::month_of("2026-06-01".parse().expect("a date"));
    let days = Period::days("2026-05-10".parse().expect("a date"), "2026-06-20".parse().expect("a date"));
    let project =
        attain::project::Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")).expect("a project");
    let study = Study {
        engine: &sample.engine,
        catalogue: &sample.catalogue,
        as_of: sample.as_of,
        collected: &sample.collected,
        parameters: &BTreeMap::new(),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: attain::measure::NotCollected::default(),
    };
    study.add_instruments(&project.instruments).expect("written");
    let everybody = |metric: &str, periods: &[Period], breakdowns: &[Vec<String>]| -> Vec<String> {
        let estimates = study.compute(&Request { metric, periods, breakdowns, curve_to: None }).expect("it computes");
        let of_june = estimates.iter().filter(|e| e.group.is_everybody() && e.period.label == june.label);
        of_june.map(|estimate| serde_json::to_string(estimate).expect("json")).collect()
    };
    for metric in sample.catalogue.names() {
        let alone = everybody(metric, std::slice::from_ref(&june), &[vec![]]);
        let (wide, by) = ([days.clone(), june.clone(), june.months_before(1)], [vec!["program".to_string()], vec![]]);
        assert!(!alone.is_empty());
        // Asked for twice is answered twice, with the same figures.
        assert_eq!(everybody(metric, &wide, &by), alone, "{metric}");
        let twice = everybody(metric, &[june.clone(), june.clone()], &[vec![]]);
        assert_eq!(twice, [alone.clone(), alone].concat(), "{metric}");
    }
}

/// However many groups and months are asked for, the engine reads a table as often as for one figure, and once more for what
/// is known of the unit's enrollment or client.
#[test]
fn every_metric_reads_each_table_a_bounded_number_of_times() {
    let session = session_over(&BTreeMap::new());
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    let study = Study {
        engine: &session.engine,
        catalogue: &catalogue,
        as_of: "2026-06-30".parse().expect("a date"),
        collected: &everything(),
        parameters: &BTreeMap::new(),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: attain::measure::NotCollected::default(),
    };
    study.add_instruments(&BTreeMap::new()).expect("written");
    let june = Period::month_of("2026-06-01".parse().expect("a date"));
    for metric in catalogue.all() {
        // Staff have no client of their own.
        let by: &[&str] = match metric.header.dimensions.iter().any(|own| own == "team") {
            true => &["program", "team"],
            false => &["program", "gender", "race_ethnicity", "age_group"],
        };
        let by: Vec<String> = by.iter().map(|name| (*name).to_string()).collect();
        let scans = |periods: &[Period], by: &[String]| {
            let statement = study.statement(&metric.name, periods, by).unwrap_or_else(|error| panic!("{error}"));
            statement.scans(&session.engine).expect("it plans")
        };
        let (one, all) = (scans(std::slice::from_ref(&june), &[]), scans(&june.months_up_to(36), &by));
        for (table, times) in &all {
            let joined = usize::from(matches!(table.as_str(), "enrollments" | "clients"));
            assert!(*times <= one.get(table).copied().unwrap_or(0) + joined, "{} {table}: {times}", metric.name);
            let bound =
                if matches!(table.as_str(), "services" | "assessments" | "contacts" | "referrals") { 2 } else { 8 };
            assert!(*times <= bound, "{}: {table} is read {times} times", metric.name);
        }
    }
}

#[test]
fn a_sibling_reads_the_same_snapshot_and_has_small_tables_of_its_own() {
    let session = session_over(&BTreeMap::new());
    let number = |n: i64| {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![n]));
        RecordBatch::try_from_iter([("n", column)]).expect("a batch")
    };
    let read = |engine: &Engine, text: &str| {
        let query = QueryFile::parse("queries/own/q.sql", text).expect("a query");
        engine.run(&query, &Bindings::new()).map(|rows| rows.text(0, 0))
    };
    session.engine.add_table("before", &number(1)).expect("written");
    let sibling = session.engine.sibling().expect("a sibling");
    sibling.add_table("periods", &number(2)).expect("written");
    session.engine.add_table("periods", &number(3)).expect("written");
    let n = |n: &str| Ok(Some(n.to_owned()));
    assert_eq!(read(&sibling, "select count(*) from clients"), n("0"));
    assert_eq!((read(&sibling, "select n from before"), sibling.is_added("before")), (n("1"), true));
    assert_eq!(read(&sibling, "select n from periods"), n("2"));
    assert_eq!(read(&session.engine, "select n from periods"), n("3"));
    sibling.add_table("after", &number(4)).expect("written");
    assert!(read(&session.engine, "select n from after").is_err() && !session.engine.is_added("after"));
    // What is no reading is none of a sibling's either.
    assert!(read(&sibling, "select * from generate_series(1, 2)").is_err());
}
