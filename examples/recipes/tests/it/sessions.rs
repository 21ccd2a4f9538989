//! What holds for every host that keeps its login in a session behind a cookie.

use crate::harness::{ANA, BEN, Served, Visitor};

/// What a host takes a copy of a cookie for, once the session that it was a copy of has ended.
#[derive(Clone, Copy)]
pub(crate) enum Copies {
    /// The host has forgotten the session.
    NameNoLogin,
    /// The cookie is the session, and the login in it is never forgotten.
    NameTheLogin,
}

impl Copies {
    async fn see_no_statement(self, copy: Visitor) {
        let refused = copy.statement().await;
        match self {
            Self::NameNoLogin => drop(refused.problem("authentication-required")),
            Self::NameTheLogin => assert_eq!(refused.problem("step-up-required")["reason"], "absent"),
        }
    }
}

pub(crate) async fn hold_decisions(served: &Served, copies: Copies) {
    let here = served.visitor();
    here.statement().await.problem("authentication-required");
    here.log_in(ANA).await;
    here.passes().await;

    let elsewhere = served.visitor();
    elsewhere.log_in(ANA).await;
    elsewhere.statement().await.problem("step-up-required");
    here.sees_the_statement().await;

    // A login in a session that has one is another session.
    here.log_in(ANA).await;
    here.statement().await.problem("step-up-required");
    here.passes().await;
    here.log_in(BEN).await;
    here.statement().await.problem("step-up-required");
    here.log_in(ANA).await;
    here.statement().await.problem("step-up-required");

    here.passes().await;
    let before = here.copy();
    here.done("/rotate").await;
    assert_ne!(before.browser.cookie_header(), here.browser.cookie_header());
    here.sees_the_statement().await;
    copies.see_no_statement(before).await;

    let stolen = here.copy();
    here.done("/logout").await;
    here.statement().await.problem("authentication-required");
    copies.see_no_statement(stolen).await;
}
