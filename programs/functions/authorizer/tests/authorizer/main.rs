//! The authorizer with real RSA keys against a local key server, as a library and as the program that runs in Lambda.

mod attacks;
mod keys;
mod keysets;
mod outage;
mod program;
mod tokens;
