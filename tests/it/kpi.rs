//! Other systems' definitions as a project's own metrics (`tests/kpi`): the binary finds and tests them, and the figures
//! their examples expect are those of the scenarios they were written from, every one.

use crate::project_folder::{Folder, copy_tree};
use attain::measure::Catalogue;
use attain::measure::examples::{Example, Row, parse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where below a scenario's `expected`, and how much.
type Said = Vec<(String, Option<f64>)>;

/// A metric of the project beside the scenarios its examples are of.
struct Written {
    metric: &'static str,
    scenarios: &'static str,
    /// How far the scenario's rounded figure may be off.
    within: f64,
    /// What a row of an example says: where below the scenario's `expected`, and how much in its unit.
    says: fn(&Drawn) -> Said,
}

const WRITTEN: [Written; 10] = [
    Written {
        metric: "primero/closure_reasons",
        scenarios: "primero_closure_reasons",
        within: 0.005,
        says: |row| {
            let reason = match row.cell("reason") {
                Some("completed") => "overall_goal_of_the_case_plan",
                Some("moved") => "relocation_of_child_to_an_area",
                reason => reason.expect("a reason"),
            };
            vec![(format!("{reason}/{}", row.sex()), row.percent())]
        },
    },
    Written {
        metric: "primero/follow_ups_per_case",
        scenarios: "primero_followups_per_case",
        within: 1e-9,
        says: |row| vec![("average".to_owned(), row.number("estimate"))],
    },
    Written {
        metric: "primero/less_impacted",
        scenarios: "primero_less_impacted",
        within: 0.005,
        says: |row| row.both("clients_report_less_impacted", "clients_report_equally_or_more_severely_impacted"),
    },
    Written {
        metric: "primero/open_to_close",
        scenarios: "primero_open_to_close",
        within: 1e-9,
        says: |row| vec![(row.band(), row.number("estimate"))],
    },
    Written {
        metric: "primero/plan_completed_and_approved",
        scenarios: "primero_plan_completed_and_approved",
        within: 0.001,
        says: |row| vec![("completed_and_approved".to_owned(), row.number("estimate"))],
    },
    Written {
        metric: "primero/successful_referrals",
        scenarios: "primero_referral_completion",
        within: 0.005,
        says: |row| row.both("implemented", "not_implemented"),
    },
    Written {
        metric: "primero/referrals_per_case",
        scenarios: "primero_referrals_per_case",
        within: 1e-9,
        says: |row| vec![("average".to_owned(), row.number("estimate"))],
    },
    Written {
        metric: "primero/reporting_delay",
        scenarios: "primero_reporting_delay",
        within: 0.0,
        // Incidents, not shares.
        says: |row| vec![(row.band(), row.number("numerator"))],
    },
    Written {
        metric: "primero/satisfied_cases",
        scenarios: "primero_satisfaction_rate",
        within: 1e-9,
        says: |row| vec![("rate".to_owned(), row.number("estimate"))],
    },
    Written {
        metric: "gas/gas_t_score",
        scenarios: "gas_t_score",
        within: 1e-5,
        says: |row| vec![(String::new(), row.number("estimate"))],
    },
];

/// A metric whose scenarios are of forty people, too many to be drawn: the examples are made of the scores where they lie.
struct Change {
    metric: &'static str,
    measure: &'static str,
    scenario: &'static str,
}

const CHANGES: [Change; 2] = [
    Change { metric: "change/important_change", measure: "bdi", scenario: "anchor_bdi_7" },
    Change { metric: "change/halved_score", measure: "hamd", scenario: "percent_hamd_50" },
];

/// A row under an example's `expect`.
struct Drawn<'a> {
    example: &'a Example,
    row: &'a Row,
}

impl Drawn<'_> {
    fn cell(&self, column: &str) -> Option<&str> {
        self.example.expect.cell(self.row, column)
    }

    fn is_by(&self, dimension: &str) -> bool {
        self.example.by.iter().any(|name| name == dimension)
    }

    /// `2/3` and `0.25` alike.
    fn number(&self, column: &str) -> Option<f64> {
        let text = self.cell(column)?;
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let part = |part: &str| part.parse::<f64>().unwrap_or_else(|_| panic!("{text} is no number"));
        Some(part(numerator) / part(denominator))
    }

    fn percent(&self) -> Option<f64> {
        self.number("estimate").map(|share| 100.0 * share)
    }

    /// Primero's column of a gender.
    fn sex(&self) -> &str {
        if self.is_by("gender") { self.cell("gender").unwrap_or("incomplete_data") } else { "total" }
    }

    /// `0-30` as `<=30` and `181+` as `>=181`, as Primero calls its first and last band.
    fn band(&self) -> String {
        let band = self.cell("band").expect("a band");
        match (band.strip_prefix("0-"), band.strip_suffix('+')) {
            (Some(last), _) => format!("<={last}"),
            (_, Some(first)) => format!(">={first}"),
            _ => band.to_owned(),
        }
    }

    /// A share, and what is left to the whole, which Primero prints as a line of its own.
    fn both(&self, of: &str, rest: &str) -> Said {
        let share = self.percent();
        vec![
            (format!("{of}/{}", self.sex()), share),
            (format!("{rest}/{}", self.sex()), share.map(|share| 100.0 - share)),
        ]
    }

    /// The scenario that the row is of, its id and, after a slash, what of it: what the title begins with, or the program.
    /// `None`: an example of our own.
    fn place(&self) -> Option<&str> {
        let of_title = self.example.title.split_once(": ").map(|(place, _)| place);
        of_title.or_else(|| if self.example.by == ["program"] { self.cell("program") } else { None })
    }

    /// A scenario is of one group, agency, module or type; the breakdown's other rows are not in it.
    fn belongs_to(&self, scenario: &Value) -> bool {
        let parameters =
            [("team", "groups"), ("program", "agency"), ("service_type", "service_type"), ("setting", "module")];
        parameters.iter().filter(|(dimension, _)| self.is_by(dimension)).all(|(dimension, parameter)| {
            let asked = match &scenario["params"][parameter] {
                Value::Null => return true,
                Value::Array(groups) if groups.len() == 1 => &groups[0],
                asked => asked,
            };
            let value = match self.cell(dimension) {
                Some("child_protection") => Some("A"),
                Some("family_services") => Some("B"),
                value => value,
            };
            value == asked.as_str()
        })
    }
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kpi")
}

/// Where the scenarios are; `None` where they are absent.
fn cases() -> Option<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/kpi");
    if !cases.is_dir() {
        println!("skipped: {} is absent", cases.display());
        return None;
    }
    Some(cases)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn examples(metric: &str) -> Vec<Example> {
    let path = project().join(format!("queries/{metric}.examples.md"));
    parse(&read(&path)).unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", path.display()))
}

#[test]
fn a_projects_own_metrics_are_found_and_their_examples_come_out() {
    let folder = Folder::empty();
    copy_tree(&project(), folder.path());
    let written = WRITTEN.iter().map(|w| w.metric).chain(CHANGES.iter().map(|c| c.metric));
    let names: Vec<&str> = written.map(|metric| metric.rsplit('/').next().expect("a name")).collect();
    let built_in = Catalogue::load(&[]).expect("built-in metrics");
    assert!(names.iter().all(|name| built_in.get(name).is_none()), "a built-in metric is shadowed");

    let listed = folder.attain(&["metrics", "list"]).expect(0);
    let own = listed.text().lines().filter(|line| line.ends_with("(this project's)"));
    let own: BTreeSet<&str> = own.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(own, names.iter().copied().collect());

    let tested = folder.attain(&[&["metrics", "test"], names.as_slice()].concat()).expect(0);
    assert_eq!(tested.text(), "84 examples of 12 metrics: all as expected\n");
}

/// Every figure below `value`, by its path.
fn figures(path: &str, value: &Value, into: &mut BTreeMap<String, Option<f64>>) {
    match value {
        Value::Object(below) => {
            for (name, value) in below.iter().filter(|(name, _)| *name != "tolerance") {
                figures(&format!("{path}/{name}"), value, into);
            }
        }
        figure => {
            into.insert(path.to_owned(), figure.as_f64());
        }
    }
}

fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What an example expects that the scenarios do not, and what they do and no example.
fn drifted(written: &Written, case: &Value) -> Vec<String> {
    let scenarios = case["scenarios"].as_array().expect("scenarios");
    let mut wanted = BTreeMap::new();
    for scenario in scenarios {
        figures(scenario["id"].as_str().expect("an id"), &scenario["expected"], &mut wanted);
    }
    let mut found = BTreeSet::new();
    let mut told = Vec::new();
    for example in &examples(written.metric) {
        for row in &example.expect.rows {
            let drawn = Drawn { example, row };
            let Some(place) = drawn.place() else { continue };
            let id = place.split('/').next();
            let Some(scenario) = scenarios.iter().find(|scenario| scenario["id"].as_str() == id) else {
                told.push(format!("{}:{}: no scenario {place}", written.metric, row.line));
                continue;
            };
            if !drawn.belongs_to(scenario) {
                continue;
            }
            let said = if drawn.cell("estimate").is_none() && example.by.is_empty() {
                // There is nobody, so every figure of the scenario is of nobody.
                wanted.keys().filter(|path| is_within(path, place)).map(|path| (path.clone(), None)).collect()
            } else {
                let below = (written.says)(&drawn).into_iter();
                below
                    .map(|(path, figure)| (format!("{place}/{path}").trim_end_matches('/').to_owned(), figure))
                    .collect::<Vec<_>>()
            };
            for (path, figure) in said {
                let right = match (wanted.get(&path), figure) {
                    (Some(Some(wanted)), Some(figure)) => (wanted - figure).abs() <= written.within,
                    // Primero's 0 of nobody is no figure here; its null is none either.
                    (Some(wanted), None) => wanted.is_none_or(|wanted| wanted == 0.0),
                    (Some(None), Some(_)) => false,
                    // What Primero leaves out is a line or a column of zeros.
                    (None, figure) => figure.is_none_or(|figure| figure == 0.0),
                };
                if !right {
                    told.push(format!("{}:{}: {path} is not {figure:?}", written.metric, row.line));
                }
                found.insert(path);
            }
        }
    }
    let missing = wanted.keys().filter(|path| !found.contains(*path));
    told.extend(missing.map(|path| format!("{}: no example expects {path}", written.metric)));
    told
}

#[test]
fn the_examples_expect_what_the_scenarios_do() {
    let Some(cases) = cases() else { return };
    let told: Vec<String> = WRITTEN
        .iter()
        .flat_map(|written| {
            let text = read(&cases.join(format!("{}.json", written.scenarios)));
            drifted(written, &serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// The participants' first and last scores as tables of an example; the arms are programs.
fn given(scores: &str, measure: &str) -> String {
    let mut people = BTreeMap::new();
    let mut assessments = String::new();
    for (line, row) in scores.lines().enumerate().skip(1) {
        let [client, arm, of, wave, score] = row.split(',').collect::<Vec<_>>()[..] else {
            panic!("{row}: not five cells")
        };
        let stage = match wave {
            "1" => "2019-01-10 | intake",
            "4" => "2019-06-10 | exit",
            _ => continue,
        };
        if of == measure {
            people.insert(client.to_owned(), arm);
            let _ = writeln!(assessments, "| A{line} | {client} | {stage} | {measure} | {score} |");
        }
    }
    let enrollments: String =
        people.iter().map(|(client, arm)| format!("| {client} | {arm} | 2019-01-10 |\n")).collect();
    format!(
        "given instruments\n| instrument | direction |\n| {measure} | lower |\n\n\
         given enrollments\n| enrollment_id | program_id | intake_on |\n{enrollments}\n\
         given assessments\n| assessment_id | enrollment_id | assessed_on | stage | instrument | score |\n{assessments}\n"
    )
}

#[test]
fn another_criterion_of_change_gives_the_published_counts() {
    let Some(cases) = cases() else { return };
    let published: Value = serde_json::from_str(&read(&cases.join("reliable_change_claus2020.json"))).expect("JSON");
    let scores = read(&cases.join("reliable_change_claus2020.csv"));
    let expected = |id: &str| {
        let scenarios = published["scenarios"].as_array().expect("scenarios");
        &scenarios.iter().find(|scenario| scenario["id"] == id).unwrap_or_else(|| panic!("no {id}"))["expected"]
    };
    // Improved and deteriorated of those rated twice.
    let rows = |first: &str, counts: &Value| {
        let count = |class: &str| counts[class].as_u64().expect("a count");
        let all: u64 = ["Improved", "Unchanged", "Deteriorated"].iter().map(|class| count(class)).sum();
        let row = |statistic: &str, class: &str| format!("| {first} | {statistic} | {} | {all} |\n", count(class));
        row("reliably_improved", "Improved") + &row("reliably_deteriorated", "Deteriorated")
    };
    let folder = Folder::empty();
    copy_tree(&project(), folder.path());
    let dates = "as of 2019-12-31, period 2019-01";
    for change in &CHANGES {
        let given = given(&scores, change.measure);
        let (all, n) = (expected(change.scenario), expected("n"));
        let left = n["participants"].as_u64().zip(n["analysed"].as_u64()).map(|(all, kept)| all - kept);
        let mut text = format!(
            "## everybody\n{dates}\n{given}expect\n| excluded | statistic | numerator | denominator |\n{}",
            rows(&left.expect("counts").to_string(), all)
        );
        if change.scenario == "anchor_bdi_7" {
            let arms = expected("anchor_bdi_7_by_arm").as_object().expect("arms");
            let arms: String = arms.iter().map(|(arm, counts)| rows(arm, counts)).collect();
            let header = "| program | statistic | numerator | denominator |";
            let _ = write!(text, "\n## by arm\n{dates}\nby program\n{given}expect\n{header}\n{arms}");
        }
        folder.write(&format!("queries/{}.examples.md", change.metric), &text);
    }
    let tested = folder.attain(&["metrics", "test", "important_change", "halved_score"]).expect(0);
    assert_eq!(tested.text(), "3 examples of 2 metrics: all as expected\n");
}
