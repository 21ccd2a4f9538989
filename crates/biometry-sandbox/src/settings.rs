//! How a sandbox behaves; set through [`SandboxBuilder`](crate::SandboxBuilder).

use http::StatusCode;

use crate::clock::Clock;
use crate::shape::{ScoreScale, Shape};
use crate::state::Trust;
use crate::verification::FirstRun;
use crate::webhook::Secret;

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) shape: Shape,
    pub(crate) scale: ScoreScale,
    /// Whether services of version 2 say a score and nothing else.
    pub(crate) scores_only: bool,
    pub(crate) first_run: FirstRun,
    pub(crate) names: NameStrictness,
    pub(crate) trust: Trust,
    pub(crate) revocation_refused: bool,
    pub(crate) bad_key: StatusCode,
    pub(crate) revoked_key: StatusCode,
    /// In bytes, for each file.
    pub(crate) max_upload: u64,
    pub(crate) clock: Clock,
    /// Of every webhook; a random one for each where there is none.
    pub(crate) webhook_secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shape: Shape::default(),
            scale: ScoreScale::default(),
            scores_only: false,
            first_run: FirstRun::default(),
            names: NameStrictness::default(),
            trust: Trust::OnlyMinted,
            revocation_refused: false,
            bad_key: StatusCode::INTERNAL_SERVER_ERROR,
            revoked_key: StatusCode::UNAUTHORIZED,
            max_upload: 50 * 1024 * 1024,
            clock: Clock::default(),
            webhook_secret: None,
        }
    }
}

/// Which operations are refused without `X-User-Fullname`; the platform's sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameStrictness {
    /// `process-video`, `enroll/face`, `enroll/voice` and `docauth/check` (the default).
    #[default]
    Usual,
    /// Also `match-faces` and `sessions/end`, as the integration guide has it.
    Everywhere,
    /// None: without a name, services that need consent are dropped, as the web SDK's readme has it.
    Nowhere,
}
