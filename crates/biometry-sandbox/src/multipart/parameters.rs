//! `value; name=token; name="quoted"` as in `Content-Type` and `Content-Disposition`.

use crate::query::percent_decode;

/// The leading value and the parameters behind it, names in lower case.
pub(super) fn split(header: &str) -> (&str, Vec<(String, String)>) {
    let (value, mut rest) = header.split_once(';').unwrap_or((header, ""));
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (text, remainder) = take_value(after.trim_start());
        parameters.push((name.trim().to_ascii_lowercase(), text));
        rest = remainder.split_once(';').map_or("", |(_, next)| next);
    }
    (value.trim(), parameters)
}

pub(super) fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The file name: the extended form (RFC 8187) where it is there, otherwise the plain one with `%22` undone, which is
/// how browsers write a quotation mark.
pub(super) fn file_name(parameters: &[(String, String)]) -> Option<String> {
    let extended =
        find(parameters, "filename*").and_then(|value| value.splitn(3, '\'').nth(2)).map(percent_decode);
    extended.or_else(|| find(parameters, "filename").map(|name| name.replace("%22", "\"")))
}

fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim_end().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            plain => value.push(plain),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_quoted_bare_and_escaped() {
        let (value, parameters) = split(r#"form-data; name="a;b=c" ; FileName="x\"y.mp4"; bare=1 ;empty="#);
        assert_eq!(value, "form-data");
        let expected = [("name", "a;b=c"), ("filename", "x\"y.mp4"), ("bare", "1"), ("empty", "")];
        assert_eq!(parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_unclosed_quotation_ends_with_the_header() {
        assert_eq!(split(r#"form-data; name="a"#).1, [("name".to_owned(), "a".to_owned())]);
    }

    #[test]
    fn the_extended_file_name_wins() {
        let (_, parameters) = split("form-data; filename=\"plain.mp4\"; filename*=UTF-8''%C3%A9t%C3%A9.mp4");
        assert_eq!(file_name(&parameters).as_deref(), Some("été.mp4"));
    }
}
