//! SNS.
