use std::fmt;
use std::time::{Duration, SystemTime};

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::Limits;
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::enrollment::Asked;
use biometry_gate::gate::Builder;
use biometry_gate::policy::Policy;
use biometry_gate::principal::{Identify, Principal};
use biometry_gate::strict_http::ConnectionLimits;
use biometry_gate::{BiometryGate, CaptureLimits};
use biometry_sandbox::Sandbox;
use sha2::{Digest as _, Sha256};

use crate::accounts::Accounts;
use crate::config::{Config, SessionSecret};
use crate::ended::EndedLogins;
use crate::scrapes::Scrapes;
use crate::store::OpenStore;

/// The bank, ready to be served by a web framework.
#[derive(Debug)]
pub struct Bank {
    /// The gate with the policies `statement`, `transfer`, `login` and `limits`.
    pub gate: BiometryGate,
    /// Everybody's account.
    pub accounts: Accounts,
    /// The platform's stand-in, where no key is configured.
    pub sandbox: Option<Sandbox>,
    /// Which pages may change anything.
    pub own_site: CrossSite,
    /// How long connections are waited for: behind an early answer, as long as an upload may take.
    pub connections: ConnectionLimits,
    /// Which logins have ended before their cookies: in the store that replicas share, where there is one.
    pub ended_logins: EndedLogins,
    /// Where decisions are kept, to be closed once the last request has been served.
    pub store: OpenStore,
    /// What `/metrics` answers, where there is a `METRICS_TOKEN`.
    pub scrapes: Option<Scrapes>,
    /// Whether no other process finds its records in a shared store, because no secret was set.
    is_alone: bool,
}

/// The bank cannot be set up. The message says why.
pub struct SetupError(String);

impl Bank {
    /// Sets the bank up; starts the embedded sandbox where no platform key is configured.
    ///
    /// # Errors
    /// When the sandbox cannot listen, the store cannot be used, or the gate refuses its configuration.
    pub async fn open(config: Config, identify: impl Identify) -> Result<Self, SetupError> {
        Self::open_with(config, identify, |gate| gate).await
    }

    /// [`open`](Self::open), with a last word on how the gate is built: another store, another clock.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(
        config: Config,
        identify: impl Identify,
        adjust: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, SetupError> {
        let (base, key, sandbox) = match &config.platform {
            Some((base, key)) => (base.clone(), key.clone(), None),
            None => embedded().await?,
        };
        let scrapes = config.metrics_token.as_ref().map(Scrapes::install).transpose();
        let scrapes = scrapes.map_err(|error| SetupError(format!("METRICS_TOKEN: {error}")))?;
        let client = Client::builder(base, key).version(config.version).connect().map_err(SetupError::new)?;
        let mut gate = gate(client, identify, &config);
        if let Some(secret) = &config.session_secret {
            gate = gate.audit(|audit| audit.key(audit_key(secret)));
        }
        let (mut is_alone, mut opened) = (false, OpenStore::default());
        let store = config.store.open(config.session_secret.as_ref(), config.store_timeout);
        if let Some((store, open)) = store.await.map_err(|error| SetupError(format!("STORE_URL: {error}")))? {
            (gate, opened) = (gate.shared_store(store), open);
            is_alone = config.session_secret.is_none();
        }
        let gate = adjust(gate).build().map_err(SetupError::new)?;
        let own_site = config.own_site();
        let connections = ConnectionLimits::default().with_uploads(uploads(&config));
        let accounts = Accounts::default();
        let ended_logins = opened.ended_logins();
        Ok(Self {
            gate,
            accounts,
            sandbox,
            own_site,
            connections,
            ended_logins,
            store: opened,
            scrapes,
            is_alone,
        })
    }
}

impl Bank {
    /// What the program says when it starts.
    pub fn banner(&self) -> String {
        let platform = match self.sandbox {
            Some(_) => {
                "the embedded sandbox stands in for the platform: set BIOMETRY_API_KEY for the real one"
            }
            None => "verifications go to the platform that BIOMETRY_BASE_URL names",
        };
        let alone =
            "no SESSION_SECRET is set: no other process, and no later start, finds what is kept in STORE_URL";
        if self.is_alone { format!("{platform}\n{alone}") } else { platform.to_owned() }
    }
}

async fn embedded() -> Result<(BaseUrl, ApiKey, Option<Sandbox>), SetupError> {
    let sandbox = Sandbox::start().await.map_err(SetupError::new)?;
    let base = BaseUrl::parse(&sandbox.base_url()).map_err(SetupError::new)?;
    let key = ApiKey::parse(&sandbox.mint_key()).map_err(SetupError::new)?;
    Ok((base, key, Some(sandbox)))
}

/// The same on every replica, and apart from what else the secret is for.
fn audit_key(secret: &SessionSecret) -> [u8; 32] {
    Sha256::new().chain_update(b"bank/audit/1").chain_update(secret.as_bytes()).finalize().into()
}

fn gate(client: Client, identify: impl Identify, config: &Config) -> Builder {
    let statement = Policy::for_session("statement", config.threshold).max_age(config.statement_max_age);
    // The person says the amount; of one that is too long for a phrase, its length and its first digits.
    let transfer = Policy::for_operation("transfer", config.threshold)
        .max_age(config.transfer_max_age)
        .speak_operation_shortened();
    let login = Policy::for_session("login", config.threshold).single_use();
    let limits = Policy::for_session("limits", config.threshold)
        .max_age(config.statement_max_age)
        .require_document_match();
    BiometryGate::builder(client, identify)
        .policy(statement)
        .policy(transfer)
        .policy(login)
        .policy(limits)
        .login(|login| login.policy("login"))
        .enrollment_guard(|asked: &Asked<'_>| has_just_logged_in(asked.caller(), SystemClock.now()))
        .limits(
            Limits::default()
                .starts(config.max_starts, config.starts_window)
                .failures(config.max_failures, config.cool_down),
        )
        .capture_limits(uploads(config))
        .challenge_ttl(config.challenge_ttl)
        .platform(|platform| {
            let platform = platform.score_scale(config.scale).timeout(config.platform_timeout);
            platform.max_uploads(config.max_uploads)
        })
        .store_timeout(config.store_timeout)
        .cross_site(config.own_site())
        .refusing(|refusing| refusing.realm("bank"))
}

/// What an upload may take, which the gate and the listener have to agree on.
fn uploads(config: &Config) -> CaptureLimits {
    CaptureLimits::default()
        .with_first_byte(config.upload_idle)
        .with_idle(config.upload_idle)
        .with_total(config.upload_total)
        .with_least_rate(config.upload_least_rate.into())
}

/// The demonstration's other factor: a user who logged in a moment ago may enroll. A real bank asks for more.
fn has_just_logged_in(caller: &Principal, now: SystemTime) -> bool {
    let age = caller.login_time().and_then(|at| now.duration_since(at).ok());
    age.is_some_and(|age| age <= ENROLLMENT_WINDOW)
}

impl SetupError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SetupError {}

const ENROLLMENT_WINDOW: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::HostLogin;
    use biometry_gate::principal::HostSession;

    #[test]
    fn a_login_opens_enrollment_for_five_minutes() {
        let since = Duration::from_secs(1_000_000);
        let caller = HostLogin::new("ana@example.com", since).unwrap().principal().unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + since + Duration::from_secs(seconds);
        assert!(has_just_logged_in(&caller, at(0)) && has_just_logged_in(&caller, at(300)));
        assert!(!has_just_logged_in(&caller, at(301)));
        assert!(!has_just_logged_in(&caller, SystemTime::UNIX_EPOCH), "a login of the future");
        let undated = Principal::new("ana@example.com", HostSession::parse("session").unwrap()).unwrap();
        assert!(!has_just_logged_in(&undated, at(0)));
    }
}
