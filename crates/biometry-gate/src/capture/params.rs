//! The `value; name=value; name="value"` grammar that Content-Type and Content-Disposition share (RFC 9110, section 5.6.6):
//! blanks around semicolons, empty parameters and quoted pairs are part of it.

/// One parameter. `name` is as written; `value` is without its quotes, quoted pairs are left as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

impl Parameter<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it says `name` by other means (RFC 8187; RFC 2231, section 3): `name*`, `name*0`.
    pub(super) fn extends(&self, name: &str) -> bool {
        let (start, rest) = self.name.split_at_checked(name.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(name.as_bytes()) && rest.first() == Some(&b'*')
    }
}

/// The field's own value and its parameters.
pub(super) fn split_field(field: &[u8]) -> (&[u8], Parameters<'_>) {
    let end = memchr::memchr(b';', field).unwrap_or(field.len());
    let (value, rest) = field.split_at(end);
    (trim(value), Parameters { rest })
}

/// The parameters in order; a malformed one is the last item.
#[derive(Clone, Debug)]
pub(super) struct Parameters<'a> {
    rest: &'a [u8],
}

/// The rest of a parameter list, which breaks the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Malformed<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = skip_blanks(self.rest);
            if rest.is_empty() {
                return None;
            }
            let Some(behind) = rest.strip_prefix(b";").map(skip_blanks) else {
                self.rest = &[];
                return Some(Err(Malformed(rest)));
            };
            if behind.is_empty() || behind.starts_with(b";") {
                self.rest = behind;
                continue;
            }
            let parsed = parse_parameter(behind);
            self.rest = parsed.map_or(&[][..], |(_, rest)| rest);
            return Some(parsed.map(|(parameter, _)| parameter).ok_or(Malformed(behind)));
        }
    }
}

fn parse_parameter(input: &[u8]) -> Option<(Parameter<'_>, &[u8])> {
    let (name, input) = split_token(input)?;
    let input = input.strip_prefix(b"=")?;
    let (value, rest) = match input.strip_prefix(b"\"") {
        Some(quoted) => split_quoted(quoted)?,
        None => split_token(input)?,
    };
    let is_over = matches!(skip_blanks(rest), [] | [b';', ..]);
    is_over.then_some((Parameter { name, value }, rest))
}

pub(super) fn skip_blanks(input: &[u8]) -> &[u8] {
    let blanks = input.iter().take_while(|byte| is_blank(byte)).count();
    &input[blanks..]
}

pub(super) fn trim(input: &[u8]) -> &[u8] {
    let input = skip_blanks(input);
    let blanks = input.iter().rev().take_while(|byte| is_blank(byte)).count();
    &input[..input.len() - blanks]
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn split_token(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = input.iter().take_while(|byte| is_token(**byte)).count();
    (length > 0).then(|| input.split_at(length))
}

/// Splits behind the closing quote: the first one that no backslash stands in front of.
fn split_quoted(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    while let Some(byte) = input.get(at) {
        match byte {
            b'"' => return Some((&input[..at], &input[at + 1..])),
            b'\\' => at += 2,
            b'\t' | 0x20..=0x7e | 0x80.. => at += 1,
            _ => return None,
        }
    }
    None
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(field: &str) -> Option<Vec<(&str, &str)>> {
        let text = |bytes| std::str::from_utf8(bytes).expect("utf-8 in, utf-8 out");
        split_field(field.as_bytes())
            .1
            .map(|item| item.map(|parameter| (text(parameter.name), text(parameter.value))).ok())
            .collect()
    }

    #[test]
    fn what_the_grammar_allows_is_read() {
        for (field, parameters) in [
            ("form-data", &[][..]),
            ("form-data; name=a", &[("name", "a")]),
            ("form-data;name=\"a b;c\";  X=y", &[("name", "a b;c"), ("X", "y")]),
            ("x; a=\"\"", &[("a", "")]),
            ("x; a=\"C:\\d\\e\"", &[("a", "C:\\d\\e")]),
            ("x; a=\"b\\\"c\"; d=e", &[("a", "b\\\"c"), ("d", "e")]),
            ("x; a=\"b\\\\\"; d=e", &[("a", "b\\\\"), ("d", "e")]),
            ("x;", &[]),
            ("x; ", &[]),
            ("x ;;\t; a=b ", &[("a", "b")]),
            ("x;\ta=b", &[("a", "b")]),
            ("x; a=b ; c=d", &[("a", "b"), ("c", "d")]),
            ("x; a=\"b\tc\"\t;", &[("a", "b\tc")]),
        ] {
            assert_eq!(parse(field).as_deref(), Some(parameters), "{field:?}");
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        for field in [
            "x; a",
            "x; a=",
            "x; =b",
            "x; a =b",
            "x; a= b",
            "x; a=b c",
            "x; a=b\"c\"",
            "x; a=\"b",
            "x; a=\"b\"c",
            "x; a=\"b\\\"",
            "x; a=\"b\\\"; name=\"c\"",
            "x; a=\"b\0\"",
            "x; a=\"b\u{7f}\"",
            "x; a=(b)",
            "x; a=b, c=d",
        ] {
            assert_eq!(parse(field), None, "{field:?}");
        }
    }

    #[test]
    fn blanks_around_the_value_are_none_of_it() {
        assert_eq!(split_field(b" form-data\t; a=b").0, b"form-data");
        assert_eq!(split_field(b"form-data \t").0, b"form-data");
    }

    #[test]
    fn names_compare_without_case() {
        let parameter = |name| Parameter { name, value: b"" };
        assert!(parameter(b"NaMe").is("name") && !parameter(b"name*").is("name"));
        assert!(parameter(b"Name*0").extends("name") && !parameter(b"names*").extends("name"));
    }
}
