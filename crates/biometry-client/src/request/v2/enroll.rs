//! `POST /api-gateway/v2/enrollments/face` and `…/voice`.

use super::super::enroll::IsDocument;
use super::super::multipart::Form;
use super::super::{Call, Target, unfit};
use super::{Part, upload};
use crate::wire::to_json;
use crate::{EnrollFace, EnrollVoice, Error};

pub(crate) fn face(target: Target<'_>, ask: EnrollFace) -> Result<Call, Error> {
    let plain = Part::about(&ask.user)?;
    let document = Part { is_document: Some(true), ..Part::about(&ask.user)? };
    let form = match ask.is_document {
        IsDocument::Known(false) => plain.form()?.file("face", "face", ask.face),
        IsDocument::Known(true) => document.form()?.file("face", "face", ask.face),
        IsDocument::Later(is_document) => {
            let (plain, document) = (to_json(&plain), to_json(&document));
            let form = Form::new()?.file("face", "face", ask.face);
            form.late_field("request", move || Some(if is_document() { document } else { plain }))
        }
    };
    upload("enroll_face", target, "/api-gateway/v2/enrollments/face", &ask.context)?.multipart(form)
}

pub(crate) fn voice(target: Target<'_>, ask: EnrollVoice) -> Result<Call, Error> {
    if ask.phrase.trim().is_empty() {
        return Err(unfit());
    }
    let (phrase, vocabulary) = (Some(ask.phrase.as_str()), ask.vocabulary.as_deref());
    let part = Part { phrase, vocabulary, ..Part::about(&ask.user)? };
    let form = part.form()?.file("voice", "voice", ask.voice);
    upload("enroll_voice", target, "/api-gateway/v2/enrollments/voice", &ask.context)?.multipart(form)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{read_text, target};
    use super::*;
    use crate::{Body, Upload, UserFullname};

    #[test]
    fn a_face_and_a_voice_come_after_what_is_said_of_them() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let user = || UserFullname::parse("ana").unwrap();
        let file = || Upload::mp4(Body::from_bytes("bytes"));
        let call = face(target, EnrollFace::new(user(), file()).from_document()).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/enrollments/face");
        let body = read_text(call);
        assert!(
            body.contains("name=\"request\"\r\n\r\n{\"user_id\":\"ana\",\"is_document\":true}\r\n"),
            "{body}"
        );
        assert!(body.contains("name=\"face\"; filename=\"face.mp4\""));
        assert!(!read_text(face(target, EnrollFace::new(user(), file())).unwrap()).contains("is_document"));

        for (late, said) in
            [(true, r#"{"user_id":"ana","is_document":true}"#), (false, r#"{"user_id":"ana"}"#)]
        {
            let ask = EnrollFace::new(user(), file()).from_document_if(move || late);
            let body = read_text(face(target, ask).unwrap());
            assert!(body.contains("bytes\r\n--") && body.contains(said), "{body}");
            assert_eq!(body.matches("name=\"request\"").count(), 1);
        }

        let ask = EnrollVoice::new(user(), "one two", file()).vocabulary("en_digits");
        let call = voice(target, ask).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/v2/enrollments/voice");
        let body = read_text(call);
        assert!(body.contains(r#"{"user_id":"ana","phrase":"one two","vocabulary":"en_digits"}"#), "{body}");
        assert!(body.contains("name=\"voice\"; filename=\"voice.mp4\""));
        assert!(voice(target, EnrollVoice::new(user(), " ", file())).is_err());
    }
}
