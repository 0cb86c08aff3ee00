//! Local servers that tests of Lambda functions talk to: any HTTP server, and Lambda's Runtime API.

mod lambda;
mod server;

pub use lambda::{Answer, Lambda};
pub use server::{Reply, Request, Server};
