//! The authorizer with real RSA keys against a local key server, as a library and as the program that runs in Lambda.

mod keys;
mod outage;
mod program;
mod tokens;
