//! A made-up document for the renderers' tests: the monthly review with everything that has ever broken a layout.
//!
//! Long because it shows every kind of block, and of text that has to be kept harmless.

use super::document::{
    Block, Commentary, Definition, Document, FirstPage, Mark, Passage, Phrase, Scorecard, ScorecardGroup, ScorecardRow,
    Section, StatusMark,
};
use crate::chart::{Cell, CellFormat, Figure, Picture, Table, TableColumn};

/// Markup of every kind a renderer might be tempted to run.
pub const HOSTILE: &str =
    "<script>alert(1)</script> & \"quoted\" #typst(panic(\"no\")) *bold* _it_ $x^2$ {{ 7 * 7 }} =1+1 \\ @ref";

pub fn document() -> Document {
    Document {
        name: "monthly-review".into(),
        language: "en".into(),
        words: crate::language::Words::default(),
        agency: "Harbor Family Services".into(),
        brand: crate::looks::Brand::default(),
        title: "Monthly review, June 2026".into(),
        subtitle: "Complete through 30 June 2026 · compared with May 2026 and June 2025 · for internal use".into(),
        snapshot: "2026-06-30-3fa9c1d2".into(),
        footnote: "Grey band: expected range. Dots mark a lasting change for the better, squares for the worse.".into(),
        first_page: first_page(),
        sections: sections(),
    }
}

/// Nothing to say: no metric, no section, a scorecard table without a column.
pub fn bare() -> Document {
    let mut document = document();
    document.sections.clear();
    document.snapshot.clear();
    document.footnote.clear();
    let first = &mut document.first_page;
    first.lede.clear();
    first.look_at_first.clear();
    first.read_with_care.clear();
    first.scorecard.groups.clear();
    first.scorecard.table = Table::default();
    document
}

fn phrases(text: &str) -> Vec<Phrase> {
    text.split('*').enumerate().map(|(at, text)| Phrase { text: text.into(), strong: at % 2 == 1 }).collect()
}

/// One metric of the scorecard: its texts, where its interval's dot and target stand, its changes and its mark.
struct Metric(
    &'static str,
    &'static str,
    &'static str,
    Option<(f64, Option<f64>)>,
    [&'static str; 2],
    Mark,
    &'static str,
);

impl Metric {
    fn row(&self) -> ScorecardRow {
        let Self(label, count, value, dot, [before, year], mark, word) = *self;
        ScorecardRow {
            metric: label.to_lowercase().replace(' ', "_"),
            label: label.into(),
            count: count.into(),
            value: value.into(),
            interval: dot.map(|(at, _)| format!("{:.0} to {:.0}%", at - 8.0, at + 6.0)).unwrap_or_default(),
            interval_picture: dot.map(|(at, target)| interval(label, at, target)),
            change_before: before.into(),
            change_year: year.into(),
            history_picture: Some(history(label)),
            history_absent: String::new(),
            status: StatusMark { mark, word: word.into(), rule: "the interval against the target".into() },
        }
    }
}

/// Nine metrics, among them one without an interval, one without a target and one with too few people.
#[rustfmt::skip]
const METRICS: [(&str, &[Metric]); 5] = [
    ("Served", &[
        Metric("Clients served", "41 new · 271 carried over", "312", None, ["+9", "+24"], Mark::Dash, "in range"),
    ]),
    ("Speed", &[
        Metric("First service within 14 days", "of 84 referrals followed 14 days", "71%", Some((71.0, Some(80.0))), ["+6 pts", "+19 pts"], Mark::Half, "near"),
        Metric("Plan within 30 days of intake", "36 of 41", "88%", Some((88.0, Some(85.0))), ["+1 pt", "−2 pts"], Mark::Full, "met"),
    ]),
    ("Goals", &[
        Metric("Goals achieved", "62 of 107 due or closed", "58%", Some((58.0, Some(65.0))), ["−3 pts", "−1 pt"], Mark::Open, "not met"),
        Metric("Needs improved reliably", "31 of 70 with two assessments", "44%", Some((44.0, None)), ["+2 pts", "+5 pts"], Mark::None, "no target"),
    ]),
    ("Lasting", &[
        Metric("Returned within 12 months", "48 of 201 exits, Jul 2024 – Jun 2025", "24%", Some((24.0, Some(25.0))), ["−1 pt", "−4 pts"], Mark::Full, "met"),
    ]),
    ("Practice", &[
        Metric("Referrals connected in 30 days", "47 of 121", "39%", Some((39.0, Some(60.0))), ["−8 pts", "−17 pts"], Mark::Open, "not met"),
        Metric("Notes written in 3 working days", "1,204 of 1,295", "93%", Some((93.0, Some(95.0))), ["0", "+2 pts"], Mark::Half, "near"),
        Metric("Crisis answered in 2 hours", "too few to say", "–", None, ["–", "–"], Mark::None, "too few"),
    ]),
];

fn first_page() -> FirstPage {
    let group = |(name, metrics): &(&str, &[Metric])| ScorecardGroup {
        name: (*name).into(),
        rows: metrics.iter().map(Metric::row).collect(),
    };
    let groups: Vec<_> = METRICS.iter().map(group).collect();
    let table = scorecard_table(&groups);
    FirstPage {
        lede: phrases(
            "More people got their first service in time: *71% within 14 days*, up from 52% a year ago, and the rise since \
             January is a lasting change. Fewer referrals to partners end in a service: *39%*, a real drop since February. \
             Goals and returns are within their normal variation.",
        ),
        scorecard: Scorecard {
            headings: ["Metric", "June", "95% interval, target", "vs May", "vs Jun 25", "24 months", "Status"]
                .map(String::from),
            groups,
            table,
        },
        look_at_first: vec![
            phrases(
                "Partner referrals: 31 of the 74 not connected were turned away for lack of space, 22 of them by two providers.",
            ),
            phrases(
                "Housing goals: 9 of 23 achieved, below the other domains since April; too few in June alone to say more.",
            ),
        ],
        read_with_care: vec![
            phrases("11 of 41 new enrollments have no referral date and are left out of the waiting time."),
            phrases("27 records were set aside. May was restated: 3 exits arrived late, returns 25% → 24%."),
        ],
    }
}

fn scorecard_table(groups: &[ScorecardGroup]) -> Table {
    let rows = groups.iter().flat_map(|group| {
        group.rows.iter().map(|row| {
            let share = row.value.strip_suffix('%').and_then(|digits| digits.parse::<f64>().ok());
            vec![
                words(&row.label),
                share.map_or_else(
                    || words(&row.value),
                    |value| Cell::number(&row.value, value / 100.0, CellFormat::Share),
                ),
                words(&row.interval),
                words(&row.count),
                words(&row.change_before),
                words(&row.change_year),
                words(&row.status.word),
            ]
        })
    });
    Table {
        name: "scorecard".into(),
        caption: "Scorecard, June 2026".into(),
        columns: columns(&["Metric", "June #", "95% interval", "Counted", "vs May #", "vs Jun 25 #", "Status"]),
        rows: rows.collect(),
    }
}

/// A heading that ends in `#` stands over numbers.
fn columns(headings: &[&str]) -> Vec<TableColumn> {
    let column = |heading: &&str| TableColumn {
        heading: heading.trim_end_matches(" #").into(),
        numeric: heading.ends_with('#'),
    };
    headings.iter().map(column).collect()
}

fn words(text: &str) -> Cell {
    Cell::text(text)
}

fn count(value: u32) -> Cell {
    Cell::number(value.to_string(), f64::from(value), CellFormat::Count)
}

fn share(value: f64) -> Cell {
    Cell::number(format!("{:.0}%", value * 100.0), value, CellFormat::Share)
}

/// An `<svg>` of the shape charts have: named, described, without a size of its own.
fn drawing(name: &str, alt: &str, width: u32, height: u32, body: &str) -> String {
    let id: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"fig-{id}-title fig-{id}-desc\"><title id=\"fig-{id}-title\">{id}</title>\
         <desc id=\"fig-{id}-desc\">{alt}</desc>{body}</svg>"
    )
}

fn interval(label: &str, at: f64, target: Option<f64>) -> Picture {
    let tick = |target: f64| {
        format!(
            "<text x=\"{0}\" y=\"8\" font-family=\"Inter\" font-size=\"9\" text-anchor=\"middle\" fill=\"#5b6570\">{target}</text>\
             <line x1=\"{0}\" y1=\"11\" x2=\"{0}\" y2=\"31\" stroke=\"#1b1f24\" stroke-width=\"1.6\"/>",
            target + 4.0
        )
    };
    let body = format!(
        "<line x1=\"2\" y1=\"21\" x2=\"106\" y2=\"21\" stroke=\"#d9dee3\"/>\
         <line x1=\"{}\" y1=\"21\" x2=\"{}\" y2=\"21\" stroke=\"#b3d4e8\" stroke-width=\"6\" stroke-linecap=\"round\"/>\
         <circle cx=\"{}\" cy=\"21\" r=\"4.4\" fill=\"#0072b2\"/>{}",
        at - 4.0,
        at + 10.0,
        at + 4.0,
        target.map(tick).unwrap_or_default()
    );
    let alt = format!(
        "{at}%, interval {} to {}%{}",
        at - 8.0,
        at + 6.0,
        target.map(|t| format!(", target {t}%")).unwrap_or_default()
    );
    Picture { svg: drawing(&format!("interval {label}"), &alt, 108, 36, &body), alt }
}

fn history(label: &str) -> Picture {
    let seed: usize = label.bytes().map(usize::from).sum();
    let points: Vec<String> = (0..24)
        .map(|month| format!("{},{}", month * 4 + 4, 10 + (seed + (month + 3) * (month + seed) * 7919) % 13))
        .collect();
    let body = format!(
        "<rect x=\"3\" y=\"8\" width=\"96\" height=\"19\" fill=\"#eef1f4\"/>\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#5b6570\" stroke-width=\"1.3\"/>",
        points.join(" ")
    );
    let alt = format!("{label}, 24 months, within the expected range");
    Picture { svg: drawing(&format!("history {label}"), &alt, 108, 36, &body), alt }
}

fn chart(name: &str, alt: &str) -> String {
    let tick = |tick: u32| {
        let y = 220 - tick * 50;
        format!(
            "<line x1=\"44\" y1=\"{y}\" x2=\"704\" y2=\"{y}\" stroke=\"#d9dee3\"/>\
             <text x=\"36\" y=\"{}\" font-family=\"Inter\" font-size=\"11\" text-anchor=\"end\" fill=\"#5b6570\">{}%</text>",
            y + 4,
            tick * 25
        )
    };
    let ticks = (0..=4).map(tick).collect::<Vec<_>>().concat();
    let body = format!(
        "{ticks}<polyline points=\"44,220 140,150 260,110 400,88 560,74 700,70\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\"/>\
         <text x=\"560\" y=\"62\" font-family=\"Inter\" font-weight=\"600\" font-size=\"12\" fill=\"#0072b2\">Served</text>"
    );
    drawing(name, alt, 704, 250, &body)
}

fn figure(name: &str, caption: &str, rows: usize) -> Block {
    let rows = (0..rows).map(|day| {
        let day = day as u32;
        vec![count(day * 7), share((f64::from(day) * 0.05).min(0.97)), words("31 to 48%"), count(140 - day)]
    });
    let alt = format!("Line chart, {caption}: rises from 0 to 75% in 60 days, steepest in the first two weeks.");
    Block::Figure {
        figure: Figure {
            svg: chart(name, &alt),
            alt,
            caption: caption.into(),
            table: Table {
                name: name.into(),
                caption: format!("Numbers: {caption}"),
                columns: columns(&["Day #", "Served #", "95% interval", "Still waiting #"]),
                rows: rows.collect(),
            },
            ends_right: false,
        },
    }
}

fn section(id: &str, heading: &str, new_page: bool, blocks: Vec<Block>) -> Section {
    Section { id: id.into(), heading: heading.into(), new_page, blocks }
}

fn lead(text: &str) -> Block {
    Block::Lead { phrases: phrases(text) }
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph { phrases: phrases(text) }
}

fn commentary() -> Block {
    Block::Commentary {
        commentary: Commentary {
            by: Some("Maria López, 3 July 2026".into()),
            passages: vec![
                Passage::Paragraph { phrases: phrases("The *second intake worker* began in January 🏠.") },
                Passage::List { numbered: false, items: vec![phrases("Mornings are covered."), phrases(HOSTILE)] },
                Passage::List { numbered: true, items: vec![phrases("Next: evenings.")] },
            ],
        },
    }
}

fn sections() -> Vec<Section> {
    let programs = [
        "Rapid Re-Housing for Families with Children and Young Adults Leaving Foster Care (County Contract 2024–2027)",
        "Elder Care",
        "Probation: Łódź & Ñandú pilot",
        "東京 outreach 🏠",
        HOSTILE,
    ];
    let by_program = Table {
        name: "goals-by-program".into(),
        caption: "Goals achieved by program, June 2026".into(),
        columns: columns(&[
            "Program",
            "Achieved #",
            "Due or closed #",
            "Share #",
            "95% interval",
            "Target #",
            "Status",
        ]),
        rows: (0u32..)
            .zip(programs)
            .map(|(at, program)| {
                vec![
                    words(program),
                    count(12 + at),
                    count(23 + at),
                    share(0.52),
                    words("33 to 70%"),
                    share(0.65),
                    words("near"),
                ]
            })
            .collect(),
    };
    let findings = Table {
        name: "set-aside".into(),
        caption: "Rows set aside, by file and reason".into(),
        columns: columns(&["File", "Reason", "Rows #"]),
        rows: (0u32..40)
            .map(|at| {
                vec![
                    words(&format!("exports/services-{at:02}.csv")),
                    words("date is not a calendar date"),
                    count(at * 3),
                ]
            })
            .collect(),
    };
    let empty = Table {
        name: "restated".into(),
        caption: "Figures restated since the last report".into(),
        columns: columns(&["Metric", "Then #", "Now #"]),
        rows: Vec::new(),
    };
    vec![
        section(
            "time-to-service",
            "How long do people wait for their first service?",
            true,
            vec![
                lead("*71%* of the people referred in June were served within 14 days; the target is 80%."),
                paragraph("The rise since January is a lasting change: seven months in a row lie above the two-year median."),
                figure("time-to-service-by-day", "Share served by day since referral", 9),
                Block::Subheading { text: "By program".into() },
                paragraph("Programs are shown side by side on one scale; with fewer than ten referrals none is drawn."),
                figure("time-to-service-by-week", "Share served by week, all programs, two years", 26),
                commentary(),
            ],
        ),
        section(
            "goal-attainment",
            "Which goals do people reach?",
            true,
            vec![lead("62 of 107 goals due or closed were achieved."), Block::Table { table: by_program }, figure("goals-by-domain", "Goals achieved by domain against the target", 5)],
        ),
        section(
            "data-quality",
            "What can’t the data say?",
            true,
            vec![paragraph(HOSTILE), Block::Table { table: empty }, Block::Table { table: findings }],
        ),
        section(
            "definitions",
            "How each figure is defined",
            false,
            vec![Block::Definitions {
                items: vec![
                    Definition {
                        term: "Goals achieved".into(),
                        text: vec![
                            "Of the goals due or closed in the period, the share closed as achieved.".into(),
                            "Left out: goals withdrawn because the client moved away. A goal without a due date counts when it is closed.".into(),
                        ],
                        source: Some("Source: goals.csv; Kiresuk & Sherman 1968".into()),
                    },
                    Definition { term: HOSTILE.into(), text: vec!["Days from referral to the first service, people still waiting included.".into()], source: None },
                ],
            }],
        ),
    ]
}

#[cfg(test)]
mod write_out {
    /// Writes every format to the folder named by `ATTAIN_SAMPLE_OUT`, to be looked at.
    #[test]
    fn sample_files() {
        let Some(folder) = std::env::var_os("ATTAIN_SAMPLE_OUT").map(std::path::PathBuf::from) else { return };
        let document = super::document();
        std::fs::write(folder.join("sample.pdf"), crate::report::pdf::render(&document).unwrap()).unwrap();
        std::fs::write(folder.join("sample.html"), crate::report::html::render(&document).unwrap()).unwrap();
        std::fs::write(folder.join("sample.xlsx"), crate::report::workbook::render(&document).unwrap()).unwrap();
        std::fs::write(folder.join("sample.json"), document.to_json().unwrap()).unwrap();
    }
}
