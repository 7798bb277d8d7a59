//! The document: one plain tree that every renderer reads, so that PDF, HTML, workbook, CSV and JSON cannot disagree.

use super::error::ReportError;
use crate::chart::{Figure, Picture, Table};
use crate::language::Words;
use crate::looks::Brand;
use serde::Serialize;

/// A report, ready to be rendered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// `monthly-review`
    pub name: String,
    /// BCP 47 tag of its language.
    pub language: String,
    /// What the renderers write around it.
    #[serde(skip)]
    pub words: Words,
    pub agency: String,
    /// How the agency has it look.
    #[serde(skip)]
    pub brand: Brand,
    /// "Monthly review, June 2026"
    pub title: String,
    /// "Complete through 30 June 2026 · compared with May 2026 and June 2025 · for internal use"
    pub subtitle: String,
    /// "2026-06-30-3fa9c1d2"
    pub snapshot: String,
    /// Said at the foot of every page: how to read the marks.
    pub footnote: String,
    pub first_page: FirstPage,
    pub sections: Vec<Section>,
}

impl Document {
    /// Every table, the scorecard first, then in reading order: what the workbook and the CSV files hold.
    pub fn tables(&self) -> Vec<&Table> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        let inside = blocks.filter_map(|block| match block {
            Block::Figure { figure } => Some(&figure.table),
            Block::Table { table } => Some(table),
            _ => None,
        });
        std::iter::once(&self.first_page.scorecard.table).chain(inside).collect()
    }

    /// Every definition, in reading order.
    pub fn definitions(&self) -> Vec<&Definition> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks
            .filter_map(|block| match block {
                Block::Definitions { items } => Some(items),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// Every commentary with the heading it stands under, in reading order.
    pub fn commentaries(&self) -> Vec<(&str, &Commentary)> {
        let blocks = self.sections.iter().flat_map(|s| s.blocks.iter().map(|block| (s.heading.as_str(), block)));
        blocks
            .filter_map(|(heading, block)| match block {
                Block::Commentary { commentary } => Some((heading, commentary)),
                _ => None,
            })
            .collect()
    }

    /// `document.json`: the whole tree, for programs and for comparing two runs.
    pub fn to_json(&self) -> Result<Vec<u8>, ReportError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| ReportError::Json(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The day the snapshot stands for, as its name says it. Files that must carry a date carry this one: a clock would
    /// make two runs of the same data differ.
    pub(super) fn snapshot_day(&self) -> Option<jiff::civil::Date> {
        self.snapshot.get(..10)?.parse().ok()
    }
}

/// The page a director reads in a minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirstPage {
    /// Two or three sentences; what changed and what did not.
    pub lede: Vec<Phrase>,
    pub scorecard: Scorecard,
    /// What to do.
    pub look_at_first: Vec<Vec<Phrase>>,
    /// What the data cannot say.
    pub read_with_care: Vec<Vec<Phrase>>,
}

/// A run of text, or an emphasised one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phrase {
    pub text: String,
    pub strong: bool,
}

/// A table with pictures in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scorecard {
    /// Column headings: metric, value, interval, against the period before (or the target), against last year, history,
    /// status.
    pub headings: [String; 7],
    pub groups: Vec<ScorecardGroup>,
    /// The same as words and numbers, for the workbook, CSV and for readers who cannot see the pictures.
    pub table: Table,
}

/// "Speed", "Goals", "Lasting", …
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorecardGroup {
    pub name: String,
    pub rows: Vec<ScorecardRow>,
}

/// One metric on the first page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorecardRow {
    /// Whatever language or label a report gives it.
    pub metric: String,
    /// "Goals achieved"
    pub label: String,
    /// "62 of 107 due or closed"
    pub count: String,
    /// "58%"
    pub value: String,
    /// "49 to 67%"; empty when there is none.
    pub interval: String,
    /// Dot, band and target tick.
    pub interval_picture: Option<Picture>,
    /// "−3 pts"; of a report on a year the target.
    pub change_before: String,
    pub change_year: String,
    pub history_picture: Option<Picture>,
    /// Why there is none, where most months are withheld.
    pub history_absent: String,
    pub status: StatusMark,
}

/// A status in a word and a mark; never by colour alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusMark {
    pub mark: Mark,
    /// "met", "near", "not met", "no target", "too few", "in range"
    pub word: String,
    /// The rule that said so, for the appendix.
    pub rule: String,
}

/// Drawn by the renderers: a full disc, a half disc, an open ring, a dash, nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Full,
    Half,
    Open,
    Dash,
    None,
}

/// One section: a metric or a question as its heading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Unique, for links: `time-to-service`.
    pub id: String,
    pub heading: String,
    /// Starts on a new page of the PDF.
    pub new_page: bool,
    pub blocks: Vec<Block>,
}

/// A piece of a section, in reading order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Larger text under a heading.
    Lead {
        phrases: Vec<Phrase>,
    },
    Paragraph {
        phrases: Vec<Phrase>,
    },
    Subheading {
        text: String,
    },
    Figure {
        figure: Figure,
    },
    Table {
        table: Table,
    },
    /// Term and its explanation, several lines each.
    Definitions {
        items: Vec<Definition>,
    },
    /// A table to write in: headings, and so many empty rows.
    Form {
        columns: Vec<String>,
        rows: u8,
    },
    /// What somebody of the agency wrote on the section.
    Commentary {
        commentary: Commentary,
    },
}

/// Words by a person, set apart from what was computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Commentary {
    /// "Maria Lopez, 3 July 2026"
    pub by: Option<String>,
    pub passages: Vec<Passage>,
}

/// A paragraph or a list of a commentary.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Passage {
    Paragraph { phrases: Vec<Phrase> },
    List { numbered: bool, items: Vec<Vec<Phrase>> },
}

/// A term and what is meant by it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Definition {
    pub term: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// "Source: Kiresuk & Sherman 1968"
    pub source: Option<String>,
}
