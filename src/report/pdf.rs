//! The PDF: typst with everything in memory. The document goes in as JSON that `reports/report.typ` reads, so no value
//! is ever markup; the bytes depend on the document alone.

use super::document::{Block, Document};
use super::error::ReportError;
use super::tables;
use crate::chart;
use crate::looks::{self, Logo};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic, SourceResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World, WorldExt};
use typst_kit::files::{FileLoader, FileStore};
use typst_kit::fonts::FontStore;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

const TEMPLATE: &str = include_str!("../../reports/report.typ");
const TEMPLATE_PATH: &str = "report.typ";
const DATA_PATH: &str = "report.json";
/// Without an ending: what kind of picture it is, its bytes say.
const LOGO_PATH: &str = "logo";

/// A figure's numbers stand below it up to this many rows, and in an appendix beyond.
const ROWS_BESIDE_A_FIGURE: usize = 6;

/// The document as a tagged PDF that anybody can read (PDF/UA-1) and archives can keep (PDF/A-3a), its tables attached
/// as CSV: of the archival forms only the third may hold other files and is a PDF 1.7, as PDF/UA-1 is.
pub fn render(document: &Document) -> Result<Vec<u8>, ReportError> {
    Manuscript::of(document)?.set().map_err(ReportError::Pdf)
}

/// All that a PDF is set from, so that another process can set it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manuscript {
    /// What the template reads, as JSON.
    data: String,
    identity: String,
    /// Year, month, day.
    created: (i32, u8, u8),
    logo: Option<Vec<u8>>,
}

impl Manuscript {
    /// That of a document.
    ///
    /// # Errors
    /// When the document cannot be written as JSON.
    pub fn of(document: &Document) -> Result<Self, ReportError> {
        // An archived document has a date. Without a day in the snapshot's name it is the first that PDF readers know.
        let day = document.snapshot_day().unwrap_or(jiff::civil::date(1970, 1, 1));
        let Document { agency, name, title, snapshot, .. } = document;
        Ok(Self {
            data: data(document, fonts()?)?,
            identity: format!("{agency} / {name} / {title} / {snapshot}"),
            created: (i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs()),
            logo: document.brand.logo.as_ref().map(|logo| logo.bytes().to_vec()),
        })
    }

    /// Sets it.
    ///
    /// # Errors
    /// What is wrong in the template or in a picture, with its place.
    pub fn set(&self) -> Result<Vec<u8>, String> {
        let data = Bytes::from_string(self.data.clone());
        let ready = || Ok((InMemory::new(TEMPLATE, data, self.logo.as_deref())?, standards()?));
        let (world, standards) = ready().map_err(|error: ReportError| error.to_string())?;
        let (year, month, day) = self.created;
        let created = Datetime::from_ymd_hms(year, month, day, 0, 0, 0);
        let options = PdfOptions {
            ident: Smart::Custom(self.identity.clone()),
            creator: Smart::Custom(Some("attain".to_owned())),
            timestamp: created.map(Timestamp::new_utc),
            standards,
            tagged: true,
            ..PdfOptions::default()
        };
        let result = written(&world, &options);
        // Layouts of earlier documents are of no use to the next one.
        typst::comemo::evict(1);
        result.map_err(|diagnostics| {
            let lines: Vec<String> = diagnostics.iter().map(|diagnostic| described(&world, diagnostic)).collect();
            lines.join("\n")
        })
    }
}

fn written(world: &InMemory, options: &PdfOptions) -> SourceResult<Vec<u8>> {
    typst::compile::<PagedDocument>(world).output.and_then(|pages| typst_pdf::pdf(&pages, options))
}

/// Draws the logo and nothing else, under the standards of a report.
///
/// # Errors
/// What is wrong with the picture.
pub fn draw(logo: &Logo) -> Result<(), String> {
    let template = "#set document(title: \"Logo\")\n#pdf.artifact(image(\"logo\"))";
    let ready = || Ok((InMemory::new(template, Bytes::new([]), Some(logo.bytes()))?, standards()?));
    let (world, standards) = ready().map_err(|error: ReportError| error.to_string())?;
    let day = Datetime::from_ymd_hms(1970, 1, 1, 0, 0, 0).map(Timestamp::new_utc);
    let options = PdfOptions { standards, tagged: true, timestamp: day, ..PdfOptions::default() };
    let drawn = written(&world, &options);
    drawn.map(drop).map_err(|all| all.iter().map(|one| one.message.as_str()).collect::<Vec<_>>().join("; "))
}

fn standards() -> Result<PdfStandards, ReportError> {
    PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_3a])
        .map_err(|error| ReportError::Pdf(error.message().to_string()))
}

/// What the template reads.
fn data(document: &Document, fonts: &FontStore) -> Result<String, ReportError> {
    let failed = |error: serde_json::Error| ReportError::Pdf(error.to_string());
    let mut value = json!({
        "document": serde_json::to_value(document).map_err(failed)?,
        "language": Language::of(&document.language),
        "later": later(document),
        "rows_beside_a_figure": ROWS_BESIDE_A_FIGURE,
        "words": words(document),
        "brand": {
            "logo": document.brand.logo.is_some(),
            "primary": document.brand.colours.primary.as_ref().map(|colour| &colour.light),
            "accent": document.brand.colours.accent.as_ref().map(|colour| &colour.light),
        },
        "tokens": looks::tokens().light.named().into_iter().collect::<BTreeMap<_, _>>(),
    });
    keep_drawable(&mut value, fonts);
    // As they are in the files beside the report, whatever the family can draw.
    value["attachments"] = attachments(document)?;
    serde_json::to_string(&value).map_err(failed)
}

/// What the template itself says, by the keys of the catalogue's `page`.
fn words(document: &Document) -> BTreeMap<&str, &str> {
    document.words.keys().filter_map(|key| Some((key.strip_prefix("page.")?, document.words.of(key)))).collect()
}

/// Every table as CSV under its file's name, with what it shows. A name that comes twice is a file that is written twice;
/// here both are kept.
fn attachments(document: &Document) -> Result<Value, ReportError> {
    let mut taken = BTreeSet::new();
    let mut all = Vec::new();
    for table in document.tables().into_iter().filter(|table| !table.columns.is_empty()) {
        let mut names = (1..).map(|copy| if copy == 1 { table.name.clone() } else { format!("{}-{copy}", table.name) });
        let Some(name) = names.find(|name| taken.insert(name.clone())) else { continue };
        let text = String::from_utf8(tables::csv(table, &document.words)?)
            .map_err(|error| ReportError::Pdf(error.to_string()))?;
        let shows = if table.caption.is_empty() { &table.name } else { &table.caption };
        all.push(json!({ "name": format!("{name}.csv"), "shows": shows, "text": text }));
    }
    Ok(all.into())
}

/// Names of the figures' tables that are too long to stand beside their figure.
fn later(document: &Document) -> Vec<&str> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Figure { figure } if figure.table.rows.len() > ROWS_BESIDE_A_FIGURE => {
                Some(figure.table.name.as_str())
            }
            _ => None,
        })
        .collect()
}

/// A BCP 47 tag cut to what typst takes.
#[derive(serde::Serialize)]
struct Language {
    language: String,
    region: Option<String>,
}

impl Language {
    fn of(tag: &str) -> Self {
        let letters = |part: &&str| part.chars().all(|c| c.is_ascii_alphabetic());
        let mut parts = tag.split('-');
        let language = parts.next().filter(|part| matches!(part.len(), 2 | 3)).filter(letters).unwrap_or("en");
        let region = parts.find(|part| part.len() == 2).filter(letters);
        Self { language: language.to_ascii_lowercase(), region: region.map(str::to_ascii_uppercase) }
    }
}

/// PDF/UA forbids glyphs that do not exist. One emoji in a program's name must not cost the agency its report: what the
/// embedded family cannot draw becomes a replacement mark here (HTML, CSV and JSON keep the original).
fn keep_drawable(value: &mut Value, fonts: &FontStore) {
    match value {
        Value::String(text) => {
            if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
                *text = text.chars().filter_map(|c| drawable(c, fonts)).collect();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| keep_drawable(item, fonts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| keep_drawable(field, fonts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn drawable(c: char, fonts: &FontStore) -> Option<char> {
    let in_every_font =
        |c: char| (0..).map_while(|index| fonts.font(index)).all(|font| font.info().coverage.contains(c.into()));
    match c {
        '\n' | '\t' => Some(' '),
        // Joiners, variation selectors and direction marks: nothing to see.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ad}' => None,
        c if c.is_control() => None,
        c if in_every_font(c) => Some(c),
        _ => [char::REPLACEMENT_CHARACTER, '□', '?'].into_iter().find(|c| in_every_font(*c)),
    }
}

fn described(world: &InMemory, diagnostic: &SourceDiagnostic) -> String {
    let mut message = diagnostic.message.to_string();
    for hint in &diagnostic.hints {
        message.push_str("; hint: ");
        message.push_str(&hint.v);
    }
    let place = world.range(diagnostic.span).and_then(|range| TEMPLATE.get(..range.start));
    match place {
        Some(before) => format!("{TEMPLATE_PATH}:{}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

/// Everything typst may see: the template, the data, our fonts; no clock, no disk, no packages.
struct InMemory {
    library: &'static LazyHash<Library>,
    fonts: &'static FontStore,
    main: FileId,
    files: FileStore<Files>,
}

impl InMemory {
    fn new(template: &'static str, data: Bytes, logo: Option<&[u8]>) -> Result<Self, ReportError> {
        let logo = logo.map(|bytes| Bytes::new(bytes.to_vec()));
        let files = FileStore::new(Files { template, data, logo });
        Ok(Self { library: library(), fonts: fonts()?, main: id(TEMPLATE_PATH)?, files })
    }
}

struct Files {
    template: &'static str,
    data: Bytes,
    logo: Option<Bytes>,
}

impl FileLoader for Files {
    fn load(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            TEMPLATE_PATH => Ok(Bytes::from_string(self.template)),
            DATA_PATH => Ok(self.data.clone()),
            LOGO_PATH => self.logo.clone().ok_or(FileError::AccessDenied),
            _ => Err(FileError::AccessDenied),
        }
    }
}

impl World for InMemory {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.files.source(id)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.file(id)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The same path for every document: typst never forgets one.
fn id(path: &str) -> Result<FileId, ReportError> {
    let path = VirtualPath::new(path).map_err(|error| ReportError::Pdf(format!("{path}: {error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn library() -> &'static LazyHash<Library> {
    static LIBRARY: OnceLock<LazyHash<Library>> = OnceLock::new();
    // Headings of rows are marked as such by functions that are still called extras.
    let features = [Feature::A11yExtras].into_iter().collect();
    LIBRARY.get_or_init(|| LazyHash::new(Library::builder().with_features(features).build()))
}

fn fonts() -> Result<&'static FontStore, ReportError> {
    static FONTS: OnceLock<Option<FontStore>> = OnceLock::new();
    let loaded = FONTS.get_or_init(|| {
        let mut store = FontStore::new();
        for bytes in [chart::font::REGULAR, chart::font::SEMIBOLD] {
            let font = Font::new(Bytes::new(bytes), 0)?;
            let info = font.info().clone();
            store.push((font, info));
        }
        Some(store)
    });
    loaded.as_ref().ok_or_else(|| ReportError::Pdf("the embedded fonts cannot be read".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn same_document_same_bytes() {
        let document = sample::document();
        let first = render(&document).unwrap();
        assert!(first.starts_with(b"%PDF-1.7"));
        assert_eq!(first, render(&document).unwrap());
    }

    #[test]
    fn a_report_without_content_is_still_a_report() {
        assert!(render(&sample::bare()).unwrap().starts_with(b"%PDF-1.7"));
    }

    #[test]
    fn a_failure_names_its_place() {
        let mut document = sample::document();
        document.first_page.scorecard.groups[0].rows[0].history_picture.as_mut().unwrap().svg = "<svg".into();
        let error = render(&document).unwrap_err().to_string();
        assert!(error.starts_with("cannot render the PDF report: report.typ:"), "{error}");
    }

    #[test]
    fn characters_the_family_lacks_do_not_stop_the_report() {
        let fonts = fonts().unwrap();
        let mut value = json!({ "a": ["Zoë → 71%", "東京 🏠\u{fe0f} Home", "bell\u{7}\ttab"] });
        keep_drawable(&mut value, fonts);
        let texts = value["a"].as_array().unwrap();
        assert_eq!(texts[0], "Zoë → 71%");
        assert!(!texts[1].as_str().unwrap().contains(['東', '京', '🏠', '\u{fe0f}']));
        assert!(texts[1].as_str().unwrap().ends_with(" Home"));
        assert_eq!(texts[2], "bell tab");
    }

    #[test]
    fn language_tags_are_cut_to_what_typst_takes() {
        let cut = |tag| {
            let Language { language, region } = Language::of(tag);
            (language, region.unwrap_or_default())
        };
        assert_eq!(cut("en"), ("en".into(), String::new()));
        assert_eq!(cut("es-MX"), ("es".into(), "MX".into()));
        assert_eq!(cut("zh-Hant-TW"), ("zh".into(), "TW".into()));
        assert_eq!(cut("not a tag"), ("en".into(), String::new()));
    }
}
