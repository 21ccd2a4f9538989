//! The page, embedded in the program, and the platform's official SDK, where it is installed beside the page.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

/// One file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its content type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// What goes with every file: no foreign script runs on the page, no other page frames it, and it may use the camera.
pub const SECURITY_HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    ("permissions-policy", "camera=(self), microphone=(self)"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-cache"),
];

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../web/", $name)))),*];
    };
}

files! {
    "index.html",
    "icon.svg",
    "base.css",
    "pages.css",
    "js/app.js",
    "js/bank.js",
    "js/consent.js",
    "js/dom.js",
    "js/enrolment.js",
    "js/format.js",
    "js/identity.js",
    "js/login.js",
    "js/sdk-client.js",
    "js/statement.js",
    "js/transfer.js",
    "js/words.js",
}

/// The file behind a path: the page itself at `/`, a page of ten lines, the official SDK under `/sdk/`, everything else under
/// `/assets/`.
pub fn asset(path: &str) -> Option<Asset> {
    let name = match path {
        "/" => "index.html",
        "/ten-lines" => return Some(Asset { content_type: content_type(".html"), bytes: TEN_LINES }),
        OFFICIAL_SDK => return official_sdk(),
        _ => path.strip_prefix("/assets/").filter(|name| *name != "index.html")?,
    };
    let (name, bytes) = FILES.iter().find(|(file, _)| *file == name)?;
    Some(Asset { content_type: content_type(name), bytes })
}

/// The platform's official SDK as npm installs it, which is not part of this program: `npm ci` in the page's folder, or
/// `npm install biometry-sdk@2.4.0` beside a program that was moved. Another file in its place is not served: it would run as the
/// page's own script.
fn official_sdk() -> Option<Asset> {
    static INSTALLED: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = match INSTALLED.get() {
        Some(bytes) => bytes,
        None => {
            let bytes =
                installed().filter_map(|path| std::fs::read(path).ok()).find(|bytes| is_official(bytes))?;
            INSTALLED.get_or_init(|| bytes)
        }
    };
    Some(Asset { content_type: content_type(OFFICIAL_SDK), bytes })
}

fn is_official(script: &[u8]) -> bool {
    Sha256::digest(script).as_slice() == OFFICIAL_SDK_SHA256
}

const TEN_LINES: &[u8] = include_bytes!("../../ten-lines/index.html");
const OFFICIAL_SDK: &str = "/sdk/biometry-sdk.js";
/// `dist/sdk.js` of biometry-sdk 2.4.0, the version in the page's `package-lock.json`.
const OFFICIAL_SDK_SHA256: [u8; 32] = [
    0xae, 0x54, 0xfe, 0x01, 0xb1, 0x0b, 0x72, 0x9d, 0x7d, 0x84, 0xf0, 0xab, 0xfc, 0x28, 0x9e, 0x37, 0x61,
    0x0b, 0xaa, 0x90, 0xad, 0x2f, 0x12, 0x90, 0x87, 0x0f, 0x2b, 0x9a, 0x65, 0x6d, 0x75, 0xa6,
];

/// Where it may be: in the folders above the program, and in those above the one that the program was started in.
fn installed() -> impl Iterator<Item = PathBuf> {
    let starts = [std::env::current_exe().ok(), std::env::current_dir().ok()];
    let folders = starts
        .into_iter()
        .flatten()
        .flat_map(|start| start.ancestors().map(Path::to_path_buf).collect::<Vec<_>>());
    folders.flat_map(|folder| {
        ["", "examples/web"].map(|web| folder.join(web).join("node_modules/biometry-sdk/dist/sdk.js"))
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
        let mut found = 0;
        for folder in ["", "js"] {
            for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if ["html", "css", "js", "svg"].iter().any(|kind| name.ends_with(&format!(".{kind}"))) {
                    found += 1;
                    assert!(FILES.iter().any(|(file, _)| *file == name), "{name} is not embedded");
                }
            }
        }
        assert_eq!(found, FILES.len());
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "",
            "/index.html",
            "/assets/index.html",
            "/assets/../Cargo.toml",
            "/assets/",
            "/assets/js",
            "/sdk/sdk.js",
        ] {
            assert!(asset(path).is_none(), "{path}");
        }
    }

    #[test]
    fn another_script_in_the_place_of_the_official_sdk_is_not_it() {
        assert!(!is_official(b"") && !is_official(b"export {}"));
    }
}
