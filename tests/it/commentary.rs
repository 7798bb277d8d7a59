//! What people write on a report: merged by period and section, and told where it cannot be.

use crate::project_folder::Folder;

const OUT: &str = "out/2026-06";

/// The sample agency, ingested, with a folder of commentary for its report.
fn with_commentary(audience: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::ingested();
    let report = format!("audience = \"{audience}\"\ncommentary = \"commentary/\"");
    folder.replace("attain.toml", "audience = \"internal\"", &report);
    for (name, text) in files {
        folder.write(&format!("commentary/{name}"), text);
    }
    folder
}

const JUNE: &str =
    "_Maria Lopez, 3 July 2026_\n\nA calm month.\n\n## Which goals are reached?\n\nThe new plan form helps.\n";

#[test]
fn what_a_director_writes_is_in_every_format() {
    let folder =
        with_commentary("internal", &[("2026-05.md", "May.\n"), ("2026-06.md", JUNE), ("README.md", "How to.\n")]);
    let ran = folder.attain(&["report"]).expect(0);
    assert!(!ran.said.contains("warning"), "{}", ran.said);
    let html = folder.read_text(&format!("{OUT}/monthly-review.html"));
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text}"));
    // Below its section, which is the one of that heading, and signed.
    assert!(at("id=\"opening-remarks\"") < at("A calm month.") && at("A calm month.") < at("id=\"goal-attainment\""));
    assert!(at("id=\"goal-attainment\"") < at("The new plan form helps."));
    assert!(at("The new plan form helps.") < at("id=\"recidivism\""));
    assert_eq!(html.matches("Maria Lopez, 3 July 2026").count(), 2);
    assert!(!html.contains("May.</p>"));
    if let Some(text) = crate::tools::pdf_text(&folder.path().join(OUT).join("monthly-review.pdf")) {
        assert!(text.contains("The new plan form helps.") && text.contains("Maria Lopez, 3 July 2026"), "{text}");
    }
    // What was read is part of what the report was made from.
    let manifest: serde_json::Value =
        serde_json::from_slice(&folder.read(&format!("{OUT}/manifest.json"))).expect("JSON");
    let used = &manifest["reports"]["monthly-review"]["commentary"];
    assert_eq!(used.as_array().map(Vec::len), Some(1));
    assert_eq!(used[0]["sha256"], attain::contract::sha256_hex(JUNE.as_bytes()).as_str());
    assert!(folder.read_text(&format!("{OUT}/tables/provenance.csv")).contains("commentary/2026-06.md,sha256 "));
}

#[test]
fn what_cannot_be_merged_is_told_at_its_place() {
    let text = "Call 555-010-4477.\n\n## Which goals were reached?\n\nMost.\n";
    let folder = with_commentary("funder", &[("2026-06.md", text), ("june.md", "x\n")]);
    let session = folder.transcript(&[&["report", "--quiet", "--format", "json"], &["explain", "commentary-section"]]);
    insta::assert_snapshot!(session);
    let document = folder.read_text(&format!("{OUT}/monthly-review-funder.json"));
    assert!(!document.contains("555-010"));
    // A monthly batch can be made to end on it.
    let ran = folder.attain(&["run", "--json", "--fail-on", "error"]).expect(1);
    let findings = &ran.json()["reports"][0]["commentary"];
    assert_eq!(findings[0]["code"], "commentary-sensitive");
}

#[test]
fn commentary_that_ends_early_is_told() {
    let folder = with_commentary("internal", &[("2026-04.md", "April.\n"), ("2026-05.md", "May.\n")]);
    let said = folder.attain(&["report", "--format", "json"]).expect(0).said;
    assert!(
        said.contains("commentary/2026-05.md: the commentary ends with May 2026; there is none for June 2026"),
        "{said}"
    );
    let missing = with_commentary("internal", &[]).attain(&["report", "--format", "json"]).expect(0).said;
    assert!(missing.contains("note: commentary: there is no such folder of commentary"), "{missing}");
}
