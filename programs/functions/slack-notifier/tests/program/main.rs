//! The program as Lambda runs it, with a local Slack and a local Secrets Manager.

mod deadlines;
mod leaks;
mod posts;
mod stage;
