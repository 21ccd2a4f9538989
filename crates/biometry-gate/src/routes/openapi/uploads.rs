//! The bodies of uploads: `multipart/form-data` with one file, and the texts that official clients send along.

use serde_json::{Map, Value, json};

pub(super) fn video() -> Value {
    form(&[("video", VIDEO)], &["phrase", "userFullname", "vocabulary", "trigger"], &["video"])
}

pub(super) fn face() -> Value {
    form(&[("face", PICTURE)], &["is_document", "userFullname"], &["face"])
}

pub(super) fn voice() -> Value {
    form(&[("voice", VOICE)], &["phrase", "unique_id", "vocabulary", "userFullname"], &["voice"])
}

#[cfg(feature = "documents")]
pub(super) fn document() -> Value {
    form(&[("document", PICTURE)], &["userFullname"], &["document"])
}

/// The video is there unless the session's own is meant.
#[cfg(feature = "documents")]
pub(super) fn picture_and_video() -> Value {
    form(&[("image", PICTURE), ("video", VIDEO)], &["userFullname"], &["image"])
}

fn form(files: &[(&str, &str)], texts: &[&str], required: &[&str]) -> Value {
    let file = |(name, description): &(&str, &str)| {
        ((*name).to_owned(), json!({ "type": "string", "format": "binary", "description": description }))
    };
    let text = |name: &&str| ((*name).to_owned(), json!({ "type": "string" }));
    let properties: Map<_, _> = files.iter().map(file).chain(texts.iter().map(text)).collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    json!({ "required": true, "content": { "multipart/form-data": { "schema": schema } } })
}

const VIDEO: &str = "MP4, MOV or WebM by its first bytes, at most 50 MB (52,428,800 bytes).";
const PICTURE: &str = "A picture, by its first bytes; a refusal lists the media types that are taken.";
const VOICE: &str = "An audio recording, by its first bytes; a refusal lists the media types that are taken.";
