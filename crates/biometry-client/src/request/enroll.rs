//! `POST /api-gateway/enroll/face` and `…/enroll/voice`.

use std::fmt;

use http::Method;

use super::context::{CallContext, context_setters};
use super::multipart::Form;
use super::upload::Upload;
use super::{Call, Draft, Target, USER_FULLNAME, unfit};
use crate::{Error, UserFullname};

/// A face to be remembered for later comparison. Both consents must have been given.
pub struct EnrollFace {
    pub(super) user: UserFullname,
    pub(super) face: Upload,
    pub(super) is_document: IsDocument,
    pub(super) context: CallContext,
}

/// Whether the picture shows a document, as far as is known.
pub(super) enum IsDocument {
    Known(bool),
    Later(Box<dyn FnOnce() -> bool + Send>),
}

impl EnrollFace {
    /// Enrolls the face of `user` from a picture (JPEG or PNG).
    pub fn new(user: UserFullname, face: Upload) -> Self {
        Self { user, face, is_document: IsDocument::Known(false), context: CallContext::default() }
    }

    /// Says that the picture shows a document with the face on it, which is then read too.
    pub fn from_document(self) -> Self {
        Self { is_document: IsDocument::Known(true), ..self }
    }

    /// [`from_document`](Self::from_document) where `is_document` says so, which is asked once the picture has been
    /// sent: for those who relay a form and learn it from a field behind the picture.
    pub fn from_document_if(self, is_document: impl FnOnce() -> bool + Send + 'static) -> Self {
        Self { is_document: IsDocument::Later(Box::new(is_document)), ..self }
    }

    context_setters!();

    pub(crate) fn user(&self) -> &UserFullname {
        &self.user
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let draft = Draft::new("enroll_face", Method::POST, target, "/api-gateway/enroll/face")?
            .sensitive(USER_FULLNAME, self.user.as_str())?;
        let mut draft = self.context.apply(draft)?;
        let form = Form::new()?;
        // Sent only when true, as the SDK does.
        let form = match self.is_document {
            IsDocument::Known(false) => return draft.multipart(form.file("face", "face", self.face)),
            IsDocument::Known(true) => form.field("is_document", "true").file("face", "face", self.face),
            IsDocument::Later(is_document) => {
                let form = form.file("face", "face", self.face);
                form.late_field("is_document", move || is_document().then(|| "true".to_owned()))
            }
        };
        draft = draft.expects_images();
        draft.multipart(form)
    }
}

impl fmt::Debug for EnrollFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrollFace").field("face", &self.face).finish_non_exhaustive()
    }
}

/// A voice saying a phrase, to be remembered for later comparison. Both consents must have been
/// given.
pub struct EnrollVoice {
    pub(super) user: UserFullname,
    pub(super) phrase: String,
    pub(super) vocabulary: Option<String>,
    pub(super) voice: Upload,
    pub(super) context: CallContext,
}

impl EnrollVoice {
    /// Enrolls the voice of `user` saying `phrase`, which must not be blank. The recording may be a
    /// video.
    pub fn new(user: UserFullname, phrase: impl Into<String>, voice: Upload) -> Self {
        let (phrase, context) = (phrase.into(), CallContext::default());
        Self { user, phrase, vocabulary: None, voice, context }
    }

    /// Names the vocabulary of the phrase; the platform's default is `en_digits`.
    pub fn vocabulary(mut self, vocabulary: impl Into<String>) -> Self {
        self.vocabulary = Some(vocabulary.into());
        self
    }

    context_setters!();

    pub(crate) fn user(&self) -> &UserFullname {
        &self.user
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        if self.phrase.trim().is_empty() {
            return Err(unfit());
        }
        let draft = Draft::new("enroll_voice", Method::POST, target, "/api-gateway/enroll/voice")?
            .sensitive(USER_FULLNAME, self.user.as_str())?;
        let draft = self.context.apply(draft)?;
        let mut form = Form::new()?.field("phrase", &self.phrase);
        if let Some(vocabulary) = &self.vocabulary {
            form = form.field("vocabulary", vocabulary);
        }
        draft.multipart(form.file("voice", "voice", self.voice))
    }
}

impl fmt::Debug for EnrollVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrollVoice").field("voice", &self.voice).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::tests::{read_text, target};
    use super::*;
    use crate::{Body, PlatformSession};

    fn user() -> UserFullname {
        UserFullname::parse("ana").unwrap()
    }

    fn upload() -> Upload {
        Upload::new(HeaderValue::from_static("image/png"), "png", Body::from_bytes("bytes"))
    }

    #[test]
    fn a_face_is_a_document_only_when_said_so() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let call = EnrollFace::new(user(), upload()).into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/enroll/face");
        assert_eq!(call.request.headers()["x-user-fullname"], "ana");
        assert!(!call.expects_images && !call.replayable);
        let body = read_text(call);
        assert!(!body.contains("is_document"));
        assert!(
            body.contains("name=\"face\"; filename=\"face.png\"\r\nContent-Type: image/png\r\n\r\nbytes\r\n")
        );
        let session = PlatformSession::parse("s").unwrap();
        let call =
            EnrollFace::new(user(), upload()).from_document().session(session).into_call(target).unwrap();
        assert!(call.expects_images && call.names_session);
        assert!(read_text(call).contains("name=\"is_document\"\r\n\r\ntrue\r\n"));
        for (late, count) in [(true, 1), (false, 0)] {
            let ask = EnrollFace::new(user(), upload()).from_document_if(move || late);
            let call = ask.into_call(target).unwrap();
            assert!(call.expects_images);
            assert_eq!(read_text(call).matches("bytes\r\n").count(), 1);
            let call =
                EnrollFace::new(user(), upload()).from_document_if(move || late).into_call(target).unwrap();
            let sent = "bytes\r\n--";
            let body = read_text(call);
            assert!(body.contains(sent));
            assert_eq!(body.matches("name=\"is_document\"\r\n\r\ntrue\r\n").count(), count);
        }
    }

    #[test]
    fn a_voice_comes_with_its_phrase() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let ask = EnrollVoice::new(user(), "one two", upload()).vocabulary("en_digits");
        let call = ask.into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/enroll/voice");
        let body = read_text(call);
        assert!(body.contains("name=\"phrase\"\r\n\r\none two\r\n"));
        assert!(body.contains("name=\"vocabulary\"\r\n\r\nen_digits\r\n"));
        assert!(body.contains("name=\"voice\"; filename=\"voice.png\""));
        assert!(EnrollVoice::new(user(), " ", upload()).into_call(target).is_err());
    }

    #[test]
    fn debug_shows_nothing_personal() {
        let voice = EnrollVoice::new(user(), "one two", upload());
        let shown = format!("{:?} {voice:?}", EnrollFace::new(user(), upload()));
        assert!(!shown.contains("ana") && !shown.contains("one two"), "{shown}");
    }
}
