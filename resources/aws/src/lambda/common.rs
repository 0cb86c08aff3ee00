//! What Lambda's errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Candidate, Failure, FailureClass};

use crate::failure::{Effect, failure};
use crate::session::Region;

/// How many reads of one kind are made at a time.
pub const AT_ONCE: usize = 5;

/// The two parts of an id `<function>:<rest>`.
pub fn parts(id: &str) -> (&str, &str) {
    id.split_once(':').unwrap_or((id, ""))
}

/// What stands under its own key in its function is what was made there.
pub fn ours(found: Option<impl Sized>, id: String) -> Vec<Candidate> {
    found.map(|_| Candidate { id, ours: true }).into_iter().collect()
}

/// The URI by which API Gateway calls a function, a version or an alias.
pub fn invoke_arn(aws: &Region, arn: &str) -> String {
    let (partition, region) = (&aws.account().partition, aws.name());
    format!("arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations")
}

/// Texts of `InvalidParameterValueException` that pass by themselves: a role or key made a moment ago, an alias
/// that is moving, a function or version that is coming, or EC2 slowing Lambda down (`aws-semantics.md` 0.4).
const PASSING: [&str; 8] = [
    "cannot be assumed by lambda",
    "provided execution role does not have permissions",
    "kms key is invalid for creategrant",
    "throttled by ec2",
    "alias with weights can not be used",
    "in the following state: pending",
    "currently pending",
    "not active",
];

/// The failure of a call that makes, changes or deletes something (`aws-semantics.md` 3).
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    sorted(failure(operation, Effect::Mutates, error))
}

fn sorted(mut failure: Failure) -> Failure {
    let message = failure.message.to_ascii_lowercase();
    failure.class = match failure.code.as_str() {
        "ResourceConflictException" if message.contains("already exist") => FailureClass::Exists,
        // An update is under way, or another one came first.
        "ResourceConflictException" | "PreconditionFailedException" => FailureClass::Transient,
        "InvalidParameterValueException" if PASSING.iter().any(|text| message.contains(text)) => {
            FailureClass::NotYet
        }
        // A role of whose rights EC2 does not know yet is waited for, above; other words of EC2's mean what they mean
        // there: `(Service: Ec2, Error Code: InvalidSubnetID.NotFound)`, "EC2 Error Code: RequestLimitExceeded".
        "InvalidParameterValueException" => match of_ec2(&message) {
            Some(class) => class,
            None if message.contains("unreservedconcurrentexecution") => FailureClass::Quota,
            None => failure.class,
        },
        "ResourceNotReadyException" => FailureClass::NotYet,
        // The interfaces of a VPC, and addresses of a subnet.
        "ENILimitReachedException" | "SubnetIPAddressLimitReachedException" => FailureClass::Quota,
        "EC2ThrottledException" => FailureClass::Throttled,
        "ProvisionedConcurrencyConfigNotFoundException" => FailureClass::Absent,
        "PolicyLengthExceededException" => FailureClass::Quota,
        _ => failure.class,
    };
    failure
}

/// What EC2's code means that Lambda passes on inside a text, in small letters (sam#2007).
fn of_ec2(message: &str) -> Option<FailureClass> {
    let rest = message.split("error code: ").nth(1)?;
    let code: &str = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').next()?;
    match code.trim_end_matches('.') {
        "requestlimitexceeded" | "throttling" => Some(FailureClass::Throttled),
        "internalerror" | "unavailable" | "serviceunavailable" => Some(FailureClass::Transient),
        "unauthorizedoperation" => Some(FailureClass::NotYet),
        "insufficientfreeaddressesinsubnet" => Some(FailureClass::Quota),
        code if code.ends_with(".notfound") => Some(FailureClass::Absent),
        code if code.ends_with("limitexceeded") => Some(FailureClass::Quota),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::refused as of_code;

    /// E12: what has not arrived yet is waited for.
    #[test]
    fn what_is_on_its_way_is_waited_for() {
        let class = |code: &str, message: &str| sorted(of_code("x", Some(code), Some(message))).class;
        let parameter = "InvalidParameterValueException";
        let weights = "Alias with weights can not be used with Provisioned Concurrency";
        assert_eq!(class(parameter, weights), FailureClass::NotYet);
        let role = "The role defined for the function cannot be assumed by Lambda.";
        assert_eq!(class(parameter, role), FailureClass::NotYet);
        let pending = "The function is currently in the following state: Pending";
        assert_eq!(class(parameter, pending), FailureClass::NotYet);
        let subnet =
            "The subnet ID 'subnet-1' does not exist (Service: Ec2, Error Code: InvalidSubnetID.NotFound)";
        assert_eq!(class(parameter, subnet), FailureClass::Absent);
        assert_eq!(class(parameter, "MemorySize is out of range"), FailureClass::Invalid);
        // A4.
        assert_eq!(class("ENILimitReachedException", "the limit of the VPC"), FailureClass::Quota);
        let update =
            "The operation cannot be performed at this time. An update is in progress for resource: f";
        assert_eq!(class("ResourceConflictException", update), FailureClass::Transient);
        assert_eq!(class("ResourceNotFoundException", "Function not found"), FailureClass::Absent);
    }

    /// H18: what EC2 says of a function's network means the same through Lambda.
    #[test]
    fn codes_of_ec2_keep_their_meaning() {
        let class =
            |message: &str| sorted(of_code("x", Some("InvalidParameterValueException"), Some(message))).class;
        let throttled = "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 \
                         Error Code: RequestLimitExceeded. EC2 Error Message: Request limit exceeded.";
        assert!(matches!(class(throttled), FailureClass::NotYet | FailureClass::Throttled));
        let described = |code: &str| {
            class(&format!(
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: {code}. EC2 Error Message: x"
            ))
        };
        assert_eq!(described("InvalidGroup.NotFound"), FailureClass::Absent);
        assert_eq!(described("UnauthorizedOperation"), FailureClass::NotYet);
        assert_eq!(described("InsufficientFreeAddressesInSubnet"), FailureClass::Quota);
        assert_eq!(described("NetworkInterfaceLimitExceeded"), FailureClass::Quota);
        assert_eq!(described("InternalError"), FailureClass::Transient);
        assert_eq!(described("InvalidParameterValue"), FailureClass::Invalid);
    }
}
