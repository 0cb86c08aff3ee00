//! What Lambda functions talk to on a machine of one's own: any HTTP server, Lambda's Runtime API, an issuer of tokens.

pub mod issuer;
mod lambda;
mod server;

pub use lambda::{Answer, Lambda};
pub use server::{Reply, Request, Server};
