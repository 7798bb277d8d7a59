//! Compound files: the small file system in which XLS workbooks, and all workbooks with a password, are written.
//!
//! The stream of a workbook is taken out here, where every chain of sectors is known to end, and put into a new file that
//! holds nothing else, which is what the workbook's reader is given. Layout: [MS-CFB].

/// What a compound file begins with.
pub const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

const HEADER: usize = 512;
/// Numbers from here on are no sectors.
const SPECIAL: u32 = 0xffff_fffa;
const END: u32 = 0xffff_fffe;
const OF_TABLE: u32 = 0xffff_fffd;
const FREE: u32 = 0xffff_ffff;
/// Smaller streams stand in small sectors.
const SMALL: usize = 4096;
const SMALL_SECTOR: usize = 64;
const ENTRY: usize = 128;

/// The streams of a compound file.
pub struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    small: Vec<u8>,
    streams: Vec<(String, u32, usize)>,
}

impl<'a> Compound<'a> {
    /// `None` if it is damaged.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..at + 4).map(number);
        let sector = match bytes.get(30..32)? {
            [9, 0] => 512,
            [12, 0] => 4096,
            _ => return None,
        };
        let mut file = Self {
            bytes: bytes.strip_prefix(MAGIC).map(|_| bytes)?,
            sector,
            table: Vec::new(),
            small_table: Vec::new(),
            small: Vec::new(),
            streams: Vec::new(),
        };
        let mut of_table: Vec<u32> = words(bytes.get(76..HEADER)?).collect();
        let mut next = word(68)?;
        let mut sectors = 0;
        while next < SPECIAL {
            sectors += 1;
            if sectors > file.sectors() {
                return None;
            }
            of_table.extend(words(file.sector(next)?));
            next = of_table.pop()?;
        }
        of_table.retain(|sector| *sector < SPECIAL);
        if of_table.len() > file.sectors() {
            return None;
        }
        for sector in of_table {
            let of_sectors: Vec<u32> = words(file.sector(sector)?).collect();
            file.table.extend(of_sectors);
        }
        let entries = file.chain(word(48)?, usize::MAX)?;
        let mut root = None;
        for entry in entries.chunks_exact(ENTRY) {
            let start = entry.get(116..120).map(number)?;
            let size = entry.get(120..124).map(number)? as usize;
            match entry.get(66)? {
                2 => file.streams.push((name(entry.get(..64)?), start, size)),
                5 => root = Some((start, size)),
                _ => {}
            }
        }
        let (start, size) = root?;
        if word(64)? > 0 && size > 0 {
            file.small_table = words(&file.chain(word(60)?, usize::MAX)?).collect();
            file.small = file.chain(start, size)?;
        }
        Some(file)
    }

    pub fn has(&self, stream: &str) -> bool {
        self.streams.iter().any(|(name, ..)| name.eq_ignore_ascii_case(stream))
    }

    /// A stream's bytes.
    pub fn stream(&self, stream: &str) -> Option<Vec<u8>> {
        let (_, start, size) = self.streams.iter().find(|(name, ..)| name.eq_ignore_ascii_case(stream))?;
        if *size >= SMALL {
            return self.chain(*start, *size);
        }
        let mut all = Vec::new();
        let mut next = *start;
        while all.len() < *size {
            let at = next as usize * SMALL_SECTOR;
            all.extend_from_slice(
                self.small.get(at..self.small.len().min(at + SMALL_SECTOR)).filter(|s| !s.is_empty())?,
            );
            next = self.small_table.get(next as usize).copied().unwrap_or(END);
        }
        all.truncate(*size);
        Some(all)
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector + 1
    }

    /// The last sector of a file may be cut short.
    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let at = (number as usize + 1) * self.sector;
        self.bytes.get(at..self.bytes.len().min(at + self.sector)).filter(|bytes| !bytes.is_empty())
    }

    fn chain(&self, start: u32, size: usize) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        let (mut next, mut sectors) = (start, 0);
        while next < SPECIAL && all.len() < size {
            sectors += 1;
            if sectors > self.sectors() {
                return None;
            }
            all.extend_from_slice(self.sector(next)?);
            next = self.table.get(next as usize).copied().unwrap_or(END);
        }
        all.truncate(size);
        Some(all)
    }
}

/// A compound file that holds a workbook's stream and nothing else. `None` for one that needs more sectors than fit the
/// simplest such file, 446 MiB.
pub fn with_workbook(mut stream: Vec<u8>) -> Option<Vec<u8>> {
    const SECTOR: usize = 4096;
    const HEADER_TABLES: usize = 109;
    stream.resize(stream.len().max(SMALL), 0);
    let sectors = stream.len().div_ceil(SECTOR);
    let tables = (sectors + 1).div_ceil(SECTOR / 4 - 1);
    if tables > HEADER_TABLES {
        return None;
    }
    let mut file = vec![0; SECTOR];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = file.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, MAGIC);
    // Version 4, of little-endian numbers, with sectors of 2 to the 12 bytes and small ones of 2 to the 6.
    put(24, &[0x3e, 0, 4, 0, 0xfe, 0xff, 12, 0, 6, 0]);
    put(40, &1_u32.to_le_bytes());
    put(44, &(tables as u32).to_le_bytes());
    put(48, &(sectors as u32).to_le_bytes());
    put(56, &(SMALL as u32).to_le_bytes());
    put(60, &END.to_le_bytes());
    put(68, &END.to_le_bytes());
    for table in 0..HEADER_TABLES {
        let sector = if table < tables { (sectors + 1 + table) as u32 } else { FREE };
        put(76 + table * 4, &sector.to_le_bytes());
    }
    let size = stream.len() as u64;
    file.append(&mut stream);
    file.resize((sectors + 1) * SECTOR, 0);
    for (name, kind, size) in [("Root Entry", 5, 0), ("Workbook", 2, size)] {
        let mut entry = [0; ENTRY];
        let letters = name.encode_utf16().flat_map(u16::to_le_bytes);
        for (place, byte) in entry.iter_mut().zip(letters) {
            *place = byte;
        }
        entry[64] = (name.len() as u8 + 1) * 2;
        entry[66] = kind;
        // No brothers; the root's only child is the workbook.
        entry[68..80].fill(0xff);
        if kind == 5 {
            entry[76..80].copy_from_slice(&1_u32.to_le_bytes());
            // The root's sectors are those of small streams, of which there are none: it has to name one all the same.
        }
        entry[120..128].copy_from_slice(&u64::to_le_bytes(size));
        file.extend_from_slice(&entry);
    }
    file.resize((sectors + 2) * SECTOR, 0);
    let chain = (1..sectors as u32).chain([END, END]).chain(std::iter::repeat_n(OF_TABLE, tables));
    let padded = chain.chain(std::iter::repeat(FREE)).take(tables * SECTOR / 4);
    file.extend(padded.flat_map(u32::to_le_bytes));
    Some(file)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(number)
}

fn name(letters: &[u8]) -> String {
    let letters = letters.chunks_exact(2).map(|pair| number(pair) as u16).take_while(|letter| *letter != 0);
    char::decode_utf16(letters).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_taken_out() {
        for size in [0, 1, SMALL, SMALL + 1, 5_000_000] {
            let stream: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let file = with_workbook(stream.clone()).expect("fits");
            let compound = Compound::open(&file).expect("sound");
            let back = compound.stream("WORKBOOK").expect("there");
            assert_eq!(back.get(..size), Some(&stream[..]), "{size} bytes");
            assert!(back.iter().skip(size).all(|byte| *byte == 0));
            assert!(compound.has("workbook") && !compound.has("Book"));
        }
    }

    #[test]
    fn a_chain_that_never_ends_is_damage() {
        let mut file = with_workbook(vec![1; 9000]).expect("fits");
        // The directory's sector names itself as the next.
        let table = file.len() - 4096;
        file[table + 3 * 4..table + 4 * 4].copy_from_slice(&3_u32.to_le_bytes());
        assert!(Compound::open(&file).is_none());
    }
}
