//! tower-sessions and axum-login, with their sessions in the same places.

use axum::Router;
use tower_sessions::{SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike as _, Config, Pool};
use tower_sessions_sqlx_store::sqlx::{PgPool, SqlitePool};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

use super::CALLERS;
use crate::gate::{reading_router, users_router};

pub(super) async fn router(kind: &str, place: &str) -> (Router, Vec<String>) {
    if place.starts_with("redis") {
        return over(kind, on_redis(place).await).await;
    }
    if place.starts_with("postgres") {
        let store = PostgresStore::new(PgPool::connect(place).await.expect("a server"));
        store.migrate().await.expect("a table");
        return over(kind, store).await;
    }
    // As fast as its documentation has it, and as lasting as ours: a log beside the file.
    let pool = SqlitePool::connect(&format!("sqlite:{place}?mode=rwc")).await.expect("a file");
    let wal = tower_sessions_sqlx_store::sqlx::query("PRAGMA journal_mode = wal").execute(&pool).await;
    wal.expect("a log beside the file");
    let store = SqliteStore::new(pool);
    store.migrate().await.expect("a table");
    over(kind, store).await
}

/// With as many connections as its documentation shows.
async fn on_redis(place: &str) -> RedisStore<Pool> {
    let config = Config::from_url(place).expect("an address");
    let pool = Pool::new(config, None, None, None, 6).expect("a pool");
    let _ = pool.connect();
    pool.wait_for_connect().await.expect("a server");
    RedisStore::new(pool)
}

async fn over(kind: &str, store: impl SessionStore + Clone) -> (Router, Vec<String>) {
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    let (router, cookies) = match kind {
        "axum-login" => users_router(CALLERS, sessions).await,
        _ => reading_router(CALLERS, sessions).await,
    };
    let callers =
        cookies.iter().map(|(_, cookie)| format!("cookie: {}", cookie.to_str().unwrap_or_default()));
    (router, callers.collect())
}
