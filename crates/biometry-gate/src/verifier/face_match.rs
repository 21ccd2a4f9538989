//! Face matches: the face in a picture compared with the one in a video.

use biometry_client::{BoxError, Error, FaceMatch, MatchFaces, MatchFile, PlatformSession, Reply, Upload};

use super::claim::Claim;
use super::error::UploadError;
use super::flow::{Begun, Concluded, UploadFlow};
use super::hashed::PictureSeen;
use super::relay::{Files, Relayed, upload, upload_as};
use super::rules::Rules;
use super::sender::Sender;
use crate::audit::EventKind;
use crate::capture::{NextFile, OpenedFile};
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::record::{AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled};
use crate::session::Session;

/// Has the face in a picture compared with the one in a video.
pub(crate) struct MatchFlow {
    pub(crate) video: Video,
}

/// Which video a picture is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Video {
    /// The one that passed in this session, which the platform has kept.
    Sessions,
    /// One that is uploaded with the picture. Who is in it has not been verified.
    Uploaded,
}

/// What a match knows from its beginning on.
pub(crate) struct MatchState {
    session: Session,
    picture: PictureSeen,
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

impl UploadFlow for MatchFlow {
    type State = MatchState;
    type Answer = FaceMatch;
    type Conclusion = AuxiliaryOutcome;
    type Outcome = MatchOutcome;

    const ADMITTED: Option<EventKind> = None;
    const UNANSWERED: EventKind = EventKind::MatchError;

    async fn begin(&self, sender: &Sender) -> Result<Begun<MatchState>, UploadError> {
        ensure_consent(&sender.engine, &sender.principal, &[Purpose::Authorization]).await?;
        let session = AuxiliarySession::Passed(sender.session.clone());
        let (claim, session) = Claim::auxiliary(sender, session).await?;
        let session = session.ok_or(UploadError::Interrupted)?;
        let rules = Rules::of(&sender.principal).session(&session.id);
        Ok(Begun::new(claim, rules, MatchState { session, picture: PictureSeen::default() }))
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &MatchState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<FaceMatch>, Error>> + Send, UploadError> {
        let ask = faces(files, &state.picture, state.session.platform_session.clone())?;
        let context = sender.context_in(Some(&state.session));
        let ask = ask.user(sender.fullname()?).context(context);
        let client = sender.client()?;
        Ok(async move { client.match_faces(ask).await })
    }

    fn conclude(
        &self,
        sender: &Sender,
        state: &MatchState,
        relayed: Relayed<FaceMatch>,
    ) -> Concluded<AuxiliaryOutcome> {
        let (engine, faces) = (&sender.engine, relayed.reply.value());
        let is_match = engine.documents.is_match(faces, engine.settings.scale);
        let kept = match (is_match, self.video, state.picture.digest()) {
            (true, Video::Sessions, Some(picture)) => {
                AuxiliaryOutcome::Matched { picture, document_max_age: engine.documents.lasts() }
            }
            // INVARIANT: a video of the client's choice proves nothing about the person who was verified.
            (true, Video::Uploaded, Some(_)) => AuxiliaryOutcome::Nothing,
            (false, _, _) | (_, _, None) => AuxiliaryOutcome::NotMatched,
        };
        let kind = if is_match { EventKind::FacesMatched } else { EventKind::FacesNotMatched };
        Concluded::new(kept, kind, "")
    }

    async fn settle(
        &self,
        _: &Sender,
        begun: &mut Begun<MatchState>,
        conclusion: AuxiliaryOutcome,
    ) -> Result<MatchOutcome, UploadError> {
        match begun.claim.settle_auxiliary(conclusion).await? {
            AuxiliarySettled::Kept => Ok(MatchOutcome::Matched { of_document: false }),
            AuxiliarySettled::DocumentMatched => Ok(MatchOutcome::Matched { of_document: true }),
            AuxiliarySettled::AttemptsLeft(attempts_left) => Ok(MatchOutcome::NotMatched { attempts_left }),
            AuxiliarySettled::TooLate => Err(UploadError::TooLate),
        }
    }
}

/// The faces to compare, with the files in the order in which they come.
fn faces(files: Files, picture: &PictureSeen, session: PlatformSession) -> Result<MatchFaces, UploadError> {
    let Files { first, next, .. } = files;
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
        (_, None) => Err(UploadError::Interrupted),
    }
}

fn watched(file: OpenedFile, picture: &PictureSeen) -> Upload {
    upload_as(file, |body| picture.watch(body))
}

async fn later(next: NextFile, as_upload: impl FnOnce(OpenedFile) -> Upload) -> Result<Upload, BoxError> {
    Ok(as_upload(next.open().await?))
}

/// The form's name for the picture.
pub(crate) const IMAGE: &str = "image";
