//! Tables of whole bodies, each read in one piece, byte by byte, and cut in two at every place.

use super::*;

/// Events with their data joined: what must not depend on the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Start(String, FileName),
    Data(Vec<u8>),
    PartEnd,
    End,
}

fn read_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Seen>, CaptureErrorKind> {
    let boundary = Boundary::parse(b"multipart/form-data; boundary=x").expect("a boundary");
    let mut reader = Reader::new(&boundary, 3);
    let mut seen = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk));
        pull(&mut reader, &mut seen)?;
    }
    reader.finish();
    pull(&mut reader, &mut seen)?;
    assert_eq!(seen.last(), Some(&Seen::End), "a reader that has seen everything says so");
    Ok(seen)
}

fn pull(reader: &mut Reader, seen: &mut Vec<Seen>) -> Result<(), CaptureErrorKind> {
    loop {
        match reader.next_token() {
            Ok(None) => return Ok(()),
            Ok(Some(token)) => note(seen, token),
            Err(error) => {
                assert_eq!(
                    reader.next_token().map_err(|error| error.kind()),
                    Err(error.kind()),
                    "errors stay"
                );
                return Err(error.kind());
            }
        }
    }
}

fn note(seen: &mut Vec<Seen>, token: Token) {
    match (token, seen.last_mut()) {
        (Token::PartStart(head), _) => seen.push(Seen::Start(head.name.into(), head.file_name)),
        (Token::Data(data), _) if data.is_empty() => panic!("data is never empty"),
        (Token::Data(data), Some(Seen::Data(before))) => before.extend_from_slice(&data),
        (Token::Data(data), _) => seen.push(Seen::Data(data.to_vec())),
        (Token::PartEnd, _) => seen.push(Seen::PartEnd),
        (Token::End, _) => seen.push(Seen::End),
    }
}

/// Reads the body in all ways of cutting it once, and byte by byte; they must agree.
fn read(body: &[u8]) -> Result<Vec<Seen>, CaptureErrorKind> {
    let whole = read_chunks([body]);
    assert_eq!(read_chunks(body.chunks(1)), whole, "byte by byte");
    for at in 0..=body.len() {
        let (one, other) = body.split_at(at);
        assert_eq!(read_chunks([one, other]), whole, "cut at {at}");
    }
    whole
}

fn text(name: &str, value: &[u8]) -> Vec<Seen> {
    let data = (!value.is_empty()).then(|| Seen::Data(value.to_vec()));
    [Seen::Start(name.into(), FileName::Absent)].into_iter().chain(data).chain([Seen::PartEnd]).collect()
}

fn one_text(value: &[u8]) -> Result<Vec<Seen>, CaptureErrorKind> {
    Ok([text("a", value), vec![Seen::End]].concat())
}

const A: &str = "Content-Disposition: form-data; name=a\r\n\r\n";
const B: &str = "Content-Disposition: form-data; name=b\r\n\r\n";

#[test]
fn parts_and_their_data_are_separated() {
    let body = format!("--x\r\n{A}one\r\n--x\r\n{B}two\r\nlines\r\n--x--\r\n");
    let expected = [text("a", b"one"), text("b", b"two\r\nlines"), vec![Seen::End]].concat();
    assert_eq!(read(body.as_bytes()), Ok(expected));
}

#[test]
fn data_may_look_like_almost_anything() {
    for value in [
        &b""[..],
        b"\r\n",
        b"\r",
        b"\n--x",
        b"-",
        b"--",
        b"\r\n--",
        b"\r\r\n-",
        b"\r\n\r\n--",
        b"\r\n--\r\n--",
        b"--y\r\n",
        b" --x--",
        b"\r\n --x",
        b"\n--x--\n",
        b"\r--x--\r",
        b"Content-Disposition: form-data; name=b\r\n\r\n",
        b"\0\xff\xfe\r\n\x80",
    ] {
        let body = [b"--x\r\n", A.as_bytes(), value, b"\r\n--x--\r\n"].concat();
        assert_eq!(read(&body), one_text(value), "{value:?}");
    }
}

#[test]
fn what_is_in_front_and_behind_is_dropped() {
    for (before, after) in [
        ("", ""),
        ("", "\r\n"),
        ("\r\n", "\r\nepilogue"),
        ("preamble\r\n", "\r\n\r\n\r\n"),
        ("--y\r\n--\r\n", "\r\n--y--\r\n--"),
        ("\r\n-\r\n", "\r\n\r"),
    ] {
        let body = format!("{before}--x\r\n{A}v\r\n--x--{after}");
        assert_eq!(read(body.as_bytes()), one_text(b"v"), "{before:?} {after:?}");
    }
}

#[test]
fn a_body_may_have_no_part() {
    assert_eq!(read(b"--x--\r\n"), Ok(vec![Seen::End]));
}

#[test]
fn anything_two_readers_could_read_differently_is_refused() {
    for (why, body) in [
        ("nothing", String::new()),
        ("no delimiter", "hello".into()),
        ("another boundary", format!("--y\r\n{A}v\r\n--y--")),
        ("delimiter inside a line", format!("hello--x\r\n{A}v\r\n--x--")),
        ("line feeds only", format!("--x\n{A}v\n--x--").replace("\r\n", "\n")),
        ("line feed behind a delimiter", format!("--x\n{A}v\r\n--x--")),
        (
            "line feed in the header block",
            "--x\r\nContent-Disposition: form-data; name=a\n\r\nv\r\n--x--".into(),
        ),
        (
            "line feed behind the header block",
            "--x\r\nContent-Disposition: form-data; name=a\r\n\nv\r\n--x--".into(),
        ),
        ("carriage return behind a delimiter", format!("--x\r{A}v\r\n--x--")),
        ("carriage return in the header block", "--x\r\nX: a\rb\r\n\r\nv\r\n--x--".into()),
        ("carriage return twice", "--x\r\r\nv\r\n--x--".into()),
        ("no closing delimiter", format!("--x\r\n{A}v\r\n--x\r\n")),
        ("closing delimiter cut short", format!("--x\r\n{A}v\r\n--x-")),
        ("closing delimiter cut shorter", format!("--x\r\n{A}v\r\n--x")),
        ("boundary cut short", format!("--x\r\n{A}v\r\n--")),
        ("data cut short", format!("--x\r\n{A}v")),
        ("header block cut short", "--x\r\nContent-Disposition: form-data; na".into()),
        ("line break cut short", format!("--x\r\n{A}v\r\n--x--\r")),
        ("closed by a line feed", format!("--x\r\n{A}v\r\n--x--\n")),
        ("blank behind a delimiter", format!("--x \r\n{A}v\r\n--x--")),
        ("tab behind a delimiter", format!("--x\t\r\n{A}v\r\n--x--")),
        ("blank behind the closing delimiter", format!("--x\r\n{A}v\r\n--x-- \r\n")),
        ("text behind the closing delimiter", format!("--x\r\n{A}v\r\n--x--y")),
        ("longer boundary in the data", format!("--x\r\n{A}v\r\n--xy\r\nw\r\n--x--")),
        ("one hyphen", format!("--x\r\n{A}v\r\n--x-\r\n--x--")),
        ("three hyphens", format!("--x\r\n{A}v\r\n--x---")),
        ("a part behind the close", format!("--x\r\n{A}v\r\n--x--\r\n--x\r\n{B}w\r\n--x--")),
        ("a close behind the close", format!("--x\r\n{A}v\r\n--x--\r\n--x--\r\n")),
        ("a part later behind the close", format!("--x\r\n{A}v\r\n--x--\r\n.\r\n--x\r\n{B}w\r\n--x--")),
        ("empty header block", "--x\r\n\r\nv\r\n--x--".into()),
        ("delimiter instead of data", format!("--x\r\n{A}--x--\r\n")),
        (
            "delimiter in the header block",
            "--x\r\nContent-Disposition: form-data; name=a\r\n--x--\r\n".into(),
        ),
        ("delimiter instead of a header block", format!("--x\r\n--x\r\n{A}v\r\n--x--")),
        ("quoted-printable", format!("--x\r\nContent-Transfer-Encoding: quoted-printable\r\n{A}v\r\n--x--")),
        ("shorter than it says", format!("--x\r\nContent-Length: 2\r\n{A}v\r\n--x--")),
        ("longer than it says", format!("--x\r\nContent-Length: 0\r\n{A}v\r\n--x--")),
        ("boundary inside the preamble", format!("hello--x\r\n{A}w\r\n--x\r\n{B}v\r\n--x--")),
        ("boundary behind a line feed", format!("hello\n--x\r\n--x\r\n{A}v\r\n--x--")),
        ("boundary inside the epilogue", format!("--x\r\n{A}v\r\n--x--\r\nhello--x\r\n")),
        ("long preamble", format!("{}\r\n--x\r\n{A}v\r\n--x--", "p".repeat(1_025))),
        ("long epilogue", format!("--x\r\n{A}v\r\n--x--\r\n{}", "e".repeat(1_025))),
        ("long epilogue of line breaks", format!("--x\r\n{A}v\r\n--x--\r\n{}", "\r\n".repeat(513))),
    ] {
        assert_eq!(read(body.as_bytes()), Err(CaptureErrorKind::Framing), "{why}");
    }
}

#[test]
fn margins_up_to_their_size_are_dropped() {
    let body = format!("{}\r\n--x\r\n{A}v\r\n--x--\r\n{}", "p".repeat(1_024), "\r\n".repeat(512));
    assert_eq!(read(body.as_bytes()), one_text(b"v"));
}

#[test]
fn an_announced_length_that_is_right_is_fine() {
    let body = format!("--x\r\nContent-Length: 3\r\n{A}v\r\n\r\n--x--");
    assert_eq!(read(body.as_bytes()), one_text(b"v\r\n"));
}

#[test]
fn parts_are_counted() {
    let part = format!("--x\r\n{A}v\r\n");
    assert!(read(format!("{part}{part}{part}--x--").as_bytes()).is_ok());
    let four = format!("{part}{part}{part}{part}--x--");
    assert_eq!(read(four.as_bytes()), Err(CaptureErrorKind::TooManyParts));
}

#[test]
fn data_is_handed_out_as_slices_of_what_came_in() {
    let boundary = Boundary::parse(b"multipart/form-data; boundary=x").expect("a boundary");
    let mut reader = Reader::new(&boundary, 1);
    let head = format!("--x\r\n{A}");
    let chunk = Bytes::from(format!("{head}0123456789\r\n--x--"));
    reader.push(chunk.clone());
    assert!(matches!(reader.next_token(), Ok(Some(Token::PartStart(_)))));
    let Ok(Some(Token::Data(data))) = reader.next_token() else { panic!("data expected") };
    assert_eq!(data.as_ptr(), chunk[head.len()..].as_ptr());
    assert_eq!(data.len(), 10);
}

#[test]
fn every_byte_is_settled_in_the_end() {
    let boundary = Boundary::parse(b"multipart/form-data; boundary=x").expect("a boundary");
    let mut reader = Reader::new(&boundary, 1);
    let body = format!("--x\r\n{A}v\r\n--x--\r\n");
    let mut seen = Vec::new();
    for (at, byte) in body.bytes().enumerate() {
        reader.push(Bytes::from(vec![byte]));
        pull(&mut reader, &mut seen).expect("a good body");
        let pending = at as u64 + 1 - reader.settled();
        assert!(pending <= "\r\n--x".len() as u64, "{pending} bytes are held back at {at}");
    }
    assert_eq!(reader.settled(), body.len() as u64);
}
