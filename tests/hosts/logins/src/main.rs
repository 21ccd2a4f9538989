//! The recipes for hosts with a login of their own, as small hosts that are called over real sockets.

mod actix;
mod axum_login;
mod bearer_token;
mod harness;
mod stacks;
mod tower_sessions;

#[tokio::main]
async fn main() {
    axum_login::a_decision_belongs_to_the_login_of_axum_login().await;
    tower_sessions::a_decision_belongs_to_the_session_of_tower_sessions().await;
    actix::a_decision_belongs_to_the_login_of_actix_session().await;
    actix::a_decision_belongs_to_the_login_of_actix_identity().await;
    actix::a_decision_ends_at_logout_though_the_cookie_is_the_session().await;
    bearer_token::a_decision_belongs_to_the_login_that_a_token_names().await;
    stacks::a_gate_fits_a_stack_of_tower_http().await;
    stacks::a_gate_fits_files().await;
    println!("ok");
}
