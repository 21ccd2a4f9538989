//! What travels in JSON bodies and headers, written exactly as the platform's own clients write it.

use std::collections::BTreeMap;

use serde::Serialize;

/// Body of `POST /api-consent/consent` and `…/strg-consent`; the order of the keys is the SDK's.
#[derive(Serialize)]
pub(crate) struct ConsentBody<'a> {
    pub(crate) is_consent_given: bool,
    pub(crate) user_fullname: &'a str,
}

/// Body of `POST /api-gateway/sessions/end/{id}`; `{}` without a number, as the SDK sends it.
#[derive(Serialize)]
pub(crate) struct EndSessionBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_number: Option<&'a str>,
}

/// Body of `POST /api-transactions/transactions`; what is not asked for is left out.
#[derive(Serialize)]
pub(crate) struct ListBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) project_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wanted_flag: Option<&'a str>,
}

/// Body of `PUT /api-transactions/transactions/{id}/tags`.
#[derive(Serialize)]
pub(crate) struct TagsBody<'a> {
    pub(crate) tags: Vec<&'a str>,
}

/// Body of `POST /api-gateway/webhooks`.
#[derive(Serialize)]
pub(crate) struct WebhookBody<'a> {
    pub(crate) api_key_id: &'a str,
    pub(crate) url: &'a str,
    pub(crate) events: Vec<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: &'a BTreeMap<String, String>,
}

/// Value of `X-Geo-Location`.
#[derive(Serialize)]
pub(crate) struct GeoHeader<'a> {
    pub(crate) lat: f64,
    pub(crate) lng: f64,
    pub(crate) country: &'a str,
    pub(crate) city: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<std::net::IpAddr>,
}

/// The JSON text of a value whose serialisation cannot fail: structs of strings, numbers and bools.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Rewrites JSON so that it is ASCII throughout, since header values beyond ASCII are read as
/// Latin-1 by some and as UTF-8 by others. Only string literals can hold such characters, and there
/// an escape means the same.
pub(crate) fn escape_non_ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_beyond_ascii_without_changing_the_meaning() {
        let json = r#"{"city":"Győr 🎬"}"#;
        let escaped = escape_non_ascii(json);
        assert_eq!(escaped, r#"{"city":"Gy\u0151r \ud83c\udfac"}"#);
        let values = [json, &escaped].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert_eq!(values[0], values[1]);
    }

    #[test]
    fn a_session_ends_with_or_without_a_number() {
        assert_eq!(to_json(&EndSessionBody { phone_number: None }), "{}");
        assert_eq!(to_json(&EndSessionBody { phone_number: Some("+1") }), r#"{"phone_number":"+1"}"#);
    }
}
