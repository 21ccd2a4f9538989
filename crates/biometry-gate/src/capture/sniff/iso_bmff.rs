//! MP4 and MOV: a sequence of boxes, each a 32-bit length and a four-letter type (ISO/IEC 14496-12, section 4.2; Apple's
//! QuickTime File Format, "Atoms").

use super::{Container, Sniffed};

pub(super) fn judge(start: &[u8]) -> Sniffed {
    let Some((length, kind)) = parse_box(start) else { return judge_fragment(start) };
    match kind {
        b"ftyp" if (16..=LONGEST_FTYP).contains(&length) && length % 4 == 0 => judge_brand(start),
        b"moov" if length >= 16 => judge_movie(start),
        b"mdat" if length == LONG || length >= HEADER => Sniffed::Known(Container::QuickTime),
        b"wide" if length == HEADER => judge_next(start, length),
        b"free" | b"skip" if length >= HEADER => judge_next(start, length),
        _ => Sniffed::Unknown,
    }
}

fn parse_box(start: &[u8]) -> Option<(u32, &[u8; 4])> {
    let (length, rest) = start.split_first_chunk()?;
    Some((u32::from_be_bytes(*length), rest.first_chunk()?))
}

/// Fewer bytes than a box header: the type so far must still be able to become one of ours.
fn judge_fragment(start: &[u8]) -> Sniffed {
    let kind = start.get(4..).unwrap_or_default();
    let is_possible = OPENINGS.iter().any(|known| known.starts_with(kind));
    if is_possible { Sniffed::Undecided } else { Sniffed::Unknown }
}

fn judge_brand(start: &[u8]) -> Sniffed {
    match start.get(8..12) {
        None => Sniffed::Undecided,
        Some(b"qt  ") => Sniffed::Known(Container::QuickTime),
        Some(brand) if is_one_of(AUDIO_BRANDS, brand) => Sniffed::Known(Container::M4a),
        Some(brand) if is_one_of(VIDEO_BRANDS, brand) => Sniffed::Known(Container::Mp4),
        Some(_) => Sniffed::Unknown,
    }
}

/// MOV from before `ftyp`: the first box inside says whether it is one.
fn judge_movie(start: &[u8]) -> Sniffed {
    match start.get(12..16) {
        None => Sniffed::Undecided,
        Some(b"mvhd" | b"cmov") => Sniffed::Known(Container::QuickTime),
        Some(_) => Sniffed::Unknown,
    }
}

/// Room that a recorder left free, and what comes behind it: where that is too far away, the room has to do.
fn judge_next(start: &[u8], length: u32) -> Sniffed {
    let at = usize::try_from(length).unwrap_or(usize::MAX);
    if at.saturating_add(8) > super::LOOKAHEAD {
        return Sniffed::Known(Container::QuickTime);
    }
    match start.get(at + 4..at + 8) {
        None => Sniffed::Undecided,
        Some(kind) if OPENINGS.contains(&kind) => Sniffed::Known(Container::QuickTime),
        Some(_) => Sniffed::Unknown,
    }
}

fn is_one_of(brands: &[&str], brand: &[u8]) -> bool {
    brands.iter().any(|known| brand.starts_with(known.as_bytes()))
}

/// What a film may begin with.
const OPENINGS: &[&[u8]] = &[b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"];

/// Beginnings of brands, registered at mp4ra.org. Pictures (`heic`, `avif`, `mif1` …) are deliberately not among them.
const VIDEO_BRANDS: &[&str] = &[
    "iso", "mp41", "mp42", "mp71", "avc1", "M4V", "MSNV", "dash", "cmf", "3gp", "3g2", "3ge", "mmp4", "f4v ",
];

const AUDIO_BRANDS: &[&str] = &["M4A ", "M4B "];

/// A generous bound: eight bytes of header, two of brand and version, and four for each compatible brand.
const LONGEST_FTYP: u32 = 512;
/// Length and type.
const HEADER: u32 = 8;
/// The length stands behind the type, in 64 bits.
const LONG: u32 = 1;
