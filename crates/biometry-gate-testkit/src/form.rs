use bytes::{BufMut as _, Bytes, BytesMut};

/// A `multipart/form-data` body. Parts go in the order in which they are added, exactly as they are given: nothing
/// keeps a test from building a form that no host should take.
///
/// ```
/// use biometry_gate_testkit::{Form, media};
///
/// let capture = Form::new().text("phrase", "three nine one").file("video", media::webm(1_000));
/// assert!(capture.content_type().starts_with("multipart/form-data; boundary="));
/// assert!(capture.bytes().len() > 1_000);
/// ```
#[derive(Clone, Debug)]
pub struct Form {
    boundary: String,
    parts: Vec<(String, Bytes)>,
}

/// The file of a form. [`media`](crate::media) makes some.
#[derive(Clone, Debug)]
pub struct File {
    /// The file's name in the form.
    pub name: String,
    /// The label that it carries, which hosts ignore.
    pub content_type: String,
    /// Its content.
    pub bytes: Bytes,
}

impl Form {
    /// A form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self { boundary: "----testkit7MA4YWxkTrZu0gW".to_owned(), parts: Vec::new() }
    }

    /// Uses another boundary.
    #[must_use]
    pub fn boundary(mut self, boundary: &str) -> Self {
        boundary.clone_into(&mut self.boundary);
        self
    }

    /// Adds a text field.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.to_owned())
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, file: File) -> Self {
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\nContent-Type: {}",
            file.name, file.content_type,
        );
        self.part(&head, file.bytes)
    }

    /// Adds a part with these header lines.
    #[must_use]
    pub fn part(mut self, head: &str, body: impl Into<Bytes>) -> Self {
        self.parts.push((head.to_owned(), body.into()));
        self
    }

    /// What the request's `Content-Type` is.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The whole body.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let mut body = BytesMut::new();
        for (head, part) in &self.parts {
            body.put_slice(format!("--{}\r\n{head}\r\n\r\n", self.boundary).as_bytes());
            body.put_slice(part);
            body.put_slice(b"\r\n");
        }
        body.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        body.freeze()
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}
