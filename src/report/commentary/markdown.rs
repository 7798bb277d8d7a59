//! The part of Markdown that a commentary may use: paragraphs, emphasis, lists, links as text, `##` headings.
//!
//! Markup of the file never becomes markup of the report: what is read are words, and whether they are emphasised. Raw
//! HTML and images are left out, and said with their line.

use super::super::document::{Commentary, Passage, Phrase};
use super::super::words::{plain, strong};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// What was written under one heading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remark {
    /// The heading; before the first one there is none.
    pub section: Option<String>,
    /// Line of the heading.
    pub line: u64,
    pub commentary: Commentary,
    /// Everything that is shown of it, and where it stands.
    pub shown: Vec<Shown>,
}

/// Text that is shown, with the lines it comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    pub text: String,
    /// Place in the text → line of the file from there on.
    lines: Vec<(usize, u64)>,
}

impl Shown {
    pub fn line_at(&self, place: usize) -> u64 {
        self.lines.iter().rev().find(|(from, _)| *from <= place).map_or(0, |(_, line)| *line)
    }
}

/// A file, read.
#[derive(Debug, Default)]
pub struct Read {
    pub remarks: Vec<Remark>,
    /// What is not shown: line, and what it is.
    pub left_out: Vec<(u64, &'static str)>,
}

/// An author's line is a line.
const LONGEST_AUTHOR: usize = 120;

/// Reads a file.
pub fn read(text: &str) -> Read {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut reader = Reader { starts, ..Reader::default() };
    reader.read.remarks.push(Remark { line: 1, ..Remark::default() });
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        reader.event(event, &range);
    }
    reader.end_of_text();
    let Read { mut remarks, left_out } = reader.read;
    // Who signs the file signs what has no signature of its own.
    let by = remarks.first().and_then(|first| first.commentary.by.clone());
    for remark in &mut remarks {
        let own = &mut remark.commentary.by;
        *own = own.take().or_else(|| by.clone());
    }
    Read { remarks, left_out }
}

#[derive(Default)]
struct Reader {
    read: Read,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The text that is being read.
    phrases: Vec<Phrase>,
    shown: Shown,
    /// How deep in `*…*` and in `**…**`.
    italic: usize,
    bold: usize,
    lists: Lists,
    /// Everything so far was in `*…*`.
    only_italic: bool,
    heading: Option<HeadingLevel>,
    in_comment: bool,
    /// Text of images is not shown.
    images: usize,
    /// Where the links' texts begin, and where they lead.
    links: Vec<(usize, String)>,
}

/// Where the reader is in lists. Lists within lists are told as one.
#[derive(Default)]
struct Lists {
    depth: usize,
    numbered: bool,
    /// The next text begins a list, or an item of one.
    new_list: bool,
    new_item: bool,
}

impl Reader {
    fn line(&self, at: usize) -> u64 {
        self.starts.partition_point(|start| *start <= at) as u64
    }

    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) | Event::Code(text) => self.text(&text, range.start),
            Event::SoftBreak | Event::HardBreak => self.text(" ", range.start),
            // A comment is for whoever writes the file.
            Event::Html(html) | Event::InlineHtml(html) if self.in_comment || html.trim_start().starts_with("<!--") => {
                self.in_comment = !html.contains("-->");
            }
            Event::Html(_) | Event::InlineHtml(_) => self.leave_out(range.start, "HTML is not shown"),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.heading = Some(level);
                if level == HeadingLevel::H2 {
                    let line = self.line(range.start);
                    self.read.remarks.push(Remark { section: Some(String::new()), line, ..Remark::default() });
                }
            }
            Tag::List(first) => {
                self.end_of_text();
                if self.lists.depth == 0 {
                    self.lists.numbered = first.is_some();
                    self.lists.new_list = true;
                }
                self.lists.depth += 1;
            }
            Tag::Item => self.lists.new_item = true,
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Link { dest_url, .. } => self.links.push((self.shown.text.len(), dest_url.into_string())),
            Tag::Image { .. } => {
                self.images += 1;
                self.leave_out(range.start, "a picture is not shown");
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Heading(HeadingLevel::H1) => {
                // The title of the file: the report has its own.
                self.phrases.clear();
                self.shown = Shown::default();
                self.heading = None;
            }
            TagEnd::Heading(HeadingLevel::H2) => {
                let name = std::mem::take(&mut self.shown).text;
                self.phrases.clear();
                self.heading = None;
                if let Some(remark) = self.read.remarks.last_mut() {
                    remark.section = Some(name.trim().to_string());
                }
            }
            TagEnd::Heading(_) => {
                self.end_of_text();
                self.heading = None;
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock => self.end_of_text(),
            TagEnd::List(_) => self.lists.depth = self.lists.depth.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Link => {
                // Paper has no links: where it leads is said, unless the text says it.
                if let Some((from, to)) = self.links.pop()
                    && self.shown.text.get(from..).is_some_and(|text| text != to && !to.is_empty())
                {
                    self.text(&format!(" ({to})"), range.start);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        if self.images > 0 {
            return;
        }
        let emphasised = self.italic + self.bold > 0 || self.heading.is_some();
        let text = text.replace('\n', " ");
        if self.shown.text.is_empty() {
            self.only_italic = true;
        }
        self.only_italic &= self.italic > 0 || text.trim().is_empty();
        self.shown.lines.push((self.shown.text.len(), self.line(at)));
        self.shown.text.push_str(&text);
        match self.phrases.last_mut() {
            Some(last) if last.strong == emphasised => last.text.push_str(&text),
            _ => self.phrases.push(if emphasised { strong(text) } else { plain(text) }),
        }
    }

    fn leave_out(&mut self, at: usize, what: &'static str) {
        let place = (self.line(at), what);
        if self.read.left_out.last() != Some(&place) {
            self.read.left_out.push(place);
        }
    }

    /// What was read up to here is a paragraph, an item of a list, or the author's line.
    fn end_of_text(&mut self) {
        let phrases = std::mem::take(&mut self.phrases);
        let shown = std::mem::take(&mut self.shown);
        let Some(remark) = self.read.remarks.last_mut().filter(|_| !shown.text.trim().is_empty()) else { return };
        let Commentary { by, passages } = &mut remark.commentary;
        let signs = self.only_italic && shown.text.chars().count() <= LONGEST_AUTHOR;
        if self.lists.depth == 0 && passages.is_empty() && by.is_none() && signs {
            *by = Some(shown.text.trim().to_string());
        } else if self.lists.depth == 0 {
            passages.push(Passage::Paragraph { phrases });
        } else {
            if std::mem::take(&mut self.lists.new_list) || !matches!(passages.last(), Some(Passage::List { .. })) {
                passages.push(Passage::List { numbered: self.lists.numbered, items: Vec::new() });
            }
            if let Some(Passage::List { items, .. }) = passages.last_mut() {
                match items.last_mut() {
                    Some(item) if !self.lists.new_item => {
                        item.push(plain(" "));
                        item.extend(phrases);
                    }
                    _ => items.push(phrases),
                }
            }
            self.lists.new_item = false;
        }
        remark.shown.push(shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A remark as it would be told: section, author, passages, emphasis in asterisks.
    fn told(text: &str) -> Vec<String> {
        let words = |phrases: &[Phrase]| -> String {
            phrases.iter().map(|p| if p.strong { format!("*{}*", p.text) } else { p.text.clone() }).collect()
        };
        let mut told = Vec::new();
        for remark in read(text).remarks {
            let by = remark.commentary.by.map(|by| format!(" by {by}")).unwrap_or_default();
            told.push(format!("{}{by}:", remark.section.as_deref().unwrap_or("-")));
            for passage in &remark.commentary.passages {
                match passage {
                    Passage::Paragraph { phrases } => told.push(words(phrases)),
                    Passage::List { numbered, items } => {
                        let mark = if *numbered { "#" } else { "-" };
                        told.extend(items.iter().map(|item| format!("{mark} {}", words(item))));
                    }
                }
            }
        }
        told
    }

    #[test]
    fn what_a_director_writes_is_read() {
        let text = "# June, for Monday\n\n_Maria Lopez, 3 July 2026_\n\nA calm month,\nbut **one** thing.\n\n\
                    ## Goals achieved\n\nTwo reasons:\n\n1. the *new* plan form\n   and its training\n2. less turnover\n\n\
                    - a\n  - b\n- c\n\n### Next\n\n> See [the plan](https://example.org/plan) and <https://example.org>.\n\n\
                    ## caseload\n\n*Jo Kim*\n\n*Not* an author's line.\n";
        assert_eq!(
            told(text),
            [
                "- by Maria Lopez, 3 July 2026:",
                "A calm month, but *one* thing.",
                "Goals achieved by Maria Lopez, 3 July 2026:",
                "Two reasons:",
                "# the *new* plan form and its training",
                "# less turnover",
                "- a",
                "- b",
                "- c",
                "*Next*",
                "See the plan (https://example.org/plan) and https://example.org.",
                "caseload by Jo Kim:",
                "*Not* an author's line.",
            ]
        );
    }

    #[test]
    fn html_and_pictures_are_left_out_with_their_line() {
        let text = "<!-- for me\nalone -->\n\nText <b>and</b> more.\n\n![a chart](chart.png)\n\n<script>\nalert(1)\n</script>\n\nEnd.\n";
        assert_eq!(told(text), ["-:", "Text and more.", "End."]);
        assert_eq!(
            read(text).left_out,
            [
                (4, "HTML is not shown"),
                (6, "a picture is not shown"),
                (8, "HTML is not shown"),
                (9, "HTML is not shown"),
                (10, "HTML is not shown")
            ]
        );
    }

    #[test]
    fn every_place_of_a_text_has_its_line() {
        let read = read("## Caseload\n\nOne\ntwo **three**\nfour\n");
        let shown = &read.remarks[1].shown[0];
        assert_eq!(shown.text, "One two three four");
        let line = |word: &str| shown.line_at(shown.text.find(word).expect("a word"));
        assert_eq!([line("One"), line("two"), line("three"), line("four")], [3, 4, 4, 5]);
        assert_eq!(read.remarks[1].line, 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[ a-z#*_<>!\\[\\]()`\\-0-9.&\\n]{0,80}") {
            let read = read(&text);
            for remark in &read.remarks {
                for shown in &remark.shown {
                    prop_assert!(shown.line_at(0) >= 1);
                }
            }
        }
    }
}
