//! `process-video`: the verification itself.

use super::Call;
use crate::form::Form;
use crate::reply::{Refusal, Reply};
use crate::shape;
use crate::state::{Person, Purpose};
use crate::verification::{Capture, Standing, Verification, verify};

pub(super) fn process(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let phrase = form.text("phrase").ok_or(super::PHRASE_REQUIRED)?;
    form.file("video").ok_or(super::VIDEO_REQUIRED)?;
    let says = says(call);
    let verification = verify(&Capture {
        subject: call.request.user.as_deref(),
        persona: call.persona,
        phrase,
        says: says.as_deref(),
        selected: call.request.key.services,
        standing: standing(call),
        first_run: call.settings.first_run,
    });
    remember(call, &verification);
    let body = shape::video(call.settings.shape, call.settings.scale, &verification);
    Ok(Reply::json_text(body)
        .flag("x-removed-services", verification.removed)
        .flag("x-auto-enroll", verification.enrolling))
}

/// What the user's captures say, where a test has said so.
pub(super) fn says(call: &mut Call<'_>) -> Option<String> {
    let user = call.request.user.clone()?;
    call.project().person(&user).says.clone()
}

pub(super) fn standing(call: &mut Call<'_>) -> Standing {
    let Some(user) = call.request.user.clone() else { return Standing::default() };
    let person: &Person = call.project().person(&user);
    Standing {
        authorization: person.consents_to(Purpose::Authorization),
        storage: person.consents_to(Purpose::Storage),
        face_enrolled: person.face_enrolled,
        voice_enrolled: person.voice_enrolled,
    }
}

/// The enrolment that the header announces happens in the background; here it is done by the time of the reply.
fn remember(call: &mut Call<'_>, verification: &Verification) {
    let request = call.request;
    if let Some(id) = request.session.as_deref() {
        remember_video(call, id);
    }
    if let Some(user) = request.user.as_deref().filter(|_| verification.enrolling) {
        call.project().person(user).enroll(request.key.services);
    }
    call.record_transaction();
}

/// What a face match may use again.
pub(super) fn remember_video(call: &mut Call<'_>, session: &str) {
    if let Ok(session) = call.project().sessions.enter(session, None) {
        session.has_video = true;
    }
}
