use std::time::Duration;

use crate::clock::A_YEAR;

/// What an upload may cost, in bytes, parts and time.
///
/// Every default is the one that the routes are documented with; see each setter.
/// [`Builder::build`](crate::Builder::build) refuses a file limit of zero or above what the platform takes, other sizes
/// of zero, times of zero or of more than a year, and times that do not fit into the [total](Self::with_total). Some limits are not settings, because no honest
/// client comes near them: 8 header fields and 4 KiB of them per part, 1 KiB before the first delimiter and 1 KiB after
/// the last.
///
/// ```
/// use biometry_gate::CaptureLimits;
/// use std::time::Duration;
///
/// // Users on slow mobile networks, short videos.
/// let limits = CaptureLimits::default().with_file(20_000_000).with_least_rate(8_192).with_total(Duration::from_secs(600));
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureLimits {
    file: u64,
    envelope: u64,
    text: usize,
    parts: usize,
    first_byte: Duration,
    idle: Duration,
    total: Duration,
    least_rate: u64,
    rate_window: Duration,
    matroska: bool,
}

impl Default for CaptureLimits {
    fn default() -> Self {
        Self {
            file: PLATFORM_FILE_LIMIT,
            envelope: 65_536,
            text: 1_024,
            parts: 8,
            first_byte: Duration::from_secs(10),
            idle: Duration::from_secs(10),
            total: Duration::from_secs(300),
            least_rate: 32_768,
            rate_window: Duration::from_secs(15),
            matroska: false,
        }
    }
}

impl CaptureLimits {
    /// Bytes of one file: 1 to 52,428,800, which is what the platform takes and the default. Beyond it, 413
    /// `upload-too-large`.
    #[must_use]
    pub const fn with_file(mut self, bytes: u64) -> Self {
        self.file = bytes;
        self
    }

    /// Bytes of everything that is not a file: delimiters, part headers, text parts. Default 65,536. Beyond it, 413.
    #[must_use]
    pub const fn with_envelope(mut self, bytes: u64) -> Self {
        self.envelope = bytes;
        self
    }

    /// Bytes of one text part. Default 1,024.
    #[must_use]
    pub const fn with_text(mut self, bytes: usize) -> Self {
        self.text = bytes;
        self
    }

    /// Parts in one body, the files included. Default 8.
    #[must_use]
    pub const fn with_parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    /// How long the client may take to send the body's first byte. Default 10 s. Then, as with the other times, the
    /// answer is 400 `upload-timeout`.
    #[must_use]
    pub const fn with_first_byte(mut self, time: Duration) -> Self {
        self.first_byte = time;
        self
    }

    /// How long the client may be silent in one go while the gate waits for it. Default 10 s.
    #[must_use]
    pub const fn with_idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// Wall-clock time from opening the body to its end, whichever side is slow. Default 300 s.
    #[must_use]
    pub const fn with_total(mut self, time: Duration) -> Self {
        self.total = time;
        self
    }

    /// Bytes per second that the client must reach on average over any 15 s for which the gate waited for it; 0
    /// switches the rule off. Default 32,768. Time for which the platform was slow does not count.
    #[must_use]
    pub const fn with_least_rate(mut self, bytes_per_second: u64) -> Self {
        self.least_rate = bytes_per_second;
        self
    }

    /// The time over which the [least rate](Self::with_least_rate) is averaged. Default 15 s. The time that the client may
    /// be silent in one go counts where it is longer: a silence that is allowed is never too slow.
    #[must_use]
    pub const fn with_rate_window(mut self, time: Duration) -> Self {
        self.rate_window = time;
        self
    }

    /// Takes Matroska for videos and voices, too: Chromium writes it where a page asks its recorder for H.264. Off by
    /// default, since the platform does not say that it reads it.
    #[must_use]
    pub const fn with_matroska(mut self) -> Self {
        self.matroska = true;
        self
    }

    /// What would not work, if anything.
    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        if self.file == 0 || self.file > PLATFORM_FILE_LIMIT {
            return Some(
                "the file limit has to lie between 1 byte and the platform's 52,428,800: correct `CaptureLimits::with_file`",
            );
        }
        if self.envelope == 0 || self.text == 0 || self.parts == 0 {
            return Some(
                "an upload has parts, and bytes beside its file: raise `CaptureLimits::with_parts`, `with_text` or \
                 `with_envelope`",
            );
        }
        let waits = [self.first_byte, self.idle, self.total, self.rate_window];
        if waits.iter().any(|wait| wait.is_zero() || *wait > A_YEAR) {
            return Some(
                "an upload lasts, and a year at the most: correct `CaptureLimits::with_first_byte`, `with_idle`, \
                 `with_total` or `with_rate_window`",
            );
        }
        if self.first_byte > self.total {
            return Some(
                "the time for an upload's first byte has to fit into its total time: shorten \
                 `CaptureLimits::with_first_byte`, or raise `with_total`",
            );
        }
        (self.idle > self.total).then_some(
            "an upload's idle limit has to fit into its total time: shorten `CaptureLimits::with_idle`, or raise \
             `with_total`",
        )
    }

    /// The bytes of the largest upload of so many files.
    pub(crate) const fn largest(&self, files: u64) -> u64 {
        self.file.saturating_mul(files).saturating_add(self.envelope)
    }

    pub(super) const fn file(&self) -> u64 {
        self.file
    }

    pub(super) const fn envelope(&self) -> u64 {
        self.envelope
    }

    pub(super) const fn text(&self) -> usize {
        self.text
    }

    pub(super) const fn parts(&self) -> usize {
        self.parts
    }

    pub(super) const fn first_byte(&self) -> Duration {
        self.first_byte
    }

    pub(crate) const fn idle(&self) -> Duration {
        self.idle
    }

    pub(crate) const fn total(&self) -> Duration {
        self.total
    }

    pub(super) const fn takes_matroska(&self) -> bool {
        self.matroska
    }

    pub(crate) const fn least_rate(&self) -> u64 {
        self.least_rate
    }

    /// The time over which the least rate is averaged.
    pub(super) fn rate_window(&self) -> Duration {
        self.rate_window.max(self.idle).max(self.first_byte)
    }
}

/// The integration guide: "max 50MB".
const PLATFORM_FILE_LIMIT: u64 = 52_428_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_that_is_allowed_is_not_too_slow() {
        let limits = CaptureLimits::default();
        assert_eq!(limits.rate_window(), Duration::from_secs(15));
        assert_eq!(limits.with_idle(Duration::from_secs(20)).rate_window(), Duration::from_secs(20));
    }
}
