//! What a file is by its first bytes, whatever its label says.
//!
//! The first [`LOOKAHEAD`] bytes decide; nothing is demuxed and nothing decompressed. A file that is none of these is
//! unknown, and unknown is refused.

mod ebml;
mod iso_bmff;
mod mpeg_audio;

/// A container format that its first bytes show.
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
    /// RIFF with 64-bit sizes and the form type `WAVE` (EBU Tech 3306).
    Rf64,
    /// AIFF and AIFF-C.
    Aiff,
    /// Apple's Core Audio Format.
    Caf,
    /// AAC in an Audio Data Transport Stream, with or without an `ID3` tag in front.
    Adts,
    /// AMR, narrowband (RFC 4867, section 5).
    Amr,
    /// AMR, wideband.
    AmrWb,
}

impl Container {
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
            Self::Rf64 => "wav",
            Self::Aiff => "aiff",
            Self::Caf => "caf",
            Self::Adts => "aac",
            Self::Amr => "amr",
            Self::AmrWb => "awb",
        }
    }
}

/// How many bytes are looked at, at most.
pub(super) const LOOKAHEAD: usize = 64;

/// What the bytes so far say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    Known(Container),
    Unknown,
    /// More bytes could still make it any of several; never said of [`LOOKAHEAD`] bytes or more.
    Undecided,
}

/// Judges the start of a file. More bytes never change a verdict other than `Undecided`.
pub(super) fn sniff(start: &[u8]) -> Sniffed {
    let start = &start[..start.len().min(LOOKAHEAD)];
    let verdict = match start {
        [] => Sniffed::Undecided,
        [0x1a, ..] => ebml::judge(start),
        [0xff] => Sniffed::Undecided,
        [0xff, 0xd8, ..] => judge_picture(start),
        [0xff, ..] => mpeg_audio::judge_frame(start),
        [b'I', b'D', b'3', ..] => mpeg_audio::judge_tagged(start),
        [b'I'] | [b'I', b'D'] => Sniffed::Undecided,
        [b'R' | b'O' | b'F' | b'f' | b'c' | b'#' | 0x89, ..] => judge_signature(start),
        _ => iso_bmff::judge(start),
    };
    let is_all = start.len() == LOOKAHEAD;
    if is_all && verdict == Sniffed::Undecided { Sniffed::Unknown } else { verdict }
}

/// JPEG: a start of image, and a marker behind it.
fn judge_picture(start: &[u8]) -> Sniffed {
    match *start {
        [_, _] | [_, _, 0xff] => Sniffed::Undecided,
        [_, _, 0xff, 0xc0..=0xfe, ..] => Sniffed::Known(Container::Jpeg),
        _ => Sniffed::Unknown,
    }
}

/// Formats that begin with a fixed text.
fn judge_signature(start: &[u8]) -> Sniffed {
    let verdicts = SIGNATURES.iter().map(|(pattern, container)| match agreement(start, pattern) {
        Agreement::Whole => Sniffed::Known(*container),
        Agreement::SoFar => Sniffed::Undecided,
        Agreement::None => Sniffed::Unknown,
    });
    verdicts
        .reduce(|one, other| if one == Sniffed::Unknown { other } else { one })
        .unwrap_or(Sniffed::Unknown)
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
    (&chunk(b"RIFF", b"WAVE"), Container::Wav),
    (&chunk(b"RF64", b"WAVE"), Container::Rf64),
    (&chunk(b"FORM", b"AIFF"), Container::Aiff),
    (&chunk(b"FORM", b"AIFC"), Container::Aiff),
    (&signature(b"OggS\0"), Container::Ogg),
    (&signature(b"caff\0\x01\0\0"), Container::Caf),
    (&signature(b"#!AMR\n"), Container::Amr),
    (&signature(b"#!AMR-WB\n"), Container::AmrWb),
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

/// A chunk with a size, and the type of what is in it.
const fn chunk(kind: &[u8; 4], form: &[u8; 4]) -> [Option<u8>; 12] {
    let [r, i, f, again] = signature(kind);
    let [a, b, c, d] = signature(form);
    [r, i, f, again, None, None, None, None, a, b, c, d]
}

#[cfg(test)]
mod tests;
