use super::*;

const TYPE: &str = "multipart/form-data; boundary=XX";

/// Events with neighbouring data joined, for bodies cut into chunks of a given size.
fn read(body: &[u8], chunk: usize) -> Result<Vec<Event>, Malformed> {
    let mut reader = Reader::for_content_type(TYPE)?;
    let mut events: Vec<Event> = Vec::new();
    for piece in body.chunks(chunk) {
        reader.push(piece);
        while let Some(event) = reader.next()? {
            match (events.last_mut(), event) {
                (Some(Event::Data(before)), Event::Data(more)) => {
                    *before = [&before[..], &more[..]].concat().into();
                }
                (_, event) => events.push(event),
            }
        }
    }
    Ok(events)
}

fn part(name: &str, file_name: Option<&str>, content_type: Option<&str>) -> Event {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Event::Part(PartHead {
        name: Some(name.to_owned()),
        file_name: owned(file_name),
        content_type: owned(content_type),
    })
}

#[test]
fn any_chunking_gives_the_same_events() {
    let body: &[u8] =
        b"preamble\r\n--XX \t\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\none two\r\n\
        --XX\r\ncontent-type: video/webm;codecs=vp9,opus\r\nContent-Disposition: form-data; name=\"video\"; \
        filename=\"a%22b.webm\"\r\n\r\n\x1a\x45\xdf\xa3\r\n--X\r\n-\r\n--XX-- \r\nepilogue --XX";
    let expected = [
        part("phrase", None, None),
        Event::Data(Bytes::from_static(b"one two")),
        Event::PartEnd,
        part("video", Some("a\"b.webm"), Some("video/webm;codecs=vp9,opus")),
        Event::Data(Bytes::from_static(b"\x1a\x45\xdf\xa3\r\n--X\r\n-")),
        Event::PartEnd,
        Event::End,
    ];
    for chunk in 1..=body.len() {
        assert_eq!(read(body, chunk).as_deref(), Ok(&expected[..]), "chunks of {chunk}");
    }
}

#[test]
fn an_empty_part_and_a_part_without_headers_are_parts() {
    let body =
        b"--XX\r\nContent-Disposition: form-data; name=\"vocabulary\"\r\n\r\n\r\n--XX\r\n\r\nx\r\n--XX--";
    let nameless = Event::Part(PartHead::default());
    let expected = [
        part("vocabulary", None, None),
        Event::PartEnd,
        nameless,
        Event::Data(Bytes::from_static(b"x")),
        Event::PartEnd,
        Event::End,
    ];
    assert_eq!(read(body, 3).as_deref(), Ok(&expected[..]));
}

#[test]
fn a_body_without_its_end_never_ends() {
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut off her";
    let mut reader = Reader::for_content_type(TYPE).unwrap();
    reader.push(body);
    while reader.next().unwrap().is_some() {}
    assert!(!reader.is_done());
}

#[test]
fn what_is_no_multipart_is_refused() {
    for content_type in [
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=XX",
        "",
    ] {
        assert!(Reader::for_content_type(content_type).is_err(), "{content_type:?}");
    }
    assert!(Reader::for_content_type("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").is_ok());
}

#[test]
fn a_delimiter_must_end_its_line() {
    assert_eq!(read(b"--XXY\r\n\r\nx\r\n--XX--", 64), Err(Malformed));
}

#[test]
fn an_endless_head_is_refused() {
    let body = [b"--XX\r\nA: ".as_slice(), &vec![b'a'; MAX_HEAD + 1]].concat();
    assert_eq!(read(&body, 4096), Err(Malformed));
}

#[test]
fn a_large_body_is_never_held() {
    let mut reader = Reader::for_content_type(TYPE).unwrap();
    reader.push(b"--XX\r\nContent-Disposition: form-data; name=\"v\"; filename=\"v\"\r\n\r\n");
    let chunk = vec![b'-'; 64 * 1024];
    for _ in 0..64 {
        reader.push(&chunk);
        while reader.next().unwrap().is_some() {}
        assert!(reader.buffer.len() < 16, "{} bytes are held back", reader.buffer.len());
    }
}
