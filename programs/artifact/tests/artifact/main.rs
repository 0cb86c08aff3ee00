//! Packages from every kind of source, and the placeholders as Lambda runs them.

mod packages;
mod placeholders;
mod problems;
