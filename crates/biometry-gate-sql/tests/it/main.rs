//! The store over real databases: a file of SQLite's, and a PostgreSQL server of the tests' own.

mod contract;
mod near;
mod people;
mod postgres;
mod sqlite;
mod standby;
