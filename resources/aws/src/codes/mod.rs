//! What AWS's error codes mean: a table for each service, and a general one for what all of them say.
//!
//! A line says for a code (and for a text, where AWS tells things apart in words only) the class, and where that is
//! from. The first line that fits counts: those in which the service names the code, then the general ones, then those
//! of the service for all codes of a form. A handler decides by itself only what depends on how things stand.

mod acm;
mod amplify;
mod apigateway;
mod applicationautoscaling;
mod budgets;
mod cloudfront;
mod cloudtrail;
mod cloudwatch;
mod config;
mod ec2;
mod events;
mod general;
mod iam;
mod kms;
mod lambda;
mod logs;
mod rds;
mod route53;
mod s3;
mod scheduler;
mod secretsmanager;
mod ses;
mod sns;
mod tagging;
#[cfg(test)]
mod tests;
mod wafv2;
mod xray;

use finsight_engine::contract::FailureClass;

use crate::failure::Effect;

pub use general::{SKEWED, THROTTLING};

/// What some codes mean.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// One of these; a `*` stands for anything at the beginning or at the end.
    codes: &'static [&'static str],
    /// For operations that begin so only, such as `Create`; for all where there is none.
    on: &'static [&'static str],
    /// Only where the text has one of these, in small letters; a `*` stands for anything between two parts.
    says: &'static [&'static str],
    /// [`FailureClass::Ambiguous`] where the call may have had its effect: a read just comes to nothing.
    class: FailureClass,
    /// Where it is from.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the reader, and held to be there by a test"))]
    source: &'static str,
}

const fn line(codes: &'static [&'static str], class: FailureClass, source: &'static str) -> Line {
    Line { codes, on: &[], says: &[], class, source }
}

impl Line {
    const fn on(mut self, operations: &'static [&'static str]) -> Self {
        self.on = operations;
        self
    }

    const fn says(mut self, texts: &'static [&'static str]) -> Self {
        self.says = texts;
        self
    }

    /// Whether it says what a code means, by its name or by its form; `message` in small letters.
    fn fits(&self, by_form: bool, action: &str, code: &str, message: &str) -> bool {
        self.codes.iter().any(|pattern| pattern.contains('*') == by_form && is_like(pattern, code))
            && (self.on.is_empty() || self.on.iter().any(|beginning| action.starts_with(beginning)))
            && (self.says.is_empty() || self.says.iter().any(|parts| is_said(parts, message)))
    }
}

fn is_like(pattern: &str, code: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => code.ends_with(end),
        (_, Some(beginning)) => code.starts_with(beginning),
        _ => pattern == code,
    }
}

fn is_said(parts: &str, message: &str) -> bool {
    let mut rest = message;
    parts.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn table(service: &str) -> &'static [Line] {
    match service {
        "acm" => acm::LINES,
        "amplify" => amplify::LINES,
        "apigateway" => apigateway::LINES,
        "application-autoscaling" => applicationautoscaling::LINES,
        "budgets" => budgets::LINES,
        "cloudfront" => cloudfront::LINES,
        "cloudtrail" => cloudtrail::LINES,
        "cloudwatch" => cloudwatch::LINES,
        "config" => config::LINES,
        "ec2" => ec2::LINES,
        "events" => events::LINES,
        "iam" => iam::LINES,
        "kms" => kms::LINES,
        "lambda" => lambda::LINES,
        "logs" => logs::LINES,
        "rds" => rds::LINES,
        "route53" => route53::LINES,
        "s3" => s3::LINES,
        "scheduler" => scheduler::LINES,
        "secretsmanager" => secretsmanager::LINES,
        "ses" => ses::LINES,
        "sns" => sns::LINES,
        "tagging" => tagging::LINES,
        "wafv2" => wafv2::LINES,
        "xray" => xray::LINES,
        _ => &[],
    }
}

fn found(operation: &str, code: &str, message: &str) -> Option<&'static Line> {
    let (service, action) = operation.split_once(':').unwrap_or(("", operation));
    let message = message.to_ascii_lowercase();
    let look = |lines: &'static [Line], by_form| {
        lines.iter().find(|line| line.fits(by_form, action, code, &message))
    };
    let table = table(service);
    look(table, false).or_else(|| look(general::LINES, false)).or_else(|| look(table, true))
}

/// What a code means in an answer to an operation such as `ec2:CreateVpc`.
pub fn class_of(operation: &str, code: &str, message: &str, effect: Effect) -> FailureClass {
    match found(operation, code, message).map(|line| line.class) {
        Some(FailureClass::Ambiguous) => effect.lost(),
        Some(class) => class,
        // So EC2 names what it does not find, and those that came after it.
        None if code.contains("NotFound") && (code.starts_with("Invalid") || effect == Effect::None) => {
            FailureClass::Absent
        }
        None => FailureClass::Invalid,
    }
}

/// Whether the service has a line of its own for a code.
pub fn is_of(operation: &str, code: &str) -> bool {
    let service = operation.split_once(':').map_or("", |(service, _)| service);
    table(service).iter().any(|line| line.codes.contains(&code))
}
