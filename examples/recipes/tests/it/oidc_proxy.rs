use crate::harness::{ANA, BEN, Served, Visitor, platform};
use crate::recipes::oidc_proxy::{Proxy, app, gate};

fn claims(visitor: Visitor, sub: &str, sid: &str) -> Visitor {
    visitor.with("OIDC_CLAIM_sub", sub).with("OIDC_CLAIM_sid", sid)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_login_that_the_proxy_names() {
    let (client, _sandbox) = platform().await;
    let served = Served::open(
        app(&gate(client, Proxy::new(SECRET).expect("a long secret")).expect("a gate")).expect("an app"),
    )
    .await;
    let through_the_proxy = || served.visitor().with("x-proxy-secret", SECRET);

    // What a client says that gets past the proxy does not count.
    for past_it in [served.visitor(), served.visitor().with("x-proxy-secret", "a guess")] {
        claims(past_it, ANA, "s-1").statement().await.problem("authentication-required");
    }
    through_the_proxy().statement().await.problem("authentication-required");

    let here = claims(through_the_proxy(), ANA, "s-1");
    here.passes().await;
    for other in [(ANA, "s-2"), (BEN, "s-3")] {
        claims(through_the_proxy(), other.0, other.1).statement().await.problem("step-up-required");
    }

    // A claim that is missing or comes twice is a proxy that is set up wrongly, and no stranger.
    let half = through_the_proxy().with("OIDC_CLAIM_sub", ANA);
    half.statement().await.problem("identity-unavailable");
    here.clone().with("OIDC_CLAIM_sub", BEN).statement().await.problem("identity-unavailable");
    here.clone().with("x-proxy-secret", SECRET).statement().await.problem("identity-unavailable");

    here.post("/logout").header("sec-fetch-site", "cross-site").send().await.problem("cross-site");
    here.sees_the_statement().await;
    let left = here.post("/logout").send().await;
    assert_eq!((left.status.as_u16(), left.header("location")), (303, Some("/oidc/callback?logout=%2F")));
    here.statement().await.problem("step-up-required");
}

#[test]
fn a_secret_that_is_none_is_refused() {
    assert!(Proxy::new("").is_none() && Proxy::new("a short one").is_none());
}

const SECRET: &str = "a secret of the proxy and the app";
