//! `/api-gateway/v2/consents`.

use http::Method;

use super::super::{Call, Draft, Target, path_segment};
use super::user_id;
use crate::{ConsentTemplate, Error, Purpose, UserFullname};

/// Which consent templates of the dashboard stand for the two purposes.
///
/// With them a client of version 2 records and reads consents as approvals of these templates. The platform knows
/// no way to take an approval back, so every withdrawal is
/// [`RefusedByPlatform`](crate::Withdrawal::RefusedByPlatform) without being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentTemplates {
    authorization: ConsentTemplate,
    storage: ConsentTemplate,
}

impl ConsentTemplates {
    /// One template for each purpose. One and the same for both makes an approval count for both.
    pub fn new(authorization: ConsentTemplate, storage: ConsentTemplate) -> Self {
        Self { authorization, storage }
    }

    /// The template of this purpose.
    pub fn of(&self, purpose: Purpose) -> &ConsentTemplate {
        match purpose {
            Purpose::Authorization => &self.authorization,
            Purpose::Storage => &self.storage,
        }
    }
}

pub(crate) fn approve(
    target: Target<'_>,
    template: &ConsentTemplate,
    user: &UserFullname,
) -> Result<Call, Error> {
    let (template, user) = (path_segment(template.as_str())?, path_segment(user_id(user)?)?);
    let path = format!("/api-gateway/v2/consents/{template}/approve/{user}");
    Draft::new("approve_consent", Method::POST, target, &path)?.without_body()
}

pub(crate) fn approvals(target: Target<'_>, user: &UserFullname) -> Result<Call, Error> {
    let path = format!("/api-gateway/v2/consents/my-approvals/{}", path_segment(user_id(user)?)?);
    Draft::new("consent_approvals", Method::GET, target, &path)?.without_body()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::target;
    use super::*;

    #[test]
    fn ids_stay_within_their_segments() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let template = ConsentTemplate::parse("terms/2026").unwrap();
        let user = UserFullname::parse("ana@example.com").unwrap();
        let line = |call: &Call| format!("{} {}", call.request.method(), call.request.uri().path());
        let path = "/prefix/api-gateway/v2/consents";
        let call = approve(target, &template, &user).unwrap();
        assert_eq!(line(&call), format!("POST {path}/terms%2F2026/approve/ana%40example.com"));
        assert_eq!(call.request.headers()["content-length"], "0");
        let call = approvals(target, &user).unwrap();
        assert_eq!(line(&call), format!("GET {path}/my-approvals/ana%40example.com"));
        for name in ["..", "a+b"] {
            assert!(approvals(target, &UserFullname::parse(name).unwrap()).is_err(), "{name}");
        }
    }
}
