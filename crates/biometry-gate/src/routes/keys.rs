use super::answer::Answer;
use super::call::Call;
use super::no_route;
use crate::challenge::Problem;

/// The public keys of receipts, for services that verify them.
pub(super) fn show(call: &Call) -> Result<Answer, Problem> {
    let engine = call.engine();
    let issuer = engine.receipts.as_ref().ok_or_else(no_route)?;
    Ok(Answer::new(issuer.key_set(engine.now())))
}
