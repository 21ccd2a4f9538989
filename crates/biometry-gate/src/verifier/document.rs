//! Identity documents: checked by the platform, remembered by the digests of their pictures alone.

use std::sync::Arc;

use biometry_client::{CheckDocument, DocumentCheck, MrzValidation, Reply, RequestId};
use serde_json::{Map, Value};

use super::admission::{Sender, admit, context, fullname};
use super::error::VerifyError;
use super::hashed::PictureSeen;
use super::relay::{Files, relay, upload_as};
use super::rules::Rules;
use super::side_claim::SideClaim;
use super::{Judged, Submission};
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::document::{Documents, PictureDigest};
use crate::engine::Engine;
use crate::ledger::{SideOutcome, SideSession, SideSettled};
use crate::principal::Principal;

/// What the platform and the host's rules make of a document.
pub(crate) enum DocumentOutcome {
    /// It is accepted; this is what the browser may know of it.
    Accepted(Map<String, Value>),
    Rejected,
}

/// Has a document checked.
pub(crate) async fn check_document(
    engine: &Arc<Engine>,
    submission: Submission,
) -> Result<Judged<DocumentOutcome>, VerifyError> {
    let work = Box::pin(check(Arc::clone(engine), submission));
    engine.tasks.spawn(work).await.unwrap_or(Err(VerifyError::Interrupted))
}

async fn check(engine: Arc<Engine>, submission: Submission) -> Result<Judged<DocumentOutcome>, VerifyError> {
    let Submission { owner, session, about, arrival } = submission;
    let entry = async {
        ensure_consent(&engine, &owner, &[Purpose::Authorization]).await?;
        SideClaim::begin(&engine, &owner, SideSession::Live(session)).await
    };
    let ((_slot, ticket), claim, arrival) = admit(&engine, &owner, arrival, entry).await?;
    let picture = PictureSeen::default();
    let sender = Sender { owner: &owner, unanswered: EventKind::DocumentError };
    let ask = |files: Files| {
        let document = upload_as(files.first, |body| picture.watch(body));
        let ask = CheckDocument::new(fullname(&owner)?, document);
        let ask = ask.provider(engine.documents.chosen_provider());
        let ask = if engine.documents.needs_mrz() { ask.validate_mrz() } else { ask };
        Ok(engine.project(&owner)?.client.check_document(ask.context(claim.join(context(&engine, about)))))
    };
    let (reply, _) = match ticket.end(relay(&engine, &sender, arrival, Rules::of(&owner), ask).await) {
        Ok(relayed) => relayed,
        Err(error) => {
            claim.release().await;
            return Err(error);
        }
    };
    let accepted = picture.digest().filter(|_| is_accepted(reply.value(), &engine.documents));
    tell(&engine, &owner, &reply, accepted.is_some())?;
    let fields = accepted.is_some().then(|| engine.documents.disclosed(reply.value().document()));
    let outcome = accepted.map_or(SideOutcome::DocumentRejected, |picture| {
        SideOutcome::DocumentAccepted(pictures_of(picture, reply.value()))
    });
    if claim.settle(outcome).await? == SideSettled::TooLate {
        return Err(VerifyError::TooLate);
    }
    Ok(Judged::of(reply).map(|_| fields.map_or(DocumentOutcome::Rejected, DocumentOutcome::Accepted)))
}

/// A result that the audit trail has to know and does not take is none.
fn tell(
    engine: &Engine,
    owner: &Principal,
    reply: &Reply<DocumentCheck>,
    is_accepted: bool,
) -> Result<(), VerifyError> {
    let kind = if is_accepted { EventKind::DocumentAccepted } else { EventKind::DocumentRejected };
    let event = engine.audit.event(kind, owner);
    let event = event.platform_request(reply.request_id().map(RequestId::as_str));
    engine.audit.try_record(&event).map_err(|_| VerifyError::Interrupted)
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
