//! Text from the network without a declared encoding.

use std::borrow::Cow;

use http::HeaderMap;

/// UTF-8 where it is that, Latin-1 otherwise: browsers put header values on the wire as Latin-1.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}

/// A header's value without the space around it; `None` where the header is absent or blank.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = decode(headers.get(name)?.as_bytes());
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_of_a_name_are_the_same_name() {
        assert_eq!(decode(b"Jos\xe9"), "José");
        assert_eq!(decode("José".as_bytes()), "José");
    }
}
