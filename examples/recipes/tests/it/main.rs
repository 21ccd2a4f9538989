//! Every recipe, over real sockets. One program, so that only one is linked.

mod actix;
mod axum_login;
mod events_and_sockets;
mod harness;
mod jwt_bearer;
mod oidc_proxy;
mod other_frameworks;
mod own_store;
mod readmes;
#[expect(dead_code, reason = "the programs' own `main` functions are for people")]
mod recipes;
mod sessions;
mod stacks;
mod tenants;
mod tonic;
mod tower_sessions;
