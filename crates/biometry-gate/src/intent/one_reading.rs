//! Bodies that two parsers could read in two ways.

use std::borrow::Cow;
use std::collections::HashSet;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Whether `body` says that it is JSON, by its content type or by how it begins, and is not JSON that every parser reads
/// alike.
///
/// Parsers keep the first of two equal names, or the last, and each forgives something else: what was approved and what
/// runs could be two things. A body that does not claim to be JSON is the host's to read or refuse.
pub(crate) fn has_two_readings(headers: &HeaderMap, body: &[u8]) -> bool {
    let claims_json = headers.get_all(CONTENT_TYPE).iter().any(|value| is_json(value.as_bytes()));
    !body.is_empty() && (claims_json || begins_like_json(body)) && read(body).is_none()
}

/// `application/json`, `text/json`, and `application/problem+json` with their kind (RFC 6839).
fn is_json(content_type: &[u8]) -> bool {
    content_type.split(|byte| *byte == b',').any(|value| {
        let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
        let essence = essence.trim_ascii().to_ascii_lowercase();
        essence.ends_with(b"/json") || essence.ends_with(b"+json")
    })
}

fn begins_like_json(body: &[u8]) -> bool {
    let text = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
    text.starts_with(b"{") || text.starts_with(b"[")
}

/// The whole body, as exactly one value of RFC 8259 in UTF-8 whose objects name each member once.
fn read(body: &[u8]) -> Option<()> {
    let mut lexer = Lexer { rest: std::str::from_utf8(body).ok()? };
    lexer.value(MAX_DEPTH)?;
    lexer.skip_space();
    lexer.rest.is_empty().then_some(())
}

/// Skips values by their grammar alone: no number is too large for it and no text is decoded, but for names.
struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    fn value(&mut self, depth: usize) -> Option<()> {
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'"' => self.string().map(drop),
            b't' => self.take("true"),
            b'f' => self.take("false"),
            b'n' => self.take("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let mut names = HashSet::new();
        self.list("{", "}", |lexer| {
            lexer.skip_space();
            names.insert(name(lexer.string()?)?).then_some(())?;
            lexer.skip_space();
            lexer.take(":")?;
            lexer.value(depth)
        })
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.list("[", "]", |lexer| lexer.value(depth))
    }

    /// Items with commas between them.
    fn list(&mut self, open: &str, close: &str, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(open)?;
        self.skip_space();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.skip_space();
            if self.take(close).is_some() {
                return Some(());
            }
            self.take(",")?;
        }
    }

    /// A string with its quotes, as it stands there.
    fn string(&mut self) -> Option<&'a str> {
        let text = self.rest;
        let mut bytes = text.bytes().enumerate().skip(1);
        self.take("\"")?;
        loop {
            match bytes.next()? {
                (at, b'"') => {
                    let (string, rest) = text.split_at(at.checked_add(1)?);
                    self.rest = rest;
                    return Some(string);
                }
                (_, b'\\') => match bytes.next()?.1 {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => (0..4).try_for_each(|_| bytes.next()?.1.is_ascii_hexdigit().then_some(()))?,
                    _ => return None,
                },
                (_, control) if control < b' ' => return None,
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take("-");
        if self.take("0").is_none() {
            self.digits()?;
        }
        if self.take(".").is_some() {
            self.digits()?;
        }
        if self.take("e").or_else(|| self.take("E")).is_some() {
            let _ = self.take("+").or_else(|| self.take("-"));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let rest = self.rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let has_some = rest.len() < self.rest.len();
        self.rest = rest;
        has_some.then_some(())
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}

/// What a member's name means. Half of a surrogate pair means nothing, and each parser makes something else of it.
fn name(string: &str) -> Option<Cow<'_, str>> {
    if string.contains('\\') {
        serde_json::from_str(string).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(string.trim_matches('"')))
    }
}

/// Parsers give up at different depths. `serde_json` does a little below.
const MAX_DEPTH: usize = 100;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(content_type: &str, body: impl AsRef<[u8]>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        has_two_readings(&headers, body.as_ref())
    }

    fn refused_without_a_type(body: impl AsRef<[u8]>) -> bool {
        has_two_readings(&HeaderMap::new(), body.as_ref())
    }

    #[test]
    fn a_name_that_comes_twice_is_two_readings() {
        for body in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"[{"a":1},{"a":1,"b":2,"a":3}]"#,
            r#"{"a":1,"a""#,
            r#"{"":1,"":1}"#,
        ] {
            assert!(refused_without_a_type(body), "{body}");
        }
        assert!(refused_without_a_type("[".repeat(101)));
        assert!(refused_without_a_type(format!("{}1{}", "[".repeat(101), "]".repeat(101))));
    }

    #[test]
    fn nothing_in_front_hides_a_name_that_comes_twice() {
        for ahead in [
            "1e999",
            "-1e-999",
            "123456789012345678901234567890",
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            "NaN",
            "Infinity",
            "01",
            "1.",
            "+1",
            "0x1",
            "'a'",
            "\"a\tb\"",
            r#""\x41""#,
            r#""\'""#,
            "/* */1",
            "[1,]",
            "{,}",
            "undefined",
            "tru",
        ] {
            let body = format!(r#"{{"n":{ahead},"to":"alice","to":"mallory"}}"#);
            assert!(refused_without_a_type(&body), "{body}");
            assert!(is_refused("application/json", &body), "{body}");
        }
    }

    #[test]
    fn what_says_json_and_is_not_one_value_of_it_is_refused() {
        let bodies: [&[u8]; 14] = [
            b"{\"a\":1} {\"a\":1}",
            b"{\"a\":1,",
            b"{\"a\":1}\0",
            b"{\"a\":\"\xff\"}",
            b"{\"a\xed\xa0\x80\":1}",
            b"{\0\"\0a\0\"\0:\x001\0}\0",
            b"\xef\xbb\xbf{}",
            b" \n{\"a\":1}//",
            b"{'a':1}",
            b"{a:1}",
            b"{\"\\ud800\":1,\"\\ud801\":2}",
            b"[1,]",
            b"[1 2]",
            b"{\"a\":1;\"b\":2}",
        ];
        for body in bodies {
            assert!(refused_without_a_type(body), "{}", String::from_utf8_lossy(body));
        }
        for content_type in [
            "application/json",
            "Application/JSON; charset=utf-16",
            "text/json",
            "application/vnd.bank+json",
            "text/plain, application/json",
        ] {
            for body in ["to=a&to=b", "12.50 for Zoe", " ", "\u{feff}1", "/**/{}", "\0{}"] {
                assert!(is_refused(content_type, body), "{content_type}: {body}");
            }
        }
    }

    #[test]
    fn everything_else_is_for_the_host_to_read() {
        for body in [
            "",
            "{}",
            "[]",
            "12.50",
            "12.50 for Zoe",
            "to=a&to=b",
            r#"{"a":{"a":1},"A":[null,true,false,1.5,-1,1e999,-0.0E+5,"a\ud800\n"]}"#,
            r#"[{"a":1},{"a":1}]"#,
            " \r\n\t{ \"a\" : 1 , \"b\" : [ ] } ",
        ] {
            assert!(!refused_without_a_type(body), "{body}");
        }
        for body in ["", "{}", " 12.50", "\"a\"", "null"] {
            assert!(!is_refused("application/json", body), "{body}");
        }
        assert!(!is_refused("application/jsonp", "a(1)") && !is_refused("text/plain", "a"));
        assert!(!refused_without_a_type(format!("{}1{}", "[".repeat(100), "]".repeat(100))));
        assert!(!refused_without_a_type(b"\xff"));
    }

    #[test]
    fn names_are_compared_by_what_they_mean() {
        assert_eq!(name(r#""""#).as_deref(), Some(""));
        assert_eq!(name(r#""\"""#).as_deref(), Some("\""));
        assert_eq!(name(r#""\ud83d\ude00""#).as_deref(), Some("\u{1f600}"));
        assert_eq!(name(r#""\ud83d""#), None);
    }
}
