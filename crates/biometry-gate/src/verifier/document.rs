//! Identity documents: checked by the platform, remembered by the digests of their pictures alone.

use biometry_client::{CheckDocument, DocumentCheck, Error, MrzValidation, Reply};
use serde_json::{Map, Value};

use super::claim::Claim;
use super::error::UploadError;
use super::flow::{Begun, Concluded, UploadFlow};
use super::hashed::PictureSeen;
use super::relay::{Files, Relayed, upload_as};
use super::rules::Rules;
use super::sender::Sender;
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::document::{Documents, PictureDigest};
use crate::record::{AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled};
use crate::session::Session;

/// Has an identity document checked.
pub(crate) struct DocumentFlow;

/// What a document check knows from its beginning on.
pub(crate) struct DocumentState {
    session: Option<Session>,
    picture: PictureSeen,
}

/// What follows from the platform's check and the host's rules.
pub(crate) struct DocumentConclusion {
    kept: AuxiliaryOutcome,
    outcome: DocumentOutcome,
}

/// How a document check came out.
pub(crate) enum DocumentOutcome {
    /// It is accepted; this is what the browser may know of it.
    Accepted(Map<String, Value>),
    Rejected,
}

impl UploadFlow for DocumentFlow {
    type State = DocumentState;
    type Answer = DocumentCheck;
    type Conclusion = DocumentConclusion;
    type Outcome = DocumentOutcome;

    const ADMITTED: Option<EventKind> = None;
    const UNANSWERED: EventKind = EventKind::DocumentError;

    async fn begin(&self, sender: &Sender) -> Result<Begun<DocumentState>, UploadError> {
        ensure_consent(&sender.engine, &sender.principal, &[Purpose::Authorization]).await?;
        let session = AuxiliarySession::Live(sender.session.clone());
        let (claim, session) = Claim::auxiliary(sender, session).await?;
        let state = DocumentState { session, picture: PictureSeen::default() };
        Ok(Begun::new(claim, Rules::of(&sender.principal), state))
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &DocumentState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<DocumentCheck>, Error>> + Send, UploadError> {
        let documents = &sender.engine.documents;
        let document = upload_as(files.first, |body| state.picture.watch(body));
        let ask = CheckDocument::new(sender.fullname()?, document).provider(documents.chosen_provider());
        let ask = if documents.needs_mrz() { ask.validate_mrz() } else { ask };
        let ask = ask.context(sender.context_in(state.session.as_ref()));
        let client = sender.client()?;
        Ok(async move { client.check_document(ask).await })
    }

    fn conclude(
        &self,
        sender: &Sender,
        state: &DocumentState,
        relayed: Relayed<DocumentCheck>,
    ) -> Concluded<DocumentConclusion> {
        let (documents, check) = (&sender.engine.documents, relayed.reply.value());
        match state.picture.digest().filter(|_| is_accepted(check, documents)) {
            Some(picture) => {
                let kept = AuxiliaryOutcome::DocumentAccepted(pictures_of(picture, check));
                let outcome = DocumentOutcome::Accepted(documents.disclosed(check.document()));
                Concluded::new(DocumentConclusion { kept, outcome }, EventKind::DocumentAccepted, "")
            }
            None => {
                let (kept, outcome) = (AuxiliaryOutcome::DocumentRejected, DocumentOutcome::Rejected);
                Concluded::new(DocumentConclusion { kept, outcome }, EventKind::DocumentRejected, "")
            }
        }
    }

    async fn settle(
        &self,
        _: &Sender,
        begun: &mut Begun<DocumentState>,
        conclusion: DocumentConclusion,
    ) -> Result<DocumentOutcome, UploadError> {
        match begun.claim.settle_auxiliary(conclusion.kept).await? {
            AuxiliarySettled::TooLate => Err(UploadError::TooLate),
            _ => Ok(conclusion.outcome),
        }
    }
}

/// The platform's pass counts where nothing in its answer speaks against it, the machine-readable zone included where
/// the host asks for it.
fn is_accepted(check: &DocumentCheck, rules: &Documents) -> bool {
    let is_zone_sound = !rules.needs_mrz() || check.mrz().is_some_and(MrzValidation::is_sound);
    check.is_accepted() && is_zone_sound
}

/// The picture that was checked, and the portrait that the platform has cut out of it.
fn pictures_of(picture: PictureDigest, check: &DocumentCheck) -> Vec<PictureDigest> {
    let portrait = check.document().portrait().map(|portrait| PictureDigest::of(&portrait));
    std::iter::once(picture).chain(portrait).collect()
}
