//! AWS Config.
