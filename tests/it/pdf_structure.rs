//! The PDF as a screen reader meets it: the tree of tags, read from the file's own objects.

use crate::accessible::{stems, written};
use crate::formats::dense;
use crate::project_folder::Folder;
use crate::tools::{have, run};
use serde_json::Value;
use std::path::Path;

/// The objects of a PDF.
struct Pdf(Value);

/// A tag: what it is, what is said of it, what is in it.
#[derive(Debug)]
struct Tag {
    role: String,
    /// Of a heading its text, as the file says it.
    title: String,
    alternative: String,
    scope: String,
    across: u64,
    inside: Vec<Tag>,
}

fn words(value: &Value) -> String {
    value.as_str().and_then(|text| text.strip_prefix("u:")).unwrap_or_default().to_owned()
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim_start_matches('/').to_owned()
}

impl Pdf {
    fn read(path: &Path) -> Self {
        let json = run("qpdf", &["--json=2", "--json-key=qpdf", "--json-stream-data=none", &path.to_string_lossy()]);
        let mut all: Value = serde_json::from_str(&json).expect("JSON");
        Self(all["qpdf"][1].take())
    }

    /// What a reference means; anything else means itself.
    fn look_up<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.as_str() {
            Some(reference) if reference.ends_with(" R") => &self.0[format!("obj:{reference}")]["value"],
            _ => value,
        }
    }

    fn get<'a>(&'a self, of: &'a Value, key: &str) -> &'a Value {
        self.look_up(&self.look_up(of)[key])
    }

    fn catalog(&self) -> &Value {
        self.get(&self.0["trailer"]["value"], "/Root")
    }

    /// One thing, or several in an array.
    fn each<'a>(&'a self, value: &'a Value) -> Vec<&'a Value> {
        match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().map(|item| self.look_up(item)).collect(),
            one => vec![self.look_up(one)],
        }
    }

    fn tag(&self, of: &Value) -> Tag {
        let attributes = self.each(self.get(of, "/A"));
        let said = |key: &str| attributes.iter().map(|it| self.get(it, key)).find(|it| !it.is_null());
        let inside = self.each(self.get(of, "/K"));
        Tag {
            role: name(&of["/S"]),
            title: words(self.get(of, "/T")),
            alternative: words(self.get(of, "/Alt")),
            scope: said("/Scope").map(name).unwrap_or_default(),
            across: said("/ColSpan").and_then(Value::as_u64).unwrap_or(1),
            // Marks in the page's content have no role.
            inside: inside.into_iter().filter(|it| it["/S"].is_string()).map(|it| self.tag(it)).collect(),
        }
    }

    fn tree(&self) -> Vec<Tag> {
        let root = self.get(self.catalog(), "/StructTreeRoot");
        self.each(self.get(root, "/K")).into_iter().map(|it| self.tag(it)).collect()
    }

    /// The bookmarks with their depth, in reading order.
    fn bookmarks(&self) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        self.below(self.get(self.catalog(), "/Outlines"), 0, &mut all);
        all
    }

    fn below(&self, of: &Value, depth: usize, all: &mut Vec<(usize, String)>) {
        let mut next = self.get(of, "/First");
        while next.is_object() {
            all.push((depth, words(self.get(next, "/Title"))));
            self.below(next, depth + 1, all);
            next = self.get(next, "/Next");
        }
    }
}

impl Tag {
    /// The tag in a word, with what a screen reader says of it.
    fn said(&self) -> String {
        let mut said = self.role.clone();
        if !self.title.is_empty() {
            said += &format!(" “{}”", self.title);
        }
        if !self.scope.is_empty() {
            said += &format!(" of its {}", self.scope.to_lowercase());
        }
        if self.across > 1 {
            said += &format!(" over {} columns", self.across);
        }
        if !self.alternative.is_empty() {
            said += " with words";
        }
        said
    }

    /// An outline; rows of tables on one line, what comes several times alike once.
    fn outline(&self, depth: usize, out: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        if self.role == "TR" {
            out.push(format!("{indent}TR: {}", self.inside_on_a_line()));
            return;
        }
        out.push(format!("{indent}{}", self.said()));
        let mut parts: Vec<(Vec<String>, usize)> = Vec::new();
        for tag in &self.inside {
            let mut lines = Vec::new();
            tag.outline(depth + 1, &mut lines);
            match parts.last_mut() {
                Some((last, times)) if *last == lines => *times += 1,
                _ => parts.push((lines, 1)),
            }
        }
        for (mut lines, times) in parts {
            if times > 1 {
                lines[0] += &format!(" ×{times}");
            }
            out.append(&mut lines);
        }
    }

    fn inside_on_a_line(&self) -> String {
        let mut parts: Vec<(String, usize)> = Vec::new();
        for tag in &self.inside {
            let inside = tag.inside_on_a_line();
            let said = if inside.is_empty() { tag.said() } else { format!("{} ({inside})", tag.said()) };
            match parts.last_mut() {
                Some((last, times)) if *last == said => *times += 1,
                _ => parts.push((said, 1)),
            }
        }
        let told = parts.into_iter().map(|(said, times)| if times > 1 { format!("{said} ×{times}") } else { said });
        told.collect::<Vec<_>>().join(", ")
    }

    /// This tag and all below it, in reading order.
    fn all(&self) -> Vec<&Tag> {
        std::iter::once(self).chain(self.inside.iter().flat_map(Tag::all)).collect()
    }

    fn level(&self) -> Option<usize> {
        self.role.strip_prefix('H')?.parse().ok()
    }
}

#[test]
fn a_small_report_has_this_structure() {
    if !have("qpdf") {
        return;
    }
    let folder = Folder::ingested();
    folder.write(
        "reports/small.report.toml",
        "title = \"A small report\"\nhistory_months = 12\nbaseline_months = 6\nrecent_months = 6\nappendix = []\n\
         [[scorecard]]\ngroup = \"Output\"\nmetric = \"clients_served\"\n\
         [[scorecard]]\ngroup = \"Outcome\"\nmetric = \"goal_attainment\"\n\
         [[sections]]\nheading = \"Which goals are reached?\"\nmetric = \"goal_attainment\"\nfigures = [\"programs\"]\n\
         [[sections]]\nheading = \"Who was served?\"\npeople = { metric = \"clients_served\", by = [\"gender\"] }\n\
         [[sections]]\nheading = \"Actions\"\ntext = [\"What is to be done.\"]\nform = { columns = [\"What\", \"Who\"], rows = 3 }\n",
    );
    folder.write("commentary/2026-06.md", "## Actions\n\nWe *will*:\n\n- call,\n- write.\n");
    let toml = folder.read_text("attain.toml");
    folder.write(
        "attain.toml",
        &format!(
            "{toml}\n[[reports]]\ndefinition = \"small\"\naudience = \"internal\"\ncommentary = \"commentary/\"\n"
        ),
    );
    folder.attain(&["report", "small", "--period", "2026-06", "--format", "pdf"]).expect(0);
    let pdf = Pdf::read(&folder.path().join("out/2026-06/small.pdf"));
    let mut lines: Vec<String> = Vec::new();
    for tag in pdf.tree() {
        tag.outline(0, &mut lines);
    }
    lines.push(String::new());
    lines.push("Bookmarks".to_owned());
    lines.extend(pdf.bookmarks().into_iter().map(|(depth, title)| format!("{}{title}", "  ".repeat(depth + 1))));
    insta::assert_snapshot!(lines.join("\n"));
}

/// A table to write in has empty cells, and nothing that a row would be called.
fn is_to_write_in(table: &[&Tag]) -> bool {
    table.iter().skip(1).all(|row| row.inside.iter().all(|cell| cell.role == "TD"))
}

#[test]
fn every_report_can_be_walked_by_ear() {
    if !have("qpdf") {
        return;
    }
    for stem in stems() {
        let pdf = Pdf::read(&written(&stem, "pdf"));
        let catalog = pdf.catalog();
        assert_eq!(pdf.get(pdf.get(catalog, "/MarkInfo"), "/Marked"), true, "{stem}");
        assert_eq!(pdf.get(pdf.get(catalog, "/ViewerPreferences"), "/DisplayDocTitle"), true, "{stem}");
        assert_eq!(words(pdf.get(catalog, "/Lang")), "en", "{stem}");
        let tree = pdf.tree();
        let all: Vec<&Tag> = tree.iter().flat_map(Tag::all).collect();

        let headings: Vec<&&Tag> = all.iter().filter(|tag| tag.level().is_some()).collect();
        let levels: Vec<usize> = headings.iter().filter_map(|tag| tag.level()).collect();
        assert_eq!(levels[0], 1, "{stem}");
        assert!(
            !levels[1..].contains(&1) && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{stem}: {levels:?}"
        );
        // Each is a bookmark, as deep as it is below the title.
        let bookmarks = pdf.bookmarks();
        assert_eq!(bookmarks.iter().map(|(depth, _)| depth + 1).collect::<Vec<_>>(), levels, "{stem}");
        for (tag, (_, title)) in headings.iter().zip(&bookmarks) {
            assert_eq!(dense(&tag.title), dense(title), "{stem}");
        }

        let figures: Vec<&&Tag> = all.iter().filter(|tag| tag.role == "Figure").collect();
        assert!(figures.len() > 5, "{stem}");
        assert!(figures.iter().all(|figure| figure.alternative.len() > 10), "{stem}: {figures:?}");

        let tables: Vec<&&Tag> = all.iter().filter(|tag| tag.role == "Table").collect();
        assert!(tables.len() > 2, "{stem}");
        for table in tables {
            let rows: Vec<&Tag> = table.all().into_iter().filter(|tag| tag.role == "TR").collect();
            let (head, body) = rows.split_first().expect("rows");
            assert!(head.inside.iter().all(|cell| cell.role == "TH" && cell.scope == "Column"), "{stem}: {head:?}");
            if is_to_write_in(&rows) {
                continue;
            }
            for row in body {
                let (first, others) = row.inside.split_first().expect("cells");
                // A table without rows says so over its whole width.
                let empty = body.len() == 1 && others.is_empty() && first.role == "TD";
                assert!(empty || (first.role == "TH" && first.scope == "Row"), "{stem}: {row:?}");
                assert!(others.iter().all(|cell| cell.role == "TD"), "{stem}: {row:?}");
            }
        }
    }
}

#[test]
fn every_report_is_for_all_and_for_the_archive() {
    for stem in stems() {
        let bytes = std::fs::read(written(&stem, "pdf")).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        for claim in [
            "<pdfuaid:part>1</pdfuaid:part>",
            "<pdfaid:part>3</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
        ] {
            assert!(text.contains(claim), "{stem}: {claim}");
        }
    }
    if !have("qpdf") {
        return;
    }
    for stem in stems() {
        let said = run("qpdf", &["--check", &written(&stem, "pdf").to_string_lossy()]);
        assert!(said.contains("No syntax or stream encoding errors"), "{stem}: {said}");
        let pdf = Pdf::read(&written(&stem, "pdf"));
        let files = pdf.each(pdf.get(pdf.catalog(), "/AF"));
        assert!(files.len() > 1, "{stem}");
        for file in files {
            assert_eq!(name(pdf.get(file, "/AFRelationship")), "Data", "{stem}");
            assert!(!words(pdf.get(file, "/Desc")).is_empty(), "{stem}: {file}");
        }
    }
}

/// From the second page on each says whose it is and what, and every page which of how many it is.
#[test]
fn every_page_says_where_one_is() {
    if !have("pdftotext") {
        return;
    }
    for stem in stems() {
        let pdf = written(&stem, "pdf");
        let pages = run("pdftotext", &["-layout", &pdf.to_string_lossy(), "-"]);
        let pages: Vec<&str> = pages.trim_end_matches('\u{c}').split('\u{c}').collect();
        for (at, page) in (1..).zip(&pages) {
            let place = format!("{at} of {}", pages.len());
            assert!(page.trim_end().ends_with(&place), "{stem}: {place}");
            let first = page.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let running = first.contains("Harbor Family Services") && first.contains("2026");
            assert_eq!(running, at > 1, "{stem}: page {at}: {first}");
        }
    }
}
