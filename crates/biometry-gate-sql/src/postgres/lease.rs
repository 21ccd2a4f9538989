use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// A connection that goes back into the pool when its statement has ended, and is cut off otherwise: whoever gave up
/// waiting leaves nothing behind that others would wait for.
pub(super) struct Lease(Option<PoolConnection<Postgres>>);

impl Lease {
    pub(super) async fn of(pool: &PgPool) -> Result<Self, sqlx::Error> {
        pool.acquire().await.map(|connection| Self(Some(connection)))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it is there until it is given back")
    }

    pub(super) fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
