use std::error::Error as _;

use biometry_gate::Denial;
use biometry_gate::principal::{IdentifyError, Principal};
use biometry_gate::store::StoreError;

use crate::login::HostLogin;
use crate::setup::Bank;

/// Who is calling, as the bank has found out in front of gates, mounted routes and handlers.
#[derive(Clone, Debug, Default)]
pub struct Caller(Option<HostLogin>);

impl Caller {
    /// The customer who is logged in, if there is one.
    pub fn login(&self) -> Option<&HostLogin> {
        self.0.as_ref()
    }

    /// The customer as the gate knows them.
    ///
    /// # Errors
    /// When the cookie holds no login that could be one.
    pub fn principal(&self) -> Result<Option<Principal>, IdentifyError> {
        self.login().map(|login| login.principal().map_err(IdentifyError::from)).transpose()
    }
}

impl Bank {
    /// Who is calling with the cookie that holds this login: no customer, where the login has ended.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn caller(&self, login: Option<HostLogin>) -> Result<Caller, Denial> {
        let Some(login) = login else { return Ok(Caller(None)) };
        let has_ended = self.ended_logins.has(&login).await.map_err(unknown)?;
        Ok(Caller((!has_ended).then_some(login)))
    }

    /// Ends the caller's login, if there is one: what they proved is void, and their cookie is refused from then on.
    ///
    /// # Errors
    /// When the store does not take it: a logout that cannot do both is none.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), Denial> {
        let Some(login) = caller.login() else { return Ok(()) };
        if let Ok(owner) = login.principal() {
            self.gate.log_out(&owner).await?;
        }
        self.ended_logins.add(login).await.map_err(unknown)
    }
}

fn unknown(error: StoreError) -> Denial {
    let cause = error.source().map(tracing::field::display);
    tracing::warn!(%error, cause, "it is not known which logins have ended");
    error.into()
}
