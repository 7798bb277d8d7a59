//! Figures of reports: the path, programs beside each other, caseloads, overdue work. They say what the metrics say, tell
//! nothing small outside the agency, and stand whatever the agency is like.

use crate::document;
use crate::project_folder::{Folder, shared};
use serde_json::Value;
use std::collections::BTreeMap;

const OUT: &str = "out/2026-06";

fn document(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.read(&format!("{OUT}/{name}.json"))).expect("a document")
}

/// Every table of the document, those of figures too, by name.
fn tables(document: &Value) -> BTreeMap<String, Vec<BTreeMap<String, Value>>> {
    document::tables(document)
        .map(|table| {
            let rows = document::rows(table).map(|row| row.into_iter().collect()).collect();
            (table["name"].as_str().expect("a name").to_owned(), rows)
        })
        .collect()
}

fn text<'a>(row: &'a BTreeMap<String, Value>, heading: &str) -> &'a str {
    row[heading]["text"].as_str().expect("text")
}

fn number(row: &BTreeMap<String, Value>, heading: &str) -> f64 {
    row[heading]["value"].as_f64().unwrap_or_else(|| panic!("{heading}: {row:?}"))
}

/// The estimates of a metric by one dimension: value → estimate.
fn by(folder: &Folder, metric: &str, dimension: &str, period: &str, statistic: &str) -> BTreeMap<String, Value> {
    let words = ["metrics", "compute", metric, "--by", dimension, "--period", period, "--format", "json"];
    let all = folder.attain(&words).expect(0).json();
    let all = all.as_array().expect("an array").iter().filter(|e| e["statistic"] == statistic);
    all.map(|e| (e["group"][dimension].as_str().unwrap_or("").to_owned(), e.clone())).collect()
}

#[test]
fn the_path_holds_in_each_stage_those_who_went_on_from_the_one_before() {
    let document = document(shared(), "monthly-review");
    let rows = &tables(&document)["client-path-stages"];
    let of = |stage: &str, what: &str| {
        let row = rows.iter().find(|row| text(row, "Stage") == stage && text(row, "What became of them") == what);
        number(row.unwrap_or_else(|| panic!("no {stage}, {what}")), "Count")
    };
    let stages = [
        ("Referral", "taken in", "still waiting", "left"),
        ("Intake", "served", "still waiting", "left"),
        ("First service", "set a goal", "still waiting", "left"),
        ("Goals", "completed", "still enrolled", "left otherwise"),
    ];
    for (i, (stage, next, waiting, left)) in stages.into_iter().enumerate() {
        let all = of(stage, "all");
        assert!((of(stage, next) + of(stage, waiting) + of(stage, left) - all).abs() < 1e-9, "{stage}");
        if let Some((after, ..)) = stages.get(i + 1) {
            assert_eq!(of(stage, next), of(after, "all"), "{stage}");
        }
        let reasons = rows.iter().filter(|row| {
            text(row, "Stage") == stage && text(row, "What became of them").starts_with(&format!("{left}: "))
        });
        assert_eq!(reasons.map(|row| number(row, "Count")).sum::<f64>(), of(stage, left), "{stage}");
    }
    // The same as the metric says, and of people: many are referred, not all of them complete.
    let metric = by(shared(), "client_path", "stage", "2025-04-01..2026-04-01", "median_days");
    assert_eq!(of("Referral", "all"), metric["referral"]["denominator"].as_f64().expect("a number"));
    assert_eq!(of("Goals", "completed"), metric["goals"]["events"].as_f64().expect("a number"));
    assert!(of("Referral", "all") > of("Goals", "completed") && of("Goals", "completed") > 0.0);
    let lead =
        document::blocks(&document).find(|block| block["kind"] == "lead").expect("a lead")["phrases"].to_string();
    assert!(
        lead.contains("The longest wait for something to begin is in the stage")
            && lead.contains("More people left in the stage"),
        "{lead}"
    );
}

#[test]
fn programs_stand_once_and_as_the_metrics_have_them() {
    let document = document(shared(), "monthly-review");
    let tables = tables(&document);
    for (name, rows) in tables.iter().filter(|(name, _)| name.ends_with("-funnel") || name.ends_with("-targets")) {
        let mut programs: Vec<&str> = rows.iter().map(|row| text(row, "Program")).collect();
        let all = programs.len();
        programs.dedup();
        assert!(all == 4 && programs.len() == 4, "{name}: {programs:?}");
    }
    // Limits and places are those of `attain metrics groups`.
    let words =
        ["metrics", "groups", "goal_attainment", "--by", "program", "--period", "rolling-12", "--format", "json"];
    let groups = shared().attain(&[&words[..], &["--unadjusted"]].concat()).expect(0).json();
    let funnel = &tables["goal-attainment-funnel"];
    for group in groups["groups"].as_array().expect("groups").iter().filter(|group| group["group"].is_string()) {
        let n = group["denominator"].as_f64().expect("a number");
        let row = funnel.iter().find(|row| number(row, "Denominator") == n).expect("the program's row");
        for (heading, key) in [("95% limit from", "limit_95_lower"), ("99.8% limit to", "limit_998_upper")] {
            assert!((number(row, heading) - group[key].as_f64().expect("a limit")).abs() < 1e-12, "{row:?}");
        }
        let within = group["position"] == "within";
        assert_eq!(within, text(row, "Position") == "within", "{row:?}");
    }
    let months = &tables["goal-attainment-history"];
    assert_eq!(months.len(), 4 * 24);
}

#[test]
fn overdue_work_and_caseloads_are_counted_as_the_metrics_count_them() {
    let tables = tables(&document(shared(), "monthly-review"));
    let programs = BTreeMap::from([
        ("Harbor Housing", "PRG1"),
        ("Fresh Start", "PRG2"),
        ("Safe at Home", "PRG3"),
        ("Golden Years", "PRG4"),
    ]);
    for (heading, of, metric, month) in [
        ("Open cases without a current plan, Jun 2026", "open enrollments", "plan_current", "2026-06"),
        ("Recent exits still to be followed up, Jun 2026", "recent exits", "follow_up_due", "2026-06"),
        ("Exits that nobody followed up within 30 days, May 2026", "exits", "follow_up_within_30_days", "2026-05"),
    ] {
        let found = by(shared(), metric, "program", month, "share");
        let mut sum = 0.0;
        for (name, id) in &programs {
            let row = tables["overdue-work"].iter().find(|row| text(row, "Program") == *name).expect("a row");
            let (met, n) =
                (found[*id]["numerator"].as_f64().expect("n"), found[*id]["denominator"].as_f64().expect("n"));
            assert_eq!(number(row, heading), n - met, "{name} {metric}");
            assert_eq!(number(row, &format!("Of how many {of}")), n, "{name} {metric}");
            sum += n - met;
        }
        let all = tables["overdue-work"].last().expect("a sum");
        assert!(text(all, "Program") == "All programs" && number(all, heading) == sum && sum > 0.0, "{all:?}");
    }
    let carried = by(shared(), "caseload", "case_manager", "2026-06", "mean");
    let people: Vec<&Value> = carried.iter().filter(|(id, _)| !id.is_empty()).map(|(_, estimate)| estimate).collect();
    let dots = &tables["caseload-case-managers"];
    assert!(dots.len() == people.len() && dots.len() > 5);
    let told: f64 = dots.iter().map(|row| number(row, "Value (cases)")).sum();
    let counted: f64 = people.iter().filter_map(|estimate| estimate["estimate"].as_f64()).sum();
    assert!((told - counted).abs() < 1e-9);
}

/// A definition with every figure that could tell of few people.
const EVERYTHING: &str = r#"title = "Everything"
history_months = 12
baseline_months = 12
recent_months = 12
appendix = []
[[scorecard]]
group = "Goals"
metric = "goal_attainment"
[[sections]]
heading = "Targets"
figures = ["targets"]
[[sections]]
heading = "Path"
metric = "client_path"
follow_up_days = 90
figures = ["client_path"]
[[sections]]
heading = "Goals"
metric = "goal_attainment"
figures = ["program_targets", "program_funnel", "program_history", "case_manager_funnel", "programs"]
[[sections]]
heading = "Returns"
metric = "recidivism"
figures = ["program_funnel", "program_targets"]
[[sections]]
heading = "Caseloads"
metric = "caseload"
figures = ["caseloads"]
[[sections]]
heading = "Overdue"
overdue = ["plan_current", "follow_up_due", "follow_up_within_30_days", "referral_closed"]
"#;

fn with_everything(folder: &Folder, audience: &str) {
    let mut toml = folder.read_text("attain.toml");
    toml.push_str(&format!("\n[[reports]]\ndefinition = \"everything\"\naudience = \"{audience}\"\n"));
    folder.write("attain.toml", &toml);
    folder.write("reports/everything.report.toml", EVERYTHING);
}

#[test]
fn outside_the_agency_figures_tell_no_small_count_and_nothing_of_single_people() {
    let folder = Folder::ingested();
    with_everything(&folder, "funder");
    folder.attain(&["report", "everything", "--period", "2026-06"]).expect(0);
    let document = document(&folder, "everything-funder");
    let tables = tables(&document);
    for within in ["client-path-stages", "goal-attainment-case-manager-funnel", "caseload-case-managers"] {
        assert!(!tables.contains_key(within), "{within} is for the agency only");
    }
    let mut looked_at = 0;
    let mut withheld = 0;
    for (name, rows) in &tables {
        for (heading, cell) in rows.iter().flatten() {
            withheld += usize::from(cell["text"] == "withheld");
            if cell["format"] == "count" && heading != "Figures" {
                looked_at += 1;
                let n = cell["value"].as_f64().unwrap_or(0.0);
                assert!(n == 0.0 || n >= 11.0, "{name}, {heading}: {cell}");
            }
            // "12 of 84" tells two counts, and a third.
            if let Some((part, all)) = cell["text"].as_str().and_then(|text| text.split_once(" of ")) {
                let counts: Vec<f64> =
                    [part, all].iter().map(|n| n.replace(',', "").parse().expect("a count")).collect();
                let small = |n: f64| n > 0.0 && n < 11.0;
                assert!(!small(counts[0]) && !small(counts[1] - counts[0]), "{name}, {heading}: {cell}");
            }
        }
    }
    assert!(looked_at > 20 && withheld > 5, "{looked_at} counts, {withheld} withheld");
    // Nothing that is drawn says more than its numbers: a withheld program has no place in a funnel.
    for figure in document::blocks(&document).map(|block| &block["figure"]).filter(|figure| figure.is_object()) {
        let name = figure["table"]["name"].as_str().expect("a name");
        let rows = &tables[name];
        let gone = rows.iter().filter(|row| row.values().any(|cell| cell["text"] == "withheld")).count();
        if name.ends_with("-funnel") {
            let marks = figure["alt"].as_str().expect("words");
            assert!(marks.contains(&format!("{} shown", rows.len() - gone)), "{marks}");
        }
    }
}

#[test]
fn a_figure_that_cannot_be_is_refused_with_its_place_and_what_can_be() {
    let folder = Folder::sample();
    with_everything(&folder, "internal");
    for (from, to, said) in [
        (
            "figures = [\"caseloads\"]",
            "figures = [\"program_funnel\"]",
            "the section \"Caseloads\": caseload cannot have the figure program_funnel",
        ),
        (
            "figures = [\"caseloads\"]",
            "figures = [\"share_by_day\"]",
            "it can have trend, programs, program_targets, program_history, caseloads",
        ),
        (
            "figures = [\"targets\"]",
            "figures = [\"trend\"]",
            "the section \"Targets\": has figures, and no metric that they are of: trend",
        ),
        ("figures = [\"targets\"]", "figures = [\"target\"]", "unknown variant `target`"),
        (
            "metric = \"goal_attainment\"\n[[sections]]",
            "metric = \"client_path\"\n[[sections]]",
            "client_path has stages and no figure of its own",
        ),
        ("figures = [\"client_path\"]", "", "client_path is told by its figure: figures = [\"client_path\"]"),
        ("\"referral_closed\"", "\"goal_attainment\"", "goal_attainment does not say what is overdue"),
        (
            "heading = \"Goals\"\n",
            "heading = \"Goals\"\nfollow_up_days = 30\n",
            "goal_attainment stands on the first page",
        ),
    ] {
        assert!(EVERYTHING.contains(from), "{from}");
        folder.write("reports/everything.report.toml", &EVERYTHING.replace(from, to));
        // Before anything is read.
        let wrong = folder.attain(&["run", "."]).expect(2);
        assert!(wrong.said.contains(said) && wrong.said.contains("reports/everything.report.toml"), "{}", wrong.said);
    }
}

/// The sample's cases over so many programs with names as long as contracts are.
fn spread_over(count: usize) -> Folder {
    let folder = Folder::sample();
    let long = "Multidisciplinary Intensive Outpatient Treatment & Family Reunification Program";
    let mut programs = String::from("program_id,name,setting,service_start_days\n");
    for at in 0..count {
        let name = if at % 3 == 0 { format!("{long} {at}") } else { format!("Program {at}") };
        programs.push_str(&format!("PRG{at},{name},probation,14\n"));
    }
    folder.write("exports/programs.csv", &programs);
    let enrollments = folder.read_text("exports/enrollments.csv");
    let mut lines = enrollments.lines();
    let header = lines.next().expect("a header");
    let column = header.split(',').position(|name| name == "program_id").expect("the column");
    let mut spread = format!("{header}\n");
    for (at, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Some(cell) = cells.get_mut(column).filter(|cell| cell.starts_with("PRG")) {
            *cell = format!("PRG{}", at * (at % 7 + 1) % count);
        }
        spread.push_str(&cells.join(","));
        spread.push('\n');
    }
    folder.write("exports/enrollments.csv", &spread);
    folder
}

#[test]
fn one_program_and_forty_have_a_report() {
    for count in [1, 40] {
        let folder = spread_over(count);
        with_everything(&folder, "internal");
        folder.attain(&["ingest", "."]).expect(0);
        folder.attain(&["report", "everything", "--period", "2026-06"]).expect(0);
        let document = document(&folder, "everything");
        let tables = tables(&document);
        let history = &tables["goal-attainment-history"];
        assert!(history.len() >= count * 6 && history.len() <= count * 12, "{}", history.len());
        let words = document::blocks(&document).map(|block| block["phrases"].to_string()).collect::<String>();
        if count == 1 {
            // A program alone has nothing to stand beside.
            assert!(
                words.contains("by more than chance cannot be told") && !tables.contains_key("goal-attainment-funnel")
            );
        } else {
            assert!(
                tables["goal-attainment-funnel"].len() > 20 && words.contains("not held against the limits"),
                "{words}"
            );
        }
        assert!(folder.read(&format!("{OUT}/everything.pdf")).starts_with(b"%PDF-"));
    }
}
