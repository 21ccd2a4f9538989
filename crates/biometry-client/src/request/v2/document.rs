//! `POST /api-gateway/v2/documents/check`. It has no place for a user.

use super::super::{Call, Target};
use super::{Part, upload};
use crate::{CheckDocument, DocumentProvider, Error};

pub(crate) fn check(target: Target<'_>, ask: CheckDocument) -> Result<Call, Error> {
    let provider = match ask.provider {
        DocumentProvider::InHouse => IN_HOUSE,
        DocumentProvider::IdScan => "idscan",
    };
    let part = Part {
        // Said in any case: which one is meant without it is not known of this version.
        provider: Some(provider),
        mrz_provider: ask.validates_mrz.then_some(IN_HOUSE),
        ..Part::default().in_session(ask.context.session.as_ref())
    };
    let form = part.form()?.file("document", "document", ask.document);
    let draft = upload("check_document", target, "/api-gateway/v2/documents/check", &ask.context)?;
    draft.expects_images().multipart(form)
}

const IN_HOUSE: &str = "inhouse";

#[cfg(test)]
mod tests {
    use super::super::super::tests::{read_text, target};
    use super::*;
    use crate::{Body, PlatformSession, Upload, UserFullname};

    #[test]
    fn the_provider_is_always_said_and_the_zones_where_asked_for() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let plain = || {
            // Not an id of version 2, which does not matter here.
            let user = UserFullname::parse("ana+b").unwrap();
            CheckDocument::new(user, Upload::mp4(Body::from_bytes("bytes")))
        };
        let call = check(target, plain()).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/documents/check");
        assert!(call.expects_images);
        let body = read_text(call);
        assert!(body.contains(r#"{"provider":"inhouse"}"#) && body.contains("name=\"document\""), "{body}");
        let ask = plain()
            .provider(DocumentProvider::IdScan)
            .validate_mrz()
            .session(PlatformSession::parse("sess_1").unwrap());
        let body = read_text(check(target, ask).unwrap());
        let expected = r#"{"session_id":"sess_1","provider":"idscan","mrz_provider":"inhouse"}"#;
        assert!(body.contains(expected), "{body}");
    }
}
