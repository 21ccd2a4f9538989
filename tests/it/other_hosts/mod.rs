//! The layers and the routes where no bank has them: under other stacks, in other routers, on other servers.

mod actix_app;
mod axum_routers;
mod bounds;
mod cors;
mod desk;
mod plain_hyper;
mod tower_stack;
