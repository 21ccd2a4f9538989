use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;
use crate::operations::MOST_DECIMALS;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) listen: SocketAddr,
    /// The secret that the proxy puts into `X-Forward-Secret`.
    pub(crate) secret_file: Option<PathBuf>,
    #[serde(default = "mount")]
    pub(crate) mount: String,
    pub(crate) public_origin: String,
    pub(crate) step_up_page: Option<String>,
    /// nginx's named location that a request with a body is handed over to.
    pub(crate) handover: Option<String>,
    pub(crate) platform: PlatformSettings,
    pub(crate) caller: Caller,
    #[serde(default)]
    pub(crate) store: Store,
    pub(crate) receipts: Receipts,
    pub(crate) operations: Option<Operations>,
    #[serde(rename = "policy")]
    pub(crate) policies: Vec<PolicySettings>,
    #[serde(rename = "rule")]
    pub(crate) rules: Vec<RuleSettings>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    pub(crate) key_file: PathBuf,
    pub(crate) base_url: Option<String>,
}

/// Who is calling: what headers of the proxy's say, or a token of the identity provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Caller {
    pub(crate) user_header: Option<String>,
    /// The key of the login session, in a header or in a cookie.
    pub(crate) session_header: Option<String>,
    pub(crate) session_cookie: Option<String>,
    pub(crate) token: Option<TokenSettings>,
}

/// A signed JWT that names the user and their login session.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    /// Where it stands; after `Bearer` where it has that scheme.
    #[serde(default = "authorization")]
    pub(crate) header: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    /// Where the provider's JSON Web Key Set is: an address, or a file.
    pub(crate) keys_url: Option<String>,
    pub(crate) keys_file: Option<PathBuf>,
    #[serde(default = "sub")]
    pub(crate) user_claim: String,
    #[serde(default = "sid")]
    pub(crate) session_claim: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    /// `redis://…`; in memory without it.
    pub(crate) url: Option<String>,
    pub(crate) secret_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipts {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) key_file: PathBuf,
    #[serde(default)]
    pub(crate) publish_files: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) with_subject: bool,
}

/// The application registers operations by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operations {
    pub(crate) secret_file: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicySettings {
    pub(crate) name: String,
    pub(crate) min_score: f64,
    #[serde(default = "max_age")]
    pub(crate) max_age_secs: u64,
    /// Whether it approves operations one by one.
    #[serde(default)]
    pub(crate) approves_operations: bool,
    #[serde(default)]
    pub(crate) single_use: bool,
    /// Whether its operations are spoken, and how.
    pub(crate) speaks: Option<Speaks>,
}

/// How amounts are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Speaks {
    /// Digit by digit.
    Whole,
    /// Long ones by their length and their first digits.
    Shortened,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSettings {
    /// A path, or with `/*` at its end all paths below.
    pub(crate) path: String,
    pub(crate) methods: Vec<String>,
    pub(crate) policy: String,
    pub(crate) operation: Option<OperationSource>,
    /// What the person sees of an operation that is made of method and address.
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) show: Vec<Shown>,
}

/// What an operation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OperationSource {
    /// Method and address.
    Request,
    /// What the application has registered.
    Registered,
    /// The JSON body, which nginx hands over.
    Body,
}

/// A line that the person sees: a label, and where its value stands in the body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    pub(crate) label: String,
    pub(crate) pointer: String,
    /// Whether the person says the value, and what it is.
    pub(crate) spoken: Option<SpokenAs>,
}

/// What a spoken value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpokenAs {
    /// Digits as they are.
    Digits,
    /// An amount with so many digits behind the point.
    Decimals(u8),
}

impl File {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.secret_file.is_none() && !self.listen.ip().is_loopback() {
            return Err(ConfigError::new(
                "`listen` can be reached from other machines, and any of them could say who is calling: give \
                 `secret_file` a secret that the proxy puts into X-Forward-Secret, or listen on 127.0.0.1",
            ));
        }
        self.caller.check()?;
        if self.caller.token.is_some() && !self.receipts.with_subject {
            return Err(ConfigError::new(
                "`caller.token` needs `with_subject = true` under [receipts]: the application acts for whom the token names, \
                 and a client may send another user's cookie beside it",
            ));
        }
        if !(1..=256).contains(&self.receipts.audience.len())
            || !self.receipts.audience.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(ConfigError::new("`receipts`: an `audience` has 1 to 256 visible ASCII characters"));
        }
        if self.handover.as_deref().is_some_and(|place| !is_named_location(place)) {
            return Err(ConfigError::new("`handover` is one of nginx's named locations: @app, for example"));
        }
        if self.rules.is_empty() {
            return Err(ConfigError::new("there is no [[rule]]: every request would be refused"));
        }
        self.rules.iter().try_for_each(|rule| self.check_rule(rule))
    }

    fn check_rule(&self, rule: &RuleSettings) -> Result<(), ConfigError> {
        let wrong = |what: &str| Err(ConfigError::new(format!("the rule for {}: {what}", rule.path)));
        if rule.methods.is_empty() {
            return wrong("`methods` lists none, so that it would stand for no request");
        }
        let decimals = |line: &Shown| matches!(line.spoken, Some(SpokenAs::Decimals(decimals)) if decimals > MOST_DECIMALS);
        if rule.show.iter().any(decimals) {
            return wrong("an amount that is spoken has at most three `decimals`");
        }
        let policy = self.policies.iter().find(|policy| policy.name == rule.policy);
        match rule.operation {
            Some(OperationSource::Request) if rule.title.as_deref().unwrap_or_default().is_empty() => {
                wrong("an operation made of the request needs a `title` that the person sees")
            }
            Some(OperationSource::Request) if policy.is_some_and(|policy| policy.speaks.is_some()) => {
                wrong("its policy `speaks`, and nothing of an operation made of the request is spoken")
            }
            Some(OperationSource::Body)
                if policy
                    .is_some_and(|policy| policy.speaks.is_some() != rule.show.iter().any(is_spoken)) =>
            {
                wrong(
                    "a policy that `speaks` takes lines of `show` that are `spoken`, and one that does not takes none",
                )
            }
            Some(OperationSource::Registered) if self.operations.is_none() => {
                wrong("registered operations need [operations] with the application's `secret_file`")
            }
            Some(OperationSource::Body) if self.handover.is_none() => wrong(
                "an operation in the body needs `handover`, the location that nginx hands the request over to",
            ),
            Some(OperationSource::Body) if rule.show.is_empty() => {
                wrong("an operation in the body needs `show`, the lines that the person sees")
            }
            _ => Ok(()),
        }
    }
}

impl Caller {
    fn check(&self) -> Result<(), ConfigError> {
        let Self { user_header, session_header, session_cookie, token } = self;
        match (token, user_header) {
            (Some(_), _) if user_header.is_some() || session_header.is_some() || session_cookie.is_some() => {
                Err(ConfigError::new(
                    "`caller` has `token` and names of headers: who is calling is said in one way",
                ))
            }
            (Some(token), _) => token.check(),
            (None, None) => Err(ConfigError::new(
                "`caller` needs `user_header`, in which the proxy says who is calling, or `token`",
            )),
            (None, Some(_)) if session_header.is_some() == session_cookie.is_some() => Err(ConfigError::new(
                "`caller` needs either `session_header` or `session_cookie`: a proof belongs to one login session",
            )),
            (None, Some(user))
                if session_header.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(user)) =>
            {
                Err(ConfigError::new("`caller`: the session stands in another header than the user"))
            }
            (None, Some(_)) => Ok(()),
        }
    }
}

impl TokenSettings {
    fn check(&self) -> Result<(), ConfigError> {
        let texts = [&self.header, &self.issuer, &self.audience, &self.user_claim, &self.session_claim];
        if texts.into_iter().any(String::is_empty) {
            return Err(ConfigError::new("`caller.token`: a setting is empty; leave it out for its default"));
        }
        if self.keys_url.is_some() == self.keys_file.is_some() {
            return Err(ConfigError::new(
                "`caller.token` needs either `keys_url` or `keys_file`: the provider's keys, as its JSON Web Key Set",
            ));
        }
        if self.user_claim == self.session_claim {
            return Err(ConfigError::new(
                "`caller.token`: `session_claim` names one login session, and `user_claim` the user of all of them",
            ));
        }
        Ok(())
    }
}

fn is_spoken(line: &Shown) -> bool {
    line.spoken.is_some()
}

/// Anything else would be an address, which nginx asks for with GET.
fn is_named_location(place: &str) -> bool {
    let name = place.strip_prefix('@').unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn mount() -> String {
    "/biometry".to_owned()
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn sub() -> String {
    "sub".to_owned()
}

fn sid() -> String {
    "sid".to_owned()
}

fn max_age() -> u64 {
    300
}
