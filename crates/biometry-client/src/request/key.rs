//! `/api-projects/public/apikeys`.

use http::Method;

use super::{Call, Draft, Target, path_segment};
use crate::Error;

pub(crate) fn info(target: Target<'_>) -> Result<Call, Error> {
    Draft::new("key_info", Method::GET, target, PATH)?.without_body()
}

pub(crate) fn mint(target: Target<'_>) -> Result<Call, Error> {
    Draft::new("mint_key", Method::POST, target, PATH)?.without_body()
}

pub(crate) fn revoke(target: Target<'_>, id: &str) -> Result<Call, Error> {
    let path = format!("{PATH}/{}", path_segment(id)?);
    Draft::new("revoke_key", Method::DELETE, target, &path)?.without_body()
}

const PATH: &str = "/api-projects/public/apikeys";

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    #[test]
    fn keys_are_asked_about_minted_and_revoked() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let line = |call: &Call| format!("{} {}", call.request.method(), call.request.uri().path());
        let path = "/prefix/api-projects/public/apikeys";
        assert_eq!(line(&info(target).unwrap()), format!("GET {path}"));
        assert_eq!(line(&mint(target).unwrap()), format!("POST {path}"));
        assert_eq!(line(&revoke(target, "k/1").unwrap()), format!("DELETE {path}/k%2F1"));
        assert!(revoke(target, "..").is_err() && revoke(target, "").is_err());
    }
}
