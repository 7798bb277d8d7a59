//! Pictures to look at: `cargo test --lib gallery -- --ignored` draws every chart at plain and at nasty inputs.
//!
//! They land as one HTML page and one SVG each in the folder `attain-charts` of the system's temporary folder.

use super::dots::dots_of;
use super::given::{
    blank, curve, curves, dumbbell, dumbbells_of, funnel_of, path_of, ratios, released, row, rows, series, share,
    stage, subject,
};
use super::{LONG, RANGE, a_trend};
use crate::chart::*;
use crate::measure::{Estimate, Note, Position, Statistic, Status};
use std::fmt::Write;

/// All pictures with their names.
fn pictures() -> Vec<(String, Figure)> {
    let mut all: Vec<(String, Figure)> = Vec::new();
    let mut add = |name: &str, figure: Figure| all.push((name.to_owned(), figure));
    trends(&mut add);
    panels(&mut add);
    rows_of_all_kinds(&mut add);
    curves_of_all_kinds(&mut add);
    funnels(&mut add);
    dumbbells_of_all_kinds(&mut add);
    paths(&mut add);
    distributions(&mut add);
    all
}

fn marked(values: &[Option<f64>]) -> Vec<Point> {
    let mut points = series(values, Some(RANGE));
    let count = points.len();
    for (index, point) in points.iter_mut().enumerate() {
        if index + 4 >= count {
            point.signal = Signal::Better;
        }
        if index == 3 {
            point.signal = Signal::Worse;
        }
    }
    points
}

fn waves(count: u32, base: f64, height: f64) -> Vec<Option<f64>> {
    (0..count).map(|i| Some(base + f64::from((i * 7 + 3) % 11) / 11.0 * height)).collect()
}

fn trends(add: &mut dyn FnMut(&str, Figure)) {
    let hours = Unit::Number { decimals: 1, of: "hours per client".to_owned() };
    let tiny = Unit::Number { decimals: 2, of: "per 100 client-months".to_owned() };
    let draw = |points, unit, target, axis| trend(&a_trend(points, unit, target, axis));
    let gaps: Vec<Option<f64>> =
        waves(24, 0.45, 0.2).into_iter().enumerate().map(|(i, v)| v.filter(|_| i % 7 != 4)).collect();
    add("trend", draw(marked(&waves(24, 0.45, 0.2)), Unit::Share, Some(0.8), Axis::Full));
    add("trend-gaps", draw(series(&gaps, Some(RANGE)), Unit::Share, Some(0.68), Axis::Fitted));
    add("trend-labels-together", draw(marked(&waves(24, 0.45, 0.2)), Unit::Share, Some(0.56), Axis::Full));
    add("trend-one-point", draw(series(&[Some(0.4)], None), Unit::Share, Some(0.8), Axis::Full));
    add("trend-two-points", draw(series(&[Some(0.4), Some(0.6)], None), Unit::Share, None, Axis::Fitted));
    add("trend-zeros", draw(series(&[Some(0.0); 24], None), Unit::Count, None, Axis::Full));
    add("trend-zero-shares", draw(series(&[Some(0.0); 24], None), Unit::Share, Some(0.0), Axis::Fitted));
    add("trend-nothing", draw(series(&[None; 24], None), Unit::Share, Some(0.8), Axis::Full));
    add("trend-no-periods", draw(vec![], Unit::Share, Some(0.8), Axis::Full));
    let thousands: Vec<Option<f64>> = waves(24, 11_200.0, 4_000.0);
    add("trend-thousands", draw(series(&thousands, None), Unit::Count, Some(15_000.0), Axis::Full));
    add("trend-hours", draw(series(&waves(60, 8.0, 5.0), None), hours, Some(10.0), Axis::Full));
    add("trend-tiny", draw(series(&waves(24, 0.01, 0.03), None), tiny, Some(0.02), Axis::Full));
}

fn panels(add: &mut dyn FnMut(&str, Figure)) {
    for count in [1u32, 2, 3, 8, 40] {
        for long in [false, true] {
            let panels = (0..count)
                .map(|i| Panel {
                    label: if long { format!("{LONG} {i}") } else { format!("Program {}", i + 1) },
                    points: match i {
                        1 => series(&[None; 24], None),
                        2 => series(&[None, None, Some(0.6)], None),
                        _ => marked(&waves(24, 0.2 + f64::from(i % 5) / 10.0, 0.3)),
                    },
                    target: Some(0.65),
                })
                .collect();
            let subject = subject("panels", "Goals achieved, by program", Unit::Share);
            let name = format!("panels-{count}{}", if long { "-long" } else { "" });
            add(&name, small_multiples(&SmallMultiples { subject, panels, axis: Axis::Full }));
        }
    }
    let counts = |i: u32| Panel {
        label: format!("Program {i}"),
        points: series(&waves(24, f64::from(i) * 900.0, 400.0), None),
        target: None,
    };
    let subject = subject("panels-counts", "Clients served, by program", Unit::Count);
    let panels = (0..4).map(counts).collect();
    add("panels-counts", small_multiples(&SmallMultiples { subject, panels, axis: Axis::Full }));
}

fn rows_of_all_kinds(add: &mut dyn FnMut(&str, Figure)) {
    let thin = Estimate { status: Some(Status::TooFew), ..share(2, 3) };
    let withheld = Estimate { note: Some(Note::Withheld), ..blank(Statistic::Share) };
    let mixed = vec![
        row("Housing", share(9, 23), Some(0.65)),
        row("Income and employment", thin, Some(0.65)),
        row("Legal", withheld, Some(0.5)),
        row("Health", share(0, 12), None),
        row(LONG, share(12, 12), Some(1.0)),
    ];
    add("rows-mixed", goals_by_domain(&rows("rows", mixed)));
    for count in [1u64, 12, 40] {
        let some = (0..count)
            .map(|i| row(&format!("{LONG} {i}"), share(i * 31 % 97, 97), (i % 3 > 0).then_some(0.6)))
            .collect();
        add(&format!("rows-{count}"), programs(&rows("rows", some)));
    }
    let common = (0..8).map(|i| row(&format!("Program {i}"), share(i * 1000, 40_000), Some(0.05))).collect();
    add("rows-common-target", programs(&Rows { axis: Axis::Fitted, ..rows("rows", common) }));
    let zeros = (0..3).map(|i| row(&format!("Program {i}"), share(0, 40), Some(0.0))).collect();
    add("rows-zeros", programs(&rows("rows", zeros)));
    let missing = (0..3).map(|i| row(&format!("Program {i}"), blank(Statistic::Share), Some(0.3))).collect();
    add("rows-missing", programs(&rows("rows", missing)));
    add("rows-none", programs(&rows("rows", vec![])));
    let big = |value: f64| Estimate {
        estimate: Some(value),
        lower: Some(value * 0.9),
        upper: Some(value * 1.1),
        ..share(0, 12_345)
    };
    let costs = [1_234.5, 98_765.4, 12.3].map(|v| row(&format!("Costs {v}"), big(v), Some(50_000.0))).to_vec();
    let unit = Unit::Number { decimals: 1, of: "dollars per client served in the period".to_owned() };
    let costs = Rows { subject: subject("rows", "Costs", unit), ..rows("rows", costs) };
    add("rows-thousands", programs(&costs));
    let small = [0.011, 0.02, 0.003].map(|v| row(&format!("Rate {v}"), big(v), Some(0.01))).to_vec();
    let unit = Unit::Number { decimals: 3, of: "per 100 client-months".to_owned() };
    add("rows-tiny", programs(&Rows { subject: subject("rows", "Rates", unit), ..rows("rows", small) }));
}

fn curves_of_all_kinds(add: &mut dyn FnMut(&str, Figure)) {
    let mut one = curves("one", vec![curve("served", 0.8, 14.0, 60, 140)], &[7, 14, 30, 60]);
    one.competing = Some(curve("withdrew", 0.15, 20.0, 60, 140));
    one.target = Some(DayTarget { day: 14, share: 0.8 });
    add("curve", share_by_day(&one));
    let returned = curves("two", vec![curve("returned", 0.4, 300.0, 400, 201)], &[182, 365, 730]);
    add("curve-returned", return_curve(&Curves { axis: Axis::Fitted, ..returned }));
    let several =
        (0u32..5).map(|i| curve(&format!("{LONG} {i}"), 0.3 + f64::from(i) / 10.0, 14.0, 20 + i * 10, 84)).collect();
    add("curve-several", share_by_day(&curves("three", several, &[7, 14, 30, 60])));
    let alike = (0..4).map(|i| curve(&format!("Program {i}"), 0.6, 14.0, 60, 1_234)).collect();
    add("curve-alike", share_by_day(&curves("four", alike, &[7, 14, 30, 60])));
    add("curve-zeros", share_by_day(&curves("five", vec![curve("served", 0.0, 14.0, 60, 140)], &[7, 14, 30, 60])));
    add("curve-all", share_by_day(&curves("six", vec![curve("served", 1.0, 0.01, 60, 5)], &[7, 14, 30, 60])));
    add("curve-one-day", share_by_day(&curves("seven", vec![curve("served", 0.5, 1.0, 1, 3)], &[1])));
    let empty = Curve { label: LONG.to_owned(), points: vec![] };
    add("curve-nothing", share_by_day(&curves("eight", vec![empty], &[7, 14, 30])));
    let sparse = Curve {
        label: "served".to_owned(),
        points: [7, 14, 30]
            .map(|day| released(Estimate { at: Some(day), at_risk: Some(12), ..share(u64::from(day), 60) }))
            .to_vec(),
    };
    add("curve-horizons-only", share_by_day(&curves("nine", vec![sparse], &[7, 14, 30])));
    add("curve-dense", share_by_day(&curves("ten", vec![curve("served", 0.5, 20.0, 365, 99)], &[1, 2, 3, 7, 365])));
}

/// Groups of many sizes, some far out.
pub(super) fn many_groups(count: u32, names: &str) -> Vec<(String, u64, u64)> {
    (0..count)
        .map(|i| {
            let n = 12 + u64::from((i * 37) % 53) * 7;
            let share = 0.62 + (f64::from((i * 29) % 17) - 8.0) / 40.0;
            (format!("{names} {i}"), (n as f64 * share).round() as u64, n)
        })
        .collect()
}

fn funnels(add: &mut dyn FnMut(&str, Figure)) {
    let named = |all: &[(&str, u64, u64)]| -> Vec<(String, u64, u64)> {
        all.iter().map(|(label, met, n)| ((*label).to_owned(), *met, *n)).collect()
    };
    let programs = named(&[
        ("Harbor House", 41, 108),
        ("Outreach", 230, 340),
        ("Shelter", 96, 150),
        ("Youth drop-in", 31, 44),
        ("Family support", 190, 260),
        ("Legal aid", 3, 7),
        ("Reentry", 60, 118),
        ("Night line", 0, 0),
    ]);
    add("funnel", funnel(&funnel_of("funnel", &programs, 0.62)));
    add("funnel-fitted", funnel(&Funnel { axis: Axis::Fitted, widened: true, ..funnel_of("f", &programs, 0.62) }));
    add("funnel-ratio", funnel(&ratios(funnel_of("r", &programs, 0.62))));
    add("funnel-40", funnel(&funnel_of("forty", &many_groups(40, "Case manager"), 0.62)));
    add(
        "funnel-40-fitted-long",
        funnel(&Funnel { axis: Axis::Fitted, ..funnel_of("l", &many_groups(40, LONG), 0.62) }),
    );
    add("funnel-40-ratio", funnel(&ratios(funnel_of("rf", &many_groups(40, "Case manager"), 0.62))));
    let alike: Vec<_> = (0..40u64).map(|i| (format!("Case manager {i}"), 10 + i % 3, 40)).collect();
    add("funnel-40-alike", funnel(&funnel_of("alike", &alike, 0.62)));
    let far = named(&[("Tiny", 2, 4), ("Small", 12, 20), ("Middle", 150, 300), ("Huge", 7_000, 12_000)]);
    add("funnel-log", funnel(&funnel_of("far", &far, 0.62)));
    add("funnel-one", funnel(&funnel_of("one", &named(&[("Outreach", 60, 100)]), 0.62)));
    add("funnel-two", funnel(&funnel_of("two", &named(&[("Outreach", 60, 100), ("Shelter", 20, 60)]), 0.5)));
    let mut bare = funnel_of("bare", &programs, 0.62);
    bare.limits.clear();
    bare.groups.iter_mut().for_each(|g| (g.limits, g.position, g.signal) = (None, Position::None, Signal::None));
    add("funnel-no-limits", funnel(&Funnel { centre: None, ..bare }));
    add("funnel-nothing", funnel(&funnel_of("nothing", &named(&[("Outreach", 0, 0)]), 0.62)));
    add("funnel-none", funnel(&funnel_of("none", &[], 0.62)));
    add("funnel-zeros", funnel(&funnel_of("zeros", &named(&[("A", 0, 50), ("B", 0, 80), ("C", 0, 12)]), 0.1)));
}

fn dumbbells_of_all_kinds(add: &mut dyn FnMut(&str, Figure)) {
    let thin = Estimate { status: Some(Status::TooFew), ..share(2, 3) };
    let not_collected = Estimate { note: Some(Note::NotCollected), ..blank(Statistic::Share) };
    let withheld = Estimate { note: Some(Note::Withheld), ..blank(Statistic::Share) };
    let mut mixed = vec![
        dumbbell("First service within 14 days", Some(share(41, 79)), share(60, 84), Some(0.8)),
        dumbbell("Plan within 30 days of intake", Some(share(36, 40)), share(36, 41), Some(0.85)),
        dumbbell("Goals achieved", Some(share(60, 100)), share(62, 107), None),
        dumbbell("Referrals connected in 30 days", Some(share(68, 120)), share(47, 121), Some(0.6)),
        dumbbell("Needs improved reliably", None, share(31, 70), Some(0.5)),
        dumbbell("Returned within 12 months", Some(not_collected), share(48, 201), Some(0.25)),
        dumbbell("Housed at exit", Some(share(5, 9)), withheld, Some(0.5)),
        dumbbell("Employed at exit", Some(share(2, 4)), thin, Some(0.5)),
        dumbbell(LONG, None, blank(Statistic::Share), None),
        dumbbell("Unchanged", Some(share(50, 100)), share(50, 100), Some(0.5)),
    ];
    mixed[0].signal = Signal::Better;
    mixed[3].signal = Signal::Worse;
    add("dumbbell", dumbbells(&dumbbells_of("dumbbell", mixed.clone())));
    mixed.truncate(1);
    add("dumbbell-one", dumbbells(&dumbbells_of("one", mixed)));
    let many = |n: u64| dumbbell(&format!("{LONG} {n}"), Some(share(n, 40)), share((n * 7) % 41, 40), Some(0.6));
    add("dumbbell-40", dumbbells(&dumbbells_of("forty", (0..40).map(many).collect())));
    let zero = |n: u64| dumbbell(&format!("Objective {n}"), Some(share(0, 40)), share(0, 12_345), Some(0.0));
    add("dumbbell-zeros", dumbbells(&dumbbells_of("zeros", (0..3).map(zero).collect())));
    let none = |n: u64| dumbbell(&format!("Objective {n}"), None, blank(Statistic::Share), None);
    add("dumbbell-nothing", dumbbells(&dumbbells_of("nothing", (0..3).map(none).collect())));
    add("dumbbell-none", dumbbells(&dumbbells_of("none", vec![])));
    let cost = |v: f64| Estimate { estimate: Some(v), lower: Some(v * 0.9), upper: Some(v * 1.1), ..share(0, 1_234) };
    let costs = vec![
        dumbbell("Costs per client", Some(cost(12_345.6)), cost(10_987.6), Some(10_000.0)),
        dumbbell("Costs per goal", Some(cost(45.6)), cost(23_456.7), None),
    ];
    let unit = Unit::Number { decimals: 1, of: "dollars".to_owned() };
    let costs = Dumbbells { subject: subject("costs", "Costs, this year and last", unit), ..dumbbells_of("c", costs) };
    add("dumbbell-thousands", dumbbells(&costs));
}

fn paths(add: &mut dyn FnMut(&str, Figure)) {
    let whole = vec![
        stage("Referral", "had an intake", 312, 60, 40),
        stage("Intake", "got a first service", 250, 0, 62),
        stage("First service", "agreed on a goal", 180, 51, 19),
        stage("Goals", "achieved one", 104, 76, 0),
        stage("Goal achieved", "exited as planned", 90, 12, 2),
    ];
    add("path", client_path(&path_of("path", whole.clone())));
    let mut hidden = whole.clone();
    hidden[2].wait = Some(released(Estimate { note: Some(Note::Withheld), ..blank(Statistic::MedianDays) }));
    add("path-withheld", client_path(&path_of("withheld", hidden)));
    let long = vec![
        stage(LONG, LONG, 12_345, 2_345, 1),
        stage(&format!("{LONG} again"), LONG, 0, 0, 12_345),
        stage("Then", "", 0, 0, 0),
    ];
    add("path-long", client_path(&path_of("long", long)));
    add("path-not-nested", client_path(&path_of("nested", vec![whole[0].clone(), whole[3].clone()])));
    add("path-one", client_path(&path_of("one", vec![stage("Referral", "had an intake", 1, 0, 0)])));
    add(
        "path-zeros",
        client_path(&path_of("zeros", vec![stage("Referral", "", 0, 0, 0), stage("Intake", "", 0, 0, 0)])),
    );
    add("path-none", client_path(&path_of("none", vec![])));
    let slivers = vec![stage("Referral", "had an intake", 4_000, 1, 1), stage("Intake", "got a service", 2, 3_998, 0)];
    add("path-slivers", client_path(&path_of("slivers", slivers)));
}

fn distributions(add: &mut dyn FnMut(&str, Figure)) {
    let some: Vec<Option<f64>> = (0..26).map(|i| Some(12.0 + f64::from(i * 37 % 23))).chain([None]).collect();
    add("dots", dots(&dots_of("dots", "Case manager", &some)));
    add("dots-one", dots(&dots_of("one", "Case manager", &[Some(17.5)])));
    add("dots-alike", dots(&dots_of("alike", LONG, &[Some(20.0); 200])));
    add("dots-nothing", dots(&dots_of("nothing", "Case manager", &[None, None])));
}

/// The scorecard's pictures.
fn small_pictures() -> Vec<(String, Picture)> {
    let history = |name: &str, points: &[Point]| {
        (format!("sparkline-{name}"), sparkline(&subject(name, "History", Unit::Share), points))
    };
    let interval = |name: &str, estimate: Estimate, target| {
        let subject = subject(name, "Goals achieved", Unit::Share);
        (format!("interval-{name}"), interval_picture(&subject, &released(estimate), target))
    };
    vec![
        history("marked", &marked(&waves(24, 0.45, 0.2))),
        history("sixty", &marked(&waves(60, 0.45, 0.4))),
        history("flat", &series(&[Some(0.0); 24], None)),
        history("one", &series(&[Some(0.4)], None)),
        history("nothing", &series(&[None; 24], None)),
        interval("plain", share(62, 107), Some(0.65)),
        interval("ends", share(12, 12), Some(1.0)),
        interval("zero", share(0, 12), Some(0.0)),
    ]
}

#[test]
#[ignore = "draws pictures to look at"]
fn gallery() {
    let folder = std::env::temp_dir().join("attain-charts");
    std::fs::create_dir_all(&folder).unwrap();
    let mut page = format!(
        "<!doctype html><meta charset=\"utf-8\"><style>{}body{{max-width:704px;margin:24px auto;font:12px Inter,sans-serif;background:var(--paper);color:var(--secondary)}}</style>\n",
        css()
    );
    for (name, picture) in small_pictures() {
        std::fs::write(folder.join(format!("{name}.svg")), &picture.svg).unwrap();
        let words = format!("<p><b>{name}</b> scorecard</p><p>{}</p>", escaped(&picture.alt));
        let _ = writeln!(page, "<section id=\"{name}\">{}{words}</section>", for_html(&picture.svg));
    }
    for (name, figure) in pictures() {
        std::fs::write(folder.join(format!("{name}.svg")), &figure.svg).unwrap();
        let words = format!("<p><b>{name}</b> {}</p><p>{}</p>", escaped(&figure.caption), escaped(&figure.alt));
        let _ = writeln!(page, "<section id=\"{name}\">{}{words}</section>", for_html(&figure.svg));
    }
    std::fs::write(folder.join("all.html"), page).unwrap();
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
