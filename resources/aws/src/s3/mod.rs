//! Handlers of S3.

mod bucket;
mod bucket_more;
mod bucket_read;
mod bucket_settings;
mod bucket_values;
mod common;
mod object;

pub use bucket::Bucket;
pub use object::Object;
