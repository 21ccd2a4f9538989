//! Where parts begin and end.

use super::case::{Case, VIDEO, form, text, webm};

pub(super) fn cases() -> Vec<Case> {
    let whole = form([VIDEO]);
    let without_end = whole.strip_suffix("--x--\r\n").expect("a closing delimiter").to_owned();
    vec![
        Case::new("nothing behind the closing delimiter", whole.trim_end()),
        Case::new("a line break in front of everything", format!("\r\n{whole}")),
        Case::new("a short preamble", format!("for readers that know no better\r\n{whole}")),
        Case::new("a short epilogue", format!("{whole}that was all")),
        Case::with_file("almost the delimiter in the file", almost_delimiters()),
        Case::with_file("the delimiter behind a bare line feed in the file", inserted(b"\n--x\n--x--\n")),
        Case::with_file("the delimiter behind a bare return in the file", inserted(b"\r--x\r--x--\r")),
        Case::with_file("a file that ends in a line break", [&webm()[..], b"\r\n"].concat()),
        Case::with_file("a file that ends in a return", [&webm()[..], b"\r"].concat()),
        Case::with_file("a file that ends in hyphens", [&webm()[..], b"\r\n--"].concat()),
        Case::new("line feeds only", whole.replace("\r\n", "\n")).broken(),
        Case::new("returns only", whole.replace("\r\n", "\r")).broken(),
        Case::new("a line feed behind the first delimiter", whole.replacen("--x\r\n", "--x\n", 1)).broken(),
        Case::new("a line feed in front of the closing delimiter", whole.replace("\r\n--x--", "\n--x--"))
            .broken(),
        Case::new("a line feed behind a part's header", whole.replacen("webm\"\r\n", "webm\"\n", 1)).broken(),
        Case::new("line feeds around a part's headers", whole.replacen("\r\n\r\n", "\n\n", 1)).broken(),
        Case::new("no body", "").broken(),
        Case::new("a line break and nothing else", "\r\n").broken(),
        Case::new("half the first delimiter", "--").broken(),
        Case::new("the first delimiter and nothing else", "--x\r\n").broken(),
        Case::new("no first delimiter", whole.strip_prefix("--x\r\n").expect("a delimiter")).broken(),
        Case::new("no closing delimiter", without_end.as_str()).broken(),
        Case::new("no closing delimiter, another part", format!("{without_end}--x\r\n")).broken(),
        Case::new("a delimiter instead of the closing one", format!("{without_end}--x")).broken(),
        Case::new("one hyphen behind the last delimiter", format!("{without_end}--x-")).broken(),
        Case::new("one hyphen and a line break behind the last delimiter", format!("{without_end}--x-\r\n"))
            .broken(),
        Case::new("three hyphens behind the last delimiter", format!("{without_end}--x---\r\n")).broken(),
        Case::new("text behind the closing delimiter", format!("{without_end}--x--text\r\n")).broken(),
        Case::new("a line feed behind the closing delimiter", format!("{without_end}--x--\n")).broken(),
        Case::new("blanks behind a delimiter", whole.replacen("--x\r\n", "--x \t\r\n", 1)).broken(),
        Case::new("blanks behind the closing delimiter", whole.replace("--x--", "--x-- ")).broken(),
        Case::new("text behind a delimiter", whole.replacen("--x\r\n", "--x text\r\n", 1)).broken(),
        Case::new("the body ends inside a part's headers", "--x\r\nContent-Disposition: form-da").broken(),
        Case::new(
            "the body ends behind a part's headers",
            "--x\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a\"\r\n\r\n",
        )
        .broken(),
        Case::new("a delimiter among a part's headers", whole.replacen("\r\n\r\n", "\r\n--x\r\n\r\n", 1))
            .broken(),
        Case::new(
            "a part without data of its own line",
            form([&text("phrase", "")]).replace("\r\n\r\n\r\n", "\r\n\r\n"),
        )
        .broken(),
        Case::new("a long preamble", format!("{}\r\n{whole}", "p".repeat(1_100))).broken(),
        Case::new("a boundary in the preamble", format!("text --x\r\n{whole}")).broken(),
        Case::new("a long epilogue", format!("{whole}{}", "e".repeat(1_100))).broken(),
        Case::new("a part in the epilogue", format!("{whole}{whole}")).broken(),
        Case::new("a boundary in the epilogue", format!("{whole}text --x text")).broken(),
        Case::new("a form of no parts", "--x--\r\n").invalid(),
    ]
}

fn almost_delimiters() -> Vec<u8> {
    inserted(b"\r\n-x\r\n--y\r\n- -x\r\n--\r\n\r\n\r\r\n--\r\n-\r\n--\0x")
}

fn inserted(bytes: &[u8]) -> Vec<u8> {
    let file = webm();
    let (start, rest) = file.split_at(1_000);
    [start, bytes, rest].concat()
}
