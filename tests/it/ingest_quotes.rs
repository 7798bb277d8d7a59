//! Ingest where double quotes are not closed, or closed lines later: no row is lost, merged or made up.

use crate::ingest::{column, places, project, run};
use attain::ingest::{IngestJob, Outcome};
use attain::store::Store;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;

const HEADER: &str = "program_id,name,setting\n";

/// Ingests `programs.csv`: what came of it, and the ids loaded.
fn programs(text: &str) -> (Outcome, Vec<String>) {
    let (outcome, [ids, ..]) = columns(text);
    (outcome, ids)
}

/// Ingests `programs.csv`: what came of it, and the ids, names and sites loaded.
fn columns(text: &str) -> (Outcome, [Vec<String>; 3]) {
    let (_dir, job, store) = project(&[("programs.csv", text)]);
    let outcome = run(&job, &store);
    let snapshot = outcome.snapshot.as_ref().expect("a snapshot");
    let columns = ["program_id", "name", "site"].map(|name| column(snapshot, "programs", name));
    (outcome, columns)
}

fn rows(outcome: &Outcome) -> (u64, u64, u64) {
    let file = &outcome.files[0];
    (file.rows, file.loaded, file.quarantined)
}

#[test]
fn a_runaway_quote_costs_its_line_and_no_other() {
    let (outcome, ids) = programs(&format!("{HEADER}P1,\"a,other\nP2,b\nP3,c,other\nP4,d,other\nP5,\"e\",other\n"));
    assert_eq!(places(&outcome), ["2 - - runaway-quote", "3 - - short-row"]);
    assert_eq!(ids, ["P3", "P4", "P5"]);
    assert_eq!(rows(&outcome), (5, 3, 2));
}

#[test]
fn two_runaway_quotes_in_a_row_do_not_become_one_row() {
    let (outcome, ids) = programs(&format!("{HEADER}P1,\"a,other\nP2,\"b,other\nP3,c,other\n"));
    assert_eq!(places(&outcome), ["2 - - runaway-quote", "3 - - runaway-quote"]);
    assert_eq!(ids, ["P3"]);
    // Quotes on empty cells close each other soundly.
    let (outcome, ids) = programs(&format!("{HEADER}P1,\",other\nP2,\",other\nP3,c,other\n"));
    assert_eq!(places(&outcome), ["2 - - runaway-quote", "3 - - runaway-quote"]);
    assert_eq!(ids, ["P3"]);
}

#[test]
fn a_file_of_runaway_quotes_is_set_aside_line_by_line() {
    let mut text = HEADER.to_owned();
    for n in 0..50 {
        writeln!(text, "P{n},\"a,other").expect("text");
    }
    let (outcome, ids) = programs(&text);
    assert_eq!(rows(&outcome), (50, 0, 50));
    assert!(ids.is_empty());
}

#[test]
fn a_runaway_quote_before_a_blank_a_short_or_a_long_line_costs_its_line() {
    for (next, rows_of_next) in [("", 0), ("P2", 1), ("P2,b,other,more", 1)] {
        let (outcome, ids) = programs(&format!("{HEADER}P1,\"a,other\n{next}\nP3,c,other\n"));
        assert_eq!(rows(&outcome), (2 + rows_of_next, 1, 1 + rows_of_next), "{next:?}");
        assert_eq!(ids, ["P3"]);
    }
}

#[test]
fn a_runaway_quote_in_the_header_is_told_and_nothing_of_the_rows_is() {
    let (outcome, ids) = programs("program_id,\"name,setting\nP1,Harbor,other\nP2,b,other\n");
    assert_eq!(places(&outcome), ["1 - - runaway-quote"]);
    assert_eq!((rows(&outcome), ids.len()), ((2, 0, 2), 0));
    assert!(!format!("{:?}", outcome.findings).contains("Harbor"));
}

#[test]
fn a_quoted_text_over_several_lines_is_one_cell() {
    let text = format!(
        "{HEADER}P1,\"line one\nand, then, more\nend\",other\nP2,\"a\r\n\r\nb, \"\"c\"\"\",other\r\nP3,c,other\n"
    );
    let (outcome, [ids, names, _]) = columns(&text);
    assert_eq!(places(&outcome), Vec::<String>::new());
    assert_eq!(ids, ["P1", "P2", "P3"]);
    assert_eq!(names[0], "line one\nand, then, more\nend");
    assert_eq!(names[1], "a\r\n\r\nb, \"c\"");
}

#[test]
fn a_quoted_note_in_a_column_of_its_own_may_have_line_breaks() {
    let (outcome, ids) = programs("program_id,name,note\nP1,a,\"one\ntwo\"\nP2,b,\n");
    assert_eq!(places(&outcome), Vec::<String>::new());
    assert_eq!(ids, ["P1", "P2"]);
}

#[test]
fn where_swallowed_rows_and_a_text_cannot_be_told_apart_every_line_is_set_aside() {
    let (outcome, ids) = programs(&format!("{HEADER}P1,\"a,other\nP2,b,other\nP3,c\",other\nP4,d,other\n"));
    assert_eq!(places(&outcome), ["2 - - runaway-quote", "3 - - runaway-quote", "4 - - runaway-quote"]);
    assert_eq!(ids, ["P4"]);
    assert_eq!(rows(&outcome), (4, 1, 3));
}

#[test]
fn a_line_break_in_a_column_that_is_no_text_makes_no_row_up() {
    let (outcome, ids) = programs(&format!("{HEADER}P1,a,\"ot\nP9,x,her\"\nP2,b,other\n"));
    assert_eq!(rows(&outcome).0, 3);
    assert!(ids.contains(&"P2".to_owned()) && !ids.contains(&"P1".to_owned()));
    // A cell too many behind the text: its second line has three cells and is no row.
    let (outcome, ids) = programs(&format!("{HEADER}P1,\"one\ntwo\",other,more\nP2,b,other\n"));
    assert_eq!(ids, ["P2"]);
    assert_eq!(rows(&outcome), (3, 1, 2));
}

/// A text of words, commas, quotes and line breaks.
fn text() -> impl Strategy<Value = String> {
    "[a-z]{1,5}([ ,\"\n]{0,2}[a-z]{1,5}){0,4}"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Ten columns: more than a line of a text can have commas.
const WIDE: &str = "program_id,name,setting,site,organization,funder,capacity,service_start_days,opened_on,closed_on\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn valid_texts_over_several_lines_come_back_as_they_were(texts in proptest::collection::vec((text(), text()), 1..30)) {
        let mut file = WIDE.to_owned();
        for (n, (name, site)) in texts.iter().enumerate() {
            writeln!(file, "P{n},{},other,{},,,7,,,", quoted(name), quoted(site)).expect("text");
        }
        let (outcome, [ids, names, sites]) = columns(&file);
        prop_assert_eq!(places(&outcome), Vec::<String>::new());
        prop_assert_eq!(ids.len(), texts.len());
        for ((name, site), (stored, stored_site)) in texts.iter().zip(names.iter().zip(&sites)) {
            prop_assert_eq!((name.trim(), site.trim()), (stored.as_str(), stored_site.as_str()));
        }
    }

    #[test]
    fn runaway_quotes_among_sound_rows_cost_their_own_lines(
        lines in proptest::collection::vec((any::<bool>(), 0..3_u8, 0..3_u8), 1..60),
    ) {
        let mut file = WIDE.to_owned();
        let mut broken = Vec::new();
        for (n, (runs, what, before)) in lines.iter().enumerate() {
            let name = match what {
                0 => "plain".to_owned(),
                1 => "\"quoted, with a comma\"".to_owned(),
                _ => "\"say \"\"hi\"\"\"".to_owned(),
            };
            if *runs && *before == 0 {
                broken.push(n as u64 + 2);
                writeln!(file, "P{n},\"runaway,other,x,,,7,,,").expect("text");
            } else {
                writeln!(file, "P{n},{name},other,x,\"\",,7,,,").expect("text");
            }
        }
        let (outcome, ids) = programs(&file);
        let expected: Vec<String> = broken.iter().map(|line| format!("{line} - - runaway-quote")).collect();
        prop_assert_eq!(places(&outcome), expected);
        prop_assert_eq!(ids.len(), lines.len() - broken.len());
        prop_assert_eq!(outcome.files[0].rows, lines.len() as u64);
    }
}

/// Blocks end inside quoted texts and behind runaway quotes; neither the border nor the thread decides what is read.
#[test]
fn neither_blocks_nor_threads_change_what_a_quote_costs() {
    let (dir, job, _) = project(&[]);
    let mut file = HEADER.to_owned();
    let (mut sound, mut broken) = (0_u64, 0_u64);
    for n in 0..120_000 {
        match n % 7 {
            0 => writeln!(file, "P{n},\"one\ntwo, and\n\nthree {n}\",other"),
            3 if n % 5 == 0 => writeln!(file, "P{n},\"runaway,other"),
            _ => writeln!(file, "P{n},\"a quoted, name\",other"),
        }
        .expect("text");
        if n % 7 == 3 && n % 5 == 0 { broken += 1 } else { sound += 1 }
    }
    fs::write(dir.path().join("exports/programs.csv"), &file).expect("written");
    let mut read = Vec::new();
    for threads in [1, 3] {
        let store = Store::at(dir.path().join(format!("store-{threads}")));
        let outcome = run(&IngestJob { threads, ..job.clone() }, &store);
        assert_eq!(rows(&outcome), (sound + broken, sound, broken));
        assert!(outcome.counts.iter().any(|count| count.code == "runaway-quote" && count.count == broken));
        read.push((outcome.findings, outcome.snapshot.expect("a snapshot").id));
    }
    assert!(read[0] == read[1], "the number of threads shows");
}
