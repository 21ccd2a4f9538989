//! BiometryGate's store on Redis or Valkey, for hosts with several replicas.
//!
//! [`RedisRecords`] keeps the sealed records of a [`SharedStore`](biometry_gate::store::shared::SharedStore): that one
//! has the rules, this crate has the commands, the connections and a look at the server when the host starts.
//!
//! ```no_run
//! use biometry_gate::BiometryGate;
//! use biometry_gate::store::shared::{SharedStore, StoreKey};
//! use biometry_gate_redis::RedisRecords;
//!
//! # async fn gate(builder: biometry_gate::gate::Builder) -> Result<BiometryGate, Box<dyn std::error::Error>> {
//! // From the host's secrets, the same on every replica.
//! let secret = std::env::var("STORE_SECRET")?;
//! let records = RedisRecords::builder("redis://user:password@redis.internal:6379/0").connect().await?;
//! let store = SharedStore::new(records, StoreKey::parse(secret.as_bytes())?);
//! let gate = builder.store(store).replicas(3).build()?;
//! # Ok(gate)
//! # }
//! ```
//!
//! # Addresses
//!
//! | address | what it is |
//! |---|---|
//! | `redis://[user:password@]host[:port][/db]` | one server, or a name that leads to the present primary |
//! | `redis+unix:///path/of/socket` | one server on this machine |
//! | `redis+cluster://[user:password@]a:7000,b:7000,c:7000` | a cluster, by some of its nodes |
//! | `redis+sentinel://[user:password@]a:26379,b:26379/name[/db]` | the primary that these sentinels know as `name` |
//!
//! `rediss` instead of `redis` speaks TLS. It needs the crate's feature `tls`, which takes the provider that the process has
//! installed as rustls's default, or `tls-ring`, which switches rustls's own provider on and installs it where none is
//! there. The latter is for programs with no other use of rustls: two providers in a build, and rustls no longer chooses
//! one by itself. User and password are those of the Redis
//! servers. `valkey` and `valkeys` mean the same. Behind a `?` an address names files in PEM form: `cacert` with
//! the authorities to trust instead of the machine's, `cert` and `key` with a certificate of the client and its key. A
//! parameter that is not known is refused.
//!
//! # Limits and defaults
//!
//! Every step is over within 250 ms ([`time_limit`](Builder::time_limit)), connecting included: a server that hangs is an
//! error, and the gate refuses with 503. A connection on which nothing was answered for a second is given up, whether the
//! address is of one server or of sentinels: behind a proxy or a name it may lead to a server that hangs. A connection that broke is made anew, and a step that it broke off is done once
//! more, which is safe: a write is recognised by its tag. Each processor has a connection of its own, up to 8 in a process;
//! requests that come together travel together, and nothing is queued without bound. A check takes one round trip, in a cluster
//! two at the same time, and using a decision up takes two.
//!
//! Keys are `prefix:{hash}` ([`prefix`](Builder::prefix)), `biometry-gate` by default. The hash is a keyed one, so keys
//! contain no names, and each operation is on one key, so that a cluster spreads subjects over its nodes. What is over is gone
//! by itself: each record has a time to live, those of consents and of failures that count excepted.
//!
//! # What the server has to be
//!
//! Redis 7.0 or newer, or any Valkey. [`connect`](Builder::connect) and [`check`](RedisRecords::check) look at it, and say
//! how to mend what is wrong:
//!
//! - `maxmemory-policy` has to be `noeviction`. Evicting a subject's record opens no route, since a decision and the mark
//!   that it was used are one record; but it forgets consents, failures and lock-outs. Evicting the record of what was
//!   revoked for a whole tenant or policy does let in: **what it had voided stands again**. With `noeviction` a full server
//!   refuses writes, and the gate answers 503. The policy is looked at when the store connects and by `check`.
//! - It has to be a primary: a replica may not have heard of a revocation.
//! - One node of a cluster is refused by a plain address: the cluster has an address of its own.
//! - It has to take writes: `connect` writes a record of its own and removes it again.
//! - A user of its own, with a near cache, needs no more than
//!   `ACL SETUSER gate on >password ~biometry-gate:* +eval +evalsha +script|load +get +getex +set +del +time +wait +info +hello +client|tracking`, in a
//!   cluster `+cluster|slots +cluster|shards +readonly` as well.
//! - A server without `appendonly` forgets what it has acknowledged since its last snapshot when it crashes, uses and
//!   revocations included: the log says so at the start.
//!
//! # Near cache
//!
//! [`RedisRecords`] announces what other replicas write, by the invalidations of client-side caching (`CLIENT TRACKING`
//! in broadcasting mode): a [`NearCache`](biometry_gate::store::near::NearCache) in front of the store then opens reusable
//! decisions without asking the server each time. It costs the server one connection for each replica, and a few bytes on
//! each of them for each write. Of a cluster every primary announces: one connection to each.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use biometry_gate::store::near::NearCache;
//! use biometry_gate::store::shared::{SharedStore, StoreKey};
//! use biometry_gate_redis::RedisRecords;
//!
//! # async fn near(secret: &[u8]) -> Result<NearCache, Box<dyn std::error::Error>> {
//! let records = RedisRecords::builder("redis://redis.internal").connect().await?;
//! let key = StoreKey::parse(secret)?;
//! let store = Arc::new(SharedStore::new(records.clone(), key.clone()));
//! let near = NearCache::following(store, key, records).await?;
//! # Ok(near)
//! # }
//! ```
//!
#![doc = include_str!("docs/failover.md")]

mod address;
mod advice;
mod builder;
mod check;
mod error;
mod feed;
mod link;
mod records;
mod scripts;

pub use self::builder::Builder;
pub use self::error::{ConnectError, ConnectErrorKind};
pub use self::records::RedisRecords;
