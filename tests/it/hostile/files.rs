//! What is in the file.

use super::case::{Case, VIDEO, form, webm};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = taken();
    cases.extend(STRANGERS.iter().map(|(name, start)| Case::with_file(name, padded(start)).unsupported()));
    cases.push(Case::with_file("an empty file", []).invalid());
    cases.push(Case::with_file("a file of one byte", [0x1a]).unsupported());
    cases.push(Case::with_file("half a container's first bytes", &webm()[..6]).unsupported());
    cases
}

fn taken() -> Vec<Case> {
    let labelled = |name, label: &str, file| Case {
        file,
        ..Case::new(name, form([&VIDEO.replace("video/webm", label)]))
    };
    let with_tail = |tail: &[u8]| [&padded(MP4)[..], tail].concat();
    vec![
        labelled("mp4 that says it is a picture", "image/png", padded(MP4)).taken_as("video/mp4"),
        labelled("webm that says it is a page", "text/html", webm()),
        labelled("webm that says nonsense", "?;,=", webm()),
        labelled("a movie of QuickTime", "video/mp4", padded(MOV)).taken_as("video/quicktime"),
        Case::with_file("a movie that begins with its data", padded(b"\0\0\x07\xd0mdat\0\0\0\0"))
            .taken_as("video/quicktime"),
        Case::with_file("a movie that begins with room", padded(b"\0\0\0\x08free\0\0\x07\xc8mdat"))
            .taken_as("video/quicktime"),
        Case::with_file("mp4 with an archive behind it", with_tail(b"PK\x03\x04PK\x05\x06"))
            .taken_as("video/mp4"),
        Case::with_file("mp4 with a page in it", with_tail(b"<script>alert(1)</script>"))
            .taken_as("video/mp4"),
        Case::with_file("the smallest start that is enough", MP4).taken_as("video/mp4"),
    ]
}

fn padded(start: &[u8]) -> Vec<u8> {
    let mut file = start.to_vec();
    file.resize(2_000, 0x5a);
    file
}

const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
const MOV: &[u8] = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ";

/// What no video begins with, under a video's label.
const STRANGERS: &[(&str, &[u8])] = &[
    ("a picture, jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("a picture, png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"),
    ("a picture, gif", b"GIF89a"),
    ("a picture, heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    ("sound, wav", b"RIFF\x24\0\0\0WAVEfmt "),
    ("sound, ogg", b"OggS\0\x02"),
    ("sound, m4a", b"\0\0\0\x1cftypM4A \0\0\x02\0M4A isomiso2"),
    ("a document", b"%PDF-1.7\n"),
    ("a document, then mp4", b"%PDF-1.7\n\0\0\0\x18ftypmp42"),
    ("a picture, then mp4", b"GIF89a\0\0\0\x18ftypmp42"),
    ("an archive", b"PK\x03\x04\x14\0"),
    ("compressed bytes", b"\x1f\x8b\x08\0\0\0\0\0"),
    ("a page", b"<!doctype html><script>"),
    ("a program", b"\x7fELF\x02\x01\x01"),
    ("a script", b"#!/bin/sh\n"),
    ("a byte order mark, then webm", b"\xef\xbb\xbf\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm"),
    ("a line break, then webm", b"\r\n\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm"),
    ("ebml of another kind", b"\x1a\x45\xdf\xa3\x8b\x42\x82\x84evil\x42\x87\x81\x04"),
    ("mp4 with a length that cannot be", b"\0\0\0\x08ftypmp42"),
    ("mp4 of an unknown brand", b"\0\0\0\x18ftypevil\0\0\0\0evilevil"),
    ("zeros", b"\0\0\0\0\0\0\0\0"),
];
