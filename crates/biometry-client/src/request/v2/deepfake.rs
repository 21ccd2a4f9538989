//! `/api-gateway/v2/deepfake/checks`.

use std::fmt;

use http::Method;

use super::super::context::{CallContext, context_setters};
use super::super::{Call, Draft, Target, path_segment};
use super::{Part, upload};
use crate::{DeepfakeCheckId, Error, PlatformSession, Upload, UserFullname};

/// A video to be looked at for signs of forgery. Version 2 only.
pub struct CheckDeepfake {
    user: UserFullname,
    video: Upload,
    context: CallContext,
}

impl CheckDeepfake {
    /// Has a video of `user` looked at within a session.
    pub fn new(user: UserFullname, session: PlatformSession, video: Upload) -> Self {
        Self { user, video, context: CallContext { session: Some(session), ..CallContext::default() } }
    }

    context_setters!();

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let part = Part::about(&self.user)?.in_session(self.context.session.as_ref());
        let form = part.form()?.file("video", "capture", self.video);
        upload("start_deepfake_check", target, PATH, &self.context)?.multipart(form)
    }
}

impl fmt::Debug for CheckDeepfake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckDeepfake").field("video", &self.video).finish_non_exhaustive()
    }
}

pub(crate) fn look(target: Target<'_>, id: &DeepfakeCheckId) -> Result<Call, Error> {
    let path = format!("{PATH}/{}", path_segment(id.as_str())?);
    Draft::new("deepfake_check", Method::GET, target, &path)?.without_body()
}

const PATH: &str = "/api-gateway/v2/deepfake/checks";

#[cfg(test)]
mod tests {
    use super::super::super::tests::{read_text, target};
    use super::*;
    use crate::Body;

    #[test]
    fn a_check_is_started_with_a_video_and_looked_at_by_its_id() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let (user, session) =
            (UserFullname::parse("ana").unwrap(), PlatformSession::parse("sess_1").unwrap());
        let ask = CheckDeepfake::new(user, session, Upload::mp4(Body::from_bytes("moving")));
        assert!(!format!("{ask:?}").contains("ana"));
        let call = ask.into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/deepfake/checks");
        let body = read_text(call);
        assert!(
            body.contains(r#"{"user_id":"ana","session_id":"sess_1"}"#) && body.contains("moving"),
            "{body}"
        );
        let call = look(target, &DeepfakeCheckId::parse("d/1").unwrap()).unwrap();
        assert_eq!(call.request.method(), Method::GET);
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/deepfake/checks/d%2F1");
    }
}
