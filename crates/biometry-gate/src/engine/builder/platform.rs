//! The builder's group for the platform.

use std::time::Duration;

use biometry_client::{Tag, TraceContext};
use tokio::sync::Semaphore;

use super::build::check_wait;
use crate::engine::ConfigError;
use crate::engine::breaker::BreakerRule;
use crate::engine::trace_source::TraceSource;
use crate::policy::ScoreScale;

/// How the gate deals with the Biometry platform; a group of [`Builder::platform`](super::Builder::platform).
///
/// ```
/// use std::time::Duration;
/// # use biometry_gate::Builder;
/// # fn set(builder: Builder) -> Builder {
/// builder.platform(|platform| {
///     platform.timeout(Duration::from_secs(30)).budget(2_000, Duration::from_secs(24 * 3600))
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Platform {
    pub(crate) scale: ScoreScale,
    pub(crate) timeout: Duration,
    pub(crate) tags: Vec<Tag>,
    pub(crate) breaker: BreakerRule,
    pub(crate) budget: Option<(u32, Duration)>,
    pub(crate) max_uploads: usize,
    pub(crate) trace_source: Option<TraceSource>,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            scale: ScoreScale::default(),
            timeout: Duration::from_secs(60),
            tags: Vec::new(),
            breaker: BreakerRule { failures: 10, pause: Duration::from_secs(5) },
            budget: None,
            max_uploads: 256,
            trace_source: None,
        }
    }
}

impl Platform {
    /// On which [scale](ScoreScale) the platform gives its score; percent by default. A score beyond the scale never
    /// passes.
    pub fn score_scale(mut self, scale: ScoreScale) -> Self {
        self.scale = scale;
        self
    }

    /// How long the gate waits for the platform: for the answer to a call, for the verdict after the last byte, and for
    /// taking more of an upload. 60 s by default, above zero and at most a year. Then the answer is 504
    /// `platform-timeout`, and the caller's session is as before.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Labels that go to the platform with every upload; none by default. Put no personal data into them.
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.tags.extend(tags);
        self
    }

    /// When the gate stops asking a platform that does not answer: 10 failures and 5 s by default.
    ///
    /// After `failures` calls in a row that could not reach the platform or that it did not answer in time, the gate
    /// asks it nothing for `pause` and refuses callers at once with 503 and `Retry-After`; then one call tries whether
    /// it is back. Every further pause is twice as long as the one before, up to a minute. Uploads and all other calls
    /// are counted apart, and so are tenants with projects of their own.
    pub fn circuit_breaker(mut self, failures: u32, pause: Duration) -> Self {
        self.breaker = BreakerRule { failures, pause };
        self
    }

    /// How many captures this process sends to the platform in each `window` at most, all users together; unlimited by
    /// default. The gate answers further ones with 503 until the window is over. Each capture costs money at the
    /// platform, so a budget bounds the bill of an attack.
    pub fn budget(mut self, captures: u32, window: Duration) -> Self {
        self.budget = Some((captures, window));
        self
    }

    /// How many uploads may be under way in this process; 256 by default, at least one. The gate answers further ones
    /// with 503 `overloaded`.
    pub fn max_uploads(mut self, uploads: usize) -> Self {
        self.max_uploads = uploads;
        self
    }

    /// Which trace a call to the platform belongs to, by the host's own tracing. By default it is the one that the
    /// request names in its `traceparent` (W3C Trace Context), and none where the request names none.
    ///
    /// The gate asks within its span `biometry_gate.platform`, just before it makes the call, so that what the host
    /// answers may be that span. Where the host answers `None`, the default holds. It must not block.
    ///
    /// ```
    /// use biometry_client::TraceContext;
    /// # use biometry_gate::Builder;
    /// # fn traceparent_of_the_current_span() -> Option<String> { None }
    /// # fn set(builder: Builder) -> Builder {
    /// // With OpenTelemetry: what its propagator injects for the current span's context.
    /// builder.platform(|platform| {
    ///     platform.trace_context(|| TraceContext::parse(&traceparent_of_the_current_span()?))
    /// })
    /// # }
    /// ```
    pub fn trace_context(
        mut self,
        current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        self.trace_source = Some(TraceSource::new(current));
        self
    }

    /// Refuses numbers with which nothing could work.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_wait(self.timeout, "Platform::timeout")?;
        check_wait(self.breaker.pause, "Platform::circuit_breaker")?;
        if self.breaker.failures == 0 {
            return Err(ConfigError::new(
                "a circuit breaker opens after failures: raise those of `Platform::circuit_breaker`",
            ));
        }
        if let Some((captures, window)) = self.budget {
            check_wait(window, "Platform::budget")?;
            if captures == 0 {
                return Err(ConfigError::new(
                    "a budget has to allow something: raise the captures of `Platform::budget`",
                ));
            }
        }
        let has_room = (1..=Semaphore::MAX_PERMITS).contains(&self.max_uploads);
        let too_few = "at least one upload has to be allowed at a time: correct `Platform::max_uploads`";
        has_room.then_some(()).ok_or_else(|| ConfigError::new(too_few))
    }
}
