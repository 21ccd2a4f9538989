//! Replies of `/api-projects/public/apikeys`.

use super::Unparsable;
use crate::json::{Json, Object};
use crate::{ApiKey, Service};

/// What the platform says about the calling key; good for a check at start-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    id: Option<String>,
    name: Option<String>,
    state: String,
    selected_services: Vec<String>,
    can_mint: bool,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl KeyInfo {
    /// The key's id, what revoking asks for.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The key's name in the dashboard.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The key's state; the only one documented is `active`.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Whether the state is exactly `active`.
    pub fn is_active(&self) -> bool {
        self.state == "active"
    }

    /// The display names of the enabled services.
    pub fn selected_services(&self) -> &[String] {
        &self.selected_services
    }

    /// Whether the key enables this service.
    pub fn includes(&self, service: Service) -> bool {
        self.selected_services.iter().any(|name| name == service.as_str())
    }

    /// Whether the key may mint others.
    pub fn can_mint(&self) -> bool {
        self.can_mint
    }

    /// When the key was made; RFC 3339 by the platform's word, unchecked.
    pub fn created_at(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    /// When the key was last changed; RFC 3339 by the platform's word, unchecked.
    pub fn updated_at(&self) -> Option<&str> {
        self.updated_at.as_deref()
    }
}

/// `{"data": {"id", "name", "state", "selected_services", "can_mint", "created_at", "updated_at"}}`.
pub(crate) fn parse_info(root: &Object) -> Result<KeyInfo, Unparsable> {
    let data = root.get("data").and_then(Json::as_object).filter(|_| !root.has_error()).ok_or(Unparsable)?;
    let text = |name| data.get_str(name).map(str::to_owned);
    Ok(KeyInfo {
        id: text("id"),
        name: text("name"),
        state: text("state").ok_or(Unparsable)?,
        selected_services: parse_services(data)?,
        can_mint: data.get("can_mint") == Some(&Json::Bool(true)),
        created_at: text("created_at"),
        updated_at: text("updated_at"),
    })
}

/// `{"data": "<jwt>", "message": "api key created"}`.
pub(crate) fn parse_minted(root: &Object) -> Result<ApiKey, Unparsable> {
    let key = root.get_str("data").filter(|_| !root.has_error()).ok_or(Unparsable)?;
    ApiKey::parse(key).map_err(|_| Unparsable)
}

fn parse_services(data: &Object) -> Result<Vec<String>, Unparsable> {
    let Some(names) = data.get_non_null("selected_services") else { return Ok(Vec::new()) };
    let names = names.as_array().ok_or(Unparsable)?;
    names.iter().map(|name| name.as_str().map(str::to_owned).ok_or(Unparsable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<KeyInfo, Unparsable> {
        parse_info(&read_object(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_a_key() {
        let info = read(
            r#"{"message":"api key found","data":{"id":"k-1","name":"minted_2025-04-29_16:26:40","state":"active",
            "selected_services":["Face Recognition"],"can_mint":true,"created_at":"2025-04-29T16:26:40.123Z","updated_at":"2025-04-29T16:26:40.123Z"}}"#,
        )
        .unwrap();
        assert!(info.is_active() && info.can_mint() && info.includes(Service::FaceRecognition));
        assert!(!info.includes(Service::VoiceRecognition));
        assert_eq!((info.id(), info.name()), (Some("k-1"), Some("minted_2025-04-29_16:26:40")));
        assert_eq!(info.created_at(), info.updated_at());
        assert_eq!(info.selected_services().len(), 1);
    }

    #[test]
    fn what_is_missing_is_not_granted() {
        let info = read(r#"{"data":{"state":"revoked"}}"#).unwrap();
        assert!(!info.is_active() && !info.can_mint());
        assert!(Service::ALL.into_iter().all(|service| !info.includes(service)));
        assert_eq!(info.state(), "revoked");
        for text in [
            "{}",
            r#"{"data":{}}"#,
            r#"{"data":{"state":1}}"#,
            r#"{"data":{"state":"active","selected_services":[1]}}"#,
            r#"{"data":{"state":"active"},"error":"x"}"#,
        ] {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
    }

    #[test]
    fn a_minted_key_is_a_key() {
        let mint = |text: &str| parse_minted(&read_object(text.as_bytes()).unwrap());
        let key = mint(r#"{"data":"e30.eyJpZCI6ImstMiJ9.c2ln","message":"api key created"}"#).unwrap();
        assert_eq!(key.claims().id(), Some("k-2"));
        for text in
            ["{}", r#"{"data":"key"}"#, r#"{"data":{"id":"k"}}"#, r#"{"data":"e30.e30.c2ln","error":"x"}"#]
        {
            assert_eq!(mint(text).err(), Some(Unparsable), "{text}");
        }
    }
}
