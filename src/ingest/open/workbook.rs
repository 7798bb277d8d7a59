//! The sheets of a workbook (XLSX, XLSM, XLSB, XLS, ODS) and their cells as text.
//!
//! Of a formula the value is read that was kept when the workbook was last calculated. What a file states of itself is
//! checked before a reader is let at it (`package`, `binary`).

use super::compound::{self, Compound};
use super::guarded::guarded;
use super::package::{self, Package};
use super::sheet::{Sheet, Unfit};
use super::{Limits, OpenError, binary, ods, value};
use calamine::{
    Data, DataRef, DataType, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use std::collections::BTreeSet;
use std::fmt;
use std::io::{Cursor, Read};

/// How a workbook is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

impl Kind {
    /// Of an archive that holds these files; `None` if it is not a workbook.
    pub fn of_archive<'a>(names: &(impl Iterator<Item = &'a str> + Clone)) -> Option<Self> {
        let has = |wanted: &str| names.clone().any(|name| name == wanted);
        let ends = |wanted: &str| names.clone().any(|name| name.to_ascii_lowercase().ends_with(wanted));
        if has("[Content_Types].xml") {
            return match () {
                () if ends("workbook.bin") => Some(Self::Xlsb),
                () if ends("workbook.xml") || names.clone().any(|name| name.starts_with("xl/")) => Some(Self::Xlsx),
                () => None,
            };
        }
        (has("mimetype") && has("content.xml")).then_some(Self::Ods)
    }

    /// Of a file of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "xlsx" | "xlsm" | "xltx" | "xltm" => Some(Self::Xlsx),
            "xlsb" => Some(Self::Xlsb),
            "xls" | "xlt" => Some(Self::Xls),
            "ods" | "ots" => Some(Self::Ods),
            _ => None,
        }
    }
}

/// Whether a file begins as an XLS workbook does, or any workbook with a password.
pub fn is_compound(head: &[u8]) -> bool {
    head.starts_with(compound::MAGIC)
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFound {
    pub name: String,
    pub hidden: bool,
}

/// The sheets that have cells, in their order.
pub fn sheets(shown: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<SheetFound>, OpenError> {
    let told = Told { shown, limits };
    let found = match told.opened(bytes)? {
        Book::Xlsx => of(told.asked(|| Xlsx::new(Cursor::new(bytes)))?.sheets_metadata()),
        Book::Xlsb => of(told.asked(|| Xlsb::new(Cursor::new(bytes)))?.sheets_metadata()),
        Book::Xls(file) => of(told.asked(|| Xls::new(Cursor::new(file)))?.sheets_metadata()),
        Book::Ods(content) => {
            let found = ods::sheets(content.as_slice()).map_err(|wrong| told.wrong(wrong))?;
            found.into_iter().map(|(name, hidden)| SheetFound { name, hidden }).collect()
        }
    };
    if found.is_empty() {
        return Err(OpenError::new(shown, "the workbook has no sheet with cells".to_owned(), "export it again"));
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = found.iter().find(|sheet| !names.insert(&sheet.name)) {
        let what = format!("the workbook has two sheets named \"{}\"", super::shown_name(&twice.name));
        return Err(OpenError::new(shown, what, "rename one"));
    }
    Ok(found)
}

fn of(sheets: &[calamine::Sheet]) -> Vec<SheetFound> {
    let with_cells = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    with_cells
        .map(|sheet| SheetFound { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible })
        .collect()
}

/// A sheet's text, and what was found out.
pub fn sheet(
    shown: &str,
    bytes: &[u8],
    name: &str,
    limits: &Limits,
) -> Result<(impl Read + Send + use<>, Vec<String>), OpenError> {
    let told = Told { shown, limits };
    let mut into = Sheet::new(limits.workbook);
    let mut without_value = 0;
    match told.opened(bytes)? {
        Book::Xlsx => {
            let mut book = told.asked(|| Xlsx::new(Cursor::new(bytes)))?;
            told.asked(|| -> Result<(), Stopped> {
                for merged in book.merge_cells_by_sheet_name(name)? {
                    into.merge(merged.start, merged.end);
                }
                let mut cells = book.worksheet_cells_reader(name)?;
                while let Some(cell) = cells.next_cell_with_formula_metadata()? {
                    without_value += usize::from(cell.formula.is_some() && cell.value.is_empty());
                    let (text, is_text) = value::of(&cell.value);
                    into.push(cell.pos, &text, is_text)?;
                }
                Ok(())
            })?;
        }
        Book::Xlsb => {
            let mut book = told.asked(|| Xlsb::new(Cursor::new(bytes)))?;
            told.asked(|| -> Result<(), Stopped> {
                let mut cells = book.worksheet_cells_reader(name)?;
                while let Some(cell) = cells.next_cell()? {
                    let (text, is_text) = value::of(cell.get_value());
                    into.push(cell.get_position(), &text, is_text)?;
                }
                Ok(())
            })?;
        }
        Book::Xls(file) => {
            let mut book = told.asked(|| Xls::new(Cursor::new(file)))?;
            told.asked(|| -> Result<(), Stopped> {
                for merged in book.merge_cells_by_sheet_name(name)? {
                    into.merge(merged.start, merged.end);
                }
                let range = book.worksheet_range(name)?;
                let (row, column) = range.start().unwrap_or_default();
                for (cell_row, cell_column, data) in range.used_cells() {
                    let at = (row + cell_row as u32, column + cell_column as u32);
                    let borrowed = borrowed(data);
                    let (text, is_text) = value::of(&borrowed);
                    into.push(at, &text, is_text)?;
                }
                Ok(())
            })?;
        }
        Book::Ods(content) => ods::sheet(content.as_slice(), name, &mut into).map_err(|wrong| told.wrong(wrong))?,
    }
    let (text, mut said) = into.finish().map_err(|unfit| told.unfit(unfit))?;
    if without_value > 0 {
        said.push(format!(
            "{without_value} {} never calculated; open the workbook in a spreadsheet program and save it",
            if without_value == 1 { "formula was" } else { "formulas were" }
        ));
    }
    Ok((Cursor::new(text), said))
}

fn borrowed(data: &Data) -> DataRef<'_> {
    match data {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(yes) => DataRef::Bool(*yes),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// A workbook, looked through.
enum Book {
    Xlsx,
    Xlsb,
    /// A file that holds its cells and nothing else.
    Xls(Vec<u8>),
    /// The XML of its cells.
    Ods(Vec<u8>),
}

/// Why reading stopped.
enum Stopped {
    Reader(String),
    Unfit(Unfit),
}

impl From<Unfit> for Stopped {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

impl From<XlsxError> for Stopped {
    fn from(error: XlsxError) -> Self {
        Self::Reader(match error {
            // What stands in a cell is not told.
            XlsxError::CellError(_) => "a cell holds an error that is not known".to_owned(),
            other => other.to_string(),
        })
    }
}

impl From<XlsbError> for Stopped {
    fn from(error: XlsbError) -> Self {
        Self::Reader(error.to_string())
    }
}

impl From<XlsError> for Stopped {
    fn from(error: XlsError) -> Self {
        Self::Reader(error.to_string())
    }
}

/// Which workbook it is, and what it may take.
#[derive(Clone, Copy)]
struct Told<'a> {
    shown: &'a str,
    limits: &'a Limits,
}

impl Told<'_> {
    fn opened(self, bytes: &[u8]) -> Result<Book, OpenError> {
        if is_compound(bytes) {
            return self.compound(bytes);
        }
        let mut package = package::sound(self.shown, bytes, self.limits)?;
        match Kind::of_archive(&package.names.iter().map(String::as_str)) {
            Some(Kind::Xlsx) => Ok(Book::Xlsx),
            Some(Kind::Xlsb) => Ok(Book::Xlsb),
            Some(Kind::Ods) => self.open_document(&mut package),
            Some(Kind::Xls) | None => Err(self.damaged(&"it holds no cells")),
        }
    }

    fn compound(self, bytes: &[u8]) -> Result<Book, OpenError> {
        let file = Compound::open(bytes).ok_or_else(|| self.damaged(&"its parts do not fit together"))?;
        if file.has("EncryptedPackage") {
            return Err(package::locked(self.shown));
        }
        let Some(mut stream) = file.stream("Workbook").or_else(|| file.stream("Book")) else {
            let what = "the file is no workbook, or a very old one".to_owned();
            return Err(OpenError::new(self.shown, what, "open it in a spreadsheet program and save it as .xlsx"));
        };
        match binary::tame(&mut stream, self.limits.workbook) {
            Ok(()) => compound::with_workbook(stream).map(Book::Xls).ok_or_else(|| self.too_large()),
            Err(binary::Wrong::Locked) => Err(package::locked(self.shown)),
            Err(binary::Wrong::TooLarge) => Err(self.too_large()),
            Err(binary::Wrong::Damaged) => Err(self.damaged(&"its parts do not fit together")),
        }
    }

    fn open_document(self, package: &mut Package<'_>) -> Result<Book, OpenError> {
        let kind = package.part("mimetype", 100).unwrap_or_default();
        if !kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
            return Err(self.damaged(&"it is no spreadsheet"));
        }
        let manifest = package.part("META-INF/manifest.xml", self.limits.workbook).unwrap_or_default();
        if memchr::memmem::find(&manifest, b"encryption-data").is_some() {
            return Err(package::locked(self.shown));
        }
        let content = package.part("content.xml", self.limits.workbook);
        content.map(Book::Ods).ok_or_else(|| self.damaged(&"it holds no cells"))
    }

    /// What a reader answers, which may be a panic.
    fn asked<T, E: Into<Stopped>>(self, read: impl FnOnce() -> Result<T, E>) -> Result<T, OpenError> {
        match guarded(|| read().map_err(Into::into)) {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(Stopped::Unfit(unfit))) => Err(self.unfit(unfit)),
            Some(Err(Stopped::Reader(why))) => Err(self.damaged(&why)),
            None => Err(self.damaged(&"its parts do not fit together")),
        }
    }

    fn wrong(self, wrong: ods::Wrong) -> OpenError {
        match wrong {
            ods::Wrong::Damaged(why) => self.damaged(&why),
            ods::Wrong::Unfit(unfit) => self.unfit(unfit),
        }
    }

    fn unfit(self, unfit: Unfit) -> OpenError {
        match unfit {
            Unfit::TooLarge => self.too_large(),
            Unfit::Outside => self.damaged(&"a cell stands outside the sheet"),
        }
    }

    fn too_large(self) -> OpenError {
        let text = package::large(self.limits);
        let (what, fix) = text.split_once("; ").unwrap_or((&text, ""));
        OpenError::new(self.shown, what.to_owned(), fix)
    }

    fn damaged(self, why: &dyn fmt::Display) -> OpenError {
        let what = format!("the workbook cannot be read ({why})");
        OpenError::new(self.shown, what, "open it in a spreadsheet program and save it again as .xlsx")
    }
}
