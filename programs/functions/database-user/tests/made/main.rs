//! The function against a real PostgreSQL, of whichever version is installed, and a local Secrets Manager. Where no PostgreSQL
//! is installed these tests say so and are skipped.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod postgres;
mod rehearsed;
mod stage;
mod tests;
