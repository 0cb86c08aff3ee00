//! The encodings of AWS's protocols.

pub(crate) mod cbor;
pub(crate) mod query;
pub(crate) mod xml;
pub(crate) mod xml_in;
