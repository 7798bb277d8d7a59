//! Commentary put into the made-up document, and what is said of what cannot be placed.

use super::super::document::{Commentary, Passage};
use super::super::{html, pdf, sample, workbook};
use super::*;

fn file(name: &str, text: &str) -> CommentaryFile {
    CommentaryFile { path: format!("commentary/{name}"), bytes: text.as_bytes().to_vec() }
}

fn programs() -> BTreeMap<String, String> {
    [("PRG1", "Harbor Housing"), ("PRG2", "Fresh Start")].map(|(id, name)| (id.into(), name.into())).into()
}

/// The made-up document of June 2026 with these files merged into it.
fn merged_for(files: &[CommentaryFile], audience: Audience, program: Option<&str>) -> (Document, Merged) {
    let period = Period::month_of("2026-06-01".parse().expect("a date in a test"));
    let programs = programs();
    let fiscal_year = FiscalYear::starting_in(7).expect("a month");
    let edition = Edition {
        period: &period,
        year_to_date: false,
        fiscal_year,
        audience,
        program,
        programs: &programs,
        elsewhere: &[],
    };
    let mut document = sample::document();
    for section in &mut document.sections {
        section.blocks.retain(|block| !matches!(block, Block::Commentary { .. }));
    }
    let merged = merge(&mut document, files, &edition);
    (document, merged)
}

fn merged(files: &[CommentaryFile]) -> (Document, Merged) {
    merged_for(files, Audience::Internal, None)
}

/// "commentary/2026-06.md:3: what (hint)"
fn told(merged: &Merged) -> Vec<String> {
    let hint = |f: &Finding| f.hint.clone().map_or(String::new(), |hint| format!(" ({hint})"));
    merged.findings.iter().map(|f| format!("{}: {}{}", f.place(), f.message, hint(f))).collect()
}

/// Heading, author and first words of each commentary.
fn shown(document: &Document) -> Vec<(String, Option<String>, String)> {
    let words = |commentary: &Commentary| match commentary.passages.first() {
        Some(Passage::Paragraph { phrases }) => phrases.iter().map(|p| p.text.as_str()).collect(),
        _ => String::new(),
    };
    let all = document.commentaries();
    all.into_iter().map(|(heading, c)| (heading.to_string(), c.by.clone(), words(c))).collect()
}

#[test]
fn remarks_stand_below_the_section_they_name() {
    let text = "_Maria Lopez_\n\nA calm month.\n\n## Which goals do people reach?\n\nMost of them.\n\n## time-to-service\n\nSooner.\n\n\
                ## Data quality\n\nBetter.\n";
    let (document, merged) = merged(&[file("2026-05.md", "May."), file("2026-06.md", text)]);
    let by = Some("Maria Lopez".to_string());
    assert_eq!(
        shown(&document),
        [
            ("Opening remarks".into(), by.clone(), "A calm month.".into()),
            ("How long do people wait for their first service?".into(), by.clone(), "Sooner.".into()),
            ("Which goals do people reach?".into(), by.clone(), "Most of them.".into()),
            ("What can’t the data say?".into(), by, "Better.".into()),
        ]
    );
    assert_eq!(told(&merged), Vec::<String>::new());
    assert_eq!(merged.used, [("commentary/2026-06.md".to_string(), sha256_hex(text.as_bytes()))]);
}

#[test]
fn what_cannot_be_placed_is_told_at_its_place() {
    let (document, merged) = merged(&[
        file("2026-06.md", "## Goals\n\nGood.\n\n## Time to servise\n\nSoon.\n\n<b>x</b>\n"),
        file("2026-13.md", "x"),
        file("2026-06-PRG3.md", "x"),
        file("notes.docx", ""),
        file("FY2026.md", "The year."),
        CommentaryFile { path: "commentary/2026-06-.md".into(), bytes: b"x".to_vec() },
    ]);
    assert_eq!(shown(&document), []);
    let fix = "call it 2026-06.md, 2026-Q2.md, FY2026.md, or 2026-06-PROGRAM.md; move other files elsewhere";
    assert_eq!(
        told(&merged),
        [
            format!("commentary/2026-06-.md: there is no program \"\" ({fix})"),
            "commentary/2026-06-PRG3.md: there is no program \"PRG3\" (did you mean 2026-06-PRG1.md?)".into(),
            "commentary/2026-06.md:1: the report has no section \"Goals\" (its sections are time-to-service, goal-attainment, \
             data-quality, definitions)"
                .into(),
            "commentary/2026-06.md:5: the report has no section \"Time to servise\" (did you mean \"time-to-service\"?)".into(),
            "commentary/2026-06.md:9: HTML is not shown (write it in words)".into(),
            format!("commentary/2026-13.md: \"2026-13\" does not begin with a period ({fix})"),
            format!("commentary/notes.docx: \"notes.docx\" is no Markdown file ({fix})"),
        ]
    );
}

#[test]
fn commentary_that_ends_early_is_told_and_not_shown() {
    let stale = |files: &[CommentaryFile]| {
        let (document, merged) = merged(files);
        assert!(files.iter().any(|f| f.path.ends_with("06.md")) || shown(&document).is_empty());
        told(&merged)
    };
    let may = file("2026-05.md", "May.");
    assert_eq!(
        stale(&[file("2026-04.md", "April."), may.clone(), file("2026-Q1.md", "Winter.")]),
        [
            "commentary/2026-05.md: the commentary ends with May 2026; there is none for June 2026 (write 2026-06.md, or leave \
             commentary out of this report in attain.toml)"
        ]
    );
    let none: [&str; 0] = [];
    assert_eq!(stale(&[may.clone(), file("2026-06.md", "June.")]), none);
    // An earlier report made again, and a folder of quarters alone.
    assert_eq!(stale(&[may, file("2026-07.md", "July.")]), none);
    assert_eq!(stale(&[file("2026-Q1.md", "Winter.")]), none);
}

#[test]
fn a_report_on_the_year_takes_what_is_written_on_the_year_and_its_last_quarter() {
    let programs = programs();
    let shown = |month: &str, year_to_date: bool| {
        let period = Period::month_of(format!("{month}-01").parse().expect("a date in a test"));
        let edition = Edition {
            period: &period,
            year_to_date,
            fiscal_year: FiscalYear::starting_in(7).expect("a month"),
            audience: Audience::Internal,
            program: None,
            programs: &programs,
            elsewhere: &["Objectives".to_owned()],
        };
        let files = [
            file("2026-06.md", "June."),
            file("2026-Q2.md", "Spring."),
            file("2026-Q1.md", "Winter."),
            file("FY2026.md", "The year.\n\n## Objectives\n\nOf another report."),
            file("FY2025.md", "Last year."),
        ];
        let mut document = sample::document();
        let merged = merge(&mut document, &files, &edition);
        assert_eq!(told(&merged), Vec::<String>::new(), "{month}");
        merged.used.into_iter().map(|(path, _)| path.replace("commentary/", "")).collect::<Vec<_>>()
    };
    assert_eq!(shown("2026-06", false), ["2026-06.md"]);
    assert_eq!(shown("2026-06", true), ["2026-06.md", "2026-Q2.md", "FY2026.md"]);
    assert_eq!(shown("2025-09", true), ["FY2026.md"]);
    assert_eq!(shown("2025-09", false), Vec::<String>::new());
}

#[test]
fn a_programs_edition_has_its_own() {
    let files = [
        file("2026-06.md", "All."),
        file("2026-06-prg1.md", "By id."),
        file("2026-06-harbor-housing.md", "By name."),
        file("2026-06-PRG2.md", "Another."),
    ];
    let words = |program| {
        shown(&merged_for(&files, Audience::Internal, program).0).into_iter().map(|s| s.2).collect::<Vec<_>>()
    };
    assert_eq!(words(None), ["All."]);
    assert_eq!(words(Some("PRG1")), ["By id.", "By name."]);
    assert_eq!(words(Some("PRG2")), ["Another."]);
}

#[test]
fn what_must_not_leave_the_agency_does_not() {
    let text = "Fine.\n\n## time-to-service\n\nAsk her\nat 555-010-4477.\n\n## goal-attainment\n\n_jo@harbor.example.org_\n\nGood.\n";
    let files = [file("2026-06.md", text)];
    let (document, merged) = merged_for(&files, Audience::Funder, None);
    assert_eq!(shown(&document).into_iter().map(|s| s.2).collect::<Vec<_>>(), ["Fine."]);
    let fix = "take it out of the text; if it is something else, write it another way";
    assert_eq!(
        told(&merged),
        [
            format!(
                "commentary/2026-06.md:6: what looks like a telephone number, in commentary that leaves the agency ({fix})"
            ),
            format!(
                "commentary/2026-06.md:10: what looks like an e-mail address, in commentary that leaves the agency ({fix})"
            ),
        ]
    );
    assert_eq!(shown(&merged_for(&files, Audience::Internal, None).0).len(), 3);
}

#[test]
fn every_format_shows_it_and_none_runs_it() {
    let text =
        format!("_Jo_\n\n{}\n\n- [x](javascript:alert)\n", sample::HOSTILE.replace("<script>alert(1)</script>", ""));
    let (document, _) = merged(&[file("2026-06.md", &text)]);
    let page = html::render(&document).unwrap();
    assert!(
        page.contains("<div class=\"commentary\" role=\"note\">") && page.contains("<li>x (javascript:alert)</li>")
    );
    assert!(!page.contains("<script") && !page.contains("href=\"javascript"));
    assert!(pdf::render(&document).unwrap().starts_with(b"%PDF-"));
    assert!(workbook::render(&document).unwrap().starts_with(b"PK"));
}

#[test]
fn files_of_other_encodings_are_told() {
    let utf16 = CommentaryFile { path: "commentary/2026-06.md".into(), bytes: vec![0xff, 0xfe, 0x41, 0x00] };
    let (_, merged) = merged(&[utf16]);
    assert_eq!(told(&merged), ["commentary/2026-06.md: is not text in UTF-8 (save it as UTF-8)"]);
}
