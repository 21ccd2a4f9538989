//! MP4 and MOV: a sequence of boxes, each a 32-bit length and a four-letter type (ISO/IEC 14496-12, section 4.2).

use super::{Container, Verdict};

pub(super) fn judge(start: &[u8]) -> Verdict {
    let Some((length, kind)) = parse_box(start) else { return judge_fragment(start) };
    match kind {
        b"ftyp" if (16..=LONGEST_FTYP).contains(&length) && length % 4 == 0 => judge_brand(start),
        b"moov" if length >= 16 => judge_inner(start, b"mvhd"),
        b"wide" if length == 8 => judge_inner(start, b"mdat"),
        _ => Verdict::Unknown,
    }
}

fn parse_box(start: &[u8]) -> Option<(u32, &[u8; 4])> {
    let (length, rest) = start.split_first_chunk()?;
    Some((u32::from_be_bytes(*length), rest.first_chunk()?))
}

/// Fewer bytes than a box header: the type so far must still be able to become one of ours.
fn judge_fragment(start: &[u8]) -> Verdict {
    let kind = start.get(4..).unwrap_or_default();
    let is_possible = [b"ftyp", b"moov", b"wide"].iter().any(|known| known.starts_with(kind));
    if is_possible { Verdict::Undecided } else { Verdict::Unknown }
}

fn judge_brand(start: &[u8]) -> Verdict {
    match start.get(8..12) {
        None => Verdict::Undecided,
        Some(b"qt  ") => Verdict::Known(Container::QuickTime),
        Some(brand) if is_one_of(AUDIO_BRANDS, brand) => Verdict::Known(Container::M4a),
        Some(brand) if is_one_of(VIDEO_BRANDS, brand) => Verdict::Known(Container::Mp4),
        Some(_) => Verdict::Unknown,
    }
}

/// MOV from before `ftyp`: the first box inside, or the one behind, says whether it is one.
fn judge_inner(start: &[u8], wanted: &[u8; 4]) -> Verdict {
    match start.get(12..16) {
        None => Verdict::Undecided,
        Some(kind) if kind == wanted => Verdict::Known(Container::QuickTime),
        Some(_) => Verdict::Unknown,
    }
}

fn is_one_of(brands: &[&str], brand: &[u8]) -> bool {
    brands.iter().any(|known| brand.starts_with(known.as_bytes()))
}

/// Beginnings of brands, registered at mp4ra.org. Pictures (`heic`, `avif`, `mif1` …) are deliberately not among them.
const VIDEO_BRANDS: &[&str] = &[
    "iso", "mp41", "mp42", "mp71", "avc1", "M4V", "MSNV", "dash", "cmf", "3gp", "3g2", "3ge", "mmp4", "f4v ",
];

const AUDIO_BRANDS: &[&str] = &["M4A ", "M4B "];

/// A generous bound: eight bytes of header, two of brand and version, and four for each compatible brand.
const LONGEST_FTYP: u32 = 512;
