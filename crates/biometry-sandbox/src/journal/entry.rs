//! One request as the sandbox saw it.

use std::collections::BTreeMap;

use http::request::Parts;
use http::{HeaderMap, header};
use serde_json::Value;

use crate::operation::{self, Operation, Version};
use crate::{query, text};

/// One request the sandbox saw.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Entry {
    /// `None`: no such route.
    pub operation: Option<Operation>,
    /// The version of the API that was spoken; `None`: no such route.
    pub version: Option<Version>,
    /// The method, in upper case.
    pub method: String,
    /// The path as it came, without the query.
    pub path: String,
    /// The decoded query, in order.
    pub query: Vec<(String, String)>,
    /// The full name: from `X-User-Fullname`, else from the query or the JSON body. In version 2 the user's id, from the
    /// path or the body.
    pub user: Option<String>,
    /// The session: from `X-Session-ID` or its older alias. In version 2 from the body.
    pub session: Option<String>,
    /// All headers except `Authorization`, names in lower case; several values of one name joined with `, `.
    pub headers: BTreeMap<String, String>,
    /// The `id` claim of the API key, where it was a known and active one.
    pub key_id: Option<String>,
    /// The text fields of a multipart body, in order.
    pub fields: Vec<(String, String)>,
    /// The files of a multipart body, in order. The last one may be [cut off](FileSeen::complete).
    pub files: Vec<FileSeen>,
    /// A JSON body; of an upload in version 2, the part named `request`.
    pub json: Option<Value>,
    /// How many bytes of body were read so far.
    pub body_bytes: u64,
    /// Whether the body was read to its end and was whole: `false` while it is being read, and for good where it was
    /// cut off, refused or never read.
    pub complete: bool,
    /// The status of the reply; `None` while there is none, and for good where the connection was cut instead.
    pub status: Option<u16>,
    /// Whether the sandbox is done with the request, answered or not.
    pub finished: bool,
    /// The `X-Request-Id` of the reply.
    pub request_id: String,
}

/// One file of a multipart body. Its bytes were counted and hashed, not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSeen {
    /// The name of the form field.
    pub field: String,
    /// The name of the file.
    pub file_name: String,
    /// The part's own `Content-Type`.
    pub content_type: Option<String>,
    /// Bytes that arrived.
    pub len: u64,
    /// SHA-256 of the bytes that arrived, lower-case hexadecimal.
    pub sha256: String,
    /// Whether the file came to its end.
    pub complete: bool,
}

impl Entry {
    pub(crate) fn begin(parts: &Parts, request_id: String) -> Self {
        let query = query::pairs(parts.uri.query().unwrap_or_default());
        let user = text::header(&parts.headers, "x-user-fullname");
        let route = operation::route(&parts.method, parts.uri.path()).ok();
        Self {
            operation: route.as_ref().map(|route| route.operation),
            version: route.map(|route| route.version),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            user: user.or_else(|| query::value(&query, "user_fullname").map(str::to_owned)),
            session: text::header(&parts.headers, "x-session-id")
                .or_else(|| text::header(&parts.headers, "x-request-user-provided-id")),
            query,
            headers: visible(&parts.headers),
            key_id: None,
            fields: Vec::new(),
            files: Vec::new(),
            json: None,
            body_bytes: 0,
            complete: false,
            status: None,
            finished: false,
            request_id,
        }
    }

    /// The first text field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        query::value(&self.fields, name)
    }

    /// The first file of that field.
    #[must_use]
    pub fn file(&self, field: &str) -> Option<&FileSeen> {
        self.files.iter().find(|file| file.field == field)
    }

    /// A header's value; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

fn visible(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::<String, String>::new();
    for (name, value) in headers.iter().filter(|(name, _)| **name != header::AUTHORIZATION) {
        let value = text::decode(value.as_bytes());
        seen.entry(name.as_str().to_owned())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    seen
}
