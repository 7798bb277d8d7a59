//! A workbook that is an archive of XML (XLSX, XLSB, ODS), looked through before a reader is let at it: what it unpacks
//! to is counted, and is what its directory states, so that no reader can be made to hold more.

use super::capped::Capped;
use super::{Limits, OpenError, sizes};
use memchr::memmem;
use std::borrow::Cow;
use std::io::{self, Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// The archive of a workbook, sound as a whole.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    pub names: Vec<String>,
}

/// Opens the archive and reads all of it once.
pub fn sound<'a>(shown: &str, bytes: &'a [u8], limits: &Limits) -> Result<Package<'a>, OpenError> {
    let damaged = |why: &dyn std::fmt::Display| {
        OpenError::new(shown, format!("the workbook is damaged ({why})"), "copy, export or save it again")
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if archive.len() > limits.entries {
        return Err(damaged(&format!("it holds {} parts", archive.len())));
    }
    if archive.has_duplicate_names() {
        return Err(damaged(&"two of its parts have one name"));
    }
    let (by_packing, too_much) = limits.unpacked_from(bytes.len() as u64);
    let too_large = || {
        let what = if by_packing < limits.workbook { too_much.clone() } else { large(limits) };
        let (what, fix) = what.split_once("; ").unwrap_or((&what, "look at what it holds"));
        OpenError::new(shown, what.to_owned(), fix)
    };
    let most = by_packing.min(limits.workbook);
    let mut left = most;
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let entry = match archive.by_index(at) {
            Ok(entry) if entry.encrypted() => return Err(locked(shown)),
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Err(locked(shown)),
            Err(error) => return Err(damaged(&error)),
        };
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let promised = Some((entry.size(), entry.crc32()));
        if entry.size() > left {
            return Err(too_large());
        }
        left -= entry.size();
        let size = entry.size();
        let mut part = Capped::new(entry, most, too_much.clone(), promised);
        let mut failed = |error: io::Error| damaged(&error);
        if name.to_ascii_lowercase().ends_with("sharedstrings.xml") {
            let mut text = Vec::new();
            part.read_to_end(&mut text).map_err(&mut failed)?;
            if claims_more_strings_than(size, &text) {
                return Err(damaged(&"it states more texts than it holds"));
            }
        } else {
            io::copy(&mut part, &mut io::sink()).map_err(&mut failed)?;
        }
        names.push(name);
    }
    Ok(Package { archive, names })
}

impl Package<'_> {
    /// One part's bytes, or what they begin with.
    pub fn part(&mut self, name: &str, most: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.archive.by_name(name).ok()?.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// What is said of a workbook that cannot be held.
pub fn large(limits: &Limits) -> String {
    format!("the workbook is larger than {} as it is or unpacked; save its sheets as CSV", sizes(limits.workbook))
}

pub fn locked(shown: &str) -> OpenError {
    let what = "the workbook is locked with a password".to_owned();
    OpenError::new(shown, what, "open it with the password and save it without one")
}

/// Room for as many texts as the part claims is made before they are read.
fn claims_more_strings_than(size: u64, text: &[u8]) -> bool {
    const CLAIM: &[u8] = b"uniqueCount";
    /// `<si/>`
    const LEAST: u64 = 5;
    // Of UTF-16 every other byte is zero.
    let text: Cow<'_, [u8]> = if memchr::memchr(0, text).is_some() {
        text.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>().into()
    } else {
        text.into()
    };
    memmem::find_iter(&text, CLAIM).any(|at| {
        let value = text.get(at + CLAIM.len()..).unwrap_or_default();
        let digits = value.iter().skip_while(|byte| matches!(byte, b'=' | b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n'));
        let number = digits
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        number > size / LEAST + 1
    })
}
