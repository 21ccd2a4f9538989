//! Says as JSON lines how our reader reads bodies, so that other parsers can be held against it.
//!
//! This is no target to fuzz: it is started with the name of a file, which it reads as its one input. Every line of the
//! file is a case, `{"id", "content_type", "body"}` with the last two in base64; each is answered on standard output with
//! `{"id", "parts": [{"name", "is_file", "data"}]}` or `{"id", "refused"}`. It stands among the targets because it is built
//! with them: what counts their steps cannot be linked without the fuzzer.

#![no_main]

use std::io::{self, BufRead, BufWriter, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use biometry_gate::fuzzing::{Part, read_multipart};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

fuzz_target!(|cases: &[u8]| {
    // The fuzzer tries an empty input first.
    if !cases.is_empty() {
        answer(cases).expect("cases come one a line");
    }
});

fn answer(cases: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in cases.lines() {
        let case: Case = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut output, &read(case)?)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(())
}

#[derive(Deserialize)]
struct Case {
    id: String,
    content_type: String,
    body: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Accepted { id: String, parts: Vec<Shown> },
    Refused { id: String, refused: String },
}

#[derive(Serialize)]
struct Shown {
    name: String,
    is_file: bool,
    data: String,
}

fn read(Case { id, content_type, body }: Case) -> Result<Answer, base64::DecodeError> {
    let content_type = BASE64_STANDARD.decode(content_type)?;
    let body = Bytes::from(BASE64_STANDARD.decode(body)?);
    Ok(match read_multipart(&content_type, [body]) {
        Ok(parts) => Answer::Accepted { id, parts: parts.into_iter().map(show).collect() },
        Err(refused) => Answer::Refused { id, refused },
    })
}

fn show(part: Part) -> Shown {
    Shown { name: part.name, is_file: part.is_file, data: BASE64_STANDARD.encode(part.data) }
}
