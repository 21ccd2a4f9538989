//! `POST /api-gateway/process-video`.

use std::fmt;

use http::Method;

use super::context::{CallContext, Trigger, context_setters};
use super::multipart::Form;
use super::upload::Upload;
use super::{Call, Draft, Target, USER_FULLNAME, unfit};
use crate::{Error, UserFullname};

/// A verification to be asked for: who, saying what, in which video.
///
/// Only these three are needed; name the session wherever there is one. `Debug` shows neither the
/// user nor the phrase.
pub struct ProcessVideo {
    pub(super) user: UserFullname,
    pub(super) phrase: String,
    pub(super) vocabulary: Option<String>,
    pub(super) video: Upload,
    pub(super) context: CallContext,
}

impl ProcessVideo {
    /// Asks whether `video` shows `user` alive and saying `phrase`. The phrase must be the one that
    /// was displayed, and not be blank.
    pub fn new(user: UserFullname, phrase: impl Into<String>, video: Upload) -> Self {
        let (phrase, context) = (phrase.into(), CallContext::default());
        Self { user, phrase, vocabulary: None, video, context }
    }

    /// Says what made the user act; sent as header and as form field, since the platform's documents
    /// name the one and its clients send the other.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.context.trigger = Some(trigger);
        self
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
        let draft = Draft::new("process_video", Method::POST, target, PATH)?
            .sensitive(USER_FULLNAME, self.user.as_str())?;
        let draft = self.context.apply(draft)?;
        let mut form = Form::new()?.field("phrase", &self.phrase);
        if let Some(vocabulary) = &self.vocabulary {
            form = form.field("vocabulary", vocabulary);
        }
        if let Some(trigger) = self.context.trigger {
            form = form.field("trigger", trigger.as_str());
        }
        draft.multipart(form.file("video", "capture", self.video))
    }
}

impl fmt::Debug for ProcessVideo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessVideo")
            .field("video", &self.video)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

const PATH: &str = "/api-gateway/process-video";

#[cfg(test)]
mod tests {
    use super::super::tests::{read, target};
    use super::*;
    use std::time::Duration;

    use crate::{Body, Deadline, DeviceInfo, GeoLocation, PlatformSession, Tag};

    fn plain() -> ProcessVideo {
        let user = UserFullname::parse("ana@example.com").unwrap();
        ProcessVideo::new(user, "one two three", Upload::webm(Body::from_bytes("video bytes")))
    }

    fn call(ask: ProcessVideo) -> Result<Call, Error> {
        let (base, key) = target();
        ask.into_call(Target { base: &base, key: &key })
    }

    #[test]
    fn sends_the_user_the_phrase_and_the_video() {
        let call = call(plain()).unwrap();
        assert!(!call.names_session && !call.replayable);
        let headers = call.request.headers().clone();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/process-video");
        assert!(headers["x-user-fullname"].is_sensitive());
        for absent in
            ["x-session-id", "x-action-trigger", "x-request-tags", "x-device-info", "x-geo-location"]
        {
            assert!(!headers.contains_key(absent), "{absent}");
        }
        let body = String::from_utf8(read(call.request.into_body())).unwrap();
        assert_eq!(body.matches("form-data; name=").count(), 2);
        assert!(body.contains("name=\"phrase\"\r\n\r\none two three\r\n"));
        assert!(body.contains(
            "name=\"video\"; filename=\"capture.webm\"\r\nContent-Type: video/webm\r\n\r\nvideo bytes\r\n"
        ));
    }

    #[test]
    fn sends_all_it_is_given_and_the_video_last() {
        let ask = plain()
            .session(PlatformSession::parse("sess_1").unwrap())
            .trigger(Trigger::Confirmation)
            .vocabulary("en_digits")
            .tags(["a", "b"].map(|tag| Tag::parse(tag).unwrap()))
            .device_info(DeviceInfo::parse("{}").unwrap())
            .geo(GeoLocation::new(1.0, 2.0).unwrap())
            .deadline(Duration::from_secs(5));
        let call = call(ask).unwrap();
        assert!(call.names_session);
        assert_eq!(call.request.extensions().get(), Some(&Deadline(Duration::from_secs(5))));
        let headers = call.request.headers();
        assert_eq!(headers["x-session-id"], "sess_1");
        assert_eq!(headers["x-action-trigger"], "confirmation");
        assert_eq!(headers["x-request-tags"], "a,b");
        assert!(headers["x-device-info"].is_sensitive() && headers["x-geo-location"].is_sensitive());
        let body = String::from_utf8(read(call.request.into_body())).unwrap();
        let position = |name: &str| body.find(&format!("name=\"{name}\"")).unwrap();
        let order = ["phrase", "vocabulary", "trigger", "video"].map(position);
        assert!(order.is_sorted());
    }

    #[test]
    fn a_blank_phrase_is_not_sent() {
        let user = UserFullname::parse("ana").unwrap();
        let error = call(ProcessVideo::new(user, " ", Upload::webm(Body::empty()))).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidArgument);
        assert!(!error.is_retryable());
    }

    #[test]
    fn debug_shows_nothing_personal() {
        let shown = format!("{:?}", plain().session(PlatformSession::parse("sess_1").unwrap()));
        for secret in ["ana", "one two", "sess_1", "video bytes"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
