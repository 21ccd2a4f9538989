use super::*;

/// A file's start and what it is.
fn known() -> Vec<(&'static str, Vec<u8>, Container)> {
    vec![
        ("mp4 by ffmpeg", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".to_vec(), Container::Mp4),
        ("mp4 by Safari", b"\0\0\0\x1cftypiso5\0\0\x02\0iso5iso6mp41".to_vec(), Container::Mp4),
        ("mp4 by Android", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec(), Container::Mp4),
        ("3gp", b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4".to_vec(), Container::Mp4),
        ("m4a", b"\0\0\0\x1cftypM4A \0\0\x02\0M4A isomiso2".to_vec(), Container::M4a),
        ("mov by iPhone", b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(), Container::QuickTime),
        ("mov, moov first", b"\0\0\x01\0moov\0\0\0\x6cmvhd".to_vec(), Container::QuickTime),
        ("mov, wide first", b"\0\0\0\x08wide\0\x10\0\0mdat".to_vec(), Container::QuickTime),
        (
            "webm by Chromium",
            b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm".to_vec(),
            Container::WebM,
        ),
        (
            "webm with an eight-byte size",
            b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
                .to_vec(),
            Container::WebM,
        ),
        ("matroska", b"\x1a\x45\xdf\xa3\x8c\x42\x82\x88matroska".to_vec(), Container::Matroska),
        ("webm, padded", b"\x1a\x45\xdf\xa3\x8a\x42\x82\x86webm\0\0".to_vec(), Container::WebM),
        ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), Container::Jpeg),
        ("jpeg with exif", b"\xff\xd8\xff\xe1\0\x10Exif".to_vec(), Container::Jpeg),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01".to_vec(), Container::Png),
        ("wav", b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), Container::Wav),
        ("ogg", b"OggS\0\x02".to_vec(), Container::Ogg),
        ("mp3 with a long tag", b"ID3\x04\0\0\0\x01\x7f\0APIC".to_vec(), Container::Mp3),
        ("mp3 with a short tag", [b"ID3\x04\0\0\0\0\0\x04abcd", &b"\xff\xfb\x90\x64"[..]].concat(), Container::Mp3),
        ("mp3 of MPEG-2.5", b"\xff\xe3\x18\xc4".to_vec(), Container::Mp3),
        ("aac in adts", b"\xff\xf1\x50\x80\x2b\x9f\xfc\x21".to_vec(), Container::Adts),
        ("aac in adts of MPEG-2", b"\xff\xf9\x50\x80\x2b\x9f\xfc\x21".to_vec(), Container::Adts),
        ("aac in adts behind a tag", [b"ID3\x04\0\0\0\0\0\x02ab", &b"\xff\xf1\x50\x80\x2b\x9f"[..]].concat(), Container::Adts),
        ("rf64", b"RF64\xff\xff\xff\xffWAVEds64".to_vec(), Container::Rf64),
        ("aiff", b"FORM\0\0\x10\0AIFFCOMM".to_vec(), Container::Aiff),
        ("aiff-c", b"FORM\0\0\x10\0AIFCFVER".to_vec(), Container::Aiff),
        ("caf", b"caff\0\x01\0\0desc".to_vec(), Container::Caf),
        ("amr", b"#!AMR\n\x3c\x08".to_vec(), Container::Amr),
        ("amr, wideband", b"#!AMR-WB\n\x04".to_vec(), Container::AmrWb),
        ("mov, mdat first", b"\0\0\x01\0mdat\0\0\0\x6c".to_vec(), Container::QuickTime),
        ("mov, a long mdat first", b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0".to_vec(), Container::QuickTime),
        ("mov, free first", b"\0\0\0\x08free\0\x10\0\0mdat".to_vec(), Container::QuickTime),
        ("mov, skip first", b"\0\0\0\x0cskip\0\0\0\0\0\0\x01\0moov".to_vec(), Container::QuickTime),
        ("mov, much room first", b"\0\0\x10\0free\0\0\0\0".to_vec(), Container::QuickTime),
        ("mov, wide and free first", b"\0\0\0\x08wide\0\0\0\x08free".to_vec(), Container::QuickTime),
        ("mp3 frame", b"\xff\xfb\x90\x64".to_vec(), Container::Mp3),
        ("flac", b"fLaC\0\0\0\x22".to_vec(), Container::Flac),
    ]
}

#[test]
fn what_each_recorder_writes_is_known() {
    for (name, start, container) in known() {
        assert_eq!(sniff(&start), Sniffed::Known(container), "{name}");
    }
}

#[test]
fn a_shorter_start_is_undecided_or_already_right_and_a_longer_one_changes_nothing() {
    for (name, mut start, container) in known() {
        for length in 0..start.len() {
            let verdict = sniff(&start[..length]);
            assert!(
                matches!(verdict, Sniffed::Undecided) || verdict == Sniffed::Known(container),
                "{name}, {length}"
            );
        }
        start.resize(1_000, 0x5a);
        assert_eq!(sniff(&start), Sniffed::Known(container), "{name}");
    }
}

#[test]
fn anything_else_is_unknown() {
    for (name, start) in [
        ("text", &b"<html><body>"[..]),
        ("zeros", &[0; 64]),
        ("ones", &[0xff; 64]),
        ("zip", b"PK\x03\x04\x14\0\0\0"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("pdf", b"%PDF-1.7"),
        ("gif", b"GIF89a\x01\0"),
        ("webp", b"RIFF\x24\0\0\0WEBPVP8 "),
        ("avi", b"RIFF\x24\0\0\0AVI LIST"),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("avif", b"\0\0\0\x18ftypavif\0\0\0\0avifmif1"),
        ("ftyp too short", b"\0\0\0\x08ftypisom"),
        ("ftyp too long", b"\0\x10\0\0ftypisom"),
        ("ftyp not a multiple of four", b"\0\0\0\x19ftypisom"),
        ("moov without mvhd", b"\0\0\x01\0moov\0\0\0\x6ctrak"),
        ("wide without anything known", b"\0\0\0\x08wide\0\x10\0\0abcd"),
        ("free without anything known", b"\0\0\0\x08free\0\x10\0\0abcd"),
        ("mdat to the end of the file", b"\0\0\0\0mdat\0\0\0\x6c"),
        ("adts of a reserved rate", b"\xff\xf1\x7c\x80\x2b\x9f"),
        ("adts of no length", b"\xff\xf1\x50\x80\0\x1f"),
        ("a tag with an impossible size", b"ID3\x04\0\0\xff\0\0\0"),
        ("a tag with nothing known behind it", b"ID3\x04\0\0\0\0\0\0<html>"),
        ("caf of another version", b"caff\0\x02\0\0"),
        ("amr of several channels", b"#!AMR_MC1.0\n"),
        ("iff of another kind", b"FORM\0\0\x10\08SVX"),
        ("wide of another size", b"\0\0\0\x10wide\0\x10\0\0mdat"),
        ("ebml of another type", b"\x1a\x45\xdf\xa3\x87\x42\x82\x84WebM"),
        ("ebml, longer type", b"\x1a\x45\xdf\xa3\x88\x42\x82\x85webmx"),
        ("ebml without a type", b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01\x42\x82\x84webm"),
        ("ebml of unknown size", b"\x1a\x45\xdf\xa3\xff\x42\x82\x84webm"),
        ("ebml with an unreadable size", b"\x1a\x45\xdf\xa3\0\x42\x82\x84webm"),
        ("ebml with an endless element", b"\x1a\x45\xdf\xa3\x90\x42\x86\xff\x42\x82\x84webm"),
        ("png without its first chunk", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT"),
        ("png with lost carriage return", b"\x89PNG\n\x1a\n\0\0\0\x0dIHDR\0"),
        ("jpeg start without a marker", b"\xff\xd8\0\0"),
        ("jpeg start with a fill byte only", b"\xff\xd8\xff\xff"),
        ("mp3 with a free bit rate", b"\xff\xfb\x00\x64"),
        ("mp3 with a reserved sampling rate", b"\xff\xfb\x9c\x64"),
    ] {
        assert_eq!(sniff(start), Sniffed::Unknown, "{name}");
    }
}

#[test]
fn the_lookahead_always_decides() {
    let mut start = b"\x1a\x45\xdf\xa3\xc0\xec\xbc".to_vec();
    start.resize(LOOKAHEAD - 1, 0);
    assert_eq!(sniff(&start), Sniffed::Undecided);
    start.push(0);
    assert_eq!(sniff(&start), Sniffed::Unknown);
}
