//! WAF.
