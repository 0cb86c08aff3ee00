//! What AWS answers to a request that breaks its model.
//!
//! Most services check by one framework, whose text is the same everywhere ("1 validation error detected:
//! Value 'x' at 'clientToken' failed to satisfy constraint: …", pulumi/pulumi#12045,
//! awsdocs/aws-cloudformation-user-guide#589); the code differs. EC2 and RDS name the parameter, the XML
//! services the schema.

use super::check::{Broken, Violation};
use crate::answer::Refusal;
use crate::call::Service;

/// The code of a service's framework. Those that no source shows are listed in the crate's README as guessed.
fn code(service: Service, first: &Violation) -> &'static str {
    let missing = first.broken == Broken::Missing;
    match service {
        Service::Ec2 | Service::Rds if missing => "MissingParameter",
        Service::Ec2 | Service::Rds => "InvalidParameterValue",
        Service::Iam | Service::Sts | Service::CloudWatch | Service::Sns => "ValidationError",
        Service::Logs | Service::Budgets | Service::Tagging => "InvalidParameterException",
        Service::Amplify | Service::ApiGateway | Service::Ses => "BadRequestException",
        Service::XRay => "InvalidRequestException",
        Service::Route53 => "InvalidInput",
        Service::CloudFront => "InvalidArgument",
        Service::S3 => "MalformedXML",
        Service::Acm
        | Service::ApplicationAutoScaling
        | Service::CloudTrail
        | Service::Config
        | Service::Events
        | Service::FreeTier
        | Service::Kms
        | Service::Lambda
        | Service::Scheduler
        | Service::SecretsManager
        | Service::Waf => "ValidationException",
    }
}

pub(super) fn refusal(service: Service, found: &[Violation]) -> Option<Refusal> {
    let first = found.first()?;
    if let Some(kind) = found.iter().find(|it| matches!(it.broken, Broken::Kind(_)))
        && !matches!(service, Service::Ec2 | Service::Rds)
    {
        let Broken::Kind(wanted) = kind.broken else { return None };
        let message = format!("{} is not of type {wanted}", place(kind));
        return Some(Refusal::bad("SerializationException", message));
    }
    let message = match service {
        Service::Ec2 | Service::Rds => parameter(first),
        _ => {
            let lines: Vec<String> = found.iter().map(sentence).collect();
            let errors = if lines.len() == 1 { "error" } else { "errors" };
            format!("{} validation {errors} detected: {}", lines.len(), lines.join("; "))
        }
    };
    Some(Refusal::bad(code(service, first), message))
}

/// `rules.1.member.name`
fn place(violation: &Violation) -> String {
    let parts = violation
        .path
        .iter()
        .map(|part| if part.parse::<u64>().is_ok() { format!("{part}.member") } else { lower_first(part) });
    parts.collect::<Vec<_>>().join(".")
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn sentence(violation: &Violation) -> String {
    let value = match (&violation.value, &violation.broken) {
        (_, Broken::Missing) => "Value null".to_owned(),
        (Some(value), _) => format!("Value '{value}'"),
        (None, _) => "Value".to_owned(),
    };
    format!("{value} at '{}' failed to satisfy constraint: {}", place(violation), wanted(&violation.broken))
}

fn wanted(broken: &Broken) -> String {
    match broken {
        Broken::Missing => "Member must not be null".to_owned(),
        Broken::Kind(kind) => format!("Member must be a {kind}"),
        Broken::Shorter(min) => format!("Member must have length greater than or equal to {min}"),
        Broken::Longer(max) => format!("Member must have length less than or equal to {max}"),
        Broken::Below(min) => format!("Member must have value greater than or equal to {min}"),
        Broken::Above(max) => format!("Member must have value less than or equal to {max}"),
        Broken::Pattern(pattern) => format!("Member must satisfy regular expression pattern: {pattern}"),
        Broken::Values(values) => format!("Member must satisfy enum value set: [{}]", values.join(", ")),
    }
}

/// As EC2 and RDS say it.
fn parameter(violation: &Violation) -> String {
    let name = violation.path.join(".");
    match &violation.broken {
        Broken::Missing => format!("The request must contain the parameter {name}"),
        broken => {
            let value = violation.value.as_deref().unwrap_or("******");
            format!("Value ({value}) for parameter {name} is invalid. {}", wanted(broken))
        }
    }
}
