use super::notes::Difference;

/// A difference between the banks that is known, and why it stays.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) conversation: &'static str,
    /// In each of these steps.
    pub(super) steps: &'static [&'static str],
    pub(super) aspect: &'static str,
    pub(super) axum: Option<&'static str>,
    pub(super) actix: Option<&'static str>,
    pub(super) why: &'static str,
}

impl Known {
    /// Whether it is this one.
    pub(super) fn tells(&self, found: &Difference) -> bool {
        self.steps.contains(&&*found.step)
            && (self.aspect, self.axum, self.actix)
                == (&*found.aspect, found.axum.as_deref(), found.actix.as_deref())
    }
}

/// All of them.
pub(super) const KNOWN: &[Known] = &[
    Known {
        conversation: "everything_over_http2",
        steps: &["/nothing"],
        aspect: "header content-length",
        axum: None,
        actix: Some("0"),
        why: "hyper leaves it to the end of the stream to say that there is no body",
    },
    Known {
        conversation: "heads_on_the_wire",
        steps: &["letters beyond ASCII in the target"],
        aspect: "outcome",
        axum: Some("404 nothing"),
        actix: Some("400 nothing"),
        why: "hyper takes bytes that no URI may have, and finds no such route; actix takes none",
    },
];
