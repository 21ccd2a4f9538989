use biometry_gate_testkit::Answer;

use crate::harness::{ANA, BEN, Served, Visitor, platform};
use crate::recipes::jwt_bearer::{Tokens, app, gate};

/// As an app in a web view calls: of another site than the host, by what the browser in it says.
fn in_a_web_view(visitor: Visitor) -> Visitor {
    visitor.with("origin", "capacitor://localhost").with("sec-fetch-site", "cross-site")
}

/// Access and refresh token.
fn pair(answer: &Answer) -> [String; 2] {
    ["access_token", "refresh_token"].map(|name| answer.ok()[name].as_str().expect("a token").to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_login_that_a_token_names() {
    let (client, _sandbox) = platform().await;
    let tokens = Tokens::new().expect("a secret");
    let served = Served::open(app(&gate(client, &tokens).expect("a gate"), tokens).expect("an app")).await;

    let stranger = served.visitor();
    stranger.statement().await.problem("authentication-required");
    stranger.clone().with_token("made.up.token").statement().await.problem("authentication-required");
    let log_in = async |name: &str| pair(&stranger.post(&format!("/login/{name}")).send().await);
    let [access, refresh] = log_in(ANA).await;
    let here = stranger.clone().with_token(&access);
    let refused = here.statement().await;
    refused.problem("step-up-required");
    let challenge = refused.header("www-authenticate").expect("a challenge");
    for part in ["Bearer ", "error=\"insufficient_user_authentication\"", "acr_values=", "max_age=\"300\""] {
        assert!(challenge.contains(part), "{challenge}");
    }
    here.passes().await;

    let with_refresh_token = stranger.clone().with_token(&refresh);
    with_refresh_token.statement().await.problem("authentication-required");
    assert_eq!(here.post("/refresh").send().await.status, 401, "an access token refreshes nothing");
    let [access_2, _] = pair(&with_refresh_token.post("/refresh").send().await);
    let refreshed = stranger.clone().with_token(&access_2);
    refreshed.sees_the_statement().await;

    let [of_ben, _] = log_in(BEN).await;
    in_a_web_view(stranger.clone().with_token(&of_ben)).passes().await;
    for name in [ANA, BEN] {
        let [another_login, _] = log_in(name).await;
        stranger.clone().with_token(&another_login).statement().await.problem("step-up-required");
    }
    refreshed.done("/logout").await;
    for visitor in [here, refreshed] {
        visitor.statement().await.problem("step-up-required");
    }
}
