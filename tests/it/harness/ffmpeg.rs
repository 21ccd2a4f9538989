//! Captures as browsers really record them, made once per run.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use biometry_gate_testkit::File;
use sha2::{Digest as _, Sha256};

/// H.264 and AAC in fragmented MP4, as Safari records.
pub(crate) fn mp4() -> File {
    static MADE: OnceLock<File> = OnceLock::new();
    let codecs =
        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -movflags frag_keyframe+empty_moov";
    MADE.get_or_init(|| record("capture.mp4", "video/mp4", codecs)).clone()
}

/// VP8 and Opus in WebM, as Chromium records.
pub(crate) fn webm() -> File {
    static MADE: OnceLock<File> = OnceLock::new();
    let codecs = "-c:v libvpx -deadline realtime -cpu-used 16 -threads 2 -c:a libopus";
    MADE.get_or_init(|| record("capture.webm", "video/webm;codecs=vp8,opus", codecs)).clone()
}

/// SHA-256 in lower-case hexadecimal, as the sandbox's journal has it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record(name: &str, content_type: &str, codecs: &str) -> File {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    let picture = "testsrc2=size=640x360:rate=15,noise=alls=60:allf=t";
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", picture])
        .args(["-f", "lavfi", "-i", "sine=frequency=330", "-t", "3", "-b:v", "6M", "-shortest"])
        .args(codecs.split(' '))
        .arg(&path)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg is installed: `cargo xtask test` brings it");
    assert!(status.success(), "ffmpeg made no {name}");
    let bytes = std::fs::read(&path).expect("what ffmpeg made");
    assert!(bytes.len() > 1_000_000, "a few megabytes, not {}", bytes.len());
    File { name: name.to_owned(), content_type: content_type.to_owned(), bytes: bytes.into() }
}
