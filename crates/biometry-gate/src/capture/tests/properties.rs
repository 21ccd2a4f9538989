//! What holds for every body, good or broken, and for every way of cutting it into chunks.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::capture::boundary::Boundary;
use crate::capture::reader::{Reader, Token};

/// A body and what is in it.
#[derive(Clone, Debug)]
struct Body {
    boundary: String,
    parts: Vec<(String, Vec<u8>)>,
    preamble: String,
    epilogue: String,
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.preamble.clone().into_bytes();
        for (name, data) in &self.parts {
            bytes.extend(format!("--{}\r\n", self.boundary).as_bytes());
            bytes.extend(format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
            bytes.extend(data);
            bytes.extend(b"\r\n");
        }
        bytes.extend(format!("--{}--{}", self.boundary, self.epilogue).as_bytes());
        bytes
    }

    /// Random data does contain the delimiter now and then, with boundaries of one letter.
    fn is_unambiguous(&self) -> bool {
        let dashed = format!("--{}", self.boundary);
        let holds = |text: &[u8]| memchr::memmem::find(text, dashed.as_bytes()).is_some();
        !self.parts.iter().any(|(_, data)| holds(&[b"\r\n", &data[..]].concat()))
            && !holds(self.preamble.as_bytes())
            && !holds(self.epilogue.as_bytes())
    }
}

/// Data that keeps beginning what might become a delimiter.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        select(vec![
            "\r", "\n", "\r\n", "\r\n-", "\r\n--", "--", "\r\n--b", "\r\n--bo", "b", "\r\r\n--", "\0"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        vec(any::<u8>(), 0..20),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn body() -> impl Strategy<Value = Body> {
    let boundary = select(vec!["b", "bo", "-", "--", "boundary", "----WebKitFormBoundary7MA4YWxkTrZu0gW"]);
    let parts = vec((r"[A-Za-z0-9_.-]{1,12}", data()), 0..5);
    let preamble = prop_oneof![Just(""), Just("\r\n"), Just("text\r\n"), Just("\n-\r\r\n")];
    let epilogue = prop_oneof![Just(""), Just("\r\n"), Just("\r\ntext"), Just("\r\n\r\n")];
    (boundary, parts, preamble, epilogue)
        .prop_map(|(boundary, parts, preamble, epilogue)| Body {
            boundary: boundary.into(),
            parts,
            preamble: preamble.into(),
            epilogue: epilogue.into(),
        })
        .prop_filter("the boundary is in the data", Body::is_unambiguous)
}

/// Cuts at these places, each taken modulo the length.
fn cut(bytes: &[u8], places: &[Index]) -> Vec<Bytes> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.push(bytes.len());
    places.sort_unstable();
    let starts = [0].into_iter().chain(places.iter().copied());
    starts.zip(&places).map(|(start, end)| Bytes::copy_from_slice(&bytes[start..*end])).collect()
}

/// Each part's name and data.
type Parts = Vec<(String, Vec<u8>)>;

fn read(boundary: &str, chunks: impl IntoIterator<Item = Bytes>) -> Result<Parts, CaptureErrorKind> {
    let boundary = Boundary::parse(format!("multipart/form-data; boundary=\"{boundary}\"").as_bytes());
    let mut reader = Reader::new(&boundary.expect("a boundary"), 8);
    let mut parts = Vec::new();
    let mut arrived = 0;
    for chunk in chunks {
        arrived += chunk.len() as u64;
        reader.push(chunk);
        pull(&mut reader, &mut parts).map_err(|error| error.kind())?;
        assert!(arrived - reader.settled() < 4 + 70, "more held back than a delimiter");
    }
    reader.finish();
    pull(&mut reader, &mut parts).map_err(|error| error.kind())?;
    Ok(parts)
}

fn pull(reader: &mut Reader, parts: &mut Parts) -> Result<(), CaptureError> {
    while let Some(token) = reader.next_token()? {
        match token {
            Token::PartStart(head) => parts.push((head.name.into(), Vec::new())),
            Token::Data(data) => parts.last_mut().expect("a part").1.extend(data),
            Token::PartEnd | Token::End => {}
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_went_in_comes_out_however_it_is_cut(body in body(), places in vec(any::<Index>(), 0..40)) {
        let bytes = body.bytes();
        let data = read(&body.boundary, cut(&bytes, &places));
        prop_assert_eq!(data, Ok(body.parts));
    }

    #[test]
    fn a_damaged_body_is_read_the_same_way_however_it_is_cut(
        body in body(),
        damage in vec((any::<Index>(), 0..4_usize, data()), 1..4),
        places in vec(any::<Index>(), 0..40),
    ) {
        let mut bytes = body.bytes();
        for (place, removed, inserted) in damage {
            let start = place.index(bytes.len() + 1);
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, inserted);
        }
        let whole = read(&body.boundary, [Bytes::copy_from_slice(&bytes)]);
        prop_assert_eq!(&read(&body.boundary, cut(&bytes, &places)), &whole);
        let single = bytes.iter().map(|byte| Bytes::copy_from_slice(&[*byte]));
        prop_assert_eq!(&read(&body.boundary, single), &whole);
    }

    #[test]
    fn noise_is_never_a_form(noise in vec(any::<u8>(), 0..3_000), places in vec(any::<Index>(), 0..10)) {
        let refused = Err(CaptureErrorKind::Framing);
        prop_assert_eq!(read("boundary", cut(&noise, &places)), refused);
    }

    #[test]
    fn the_file_is_relayed_byte_for_byte_and_only_whole(
        tail in data(),
        text in "[a-z ]{0,40}",
        pauses in vec((any::<Index>(), 0..800_u64), 0..12),
        end in any::<Index>(),
    ) {
        let file = [MP4, &tail].concat();
        prop_assume!(memchr::memmem::find(&file, b"\r\n--x").is_none());
        let body = Draft::default().text("phrase", &text).file("video", &file).text("vocabulary", &text).closed();
        let places: Vec<_> = pauses.iter().map(|(place, _)| *place).collect();
        let steps = |bytes: &[u8]| {
            let chunks = cut(bytes, &places).into_iter();
            let pauses = pauses.iter().map(|(_, time)| *time).chain([0]);
            let steps = chunks.zip(pauses);
            let steps = steps.flat_map(|(chunk, time)| [Step::Wait(Duration::from_millis(time)), Step::Send(chunk)]);
            Script::new(steps.collect::<Vec<_>>())
        };
        let limits = CaptureLimits::default().with_least_rate(0);
        let whole = run(relay_within(steps(&body), limits, None));
        prop_assert_eq!(whole, Ok(file));

        let length = end.index(body.len() - 2);
        let cut_short = run(relay_within(steps(&body[..length]), limits, None));
        prop_assert_eq!(cut_short, Err(CaptureErrorKind::Framing));
        let broken_off = run(relay_within(steps(&body[..length]).then(Step::Break), limits, None));
        prop_assert_eq!(broken_off, Err(CaptureErrorKind::Aborted));
    }
}

#[test]
fn two_cuts_at_any_two_places_change_nothing() {
    let body = Body {
        boundary: "bo".into(),
        parts: vec![("a".into(), b"\r\n--b\r\r\n-".to_vec()), ("b".into(), Vec::new())],
        preamble: "\r\n".into(),
        epilogue: "\r\n".into(),
    };
    let bytes = body.bytes();
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let chunks =
                [&bytes[..first], &bytes[first..second], &bytes[second..]].map(Bytes::copy_from_slice);
            assert_eq!(read("bo", chunks), Ok(body.parts.clone()), "{first}, {second}");
        }
    }
}

fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(future)
}
