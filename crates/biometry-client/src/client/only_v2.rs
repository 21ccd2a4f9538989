//! What only version 2 has.

use super::Client;
use crate::request::v2 as request;
use crate::response::v2 as response;
use crate::{
    ApiVersion, Approval, CheckDeepfake, ConsentState, ConsentTemplate, DeepfakeCheck, DeepfakeCheckId,
    Delivery, Error, ErrorKind, Reply, UserFullname,
};

impl Client {
    /// Records that a user approves a consent template: `POST /api-gateway/v2/consents/{id}/approve/{user}`. There is
    /// no call that takes it back.
    ///
    /// # Errors
    /// See [`ErrorKind`]; [`Unsupported`](ErrorKind::Unsupported) with version 1.
    pub async fn approve_consent(
        &self,
        template: &ConsentTemplate,
        user: &UserFullname,
    ) -> Result<Reply<ConsentState>, Error> {
        self.require_v2()?;
        let call = request::consent::approve(self.target(), template, user)?;
        self.answer(call).await?.parse_v2(response::approvals::parse_approved)
    }

    /// Lists the consent templates a user has approved: `GET /api-gateway/v2/consents/my-approvals/{user}`. Empty where
    /// the platform knows of none (status 404).
    ///
    /// # Errors
    /// See [`ErrorKind`]; [`Unsupported`](ErrorKind::Unsupported) with version 1. A list with an approval by another user
    /// is [`Unparsable`](ErrorKind::Unparsable).
    pub async fn consent_approvals(&self, user: &UserFullname) -> Result<Reply<Vec<Approval>>, Error> {
        self.require_v2()?;
        let call = request::consent::approvals(self.target(), user)?;
        let answer = self.answer(call).await?;
        if answer.is_not_found() {
            return Ok(answer.with_value(Vec::new()));
        }
        answer.parse_v2(|envelope| response::approvals::parse_approvals(envelope, user))
    }

    /// Has a video looked at for signs of forgery, which takes its time:
    /// `POST /api-gateway/v2/deepfake/checks`.
    ///
    /// # Errors
    /// See [`ErrorKind`]; [`Unsupported`](ErrorKind::Unsupported) with version 1.
    pub async fn start_deepfake_check(&self, ask: CheckDeepfake) -> Result<Reply<DeepfakeCheck>, Error> {
        self.require_v2()?;
        let call = ask.into_call(self.target())?;
        let answer = self.answer(call).await?;
        let text = answer.body.clone();
        answer.parse_v2(|envelope| response::deepfake::parse_deepfake_check(envelope, &text))
    }

    /// Asks how far a deepfake check is: `GET /api-gateway/v2/deepfake/checks/{id}`.
    ///
    /// # Errors
    /// See [`ErrorKind`]; [`Unsupported`](ErrorKind::Unsupported) with version 1.
    pub async fn deepfake_check(&self, id: &DeepfakeCheckId) -> Result<Reply<DeepfakeCheck>, Error> {
        self.require_v2()?;
        let call = request::deepfake::look(self.target(), id)?;
        let answer = self.answer(call).await?;
        let text = answer.body.clone();
        answer.parse_v2(|envelope| response::deepfake::parse_deepfake_check(envelope, &text))
    }

    fn require_v2(&self) -> Result<(), Error> {
        match self.version() {
            ApiVersion::V2 => Ok(()),
            ApiVersion::V1 => Err(Error::new(ErrorKind::Unsupported, Delivery::NotSent)),
        }
    }
}
