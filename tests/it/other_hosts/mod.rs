//! The layers and the routes where no bank has them: under other stacks, in other routers, on other servers.

mod actix_app;
mod actix_gates;
mod actix_limits;
mod any_body;
mod axum_routers;
mod bounds;
mod cors;
mod desk;
mod plain_hyper;
mod tonic_service;
mod tower_stack;
mod unguarded;
mod wiring;
