//! `POST /api-gateway/v2/face-match`.

use super::super::match_faces::Files;
use super::super::{Call, Target};
use super::{Part, upload};
use crate::{Error, MatchFaces, MatchFile};

pub(crate) fn compare(target: Target<'_>, ask: MatchFaces) -> Result<Call, Error> {
    let part = Part {
        use_session_video: matches!(ask.files, Files::Image(_)).then_some(true),
        ..Part::about(ask.named_user()?)?.in_session(ask.context.session.as_ref())
    };
    let form = part.form()?;
    let form = match ask.files {
        Files::Both { image, video } => form.file(IMAGE, "image", image).file("video", "capture", video),
        Files::Arriving { first: MatchFile::Video, upload, second } => {
            form.file("video", "capture", upload).late_file(IMAGE, "image", second)
        }
        Files::Arriving { first: MatchFile::Image, upload, second } => {
            form.file(IMAGE, "image", upload).late_file("video", "capture", second)
        }
        Files::Image(image) => form.file(IMAGE, "image", image),
    };
    upload("match_faces", target, "/api-gateway/v2/face-match", &ask.context)?.multipart(form)
}

const IMAGE: &str = "reference_image";

#[cfg(test)]
mod tests {
    use super::super::super::tests::{read_text, target};
    use super::*;
    use crate::{Body, ErrorKind, PlatformSession, Upload, UserFullname};

    #[test]
    fn a_picture_is_compared_with_a_video_of_its_own_or_the_sessions() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let file = |bytes: &'static str| Upload::mp4(Body::from_bytes(bytes));
        let user = || UserFullname::parse("ana").unwrap();
        let call =
            compare(target, MatchFaces::with_video(file("picture"), file("moving")).user(user())).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/face-match");
        let body = read_text(call);
        assert!(body.contains(r#"{"user_id":"ana"}"#), "{body}");
        assert!(body.find("name=\"reference_image\"") < body.find("name=\"video\""));

        for first in [MatchFile::Image, MatchFile::Video] {
            let ask = MatchFaces::arriving(first, file("first"), async move { Ok(file("second")) });
            let body = read_text(compare(target, ask.user(user())).unwrap());
            let is_image_first = body.find("name=\"reference_image\"") < body.find("name=\"video\"");
            assert_eq!(is_image_first, first == MatchFile::Image);
            assert!(body.find("first\r\n") < body.find("second\r\n"));
        }

        let session = || PlatformSession::parse("sess_1").unwrap();
        let ask = MatchFaces::with_session_video(file("picture"), session()).user(user());
        let body = read_text(compare(target, ask).unwrap());
        assert!(
            body.contains(r#"{"user_id":"ana","session_id":"sess_1","use_session_video":true}"#),
            "{body}"
        );
        assert!(!body.contains("name=\"video\""));
        let nobody = MatchFaces::with_session_video(file("picture"), session());
        assert_eq!(compare(target, nobody).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
