//! `POST /api-gateway/match-faces`.

use std::fmt;

use http::Method;

use super::context::{CallContext, context_setters};
use super::multipart::Form;
use super::upload::Upload;
use super::{Call, Draft, Target, USER_FULLNAME, unfit};
use crate::{Error, PlatformSession, UserFullname};

/// A picture and a video, to be compared by the faces in them.
pub struct MatchFaces {
    pub(super) image: Upload,
    /// Absent when the session's video is meant.
    pub(super) video: Option<Upload>,
    pub(super) user: Option<UserFullname>,
    pub(super) context: CallContext,
}

impl MatchFaces {
    /// Compares a picture (JPEG or PNG) with this video.
    pub fn with_video(image: Upload, video: Upload) -> Self {
        Self { image, video: Some(video), user: None, context: CallContext::default() }
    }

    /// Compares a picture (JPEG or PNG) with the video that was verified in this session.
    pub fn with_session_video(image: Upload, session: PlatformSession) -> Self {
        let context = CallContext { session: Some(session), ..CallContext::default() };
        Self { image, video: None, user: None, context }
    }

    /// Names the user, whom the platform checks against the session's.
    pub fn user(mut self, user: UserFullname) -> Self {
        self.user = Some(user);
        self
    }

    context_setters!();

    /// The user, for whoever cannot do without one.
    pub(crate) fn named_user(&self) -> Result<&UserFullname, Error> {
        self.user.as_ref().ok_or_else(unfit)
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let mut draft = Draft::new("match_faces", Method::POST, target, "/api-gateway/match-faces")?;
        if let Some(user) = &self.user {
            draft = draft.sensitive(USER_FULLNAME, user.as_str())?;
        }
        let mut draft = self.context.apply(draft)?;
        let mut form = Form::new()?;
        match self.video {
            Some(video) => form = form.file("video", "capture", video),
            None => draft = draft.header("x-use-prefilled-video", "true")?,
        }
        draft.multipart(form.file("image", "image", self.image))
    }
}

impl fmt::Debug for MatchFaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatchFaces")
            .field("image", &self.image)
            .field("video", &self.video)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::tests::{read_text, target};
    use super::*;
    use crate::Body;

    fn image() -> Upload {
        Upload::new(HeaderValue::from_static("image/png"), "png", Body::from_bytes("picture"))
    }

    #[test]
    fn sends_the_video_and_then_the_picture() {
        let (base, key) = target();
        let ask = MatchFaces::with_video(image(), Upload::webm(Body::from_bytes("moving")));
        let call = ask.into_call(Target { base: &base, key: &key }).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/match-faces");
        assert!(!call.request.headers().contains_key("x-use-prefilled-video"));
        assert!(!call.request.headers().contains_key("x-user-fullname"));
        let body = read_text(call);
        assert!(body.find("moving").unwrap() < body.find("picture").unwrap());
        assert!(body.contains("name=\"video\"; filename=\"capture.webm\""));
    }

    #[test]
    fn or_reuses_the_video_of_the_session() {
        let (base, key) = target();
        let ask = MatchFaces::with_session_video(image(), PlatformSession::parse("s-1").unwrap())
            .user(UserFullname::parse("ana").unwrap());
        let call = ask.into_call(Target { base: &base, key: &key }).unwrap();
        assert!(call.names_session);
        assert_eq!(call.request.headers()["x-use-prefilled-video"], "true");
        assert_eq!(call.request.headers()["x-session-id"], "s-1");
        let body = read_text(call);
        assert!(body.contains("name=\"image\"; filename=\"image.png\"") && !body.contains("name=\"video\""));
    }
}
