//! The encodings of AWS's protocols.

pub(crate) mod query;
pub(crate) mod xml;
