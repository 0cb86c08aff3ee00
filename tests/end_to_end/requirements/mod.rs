//! One test for each requirement: what AWS shows of the shipped stack, against the requirement's own numbers.
//!
//! The numbers stand in the tests and come from the requirements, not from the configs: a config that
//! is changed by mistake fails here. What the stacks are is read through the AWS SDKs, not from the state.

mod api;
mod authorizer;
mod cost;
mod database;
mod edge;
mod frontend;
mod mail;
mod monitoring;
mod network;
mod operation;
mod operators;
mod pipeline;
mod policies;
mod security;
mod stand;
mod table;
