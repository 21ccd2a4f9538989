//! The builder's group for refusals.

use std::fmt;
use std::sync::Arc;

use crate::challenge::{ChallengeParams, Scheme};
use crate::denial::Render;
use crate::engine::ConfigError;
use crate::engine::step_up_page::{StepUpPage, is_own_path};

/// How gates refuse, and where they send people; a group of [`Builder::refusing`](super::Builder::refusing).
///
/// ```
/// # use biometry_gate::Builder;
/// # fn set(builder: Builder) -> Builder {
/// builder.refusing(|refusing| {
///     refusing.mounted_at("/biometry").step_up_page("/step-up").alternative("/mfa")
/// })
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Refusing {
    scheme: String,
    realm: String,
    page: Option<String>,
    mount: Option<String>,
    pub(super) alternative: Option<String>,
    pub(super) disclose_reasons: bool,
    pub(super) render: Option<Arc<dyn Render>>,
}

impl Default for Refusing {
    fn default() -> Self {
        Self {
            scheme: "Bearer".to_owned(),
            realm: "biometry".to_owned(),
            page: None,
            mount: None,
            alternative: None,
            disclose_reasons: false,
            render: None,
        }
    }
}

impl Refusing {
    /// The authentication scheme that challenges name; `Bearer` by default (RFC 9470). It has to be a token;
    /// [`build`](crate::Builder::build) refuses `Basic` and `Negotiate`, for which browsers ask for a password.
    pub fn scheme(mut self, scheme: &str) -> Self {
        scheme.clone_into(&mut self.scheme);
        self
    }

    /// The realm that challenges name; `biometry` by default. Characters that a quoted string cannot hold are left out;
    /// [`build`](crate::Builder::build) refuses control characters, and a name of which nothing is left.
    pub fn realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// The page, `/step-up` for example, to which browsers that navigate to a gated page are sent with 303 and the
    /// parameters `return` and `policy`. None by default: browsers then get the problem, as other clients do. With the
    /// feature `ui` there is a ready one below the mount: `/biometry/ui/`.
    ///
    /// The page hands `return` to `GET /session?return=…`, which answers the place to go back to as `return_to`, once,
    /// after a pass. A path that is not the host's own is refused at [`build`](crate::Builder::build).
    pub fn step_up_page(mut self, path: &str) -> Self {
        self.page = Some(path.to_owned());
        self
    }

    /// Where the routes are mounted, `/biometry` for example, without a slash at its end. The links of challenges are
    /// then paths from the host's root, which a client resolves as it resolves any link. By default they are relative
    /// to the mount, whose place a client has to know.
    pub fn mounted_at(mut self, mount: &str) -> Self {
        self.mount = Some(mount.to_owned());
        self
    }

    /// A way through for people who cannot or do not want to use their biometrics, `/mfa` for example: refusals name it
    /// as `alternative`. A path of this host, or an address with its scheme, `https://help.example/mfa`. None by default;
    /// consent is free only where refusing it leads somewhere.
    pub fn alternative(mut self, href: &str) -> Self {
        self.alternative = Some(href.to_owned());
        self
    }

    /// Renders denials of gated routes in another way; see [`Render`]. By default they are problems. A layer may have
    /// [another renderer](crate::BiometryGateLayer::render). The mounted routes always answer problems.
    pub fn render(mut self, render: impl Render) -> Self {
        self.render = Some(Arc::new(render));
        self
    }

    /// Shows the browser which checks fell short, as `reasons` of a failed verification. Off by default, because an
    /// attacker with forged videos learns from it which one to improve. It is a
    /// [lint](crate::gate::LintKind::ReasonsDisclosed).
    pub fn dangerous_disclose_reasons(mut self) -> Self {
        self.disclose_reasons = true;
        self
    }

    pub(super) fn params(&self) -> Result<ChallengeParams, ConfigError> {
        let scheme = Scheme::parse(&self.scheme).ok_or_else(|| {
            ConfigError::new(
                "the challenge scheme has to be a token such as Bearer, and not one that browsers prompt for: correct \
                 `Refusing::scheme`",
            )
        })?;
        let is_shown = self.realm.bytes().any(|byte| byte.is_ascii_graphic());
        if !is_shown || self.realm.chars().any(char::is_control) {
            return Err(ConfigError::new(
                "a realm is a name to be shown, in ascii and on one line: correct `Refusing::realm`",
            ));
        }
        if self.alternative.as_deref().is_some_and(|href| !is_link(href)) {
            return Err(ConfigError::new(
                "`Refusing::alternative` takes a path of this host, /mfa for example, or an address with its scheme",
            ));
        }
        let mount = self.mount.as_deref();
        if mount
            .is_some_and(|mount| !is_own_path(mount) || mount.contains(['?', '#']) || mount.ends_with('/'))
        {
            return Err(ConfigError::new(
                "`Refusing::mounted_at` takes the path under which the routes are mounted, without a slash at its end: \
                 /biometry for example",
            ));
        }
        Ok(ChallengeParams::new(scheme, &self.realm).mounted_at(mount))
    }

    pub(super) fn page(&self) -> Result<Option<StepUpPage>, ConfigError> {
        self.page.as_deref().map(StepUpPage::parse).transpose()
    }
}

/// A path of this host, or an address elsewhere, that of an app included. A browser would run a script.
fn is_link(href: &str) -> bool {
    let is_address = href
        .split_once("://")
        .is_some_and(|(scheme, rest)| !rest.is_empty() && !scheme.eq_ignore_ascii_case("javascript"));
    is_own_path(href) || is_address && href.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for Refusing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusing")
            .field("scheme", &self.scheme)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}
