//! Files as they come, made by the tests: encodings, packings, workbooks, and what lies about itself.
//! Long because every kind of file is made here once and read by several tests.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Formula, Workbook};
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PLAIN: Written = Written { encoding: None, delimiter: None };

/// A folder with one file.
struct Place {
    place: PathBuf,
    _folder: tempfile::TempDir,
}

impl Place {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join(name);
        std::fs::write(&place, bytes).expect("written");
        Self { place, _folder: folder }
    }

    fn parts(&self, limits: &Limits) -> Result<Vec<Part>, OpenError> {
        let name = self.place.file_name().and_then(|name| name.to_str()).expect("a name");
        super::parts(&format!("exports/{name}"), &self.place, limits)
    }
}

fn read(part: &Part, limits: &Limits) -> Result<(String, Form, Vec<String>), String> {
    let mut opened = part.open(&PLAIN, limits).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    opened.reader.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes).replace('\u{1f}', "|").replace('\u{1e}', "/");
    Ok((text, opened.form, opened.said))
}

/// Path and text of all parts of a file, or what is said of it.
fn all(name: &str, bytes: &[u8], limits: &Limits) -> Vec<String> {
    let place = Place::of(name, bytes);
    match place.parts(limits) {
        Err(error) => vec![error.to_string()],
        Ok(parts) => parts
            .iter()
            .map(|part| match read(part, limits) {
                Ok((text, ..)) => format!("{} = {text}", part.path),
                Err(error) => error,
            })
            .collect(),
    }
}

/// Text and what was said of the only part.
fn one(name: &str, bytes: &[u8]) -> (String, Form, String) {
    let limits = Limits::default();
    let place = Place::of(name, bytes);
    let parts = place.parts(&limits).expect("readable");
    assert_eq!(parts.len(), 1);
    let (text, form, said) = read(&parts[0], &limits).expect("readable");
    (text, form, said.join(", "))
}

fn utf16(text: &str, of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(of).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes).expect("packed");
    writer.finish().expect("packed")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(*name, SimpleFileOptions::default()).expect("packed");
        } else {
            writer.start_file(*name, SimpleFileOptions::default()).expect("packed");
            writer.write_all(bytes).expect("packed");
        }
    }
    writer.finish().expect("packed").into_inner()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let found: Vec<usize> = memchr::memmem::find_iter(&bytes, from).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn whatever_the_encoding_the_text_is_the_same() {
    let text = "id;name\r\n1;Zoë\r\n2;Пётр\r\n";
    let marked = format!("\u{feff}{text}");
    for (bytes, said) in [
        (text.as_bytes().to_vec(), "cells separated by semicolons"),
        (marked.as_bytes().to_vec(), "cells separated by semicolons"),
        (utf16(&marked, u16::to_le_bytes), "UTF-16LE, cells separated by semicolons"),
        (utf16(&marked, u16::to_be_bytes), "UTF-16BE, cells separated by semicolons"),
        (utf16(text, u16::to_le_bytes), "UTF-16LE, cells separated by semicolons"),
        (utf16(text, u16::to_be_bytes), "UTF-16BE, cells separated by semicolons"),
        (gzip(text.as_bytes()), "packed with gzip, cells separated by semicolons"),
        (gzip(&utf16(&marked, u16::to_le_bytes)), "packed with gzip, UTF-16LE, cells separated by semicolons"),
    ] {
        let (read, form, told) = one("a.csv", &bytes);
        assert_eq!((read.as_str(), form.delimiter, told.as_str()), (text, b';', said));
    }
    let (read, _, said) = one("a.csv", b"id,name\n1,Zo\xeb\n2,Bj\xf6rn \x96 \x80\n");
    assert_eq!((read.as_str(), said.as_str()), ("id,name\n1,Zoë\n2,Björn – €\n", "Windows-1252"));
    assert_eq!(
        all("a.csv", b"\xff\xfe\0\0a\0\0\0", &Limits::default()),
        ["exports/a.csv: the file is UTF-32; export as UTF-8"]
    );
}

#[test]
fn delimiters_and_line_ends_are_told_by_the_text() {
    for (text, delimiter) in [("a,b\n1,2\n", b','), ("a;b\n1;2\n", b';'), ("a\tb\n1\t2\n", b'\t'), ("a|b\n1|2\n", b'|')]
    {
        assert_eq!(one("a.csv", text.as_bytes()).1, Form { delimiter, ..Form::CSV });
    }
    assert_eq!(one("a.csv", b"a,b\r1,2\r").0, "a,b\n1,2\n");
    assert_eq!(one("a.csv", b"a,b\r\n1,2\r\n").0, "a,b\r\n1,2\r\n");
    let (text, form, _) = one("a.csv", b"sep=;\r\na;b,c\r\n1;2,5\r\n");
    assert_eq!((text.as_str(), form.delimiter), ("\r\na;b,c\r\n1;2,5\r\n", b';'));
    let place = Place::of("a.csv", b"a;b\n1;2\n");
    let written = Written { encoding: Some("utf-8".to_owned()), delimiter: Some(b',') };
    let part = Part::plain("a.csv", &place.place);
    assert_eq!(part.open(&written, &Limits::default()).expect("readable").form.delimiter, b',');
    let written = Written { encoding: Some("klingon".to_owned()), delimiter: None };
    let error = part.open(&written, &Limits::default()).err().expect("refused").to_string();
    assert!(error.contains("\"klingon\" is no encoding"), "{error}");
}

#[test]
fn the_digest_is_of_the_bytes_as_they_are_unpacked() {
    let place = Place::of("a.csv.gz", &[gzip(b"a,b\n1,2\n"), gzip(b"3,4\n")].concat());
    let parts = place.parts(&Limits::default()).expect("readable");
    assert_eq!(parts[0].name, "a.csv");
    let mut opened = parts[0].open(&PLAIN, &Limits::default()).expect("readable");
    let mut text = String::new();
    opened.reader.read_to_string(&mut text).expect("readable");
    assert_eq!(text, "a,b\n1,2\n3,4\n");
    let (_, plain) = {
        let tally = Tally::of(text.as_bytes());
        tally.so_far()
    };
    assert_eq!(opened.tally().so_far(), (12, plain));
}

#[test]
fn an_archive_is_its_files() {
    let bytes = zip(&[
        ("export/", b""),
        ("export/Client.csv", b"id\n1\n"),
        ("export/deep/Exit.csv", b"id;day\n2;x\n"),
        ("__MACOSX/export/._Client.csv", b"x"),
        ("export/.hidden.csv", b"x"),
        ("export/a\u{1b}[31m\n.csv", b"a\n"),
        ("notes.csv.gz", &gzip(b"a\n")),
    ]);
    assert_eq!(
        all("hmis.zip", &bytes, &Limits::default()),
        [
            "exports/hmis.zip/export/Client.csv = id\n1\n",
            "exports/hmis.zip/export/deep/Exit.csv = id;day\n2;x\n",
            "exports/hmis.zip/export/a_[31m_.csv = a\n",
            "exports/hmis.zip/notes.csv.gz: an archive in an archive is not read; unpack the outer one",
        ]
    );
    let outer = zip(&[("inner.zip", &bytes), ("a.csv", b"a\n")]);
    let told = all("outer.zip", &outer, &Limits::default());
    assert!(told[0].contains("an archive in an archive is not read"), "{told:?}");
    assert_eq!(told[1], "exports/outer.zip/a.csv = a\n");
    assert!(all("empty.zip", &zip(&[]), &Limits::default())[0].contains("holds no file"));
}

#[test]
fn an_archive_that_reaches_outside_or_lies_is_refused() {
    let limits = Limits::default();
    for name in ["../../etc/passwd", "/etc/passwd", "a/../../b.csv", "C:/b.csv", "..\\b.csv"] {
        let told = all("a.zip", &zip(&[(name, b"x")]), &limits);
        assert!(told[0].contains("names a file outside itself"), "{name}: {told:?}");
    }
    let twice = replaced(&zip(&[("a.csv", b"id\n1\n"), ("b.csv", b"id\n2\n")]), b"b.csv", b"a.csv");
    assert!(all("a.zip", &twice, &limits)[0].contains("two files of one name"));
    let three = zip(&[("a.csv", b"1"), ("b.csv", b"2"), ("c.csv", b"3")]);
    let told = all("a.zip", &three, &Limits { entries: 2, ..limits });
    assert!(told[0].contains("holds 3 files; 2 may be read"), "{told:?}");
    let sound = zip(&[("a.csv", b"id,name\n1,Ann Bell of the long names that are long\n")]);
    let sum = u32::to_le_bytes({
        let mut crc = flate2::Crc::new();
        crc.update(b"id,name\n1,Ann Bell of the long names that are long\n");
        crc.sum()
    });
    let told = all("a.zip", &replaced(&sound, &sum, &[1, 2, 3, 4]), &limits);
    assert!(told[0].contains("its checksum is not the one"), "{told:?}");
    let size = u32::to_le_bytes(51);
    for lie in [10, 90] {
        let told = all("a.zip", &replaced(&sound, &size, &u32::to_le_bytes(lie)), &limits);
        assert!(told[0].contains("its size is not the one"), "{told:?}");
    }
    // Sealed with a password: bit 0 of the flags in both headers.
    let mut locked = sound.clone();
    let directory = memchr::memmem::find(&locked, b"PK\x01\x02").expect("there");
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    let told = all("a.zip", &locked, &limits);
    assert!(told[0].contains("locked with a password"), "{told:?}");
    for end in 0..sound.len() {
        for told in all("a.zip", &sound[..end], &limits) {
            assert!(end < 4 || told.contains("; "), "cut at {end}: {told}");
        }
    }
}

#[test]
fn what_unpacks_to_too_much_is_stopped() {
    let zeros = vec![b'0'; 3 << 20];
    let small = Limits { ratio_from: 1 << 20, workbook: 1 << 20, ..Limits::default() };
    assert!(all("a.csv.gz", &gzip(&zeros), &small)[0].contains("more than 200 times its size"));
    assert!(all("a.zip", &zip(&[("a.csv", &zeros)]), &small)[0].contains("more than 200 times its size"));
    let tiny = Limits { unpacked: 1000, ..Limits::default() };
    assert!(all("a.csv.gz", &gzip(&zeros), &tiny)[0].contains("unpacks to more than 1000 bytes"));
    assert!(all("a.zip", &zip(&[("a.csv", &zeros)]), &tiny)[0].contains("unpacks to more than 1000 bytes"));
    assert_eq!(all("a.csv.gz", &gzip(&zeros), &Limits::default())[0].len(), (3 << 20) + 19);
    let mut parts = package_of(&cases());
    parts.push(("xl/media/a.bin".to_owned(), zeros));
    let told = all("a.xlsx", &packaged(&parts), &small);
    assert!(told[0].contains("more than 200 times its size") || told[0].contains("larger than 1 MiB"), "{told:?}");
}

#[test]
fn what_is_no_text_under_its_name_is_told() {
    let limits = Limits::default();
    assert!(all("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", &limits)[0].contains("web page or XML"));
    assert_eq!(all("a.xls", b"id\tname\n1\tx\n", &limits), ["exports/a.xls = id\tname\n1\tx\n"]);
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(all("a.tar", &tar, &limits)[0].contains("a tar archive is not read"));
    assert!(all("a.csv.gz", &gzip(&cases()), &limits)[0].contains("archive in an archive"));
    assert!(Place::of("a.csv", b"").parts(&limits).is_ok());
    let missing = Part::plain("a.csv", Path::new("/nowhere/a.csv")).open(&PLAIN, &limits).err().expect("missing");
    assert!(missing.to_string().starts_with("a.csv: the file cannot be read"));
}

const CASES: &str = "id|intake|intake|name|day|amount|open|note/00012|2026-01-31|2026-01-31T14:30:00|Zoë|14:30:00|12.5|true|a\nb/\
                     7|||Zoë||1000000||#N/A//2|||||||/";

/// The same sheets as `fixtures/workbooks` has in other formats.
fn cases() -> Vec<u8> {
    cases_since(false)
}

fn cases_since(is_1904: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Cases").expect("a name");
    let look = |code: &str| Look::new().set_num_format(code);
    let shift = if is_1904 { 1462.0 } else { 0.0 };
    let day = 46_053.0 - shift;
    sheet.write(0, 0, "id").expect("written");
    sheet.merge_range(0, 1, 0, 2, "intake", &Look::new()).expect("written");
    for (column, name) in (3..).zip(["name", "day", "amount", "open", "note"]) {
        sheet.write(0, column, name).expect("written");
    }
    sheet.write(1, 0, "00012").expect("written");
    sheet.write_number_with_format(1, 1, day, &look("yyyy-mm-dd")).expect("written");
    sheet.write_number_with_format(1, 2, day + 14.5 / 24.0, &look("d/m/yy h:mm")).expect("written");
    sheet.merge_range(1, 3, 2, 3, "Zoë", &Look::new()).expect("written");
    let time = ExcelDateTime::from_hms(14, 30, 0).expect("a time");
    sheet.write_datetime_with_format(1, 4, &time, &look("hh:mm:ss")).expect("written");
    sheet.write(1, 5, 12.5).expect("written");
    sheet.write(1, 6, true).expect("written");
    sheet.write(1, 7, "a\nb").expect("written");
    sheet.write(2, 0, 7).expect("written");
    sheet.write(2, 5, 1_000_000).expect("written");
    sheet.write_formula(2, 7, Formula::new("NA()").set_result("#N/A")).expect("written");
    sheet.write_formula(4, 0, Formula::new("1+1").set_result("2")).expect("written");
    let codes = book.add_worksheet().set_name("Codes").expect("a name").set_hidden(true);
    codes.write(0, 0, "code").expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    if !is_1904 {
        return bytes;
    }
    let mut parts = package_of(&bytes);
    for (name, part) in &mut parts {
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(part.clone()).expect("text");
            *part = text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes();
        }
    }
    packaged(&parts)
}

fn package_of(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("a part");
            let mut part = Vec::new();
            entry.read_to_end(&mut part).expect("readable");
            (entry.name().expect("a name").into_owned(), part)
        })
        .collect()
}

fn packaged(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), part.as_slice())).collect();
    zip(&parts)
}

fn fixture(name: &str) -> Vec<u8> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/workbooks").join(name);
    std::fs::read(place).expect("a fixture")
}

#[test]
fn every_kind_of_workbook_is_its_sheets() {
    let limits = Limits::default();
    for (name, bytes) in [
        ("cases.xlsx", cases()),
        ("cases-1904.xlsx", cases_since(true)),
        ("cases.xls", fixture("cases.xls")),
        ("cases-1904.xls", fixture("cases-1904.xls")),
        ("cases.ods", fixture("cases.ods")),
        ("cases.xlsb", fixture("cases.xlsb")),
    ] {
        let place = Place::of(name, &bytes);
        let parts = place.parts(&limits).expect("readable");
        let found: Vec<_> = parts.iter().map(|part| (part.path.as_str(), part.hidden)).collect();
        let (cases, codes) = (format!("exports/{name}:Cases"), format!("exports/{name}:Codes"));
        assert_eq!(found, [(cases.as_str(), false), (codes.as_str(), true)]);
        assert_eq!(parts[0].name, name);
        let (text, form, said) = read(&parts[0], &limits).expect("readable");
        // xlwt writes formulas without a value.
        let expected =
            if Kind::of_name(name) == Some(Kind::Xls) { CASES.replace("//2|||||||/", "/") } else { CASES.to_owned() };
        assert_eq!((text, form), (expected, Form::SHEET), "{name}");
        assert_eq!(said[0], "sheet Cases");
        assert_eq!(said.get(1).is_some(), Kind::of_name(name) != Some(Kind::Xlsb), "{said:?}");
        assert_eq!(read(&parts[1], &limits).expect("readable").2[0], "sheet Codes, which is hidden");
    }
}

#[test]
fn a_workbook_in_an_archive_is_its_sheets_too() {
    let bytes = zip(&[("data/cases.xlsx", &cases()), ("data/a.csv", b"a\n"), ("data/bad.xlsx", b"PK\x03\x04 no")]);
    let told = all("a.zip", &bytes, &Limits::default());
    assert_eq!(told[0], format!("exports/a.zip/data/cases.xlsx:Cases = {CASES}"));
    assert_eq!(told[1], "exports/a.zip/data/cases.xlsx:Codes = code/");
    assert_eq!(told[2], "exports/a.zip/data/a.csv = a\n");
    assert!(told[3].starts_with("exports/a.zip/data/bad.xlsx: the workbook is damaged"), "{}", told[3]);
}

#[test]
fn formulas_never_calculated_are_told() {
    let mut parts = package_of(&cases());
    for (name, part) in &mut parts {
        if name == "xl/worksheets/sheet1.xml" {
            let text = String::from_utf8(part.clone()).expect("text");
            assert!(text.contains("<v>2</v>"));
            *part = text.replace("<v>2</v>", "").into_bytes();
        }
    }
    let place = Place::of("a.xlsx", &packaged(&parts));
    let parts = place.parts(&Limits::default()).expect("readable");
    let (_, _, said) = read(&parts[0], &Limits::default()).expect("readable");
    assert!(said.iter().any(|said| said.starts_with("1 formula was never calculated")), "{said:?}");
}

#[test]
fn a_workbook_with_a_password_says_so() {
    let mut book = super::compound::with_workbook(vec![0; 5000]).expect("fits");
    let name: Vec<u8> = utf16("Workbook", u16::to_le_bytes);
    let at = memchr::memmem::find(&book, &name).expect("there");
    let sealed = utf16("EncryptedPackage", u16::to_le_bytes);
    book[at..at + sealed.len()].copy_from_slice(&sealed);
    assert!(all("a.xlsx", &book, &Limits::default())[0].contains("locked with a password"));
    // A FilePass record.
    let stream = [&[0x09, 0x08, 4, 0, 0, 6, 5, 0][..], &[0x2f, 0, 2, 0, 1, 0], &[0x0a, 0, 0, 0]].concat();
    let book = super::compound::with_workbook(stream).expect("fits");
    assert!(all("a.xls", &book, &Limits::default())[0].contains("locked with a password"));
}

#[test]
fn sizes_a_workbook_claims_are_not_believed() {
    let limits = Limits::default();
    let told = |change: &dyn Fn(&str, String) -> String| {
        let mut parts = package_of(&cases());
        for (name, part) in &mut parts {
            if name.starts_with("xl/worksheets/sheet") || name == "xl/sharedStrings.xml" {
                *part = change(name, String::from_utf8(part.clone()).expect("text")).into_bytes();
            }
        }
        all("a.xlsx", &packaged(&parts), &limits)
    };
    let wide = told(&|_, text| text.replace("<dimension ref=\"A1:H5\"/>", "<dimension ref=\"A1:XFD1048576\"/>"));
    assert_eq!(wide[0], format!("exports/a.xlsx:Cases = {CASES}"));
    let far = told(&|_, text| text.replace("r=\"A5\"", "r=\"XFD1048576\""));
    assert!(far[0].len() < 2 << 20 && far[0].ends_with("|2/"));
    let outside = told(&|_, text| text.replace("r=\"A5\"", "r=\"XFE1048577\""));
    assert!(outside[0].contains("stands outside the sheet"), "{}", outside[0]);
    let huge = told(&|_, text| text.replace("r=\"A5\"", "r=\"ZZZZZZZZ99999999999\""));
    assert!(huge[0].contains("cannot be read") || huge[0].contains("outside"), "{}", huge[0]);
    let strings = told(&|name, text| {
        if name == "xl/sharedStrings.xml" { text.replace("uniqueCount=\"", "uniqueCount=\"99999999999") } else { text }
    });
    assert!(strings[0].contains("states more texts than it holds"), "{}", strings[0]);
    // XLS: the record of a sheet's size, and a cell in the last column of the last row.
    let book = fixture("cases.xls");
    let size = memchr::memmem::find(&book, &[0, 2, 14, 0]).expect("there");
    let mut lie = book.clone();
    lie[size + 4..size + 16].copy_from_slice(&[0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255]);
    assert_eq!(all("a.xls", &lie, &limits)[0], all("a.xls", &book, &limits)[0]);
    let number = memchr::memmem::find(&book, &[0x03, 0x02, 14, 0]).expect("there");
    let mut far = book;
    far[number + 4..number + 8].copy_from_slice(&[255, 255, 255, 255]);
    assert!(all("a.xls", &far, &limits)[0].contains("larger than 1 GiB"));
}

#[test]
fn no_change_of_a_byte_of_a_workbook_is_a_panic() {
    let limits = Limits { workbook: 4 << 20, ..Limits::default() };
    let mut books = vec![("a.xls", fixture("cases.xls")), ("a.xls", fixture("cases-1904.xls"))];
    for (name, bytes) in [("a.xlsx", cases()), ("a.ods", fixture("cases.ods")), ("a.xlsb", fixture("cases.xlsb"))] {
        // Not packed, and so without a checksum that would find the change: parts are changed and packed again.
        let parts = package_of(&bytes);
        for at in 0..parts.len() {
            for step in 0..12 {
                let mut changed = parts.clone();
                let part = &mut changed[at].1;
                if part.is_empty() {
                    continue;
                }
                let place = step * 7919 % part.len();
                match step % 3 {
                    0 => part.truncate(place),
                    1 => part[place] = part[place].wrapping_add(1 + step as u8 * 13),
                    _ => part[place] = 0xff,
                }
                books.push((name, packaged(&changed)));
            }
        }
    }
    for (name, bytes) in books {
        all(name, &bytes, &limits);
    }
    let book = fixture("cases.xls");
    for at in (0..book.len()).step_by(7) {
        let mut changed = book.clone();
        changed[at] = changed[at].wrapping_add(1 + (at % 250) as u8);
        all("a.xls", &changed, &limits);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_answered(
        magic in proptest::sample::select(vec![
            &b""[..], b"PK\x03\x04", b"PK\x05\x06", GZIP, compound::MAGIC, b"\xff\xfe", b"\xfe\xff", b"sep=;\n",
        ]),
        rest in proptest::collection::vec(any::<u8>(), 0..1200),
        name in prop_oneof![Just("a.csv"), Just("a.xlsx"), Just("a.xls"), Just("a.zip")],
    ) {
        all(name, &[magic, &rest].concat(), &Limits::default());
    }
}
