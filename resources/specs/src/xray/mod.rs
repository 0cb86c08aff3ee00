//! X-Ray.
