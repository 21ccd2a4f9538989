/// Which of the platform's two APIs a [`Client`](crate::Client) speaks.
///
/// The calls and the types are the same for both; the crate's documentation has a table of what becomes of
/// each, and says what the support of version 2 rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `/api-gateway/…`, which the integration guide describes. The default.
    #[default]
    V1,
    /// `/api-gateway/v2/…`, which the official SDKs of 2026 speak.
    V2,
}
