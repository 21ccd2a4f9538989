//! `POST /api-gateway/match-faces`.

use std::fmt;

use http::Method;

use super::context::{CallContext, context_setters};
use super::multipart::{Form, LateUpload};
use super::upload::Upload;
use super::{Call, Draft, Target, USER_FULLNAME, unfit};
use crate::{BoxError, Error, PlatformSession, UserFullname};

/// A picture and a video, to be compared by the faces in them.
pub struct MatchFaces {
    pub(super) files: Files,
    pub(super) user: Option<UserFullname>,
    pub(super) context: CallContext,
}

/// What is compared, in the order in which it is sent.
pub(super) enum Files {
    Both {
        image: Upload,
        video: Upload,
    },
    Arriving {
        first: MatchFile,
        upload: Upload,
        second: LateUpload,
    },
    /// The session's video is meant.
    Image(Upload),
}

/// The files of a [`MatchFaces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchFile {
    /// The picture.
    Image,
    /// The video.
    Video,
}

impl MatchFaces {
    /// Compares a picture (JPEG or PNG) with this video.
    pub fn with_video(image: Upload, video: Upload) -> Self {
        Self::of(Files::Both { image, video })
    }

    /// Compares two files that arrive one after the other: of the second one nothing is known until the first one has
    /// been sent. For those who relay a form as it comes.
    pub fn arriving(
        first: MatchFile,
        upload: Upload,
        second: impl Future<Output = Result<Upload, BoxError>> + Send + 'static,
    ) -> Self {
        Self::of(Files::Arriving { first, upload, second: Box::pin(second) })
    }

    /// Compares a picture (JPEG or PNG) with the video that was verified in this session.
    pub fn with_session_video(image: Upload, session: PlatformSession) -> Self {
        let context = CallContext { session: Some(session), ..CallContext::default() };
        Self { context, ..Self::of(Files::Image(image)) }
    }

    fn of(files: Files) -> Self {
        Self { files, user: None, context: CallContext::default() }
    }

    /// Names the user, whom the platform checks against the session's.
    pub fn user(mut self, user: UserFullname) -> Self {
        self.user = Some(user);
        self
    }

    context_setters!();

    /// The user, for an API version that requires one.
    pub(crate) fn named_user(&self) -> Result<&UserFullname, Error> {
        self.user.as_ref().ok_or_else(unfit)
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let mut draft = Draft::new("match_faces", Method::POST, target, "/api-gateway/match-faces")?;
        if let Some(user) = &self.user {
            draft = draft.sensitive(USER_FULLNAME, user.as_str())?;
        }
        let mut draft = self.context.apply(draft)?;
        let form = Form::new()?;
        let form = match self.files {
            Files::Both { image, video } => {
                form.file("video", "capture", video).file("image", "image", image)
            }
            Files::Arriving { first: MatchFile::Video, upload, second } => {
                form.file("video", "capture", upload).late_file("image", "image", second)
            }
            Files::Arriving { first: MatchFile::Image, upload, second } => {
                form.file("image", "image", upload).late_file("video", "capture", second)
            }
            Files::Image(image) => {
                draft = draft.header("x-use-prefilled-video", "true")?;
                form.file("image", "image", image)
            }
        };
        draft.multipart(form)
    }
}

impl fmt::Debug for MatchFaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatchFaces").field("context", &self.context).finish_non_exhaustive()
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
    fn or_both_in_the_order_in_which_they_come() {
        let (base, key) = target();
        for (first, upload, second) in [
            (MatchFile::Image, image(), Upload::webm(Body::from_bytes("moving"))),
            (MatchFile::Video, Upload::webm(Body::from_bytes("moving")), image()),
        ] {
            let ask = MatchFaces::arriving(first, upload, async { Ok(second) });
            let body = read_text(ask.into_call(Target { base: &base, key: &key }).unwrap());
            let is_image_first = body.find("picture").unwrap() < body.find("moving").unwrap();
            assert_eq!(is_image_first, first == MatchFile::Image);
            assert!(body.contains(
                "name=\"image\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n\r\npicture\r\n"
            ));
            assert!(body.contains(
                "name=\"video\"; filename=\"capture.webm\"\r\nContent-Type: video/webm\r\n\r\nmoving\r\n"
            ));
        }
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
