//! A verification: `POST /api-gateway/v2/liveness`, and beside it `…/face-verify` and `…/voice-verify` with the same
//! video at the same time.

use super::super::tee::{Readers, tee};
use super::super::{Call, Target, unfit};
use super::{Part, upload};
use crate::{ApiKey, Claims, Error, ProcessVideo, Service, Trigger, Upload};

/// One of the calls a verification is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Liveness, active speaker and lip-reading.
    Liveness,
    Face,
    Voice,
}

impl Check {
    /// What a verification with any of these keys is made of, as in version 1: what they select. A key that does not
    /// say is taken for one with liveness and face recognition.
    pub(crate) fn all_for<'k>(keys: impl Iterator<Item = &'k ApiKey> + Clone) -> Vec<Self> {
        let are_selected = |service| keys.clone().all(|key| selects(key.claims(), service));
        let mut checks = vec![Self::Liveness];
        checks.extend(are_selected(Service::FaceRecognition).then_some(Self::Face));
        checks.extend(are_selected(Service::VoiceRecognition).then_some(Self::Voice));
        checks
    }

    /// The service the check is named after.
    pub(crate) fn service(self) -> Service {
        match self {
            Self::Liveness => Service::FaceLivenessDetection,
            Self::Face => Service::FaceRecognition,
            Self::Voice => Service::VoiceRecognition,
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Face => "face_verify",
            Self::Voice => "voice_verify",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Liveness => "/api-gateway/v2/liveness",
            Self::Face => "/api-gateway/v2/face-verify",
            Self::Voice => "/api-gateway/v2/voice-verify",
        }
    }

    /// The name of the part with the video.
    fn file(self) -> &'static str {
        match self {
            Self::Liveness | Self::Face => "video",
            Self::Voice => "voice",
        }
    }

    /// Only liveness has a place for what made the user act.
    fn trigger(self, ask: &ProcessVideo) -> Option<&'static str> {
        ask.context.trigger.filter(|_| self == Self::Liveness).map(Trigger::as_str)
    }
}

fn selects(claims: &Claims, service: Service) -> bool {
    match claims.selected_services() {
        Some(_) => claims.includes(service),
        None => service == Service::FaceRecognition,
    }
}

/// Calls to be made at once, and the readers of the one video they share.
pub(crate) struct Calls {
    pub(crate) calls: Vec<(Check, Call)>,
    pub(crate) readers: Readers,
}

pub(crate) fn calls(target: Target<'_>, checks: &[Check], mut ask: ProcessVideo) -> Result<Calls, Error> {
    if ask.phrase.trim().is_empty() {
        return Err(unfit());
    }
    let video = std::mem::replace(&mut ask.video, Upload::webm(crate::Body::empty()));
    let (content_type, extension) = (video.content_type().clone(), video.extension());
    let (branches, readers) = tee(video.into_body(), checks.len());
    let branches = checks.iter().zip(branches);
    let calls = branches.map(|(&check, body)| {
        let video = Upload::new(content_type.clone(), extension, body);
        Ok((check, call(target, check, &ask, video)?))
    });
    Ok(Calls { calls: calls.collect::<Result<_, _>>()?, readers })
}

fn call(target: Target<'_>, check: Check, ask: &ProcessVideo, video: Upload) -> Result<Call, Error> {
    let part = Part {
        phrase: Some(&ask.phrase),
        vocabulary: ask.vocabulary.as_deref(),
        trigger: check.trigger(ask),
        ..Part::about(&ask.user)?.in_session(ask.context.session.as_ref())
    };
    let form = part.form()?.file(check.file(), "capture", video);
    upload(check.operation(), target, check.path(), &ask.context)?.multipart(form)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt as _;

    use super::super::super::tests::target;
    use super::*;
    use crate::{Body, Deadline, DeviceInfo, ErrorKind, PlatformSession, Tag, UserFullname};

    fn ask(name: &str) -> ProcessVideo {
        let user = UserFullname::parse(name).unwrap();
        ProcessVideo::new(user, "one two", Upload::mp4(Body::from_bytes("moving")))
    }

    fn build(checks: &[Check], ask: ProcessVideo) -> Result<Calls, Error> {
        let (base, key) = target();
        calls(Target { base: &base, key: &key }, checks, ask)
    }

    /// The bodies of calls whose video never waits for long, read at once as the calls are made.
    fn read(calls: Vec<(Check, Call)>) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let read = |(_, call): (Check, Call)| {
                tokio::spawn(async { call.request.into_body().collect().await.unwrap().to_bytes() })
            };
            let mut bodies = Vec::new();
            for task in calls.into_iter().map(read).collect::<Vec<_>>() {
                bodies.push(String::from_utf8(task.await.unwrap().to_vec()).unwrap());
            }
            bodies
        })
    }

    #[test]
    fn each_call_says_who_and_what_first_and_then_carries_the_whole_video() {
        let all = [Check::Liveness, Check::Face, Check::Voice];
        let ask = ask("ana@example.com")
            .session(PlatformSession::parse("sess_1").unwrap())
            .trigger(Trigger::Confirmation)
            .vocabulary("en_digits")
            .tags([Tag::parse("a").unwrap()])
            .device_info(DeviceInfo::parse("{}").unwrap())
            .deadline(Duration::from_secs(5));
        let Calls { calls, readers } = build(&all, ask).unwrap();
        let expected = [
            ("/prefix/api-gateway/v2/liveness", "video", r#","trigger":"confirmation""#),
            ("/prefix/api-gateway/v2/face-verify", "video", ""),
            ("/prefix/api-gateway/v2/voice-verify", "voice", ""),
        ];
        for ((_, call), (path, ..)) in calls.iter().zip(expected) {
            assert_eq!(call.request.uri().path(), path);
            assert_eq!(call.request.extensions().get(), Some(&Deadline(Duration::from_secs(5))));
            let headers = call.request.headers();
            let names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
            assert_eq!(
                names,
                ["authorization", "accept", "user-agent", "content-type"],
                "no header names a user"
            );
            assert!(!call.replayable && !call.names_session);
        }
        for (body, (_, file, trigger)) in read(calls).into_iter().zip(expected) {
            let part = format!(
                r#"{{"user_id":"ana@example.com","phrase":"one two","session_id":"sess_1"{trigger},"vocabulary":"en_digits"}}"#
            );
            assert!(body.contains(&format!("name=\"request\"\r\n\r\n{part}\r\n")), "{body}");
            let video = format!(
                "name=\"{file}\"; filename=\"capture.mp4\"\r\nContent-Type: video/mp4\r\n\r\nmoving\r\n"
            );
            assert!(body.find("\"request\"") < body.find(&video), "{body}");
            assert_eq!(body.matches("form-data; name=").count(), 2);
        }
        assert!(readers.are_whole());
    }

    #[test]
    fn who_or_what_cannot_be_said_is_not_sent() {
        let kind = |ask| build(&[Check::Liveness], ask).map(drop).unwrap_err().kind();
        assert_eq!(kind(ask("ana+b@example.com")), ErrorKind::UserNotAllowed);
        let silent = ProcessVideo::new(UserFullname::parse("ana").unwrap(), " ", Upload::mp4(Body::empty()));
        assert_eq!(kind(silent), ErrorKind::InvalidArgument);
    }

    #[test]
    fn the_key_says_what_a_verification_is_made_of() {
        use Check::*;
        let key = |claims: &str| {
            use base64::Engine as _;
            let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
            ApiKey::parse(&format!("e30.{claims}.c2ln")).unwrap()
        };
        let checks = |claims: &str| Check::all_for([key(claims)].iter());
        assert_eq!(checks("{}"), [Liveness, Face]);
        assert_eq!(checks(r#"{"selected_services":[]}"#), [Liveness]);
        let voice = r#"{"selected_services":["Voice Recognition"]}"#;
        assert_eq!(checks(voice), [Liveness, Voice]);
        let all =
            r#"{"selected_services":["Face Recognition","Voice Recognition","Face Liveness Detection"]}"#;
        assert_eq!(checks(all), [Liveness, Face, Voice]);
        // Whichever key is in use, the calls are such as it selects.
        assert_eq!(Check::all_for([key(all), key(voice)].iter()), [Liveness, Voice]);
    }
}
