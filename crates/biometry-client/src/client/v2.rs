//! The calls of version 2, behind the methods both versions share.

use super::Client;
use crate::join::all_or_first_error;
use crate::request::v2 as request;
use crate::request::v2::verification::{Calls, Check};
use crate::response::reply::Meta;
use crate::response::v2 as response;
use crate::{
    CheckDocument, ConsentHistory, ConsentState, ConsentTemplates, Delivery, DocumentCheck, EnrollFace,
    EnrollVoice, Error, ErrorKind, FaceEnrollment, FaceMatch, MatchFaces, PhoneNumber, PlatformSession,
    ProcessVideo, Purpose, Reply, UserFullname, Verification, VoiceEnrollment, Warmup, Withdrawal,
};

impl Client {
    pub(super) async fn start_session_v2(&self, warmup: Warmup) -> Result<Reply<PlatformSession>, Error> {
        let call = request::session::start(self.target(), warmup)?;
        self.answer(call).await?.parse_v2(response::session::parse_started)
    }

    pub(super) async fn end_session_v2(
        &self,
        session: &PlatformSession,
        phone: Option<&PhoneNumber>,
    ) -> Result<Reply<()>, Error> {
        let call = request::session::end(self.target(), session, phone)?;
        self.answer(call).await?.parse_v2(response::session::parse_ended)
    }

    /// Makes all calls that the verification consists of at once, with one video; all of them have to come to their end
    /// and to have read the whole of it.
    pub(super) async fn process_video_v2(&self, ask: ProcessVideo) -> Result<Reply<Verification>, Error> {
        let user = ask.user().clone();
        let checks = Check::all_for(self.keys());
        let Calls { calls, readers } = request::verification::calls(self.target(), &checks, ask)?;
        let user = &user;
        let replies = calls.into_iter().map(|(check, call)| async move {
            let parse =
                |envelope: &response::Envelope<'_>| response::verification::parse_check(envelope, user);
            let unfit = |code: &str| response::verification::unfit(check, code);
            self.answer(call).await?.judge_v2(parse, unfit)
        });
        let replies = all_or_first_error(replies).await.map_err(Error::among_others)?;
        // An answer to a part of the video answers another question.
        let whole = readers.are_whole();
        let reply = replies.into_iter().reduce(response::verification::join).filter(|_| whole);
        reply.ok_or_else(|| Error::new(ErrorKind::Unparsable, Delivery::Answered))
    }

    pub(super) async fn enroll_face_v2(&self, ask: EnrollFace) -> Result<Reply<FaceEnrollment>, Error> {
        let user = ask.user().clone();
        let call = request::enroll::face(self.target(), ask)?;
        let parse = |envelope: &response::Envelope<'_>| response::enroll::parse_face(envelope, &user);
        self.answer(call).await?.judge_v2(parse, response::enroll::unfit_face)
    }

    pub(super) async fn enroll_voice_v2(&self, ask: EnrollVoice) -> Result<Reply<VoiceEnrollment>, Error> {
        let user = ask.user().clone();
        let call = request::enroll::voice(self.target(), ask)?;
        let parse = |envelope: &response::Envelope<'_>| response::enroll::parse_voice(envelope, &user);
        self.answer(call).await?.judge_v2(parse, response::enroll::unfit_voice)
    }

    pub(super) async fn check_document_v2(&self, ask: CheckDocument) -> Result<Reply<DocumentCheck>, Error> {
        let call = request::document::check(self.target(), ask)?;
        self.answer(call).await?.judge_v2(response::document::parse_check, response::document::unfit)
    }

    pub(super) async fn match_faces_v2(&self, ask: MatchFaces) -> Result<Reply<FaceMatch>, Error> {
        let user = ask.named_user()?.clone();
        let call = request::match_faces::compare(self.target(), ask)?;
        let parse = |envelope: &response::Envelope<'_>| response::match_faces::parse_match(envelope, &user);
        self.answer(call).await?.judge_v2(parse, response::match_faces::unfit)
    }

    /// A consent as the approval of its purpose's template.
    pub(super) async fn approve_purpose(
        &self,
        templates: &ConsentTemplates,
        user: &UserFullname,
        purpose: Purpose,
    ) -> Result<Reply<ConsentState>, Error> {
        self.approve_consent(templates.of(purpose), user).await
    }

    /// An approval cannot be taken back, and nothing is sent that says so.
    pub(super) fn refuse_withdrawal(user: &UserFullname) -> Result<Reply<Withdrawal>, Error> {
        request::user_id(user)?;
        Ok(Reply::new(Withdrawal::RefusedByPlatform, Meta::default()))
    }

    pub(super) async fn approved_history(
        &self,
        templates: &ConsentTemplates,
        user: &UserFullname,
    ) -> Result<Reply<ConsentHistory>, Error> {
        let approvals = self.consent_approvals(user).await?;
        Ok(approvals.map(|approvals| response::approvals::to_history(&approvals, templates)))
    }
}
