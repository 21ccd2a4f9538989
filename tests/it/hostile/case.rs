use bytes::Bytes;

/// One hostile (or merely unusual) upload and what has to become of it.
///
/// Texts are templates, filled in when the case is played: see [`Filling`].
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Values of `Content-Type`, one header line each.
    pub(super) content_types: Vec<Vec<u8>>,
    /// Further header lines.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) file: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// What has to become of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is judged; the platform gets exactly the file, under this type.
    Taken { as_type: &'static str },
    /// It is refused with this status and code, and the platform gets no whole upload.
    Refused { status: u16, code: &'static str, connection: Connection },
}

/// What becomes of an HTTP/1 connection behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    /// It takes the next request.
    Kept,
    /// The answer says so, and it is.
    Closed,
}

impl Outcome {
    /// Whether an HTTP/1 connection ends with the answer.
    pub(super) fn closes(self) -> bool {
        matches!(self, Self::Refused { connection: Connection::Closed, .. })
    }
}

impl Case {
    /// A form with the usual boundary, `x`.
    pub(super) fn new(name: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            name,
            content_types: vec![FORM_DATA.into()],
            headers: Vec::new(),
            body: body.into(),
            file: webm(),
            outcome: Outcome::Taken { as_type: "video/webm" },
        }
    }

    /// The usual form under another content type.
    pub(super) fn typed(name: &'static str, content_type: impl Into<Vec<u8>>) -> Self {
        Self::new(name, form([VIDEO])).content_types([content_type])
    }

    /// The usual form with this file in it.
    pub(super) fn with_file(name: &'static str, file: impl Into<Vec<u8>>) -> Self {
        Self { file: file.into(), ..Self::new(name, form([VIDEO])) }
    }

    pub(super) fn content_types<T: Into<Vec<u8>>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.content_types = values.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the boundary `x` of the body.
    pub(super) fn delimited_by(mut self, boundary: &str) -> Self {
        self.body = replace(&self.body, b"--x", format!("--{boundary}").as_bytes());
        self
    }

    pub(super) fn taken_as(mut self, as_type: &'static str) -> Self {
        self.outcome = Outcome::Taken { as_type };
        self
    }

    /// The multipart framing is broken.
    pub(super) fn broken(self) -> Self {
        self.refused(400, "invalid-upload", Connection::Closed)
    }

    /// The form is not the one this route takes.
    pub(super) fn invalid(self) -> Self {
        self.refused(422, "invalid-upload", Connection::Kept)
    }

    pub(super) fn unsupported(self) -> Self {
        self.refused(415, "unsupported-media", Connection::Kept)
    }

    pub(super) fn refused(mut self, status: u16, code: &'static str, connection: Connection) -> Self {
        self.outcome = Outcome::Refused { status, code, connection };
        self
    }
}

/// What stands in a template's braces.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    pub(super) phrase: String,
    pub(super) subject: String,
    pub(super) file: Bytes,
}

impl Filling {
    pub(super) fn fill(&self, template: &[u8]) -> Bytes {
        let text = replace(template, b"{length}", self.phrase.len().to_string().as_bytes());
        let text = replace(&text, b"{phrase}", self.phrase.as_bytes());
        let text = replace(&text, b"{PHRASE}", self.phrase.to_uppercase().as_bytes());
        let text = replace(&text, b"{subject}", self.subject.as_bytes());
        replace(&text, b"{video}", &self.file).into()
    }
}

/// A form of these parts with the boundary `x`.
pub(super) fn form<const PARTS: usize>(parts: [&str; PARTS]) -> String {
    let parts: String = parts.iter().map(|part| format!("--x\r\n{part}\r\n")).collect();
    format!("{parts}--x--\r\n")
}

/// A text part.
pub(super) fn text(name: &str, value: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}")
}

/// The file's part with this header block.
pub(super) fn headed(block: &str) -> String {
    format!("{block}\r\n\r\n{{video}}")
}

/// The file's part with these parameters of its disposition.
pub(super) fn disposed(parameters: &str) -> String {
    headed(&format!("Content-Disposition: form-data; {parameters}\r\nContent-Type: video/webm"))
}

/// A small file that begins as WebM does, with line ends and hyphens in it.
pub(super) fn webm() -> Vec<u8> {
    biometry_gate_testkit::media::webm(3_000).bytes.to_vec()
}

pub(super) fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

pub(super) const FORM_DATA: &str = "multipart/form-data; boundary=x";

/// The file's part as clients send it.
pub(super) const VIDEO: &str = "Content-Disposition: form-data; name=\"video\"; filename=\"a.webm\"\r\nContent-Type: video/webm\r\n\r\n{video}";
