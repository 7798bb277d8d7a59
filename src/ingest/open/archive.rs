//! What a ZIP archive holds, and its members' bytes. Nothing is unpacked to disk.

use super::capped::Capped;
use super::{Limits, OpenError, sizes};
use flate2::read::DeflateDecoder;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Where a member stands in its archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Folders and name.
    pub name: String,
    pub packed: u64,
    pub unpacked: u64,
    at: u64,
    checksum: u32,
    packing: Packing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Stored,
    Deflated,
    Encrypted,
    /// Another way of packing, by its number.
    Other(u16),
}

/// The files of an archive, in its order. Folders, links, and what is hidden by its name are left out.
pub fn members(shown: &str, place: &Path, limits: &Limits) -> Result<Vec<Member>, OpenError> {
    let failed = |error: ZipError| match error {
        ZipError::Io(error) => OpenError::unreadable(shown, &error),
        other => OpenError::new(shown, format!("the archive is damaged ({other})"), "copy or export it again"),
    };
    let refused =
        |what: String| OpenError::new(shown, what, "unpack it, look at what it holds, and put the files there");
    let file = File::open(place).map_err(|error| OpenError::unreadable(shown, &error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(failed)?;
    if archive.len() > limits.entries {
        return Err(refused(format!("the archive holds {} files; {} may be read", archive.len(), limits.entries)));
    }
    if archive.has_duplicate_names() {
        return Err(refused("the archive holds two files of one name".to_owned()));
    }
    let mut members = Vec::new();
    let mut total = 0_u64;
    let mut names = BTreeSet::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(failed)?;
        let name = entry.name().map_err(failed)?.replace('\\', "/");
        if entry.is_dir() || entry.is_symlink() || name.ends_with('/') {
            continue;
        }
        if name.starts_with('/')
            || name.contains('\0')
            || name.split('/').any(|part| part == ".." || part.ends_with(':'))
        {
            return Err(refused(format!("the archive names a file outside itself ({})", super::shown_name(&name))));
        }
        let hidden = |part: &str| part.starts_with(['.', '~']) || part == "__MACOSX";
        if name.is_empty() || name.split('/').any(hidden) {
            continue;
        }
        total = total.saturating_add(entry.size());
        if total > limits.unpacked {
            return Err(OpenError::new(
                shown,
                format!("the archive unpacks to more than {}", sizes(limits.unpacked)),
                "unpack it and put only the files of the export there",
            ));
        }
        if !names.insert(name.clone()) {
            return Err(refused("the archive holds two files of one name".to_owned()));
        }
        let packing = match entry.compression() {
            _ if entry.encrypted() => Packing::Encrypted,
            CompressionMethod::Stored => Packing::Stored,
            CompressionMethod::Deflated => Packing::Deflated,
            other => Packing::Other(number(other)),
        };
        members.push(Member {
            name,
            packed: entry.compressed_size(),
            unpacked: entry.size(),
            at: entry.data_start().unwrap_or_default(),
            checksum: entry.crc32(),
            packing,
        });
    }
    Ok(members)
}

#[allow(deprecated, reason = "the number is wanted for a message, of methods the crate is not built for too")]
fn number(method: CompressionMethod) -> u16 {
    method.to_u16()
}

/// A member's bytes. Reading more of them than a file may hold is an error, as is reading others than were packed.
pub fn member(shown: &str, place: &Path, member: &Member, limits: &Limits) -> Result<Box<dyn Read + Send>, OpenError> {
    let open = || -> io::Result<_> {
        let mut file = File::open(place)?;
        file.seek(SeekFrom::Start(member.at))?;
        Ok(BufReader::with_capacity(64 << 10, file).take(member.packed))
    };
    let packed = || open().map_err(|error| OpenError::unreadable(shown, &error));
    let (most, too_much) = limits.unpacked_from(member.packed);
    let promised = Some((member.unpacked, member.checksum));
    match member.packing {
        Packing::Stored => Ok(Box::new(Capped::new(packed()?, limits.unpacked, too_much, promised))),
        Packing::Deflated => Ok(Box::new(Capped::new(DeflateDecoder::new(packed()?), most, too_much, promised))),
        Packing::Encrypted => Err(OpenError::new(
            shown,
            "the file is locked with a password".to_owned(),
            "unpack it with the password, or export it without one",
        )),
        Packing::Other(number) => Err(OpenError::new(
            shown,
            format!("the file is packed in a way that is not read (method {number})"),
            "unpack it, or pack it again as an ordinary .zip",
        )),
    }
}
