//! Enrolling people and comparing them with their documents.

use super::Client;
use crate::json::Object;
use crate::response;
use crate::{
    ApiVersion, CheckDocument, DocumentCheck, EnrollFace, EnrollVoice, Error, FaceEnrollment, FaceMatch,
    MatchFaces, Reply, VoiceEnrollment,
};

impl Client {
    /// Enrolls a face: `POST /api-gateway/enroll/face`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). A picture that does not do is a value, not an error.
    pub async fn enroll_face(&self, ask: EnrollFace) -> Result<Reply<FaceEnrollment>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = ask.into_call(self.target())?;
                self.answer(call).await?.parse(response::enroll::parse_face)
            }
            ApiVersion::V2 => self.enroll_face_v2(ask).await,
        }
    }

    /// Enrolls a voice: `POST /api-gateway/enroll/voice`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). A recording that does not do is a value, not an error.
    pub async fn enroll_voice(&self, ask: EnrollVoice) -> Result<Reply<VoiceEnrollment>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = ask.into_call(self.target())?;
                self.answer(call).await?.parse(response::enroll::parse_voice)
            }
            ApiVersion::V2 => self.enroll_voice_v2(ask).await,
        }
    }

    /// Checks and reads an identity document: `POST /api-gateway/docauth/check`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). A document that is not accepted is a value, not an error.
    pub async fn check_document(&self, ask: CheckDocument) -> Result<Reply<DocumentCheck>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let call = ask.into_call(self.target())?;
                self.answer(call).await?.parse(response::document::parse_check)
            }
            ApiVersion::V2 => self.check_document_v2(ask).await,
        }
    }

    /// Compares the faces in a picture and a video: `POST /api-gateway/match-faces`. With version 2 the
    /// [user](MatchFaces::user) has to be named.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Faces that do not match are a value, not an error.
    pub async fn match_faces(&self, ask: MatchFaces) -> Result<Reply<FaceMatch>, Error> {
        match self.version() {
            ApiVersion::V1 => {
                let user = ask.named_user().ok().cloned();
                let call = ask.into_call(self.target())?;
                let parse = |root: &Object| response::match_faces::parse_match(root, user.as_ref());
                self.answer(call).await?.parse(parse)
            }
            ApiVersion::V2 => self.match_faces_v2(ask).await,
        }
    }
}
