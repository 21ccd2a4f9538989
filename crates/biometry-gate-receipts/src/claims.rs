use serde::Deserialize;

/// The claims of a receipt. One that is missing, or of another type, makes it none.
#[derive(Clone, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    /// One service: a list of several is no receipt.
    pub(crate) aud: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    pub(crate) jti: String,
    pub(crate) auth_time: u64,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
    pub(crate) sub: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) policy: String,
    pub(crate) policy_version: u32,
    pub(crate) single_use: bool,
    pub(crate) operation: Option<String>,
    pub(crate) display: Option<String>,
    #[serde(default)]
    pub(crate) operation_spoken: bool,
}
