use super::*;

fn read(lines: &[&str]) -> Result<PartHead, CaptureErrorKind> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    read_bytes(&lines)
}

fn read_bytes(lines: &[&[u8]]) -> Result<PartHead, CaptureErrorKind> {
    let mut parser = PartHeadParser::default();
    lines
        .iter()
        .try_for_each(|line| parser.read_field(line))
        .and_then(|()| parser.finish())
        .map_err(|error| error.kind())
}

fn head(name: &str, file_name: FileName) -> Result<PartHead, CaptureErrorKind> {
    Ok(PartHead { name: name.into(), file_name, length: None })
}

const VIDEO: &str = "Content-Disposition: form-data; name=\"video\"; filename=\"a.webm\"";

#[test]
fn what_clients_send_is_read() {
    for (sender, lines, expected) in [
        (
            "a browser's text",
            &["Content-Disposition: form-data; name=\"phrase\""][..],
            head("phrase", FileName::Absent),
        ),
        (
            "a browser's file",
            &[VIDEO, "Content-Type: video/webm;codecs=vp9,opus"],
            head("video", FileName::Given),
        ),
        (
            "an empty file control",
            &[
                "Content-Disposition: form-data; name=\"video\"; filename=\"\"",
                "Content-Type: application/octet-stream",
            ],
            head("video", FileName::Empty),
        ),
        (
            "Dart",
            &[
                "content-type: video/mp4",
                "content-disposition: form-data; name=\"video\"; filename=\"a.mp4\"",
            ],
            head("video", FileName::Given),
        ),
        (
            "OkHttp",
            &["Content-Disposition: form-data; name=\"phrase\"", "Content-Length: 9"],
            Ok(PartHead { name: "phrase".into(), file_name: FileName::Absent, length: Some(9) }),
        ),
        (
            ".NET",
            &["Content-Type: text/plain; charset=utf-8", "Content-Disposition: form-data; name=phrase"],
            head("phrase", FileName::Absent),
        ),
        (
            ".NET's file",
            &["Content-Disposition: form-data; name=video; filename=a.mp4; filename*=utf-8''a.mp4"],
            head("video", FileName::Given),
        ),
        (
            "an escaped and repeated name",
            &[
                "Content-Disposition: form-data; name=\"video\"; filename=\"\u{e4} b.mp4\"; filename*=UTF-8'de'%C3%A4%20b.mp4",
            ],
            head("video", FileName::Given),
        ),
        (
            "an unknown field",
            &[VIDEO, "X-Anything: \u{e9}\t,\"", "Content-ID: <x>"],
            head("video", FileName::Given),
        ),
        ("odd spacing", &["CONTENT-DISPOSITION:Form-Data; NAME=a.b_c-1"], head("a.b_c-1", FileName::Absent)),
        ("blanks", &["Content-Disposition:\tform-data ;\tname=\"a\" ; "], head("a", FileName::Absent)),
        ("a name of other characters", &[VIDEO, "X.y!: a"], head("video", FileName::Given)),
        ("7bit", &[VIDEO, "Content-Transfer-Encoding: 7bit"], head("video", FileName::Given)),
        ("8bit", &[VIDEO, "content-transfer-encoding:8BIT "], head("video", FileName::Given)),
        ("binary", &[VIDEO, "Content-Transfer-Encoding: binary"], head("video", FileName::Given)),
        (
            "a path",
            &["Content-Disposition: form-data; name=\"v\"; filename=\"C:\\a;b=c\""],
            head("v", FileName::Given),
        ),
    ] {
        assert_eq!(read(lines), expected, "{sender}");
    }
}

#[test]
fn a_file_name_in_latin_1_is_read_and_dropped() {
    let line = b"Content-Disposition: form-data; name=\"video\"; filename=\"\xe4\xff.mp4\"";
    assert_eq!(read_bytes(&[line]), head("video", FileName::Given));
}

#[test]
fn a_header_block_that_can_be_read_in_two_ways_is_refused() {
    for lines in [
        &[][..],
        &["Content-Type: text/plain"],
        &["Content-Disposition: attachment; name=\"a\""],
        &["Content-Disposition: form-data"],
        &["Content-Disposition: form-data; name"],
        &["Content-Disposition: form-data; name=\"\""],
        &["Content-Disposition: form-data; name=\"a\"; name=\"a\""],
        &["Content-Disposition: form-data; name=\"a\"; NAME=\"b\""],
        &["Content-Disposition: form-data; name*=utf-8''a"],
        &["Content-Disposition: form-data; name=\"a\"; name*=utf-8''b"],
        &["Content-Disposition: form-data; name=\"a\\b\""],
        &["Content-Disposition: form-data, name=\"a\""],
        &["Content-Disposition: form-data; name=\"a\"; filename=\"b\\\"; name=\"c\""],
        &[VIDEO, VIDEO],
        &[VIDEO, "Content-Type: video/mp4", "content-type: video/mp4"],
        &[VIDEO, "Content-Length: 1", "Content-Length: 1"],
        &[VIDEO, "Content-Length: -1"],
        &[VIDEO, "Content-Length: "],
        &[VIDEO, "Content-Length: 99999999999999999999"],
        &[VIDEO, "Content-Transfer-Encoding: base64"],
        &[VIDEO, "Content-Transfer-Encoding: "],
        &[VIDEO, "Content-Transfer-Encoding: binary", "Content-Transfer-Encoding: binary"],
        &[VIDEO, "Content-Encoding: gzip"],
        &[VIDEO, "Content-Type: multipart/mixed; boundary=y"],
        &[VIDEO, "Content-Type: Message/rfc822"],
        &[VIDEO, " folded"],
        &[VIDEO, "\tfolded: x"],
        &[VIDEO, "no colon"],
        &[VIDEO, ": no name"],
        &[VIDEO, "Spaced : x"],
        &[VIDEO, "X: a\0b"],
        &[VIDEO, "X: a\rb"],
        &[VIDEO, "X\u{e9}: a"],
        &[VIDEO, "--x: a"],
        &[VIDEO, "--xContent-Type: text/plain"],
        &[VIDEO, "A: 1", "B: 1", "C: 1", "D: 1", "E: 1", "F: 1", "G: 1", "H: 1"],
    ] {
        assert_eq!(read(lines), Err(CaptureErrorKind::Framing), "{lines:?}");
    }
}

#[test]
fn the_type_of_a_text_is_a_label_that_decides_nothing() {
    const TEXT: &str = "Content-Disposition: form-data; name=\"phrase\"";
    for content_type in [
        "text/plain",
        "TEXT/Plain;charset=\"UTF-8\"",
        "text/plain; charset=iso-8859-1",
        "text/plain; format=flowed",
        "application/octet-stream",
        "application/json",
        "text/plain;",
        "?;,=",
        "",
    ] {
        let field = format!("Content-Type: {content_type}");
        assert_eq!(read(&[TEXT, &field]), head("phrase", FileName::Absent), "{content_type}");
    }
}
