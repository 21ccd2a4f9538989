//! What parts say about themselves.

use super::case::{Case, VIDEO, disposed, form, headed, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = dispositions();
    cases.extend(file_names());
    cases.extend(fields());
    cases
}

fn dispositions() -> Vec<Case> {
    let case = |name, parameters: &str| Case::new(name, form([&disposed(parameters)]));
    vec![
        case("a name without quotes", "name=video; filename=a.webm"),
        Case::new("no disposition", form([&headed("Content-Type: video/webm")])).broken(),
        Case::new("no headers at all", form([&headed("")])).broken(),
        Case::new(
            "two dispositions",
            form([&format!("Content-Disposition: form-data; name=\"phrase\"\r\n{VIDEO}")]),
        )
        .broken(),
        Case::new("an attachment", form([&VIDEO.replace("form-data", "attachment")])).broken(),
        Case::new("no blank in front of a parameter", form([&VIDEO.replace("; name", ";name")])),
        case("no name", "filename=\"a.webm\"").broken(),
        case("an empty name", "name=\"\"; filename=\"a.webm\"").broken(),
        case("two names", "name=\"video\"; name=\"phrase\"; filename=\"a.webm\"").broken(),
        case("an extended name", "name*=utf-8''video; filename=\"a.webm\"").broken(),
        case("a name with an escape", "name=\"vi\\deo\"; filename=\"a.webm\"").broken(),
        case("a name with an escaped quote", "name=\"video\\\"\"; filename=\"a.webm\"").broken(),
        case("a name in percent encoding", "name=\"vide%6f\"; filename=\"a.webm\"").invalid(),
        case("a name with a line break in percent encoding", "name=\"video%0d%0a\"; filename=\"a.webm\"")
            .invalid(),
        case("a name with brackets", "name=\"video[]\"; filename=\"a.webm\"").invalid(),
        case("a name with a zero byte", "name=\"video\0\"; filename=\"a.webm\"").broken(),
        case("an unknown parameter of the disposition", "name=\"video\"; filename=\"a.webm\"; size=3"),
        case("a semicolon at the disposition's end", "name=\"video\"; filename=\"a.webm\";"),
        case("a name in capitals", "name=\"VIDEO\"; filename=\"a.webm\"").invalid(),
    ]
}

fn file_names() -> Vec<Case> {
    let case =
        |name, file_name: &str| Case::new(name, form([&disposed(&format!("name=\"video\"; {file_name}"))]));
    let latin = [
        &b"--x\r\nContent-Disposition: form-data; name=\"video\"; filename=\"Jos\xe9.webm\"\r\n\r\n"[..],
        b"{video}\r\n--x--\r\n",
    ];
    vec![
        case("a file name that climbs", "filename=\"../../../../etc/passwd\""),
        case("a file name with a drive", "filename=\"C:\\videos\\me.webm\""),
        case("a file name in UTF-8", "filename=\"Zoë 😀.webm\""),
        Case::new("a file name in Latin-1", latin.concat()),
        case("a file name with line breaks in percent encoding", "filename=\"a%0d%0aX-Evil: 1.webm\""),
        case("a file name with what looks like a parameter", "filename=\"a; name=phrase.webm\""),
        case("a file name of three thousand letters", &format!("filename=\"{}\"", "n".repeat(3_000))),
        case("a file name twice the same, once extended", "filename=\"a b\"; filename*=UTF-8''a%20b"),
        case("a file name with markup", "filename=\"<img src=x onerror=alert(1)>\""),
        case("a file name with a real line break", "filename=\"a\r\nX-Evil: 1.webm\""),
        case("a file name with an escaped quote and a parameter", "filename=\"a\\\"; name=\"phrase\"")
            .broken(),
        case("a file name with quotation marks as they are", "filename=\"say \"hi\"; 100%.webm\""),
        case("a file name with quotation marks and another name", "filename=\"say \"hi\"; name=\"phrase\"")
            .broken(),
        case("a file name without its closing quote", "filename=\"a.webm"),
        case("two file names", "filename=\"a.webm\"; filename=\"b.webm\""),
        case("two file names that differ, one extended", "filename=\"a.webm\"; filename*=utf-8''b.webm"),
        case("an extended file name alone", "filename*=utf-8''a.webm"),
        case("an extended file name in another charset", "filename=\"a\"; filename*=utf-7''a"),
        case("a file name in pieces", "filename*0=\"a\"; filename*1=\".webm\""),
        case("a file name with a zero byte", "filename=\"a.webm\0.html\"").broken(),
        case("a file name with a tab", "filename=\"a\t.webm\""),
        case("an empty file name", "filename=\"\"").invalid(),
        Case::new("no file name, but a type", form([&disposed("name=\"video\"")])).invalid(),
        Case::new("neither file name nor type", form([&text("video", "{video}")])).invalid(),
    ]
}

fn fields() -> Vec<Case> {
    let case = |name, line: &str| Case::new(name, form([&format!("{line}\r\n{VIDEO}")]));
    let further = |count| (0..count).map(|number| format!("X-{number}: y\r\n")).collect::<String>();
    vec![
        case("an unknown header field", "X-Evil: 1"),
        case("as many fields as may be", further(6).trim_end()),
        case("the file's length", "Content-Length: 3000"),
        case("too many fields", further(7).trim_end()).broken(),
        case("a thousand fields", further(1_000).trim_end()).broken(),
        case("a long field", &format!("X-Long: {}", "v".repeat(4_096))).broken(),
        case("a long field without an end", &"v".repeat(10_000)).broken(),
        case("a folded field", "X-Folded: a\r\n b").broken(),
        case("a field without a colon", "Nothing").broken(),
        case("a field without a name", ": value").broken(),
        case("a blank in front of a colon", "X-Blank : a").broken(),
        case("a zero byte in a field", "X-Zero: a\0b").broken(),
        case("a bare return in a field", "X-Return: a\rb").broken(),
        case("a field name of other characters", "X(Evil): a").broken(),
        case("a length too small", "Content-Length: 2999").broken(),
        case("a length too large", "Content-Length: 3001").broken(),
        case("a length that is none", "Content-Length: 3e3").broken(),
        case("two lengths", "Content-Length: 3000\r\nContent-Length: 3000").broken(),
        case("two types", "Content-Type: video/webm").broken(),
        case("base64 as transfer encoding", "Content-Transfer-Encoding: base64").broken(),
        case("binary as transfer encoding", "Content-Transfer-Encoding: binary"),
        case("a content encoding", "Content-Encoding: gzip").broken(),
        Case::new("a part of parts", form([&VIDEO.replace("video/webm", "multipart/mixed; boundary=y")]))
            .broken(),
        Case::new("a part that is a message", form([&VIDEO.replace("video/webm", "message/rfc822")]))
            .broken(),
    ]
}
