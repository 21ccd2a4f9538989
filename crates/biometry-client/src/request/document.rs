//! `POST /api-gateway/docauth/check`.

use std::fmt;

use http::Method;

use super::context::{CallContext, context_setters};
use super::multipart::Form;
use super::upload::Upload;
use super::{Call, Draft, Target, USER_FULLNAME};
use crate::{Error, UserFullname};

/// A picture of an identity document to be checked and read.
pub struct CheckDocument {
    pub(super) user: UserFullname,
    pub(super) document: Upload,
    pub(super) provider: DocumentProvider,
    pub(super) validates_mrz: bool,
    pub(super) context: CallContext,
}

/// Who checks a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentProvider {
    /// The platform itself. The default.
    #[default]
    InHouse,
    /// The external `IDScan` service.
    IdScan,
}

impl CheckDocument {
    /// Checks a document (JPEG or PNG) that `user` presents.
    pub fn new(user: UserFullname, document: Upload) -> Self {
        let (provider, context) = (DocumentProvider::InHouse, CallContext::default());
        Self { user, document, provider, validates_mrz: false, context }
    }

    /// Chooses who checks.
    pub fn provider(self, provider: DocumentProvider) -> Self {
        Self { provider, ..self }
    }

    /// Has the machine-readable zone compared with the rest; in-house only. Off by default.
    pub fn validate_mrz(self) -> Self {
        Self { validates_mrz: true, ..self }
    }

    context_setters!();

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let mut draft = Draft::new("check_document", Method::POST, target, "/api-gateway/docauth/check")?
            .sensitive(USER_FULLNAME, self.user.as_str())?;
        // Absence means in-house; the SDK never says so either.
        if self.provider == DocumentProvider::IdScan {
            draft = draft.header("x-inhouse-docauth", "false")?;
        }
        if self.validates_mrz {
            draft = draft.header("x-inhouse-mrz", "true")?;
        }
        let form = Form::new()?.file("document", "document", self.document);
        self.context.apply(draft)?.expects_images().multipart(form)
    }
}

impl fmt::Debug for CheckDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckDocument")
            .field("document", &self.document)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::tests::{read_text, target};
    use super::*;
    use crate::Body;

    fn plain() -> CheckDocument {
        let document = Upload::new(HeaderValue::from_static("image/jpeg"), "jpg", Body::from_bytes("bytes"));
        CheckDocument::new(UserFullname::parse("ana").unwrap(), document)
    }

    #[test]
    fn headers_choose_the_provider_and_the_validation() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let call = plain().into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/docauth/check");
        assert!(call.expects_images);
        let headers = call.request.headers();
        assert!(!headers.contains_key("x-inhouse-docauth") && !headers.contains_key("x-inhouse-mrz"));
        assert!(
            read_text(call)
                .contains("name=\"document\"; filename=\"document.jpg\"\r\nContent-Type: image/jpeg")
        );
        let call = plain().provider(DocumentProvider::IdScan).validate_mrz().into_call(target).unwrap();
        assert_eq!(call.request.headers()["x-inhouse-docauth"], "false");
        assert_eq!(call.request.headers()["x-inhouse-mrz"], "true");
    }
}
