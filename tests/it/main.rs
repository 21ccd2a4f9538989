//! Behaviour of the whole, over real sockets: the bank as people meet it, in front of the sandbox.
//!
//! A module is a behaviour's subject, a function in it one behaviour, named by a sentence. Behaviours are generic over
//! the [`Host`](harness::Host): `on_every_host!` makes each of them one test per web framework. Every test has a
//! sandbox, a bank and a clock of its own.
//!
//! What is not the bank's but everybody's who embeds a gate stands in the testkit as contracts, which outside adapters
//! are held to alike; [`contracts`] runs them on every framework that there is.

#[macro_use]
mod harness;

mod audit;
mod broken_off;
mod browser;
mod challenge;
mod connections;
mod consent;
mod consent_source;
mod contracts;
mod cross_site;
mod differential;
mod doctor;
mod documents;
mod durable;
mod early_answers;
mod enrollment;
mod enrollment_guard;
mod erasure;
mod faults;
mod fleet;
mod flow;
mod forward;
mod gated;
mod hostile;
mod intents;
mod isolation;
mod key_rotation;
mod kyc;
mod limits;
mod login;
mod matches;
mod metrics;
mod official_sdk;
mod openapi;
mod other_clients;
mod other_hosts;
mod outcomes;
mod platform;
mod program;
mod proxies;
mod races;
mod readiness;
mod readme;
mod receipts;
mod redaction;
mod relay;
mod replicas;
mod revocation;
mod session_hygiene;
mod shared_store;
mod soak;
mod spoken;
mod store;
mod store_contract;
mod streams;
mod tenants;
mod threat_model;
mod traces;
mod ui_files;
mod uploads;
mod version2;
mod webhooks;
