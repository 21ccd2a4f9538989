//! The store over real databases: a file of SQLite's, and a PostgreSQL server of the tests' own.

mod contract;
mod deployed;
mod near;
mod people;
mod poolers;
mod postgres;
mod sqlite;
mod standby;
mod start;
mod tls;
