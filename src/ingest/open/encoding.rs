//! Which encoding bytes are in, as their beginning shows, and a reader that turns it into UTF-8.
//!
//! What is no text in its encoding comes out as a byte that is no UTF-8, so that the row it stands in is found and told
//! like any other broken text, with its place.

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memchr;
use std::io::{self, Read};
use std::ops::Range;

/// Stands for what could not be decoded: no byte of UTF-8.
const BROKEN: u8 = 0xff;
/// Bytes that Windows-1252 has no letter for.
const NO_LETTERS: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const UTF_32: [&[u8]; 2] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff"];

/// What encoding the beginning of a file shows; `None` for one that cannot be read.
pub fn detected(head: &[u8]) -> Option<&'static Encoding> {
    if UTF_32.iter().any(|mark| head.starts_with(mark)) {
        return None;
    }
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    if let Some(encoding) = wide(head) {
        return Some(encoding);
    }
    let (sound, broken, letters) = sequences(head);
    // A few broken places in a UTF-8 file are findings; a file whose accents are none of them UTF-8 is another encoding.
    Some(if broken > sound && letters { WINDOWS_1252 } else { UTF_8 })
}

/// The encoding a person named, or what is known of the name.
pub fn named(name: &str, head: &[u8]) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(name.trim().as_bytes())?;
    // "UTF-16" says nothing of the order of its bytes.
    let open = encoding == UTF_16LE && !name.to_ascii_lowercase().ends_with("le");
    let shown = Encoding::for_bom(head).map(|(shown, _)| shown).or_else(|| wide(head));
    Some(shown.filter(|shown| open && *shown == UTF_16BE).unwrap_or(encoding))
}

/// UTF-16 without a mark: every other byte of plain letters, digits and separators is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    const LOOKED_AT: usize = 4096;
    let (pairs, _) = head.get(..head.len().min(LOOKED_AT)).unwrap_or_default().as_chunks::<2>();
    let zeros = |which: usize| pairs.iter().filter(|pair| pair.get(which) == Some(&0)).count();
    let (first, second) = (zeros(0), zeros(1));
    let many = (pairs.len() / 5).max(2);
    match () {
        () if second >= many && first * 10 < second => Some(UTF_16LE),
        () if first >= many && second * 10 < first => Some(UTF_16BE),
        () => None,
    }
}

/// How many sound sequences of several bytes there are, how many broken ones, and whether those could be letters.
fn sequences(head: &[u8]) -> (usize, usize, bool) {
    let (mut sound, mut broken, mut letters) = (0, 0, true);
    let mut chunks = head.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        if !chunk.valid().is_ascii() {
            sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        }
        let invalid = chunk.invalid();
        // The head may end within a sequence.
        let cut = chunks.peek().is_none() && could_go_on(invalid);
        if !invalid.is_empty() && !cut {
            broken += 1;
            letters &= !invalid.iter().any(|byte| NO_LETTERS.contains(byte));
        }
    }
    (sound, broken, letters)
}

fn could_go_on(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) && bytes.len() > 1
}

/// Turns bytes of an encoding into UTF-8, the mark at the beginning left out.
pub struct Decoding<R> {
    inner: R,
    decoder: Decoder,
    packed: Box<[u8]>,
    /// What of `packed` is still to be decoded.
    left: Range<usize>,
    /// Decoded and not yet given.
    ready: Vec<u8>,
    given: usize,
    input_ended: bool,
    done: bool,
}

impl<R: Read> Decoding<R> {
    const ROOM: usize = 64 << 10;

    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            packed: vec![0; Self::ROOM].into_boxed_slice(),
            left: 0..0,
            ready: Vec::new(),
            given: 0,
            input_ended: false,
            done: false,
        }
    }

    /// Decodes some more into `ready`, of which everything was given.
    fn decode(&mut self) -> io::Result<()> {
        if self.left.is_empty() && !self.input_ended {
            let read = self.inner.read(&mut self.packed)?;
            self.left = 0..read;
            self.input_ended = read == 0;
        }
        self.given = 0;
        // Enough for whatever one byte becomes.
        self.ready.resize(Self::ROOM, 0);
        let bytes = self.packed.get(self.left.clone()).unwrap_or_default();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.ready, self.input_ended);
        self.left.start += read;
        self.ready.truncate(written);
        match result {
            DecoderResult::Malformed(..) => self.ready.push(BROKEN),
            DecoderResult::InputEmpty => self.done = self.input_ended,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.given >= self.ready.len() {
            if self.done {
                return Ok(0);
            }
            self.decode()?;
        }
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let length = ready.len().min(into.len());
        into.get_mut(..length).unwrap_or_default().copy_from_slice(ready.get(..length).unwrap_or_default());
        self.given += length;
        Ok(length)
    }
}

/// Turns carriage returns without a newline behind them into newlines.
pub struct Returns<R> {
    inner: R,
    bytes: Box<[u8]>,
    /// What of `bytes` is in its final form and still to be given.
    ready: Range<usize>,
    /// The byte behind `ready` is a carriage return, and what comes after it is not known yet.
    held: bool,
}

impl<R: Read> Returns<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, bytes: vec![0; 64 << 10].into_boxed_slice(), ready: 0..0, held: false }
    }

    /// Reads more, when everything was given. Nothing more is ready at the end.
    fn fill(&mut self) -> io::Result<()> {
        let start = usize::from(std::mem::take(&mut self.held));
        let read = self.inner.read(self.bytes.get_mut(start..).unwrap_or_default())?;
        if let (1, Some(first)) = (start, self.bytes.first_mut()) {
            *first = b'\r';
        }
        let end = start + read;
        self.held = read > 0 && self.bytes.get(end - 1) == Some(&b'\r');
        self.ready = 0..end - usize::from(self.held);
        let mut at = 0;
        while let Some(found) = self.bytes.get(at..self.ready.end).and_then(|rest| memchr(b'\r', rest)) {
            at += found + 1;
            if (at == end || self.bytes.get(at) != Some(&b'\n'))
                && let Some(byte) = self.bytes.get_mut(at - 1)
            {
                *byte = b'\n';
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Returns<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !into.is_empty() {
            self.fill()?;
            if self.ready.is_empty() && !self.held {
                return Ok(0);
            }
        }
        let length = self.ready.len().min(into.len());
        let given = self.bytes.get(self.ready.start..self.ready.start + length).unwrap_or_default();
        into.get_mut(..length).unwrap_or_default().copy_from_slice(given);
        self.ready.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    pub struct Drops<'a>(pub &'a [u8], pub usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len());
            self.0.read(into.get_mut(..length).expect("in range"))
        }
    }

    fn decoded(bytes: &[u8], encoding: &'static Encoding) -> Vec<u8> {
        let mut all = Vec::new();
        Decoding::new(Drops(bytes, 3), encoding).read_to_end(&mut all).expect("read");
        all
    }

    fn name(bytes: &[u8]) -> Option<&'static str> {
        detected(bytes).map(Encoding::name)
    }

    #[test]
    fn marks_zeros_and_accents_tell_the_encoding() {
        assert_eq!(name(b""), Some("UTF-8"));
        assert_eq!(name(b"a,b\n1,2\n"), Some("UTF-8"));
        assert_eq!(name(b"\xef\xbb\xbfa"), Some("UTF-8"));
        assert_eq!(name(b"\xff\xfea\0"), Some("UTF-16LE"));
        assert_eq!(name(b"\xfe\xff\0a"), Some("UTF-16BE"));
        assert_eq!(name(b"\xff\xfe\0\0a\0\0\0"), None);
        let wide: Vec<u8> = "id,имя\n1,Анна\n2,Пётр\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(name(&wide), Some("UTF-16LE"));
        assert_eq!(name(b"id,name\n1,Ren\xe9e\n2,Bj\xf6rn\n"), Some("windows-1252"));
    }

    #[test]
    fn a_few_broken_places_make_no_other_encoding() {
        let text = ["é".repeat(9).as_bytes(), b"\xe9\n"].concat();
        assert_eq!(name(&text), Some("UTF-8"));
        assert_eq!(name(b"a\x8db,c\n"), Some("UTF-8"));
        assert_eq!(name(b"P1,a\0b\n"), Some("UTF-8"));
        // The head ends within a letter.
        assert_eq!(name(b"caf\xe2\x82"), Some("UTF-8"));
    }

    #[test]
    fn a_name_may_leave_the_order_of_bytes_open() {
        let of = |label, head: &[u8]| named(label, head).map(Encoding::name);
        assert_eq!(of("utf-16", b"\xfe\xff\0a"), Some("UTF-16BE"));
        assert_eq!(of("utf-16le", b"\xff\xfea\0"), Some("UTF-16LE"));
        assert_eq!(of("Latin1", b"a"), Some("windows-1252"));
        assert_eq!(of("utf-9", b"a"), None);
    }

    #[test]
    fn what_cannot_be_decoded_is_a_byte_that_is_no_text() {
        assert_eq!(decoded(b"\xff\xfea\0\0\xd8b\0", UTF_16LE), b"a\xffb");
        assert_eq!(decoded(b"\xff\xfea\0\0\xd8", UTF_16LE), b"a\xff");
        assert_eq!(decoded(b"\xff\xfea\0b", UTF_16LE), b"a\xff");
        assert_eq!(decoded(b"\x80uro", WINDOWS_1252), "€uro".as_bytes());
    }

    #[test]
    fn returns_become_newlines_wherever_they_are_cut() {
        for size in 1..8 {
            let mut all = Vec::new();
            Returns::new(Drops(b"a\rb\r\nc\r\r\nd\r", size)).read_to_end(&mut all).expect("read");
            assert_eq!(all, b"a\nb\r\nc\n\r\nd\n", "{size} at a time");
        }
    }
}
