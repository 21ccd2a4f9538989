use serde::de::DeserializeOwned;

/// A body that has to be a JSON object. Serde takes an array for one, its items for the members in their order, and a
/// person who reads the request would not.
pub fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }

    #[test]
    fn an_array_is_no_object() {
        assert_eq!(parse_object::<Named>(br#" {"name":"a"} "#).map(|named| named.name).as_deref(), Some("a"));
        for other in [r#"["a"]"#, "", "null", r#""a""#, r#"{"name":"a"}["b"]"#] {
            assert!(parse_object::<Named>(other.as_bytes()).is_none(), "{other}");
        }
    }
}
