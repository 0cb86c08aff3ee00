//! S3.

mod bucket;
mod lifecycle;
mod object;

pub use bucket::*;
pub use lifecycle::*;
pub use object::*;
