//! What a file is by its first bytes, whatever its label says.
//!
//! The first [`LOOKAHEAD`] bytes decide; nothing is demuxed and nothing decompressed. A file that is none of these is
//! unknown, and unknown is refused.

mod ebml;
mod iso_bmff;

/// A container format that can be told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Container {
    /// ISO base media with a video brand (ISO/IEC 14496-12 and -14).
    Mp4,
    /// ISO base media with an audio brand.
    M4a,
    /// Apple's movie file format, the older form without `ftyp` included.
    QuickTime,
    /// EBML with the document type `webm`.
    WebM,
    /// EBML with the document type `matroska`, which Chromium writes where asked for H.264.
    Matroska,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// RIFF with the form type `WAVE`.
    Wav,
    /// Ogg, whatever is in it.
    Ogg,
    /// MPEG audio layer III, with or without an `ID3` tag in front.
    Mp3,
    /// FLAC.
    Flac,
}

impl Container {
    /// What a video may come in.
    pub(crate) const VIDEO: &[Self] = &[Self::Mp4, Self::QuickTime, Self::WebM];

    /// What a picture may come in.
    pub(crate) const PICTURE: &[Self] = &[Self::Jpeg, Self::Png];

    /// What a voice may come in: a recording, or a video of the person speaking.
    pub(crate) const VOICE: &[Self] =
        &[Self::Wav, Self::Ogg, Self::Mp3, Self::Flac, Self::M4a, Self::WebM, Self::Mp4, Self::QuickTime];

    /// The media type to label it with.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::M4a => "audio/mp4",
            Self::QuickTime => "video/quicktime",
            Self::WebM => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Flac => "audio/flac",
        }
    }

    /// The usual end of a file name, without the dot.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::M4a => "m4a",
            Self::QuickTime => "mov",
            Self::WebM => "webm",
            Self::Matroska => "mkv",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
        }
    }
}

/// How many bytes are looked at, at most.
pub(super) const LOOKAHEAD: usize = 64;

/// What the bytes so far say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Known(Container),
    Unknown,
    /// More bytes could still make it any of several; never said of [`LOOKAHEAD`] bytes or more.
    Undecided,
}

/// Judges the start of a file. More bytes never change a verdict other than `Undecided`.
pub(super) fn sniff(start: &[u8]) -> Verdict {
    let start = &start[..start.len().min(LOOKAHEAD)];
    let verdict = match start {
        [] => Verdict::Undecided,
        [0x1a, ..] => ebml::judge(start),
        [0xff, 0xd8 | 0xf2..=0xf3 | 0xfa..=0xfb, ..] | [0xff] => judge_marker(start),
        [b'I' | b'R' | b'O' | b'f' | 0x89, ..] => judge_signature(start),
        _ => iso_bmff::judge(start),
    };
    let is_all = start.len() == LOOKAHEAD;
    if is_all && verdict == Verdict::Undecided { Verdict::Unknown } else { verdict }
}

/// JPEG's start of image and MPEG audio's frame header both begin with 0xff.
fn judge_marker(start: &[u8]) -> Verdict {
    match *start {
        [0xff] | [0xff, _] => Verdict::Undecided,
        [_, 0xd8, marker, ..] if marker != 0xff => Verdict::Unknown,
        [_, 0xd8, _] => Verdict::Undecided,
        [_, 0xd8, _, 0xc0..=0xfe, ..] => Verdict::Known(Container::Jpeg),
        [_, 0xd8, ..] => Verdict::Unknown,
        // A frame of layer III needs a bit rate and a sampling rate that are neither free nor reserved.
        [_, _, rates, ..] if matches!(rates >> 4, 1..=14) && rates & 0b1100 != 0b1100 => {
            Verdict::Known(Container::Mp3)
        }
        _ => Verdict::Unknown,
    }
}

/// Formats that begin with a fixed text.
fn judge_signature(start: &[u8]) -> Verdict {
    let verdicts = SIGNATURES.iter().map(|(pattern, container)| match agreement(start, pattern) {
        Agreement::Whole => Verdict::Known(*container),
        Agreement::SoFar => Verdict::Undecided,
        Agreement::None => Verdict::Unknown,
    });
    verdicts
        .reduce(|one, other| if one == Verdict::Unknown { other } else { one })
        .unwrap_or(Verdict::Unknown)
}

enum Agreement {
    Whole,
    SoFar,
    None,
}

fn agreement(start: &[u8], pattern: &[Option<u8>]) -> Agreement {
    let is_same = pattern.iter().zip(start).all(|(wanted, byte)| wanted.is_none_or(|wanted| wanted == *byte));
    match is_same {
        true if start.len() >= pattern.len() => Agreement::Whole,
        true => Agreement::SoFar,
        false => Agreement::None,
    }
}

/// `None` stands for any byte: sizes and versions.
const SIGNATURES: &[(&[Option<u8>], Container)] = &[
    (&signature(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), Container::Png),
    (&riff(b"WAVE"), Container::Wav),
    (&signature(b"OggS\0"), Container::Ogg),
    (&signature(b"ID3"), Container::Mp3),
    (&signature(b"fLaC\0"), Container::Flac),
];

const fn signature<const N: usize>(text: &[u8; N]) -> [Option<u8>; N] {
    let mut pattern = [None; N];
    let mut at = 0;
    while at < N {
        pattern[at] = Some(text[at]);
        at += 1;
    }
    pattern
}

const fn riff(form: &[u8; 4]) -> [Option<u8>; 12] {
    let [r, i, f, again] = signature(b"RIFF");
    let [a, b, c, d] = signature(form);
    [r, i, f, again, None, None, None, None, a, b, c, d]
}

#[cfg(test)]
mod tests;
