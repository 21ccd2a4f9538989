//! The `value; name=value; name="value"` grammar that Content-Type and Content-Disposition share, read so strictly
//! that no two readers can disagree about where a quoted string ends.

/// One parameter. `name` is as written; `value` is without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

impl Parameter<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The field's own value and its parameters.
pub(super) fn split_field(field: &[u8]) -> (&[u8], Parameters<'_>) {
    let end = memchr::memchr(b';', field).unwrap_or(field.len());
    let (value, rest) = field.split_at(end);
    (value, Parameters { rest, spaces: 0 })
}

/// The parameters in order; a malformed one is the last item.
#[derive(Clone, Debug)]
pub(super) struct Parameters<'a> {
    rest: &'a [u8],
    /// How many there must be behind each semicolon.
    spaces: usize,
}

impl Parameters<'_> {
    /// Takes parameters only behind a space, as everybody writes them in part headers and some readers require.
    pub(super) fn spaced(mut self) -> Self {
        self.spaces = 1;
        self
    }
}

/// A parameter list that breaks the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let parsed = parse_parameter(self.rest, self.spaces);
        self.rest = parsed.map_or(&[][..], |(_, rest)| rest);
        Some(parsed.map(|(parameter, _)| parameter).ok_or(Malformed))
    }
}

/// Blanks are taken where everybody takes them: spaces behind a semicolon.
fn parse_parameter(input: &[u8], spaces: usize) -> Option<(Parameter<'_>, &[u8])> {
    let behind = input.strip_prefix(b";")?;
    let input = skip_spaces(behind);
    if behind.len() - input.len() < spaces {
        return None;
    }
    let (name, input) = split_token(input)?;
    let input = input.strip_prefix(b"=")?;
    let (value, rest) = match input.strip_prefix(b"\"") {
        Some(quoted) => split_quoted(quoted)?,
        None => split_token(input)?,
    };
    Some((Parameter { name, value }, rest))
}

pub(super) fn skip_spaces(input: &[u8]) -> &[u8] {
    let spaces = input.iter().take_while(|byte| **byte == b' ').count();
    &input[spaces..]
}

fn split_token(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = input.iter().take_while(|byte| is_token(**byte)).count();
    (length > 0).then(|| input.split_at(length))
}

/// Splits behind the closing quote.
fn split_quoted(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = memchr::memchr(b'"', input)?;
    let (value, rest) = (&input[..length], &input[length + 1..]);
    // Browsers write a backslash as itself, mail readers take it for an escape: before a quote the two disagree about
    // where the string ends, so that one place is refused.
    let ends_in_backslash = value.last() == Some(&b'\\');
    let is_clean = value.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f);
    (is_clean && !ends_in_backslash).then_some((value, rest))
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(field: &str) -> Option<Vec<(&str, &str)>> {
        let text = |bytes| std::str::from_utf8(bytes).expect("ascii in, ascii out");
        split_field(field.as_bytes())
            .1
            .map(|item| item.map(|parameter| (text(parameter.name), text(parameter.value))).ok())
            .collect()
    }

    #[test]
    fn tokens_and_quoted_strings_are_read() {
        assert_eq!(parse("form-data"), Some(vec![]));
        assert_eq!(parse("form-data; name=a"), Some(vec![("name", "a")]));
        assert_eq!(parse("form-data;name=\"a b;c\";  X=y"), Some(vec![("name", "a b;c"), ("X", "y")]));
        assert_eq!(parse("x; a=\"\""), Some(vec![("a", "")]));
        assert_eq!(parse("x; a=\"C:\\d\\e\""), Some(vec![("a", "C:\\d\\e")]));
    }

    #[test]
    fn anything_two_readers_could_read_differently_is_malformed() {
        for field in [
            "x;",
            "x; ",
            "x; a=b ",
            "x;\ta=b",
            "x; a=b ; c=d",
            "x; a=\"b\"\t",
            "x;;a=b",
            "x; a",
            "x; a=",
            "x; =b",
            "x; a =b",
            "x; a= b",
            "x; a=b c",
            "x; a=b\"c\"",
            "x; a=\"b",
            "x; a=\"b\"c",
            "x; a=\"b\\\"\"",
            "x; a=\"b\\\"; name=\"c\"",
            "x; a=\"b\\\"; name=c",
            "x; a=\"b\0\"",
            "x; a=\"b\tc\"",
            "x; a=\"b\u{7f}\"",
            "x; a=(b)",
            "x, a=b; c=d, e",
        ] {
            assert_eq!(parse(field), None, "{field:?}");
        }
    }

    #[test]
    fn names_compare_without_case() {
        let parameter = Parameter { name: b"NaMe", value: b"" };
        assert!(parameter.is("name"));
        assert!(!parameter.is("name*"));
    }
}
