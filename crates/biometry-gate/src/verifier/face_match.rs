//! Faces held against each other: the one in a picture, and the one in a video.

use std::sync::Arc;

use biometry_client::{
    BoxError, FaceMatch, MatchFaces, MatchFile, PlatformSession, Reply, RequestId, Upload,
};

use super::admission::{Sender, admit, context, fullname};
use super::error::VerifyError;
use super::hashed::PictureSeen;
use super::relay::{Files, relay, upload, upload_as};
use super::rules::Rules;
use super::side_claim::SideClaim;
use super::{Judged, Submission};
use crate::audit::EventKind;
use crate::capture::{NextFile, OpenedFile};
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::engine::Engine;
use crate::ledger::{SideOutcome, SideSession, SideSettled};
use crate::principal::Principal;

/// Which video a picture is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Video {
    /// The one that passed in this session, which the platform has kept.
    Sessions,
    /// One that is uploaded with the picture. Nobody has verified who is in it.
    Uploaded,
}

/// Whether the faces match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchOutcome {
    /// They do.
    Matched {
        /// Whether the verified face is the one in the document that this session has accepted.
        of_document: bool,
    },
    /// They do not.
    NotMatched { attempts_left: u32 },
}

/// Has the face in a picture compared with the one in a video.
pub(crate) async fn match_faces(
    engine: &Arc<Engine>,
    video: Video,
    submission: Submission,
) -> Result<Judged<MatchOutcome>, VerifyError> {
    let work = Box::pin(compare(Arc::clone(engine), video, submission));
    engine.tasks.spawn(work).await.unwrap_or(Err(VerifyError::Interrupted))
}

async fn compare(
    engine: Arc<Engine>,
    video: Video,
    submission: Submission,
) -> Result<Judged<MatchOutcome>, VerifyError> {
    let Submission { owner, session, about, arrival } = submission;
    let entry = async {
        ensure_consent(&engine, &owner, &[Purpose::Authorization]).await?;
        let claim = SideClaim::begin(&engine, &owner, SideSession::Passed(session)).await?;
        let session = claim.session().cloned().ok_or(VerifyError::Interrupted)?;
        Ok((claim, session))
    };
    let ((_slot, ticket), (claim, session), arrival) = admit(&engine, &owner, arrival, entry).await?;
    let picture = PictureSeen::default();
    let sender = Sender { owner: &owner, unanswered: EventKind::MatchError };
    let ask = |files: Files| {
        let ask = ask_for(files, &picture, session.platform_session.clone())?.user(fullname(&owner)?);
        Ok(engine.project(&owner)?.client.match_faces(ask.context(claim.join(context(&engine, about)))))
    };
    let rules = Rules::of(&owner).session(&session.id);
    let (reply, _) = match ticket.end(relay(&engine, &sender, arrival, rules, ask).await) {
        Ok(relayed) => relayed,
        Err(error) => {
            claim.release().await;
            return Err(error);
        }
    };
    let is_match = engine.documents.is_match(reply.value(), engine.settings.scale);
    tell(&engine, &owner, &reply, is_match)?;
    let outcome = match (is_match, video, picture.digest()) {
        (true, Video::Sessions, Some(picture)) => {
            SideOutcome::Matched { picture, document_max_age: engine.documents.lasts() }
        }
        // INVARIANT: whoever is in a video of the client's choice, it proves nothing about the one who was verified.
        (true, Video::Uploaded, Some(_)) => SideOutcome::Nothing,
        (false, _, _) | (_, _, None) => SideOutcome::NotMatched,
    };
    let outcome = match claim.settle(outcome).await? {
        SideSettled::Kept => MatchOutcome::Matched { of_document: false },
        SideSettled::DocumentMatched => MatchOutcome::Matched { of_document: true },
        SideSettled::AttemptsLeft(attempts_left) => MatchOutcome::NotMatched { attempts_left },
        SideSettled::TooLate => return Err(VerifyError::TooLate),
    };
    Ok(Judged::of(reply).map(|_| outcome))
}

/// The call, with the files in the order in which they come.
fn ask_for(files: Files, picture: &PictureSeen, session: PlatformSession) -> Result<MatchFaces, VerifyError> {
    let Files { first, next } = files;
    let picture = picture.clone();
    match (first.field, next) {
        (IMAGE, None) => Ok(MatchFaces::with_session_video(watched(first, &picture), session)),
        (IMAGE, Some(next)) => {
            Ok(MatchFaces::arriving(MatchFile::Image, watched(first, &picture), later(next, upload)))
        }
        (_, Some(next)) => {
            let image = later(next, move |file| watched(file, &picture));
            Ok(MatchFaces::arriving(MatchFile::Video, upload(first), image))
        }
        (_, None) => Err(VerifyError::Interrupted),
    }
}

fn watched(file: OpenedFile, picture: &PictureSeen) -> Upload {
    upload_as(file, |body| picture.watch(body))
}

async fn later(next: NextFile, as_upload: impl FnOnce(OpenedFile) -> Upload) -> Result<Upload, BoxError> {
    Ok(as_upload(next.open().await?))
}

/// A result that the audit trail has to know and does not take is none.
fn tell(
    engine: &Engine,
    owner: &Principal,
    reply: &Reply<FaceMatch>,
    is_match: bool,
) -> Result<(), VerifyError> {
    let kind = if is_match { EventKind::FacesMatched } else { EventKind::FacesNotMatched };
    let event = engine.audit.event(kind, owner);
    let event = event.platform_request(reply.request_id().map(RequestId::as_str));
    engine.audit.try_record(&event).map_err(|_| VerifyError::Interrupted)
}

/// The form's name for the picture.
pub(crate) const IMAGE: &str = "image";
