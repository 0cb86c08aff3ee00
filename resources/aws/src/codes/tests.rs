//! The tables against AWS's service models, and what they say of what was met.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;

use finsight_engine::contract::FailureClass::{
    self, Absent, Ambiguous, Blocked, Denied, Exists, Invalid, Later, NotYet, Quota, Throttled, Transient,
};
use serde_json::Value;

use super::*;

/// The names of the models that differ from the services' in our operations.
const NAMES: [(&str, &str); 1] = [("monitoring", "cloudwatch")];

fn class(operation: &str, code: &str, message: &str) -> FailureClass {
    class_of(operation, code, message, Effect::Mutates)
}

/// Per service its operations with the errors that AWS's model lists for them.
fn models() -> BTreeMap<String, Vec<(String, Vec<String>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/models");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the models").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a text");
        let Ok(model) = serde_json::from_str::<Value>(&text) else { continue };
        let Some(operations) = model["operations"].as_object() else { continue };
        let stem = entry.path().file_stem().expect("a name").to_string_lossy().into_owned();
        let service = NAMES.iter().find(|(name, _)| *name == stem).map_or(stem.as_str(), |(_, ours)| ours);
        let texts = |list: &Value| {
            let items = list.as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let operations = operations.iter().map(|(name, it)| (name.clone(), texts(&it["errors"]))).collect();
        found.insert(service.to_owned(), operations);
    }
    found
}

/// Every error that AWS documents for a call that is made has a line.
#[test]
fn each_error_of_each_used_operation_has_a_line() {
    let (mut services, mut operations, mut errors, mut own) = (0, 0, 0, 0);
    let mut without = Vec::new();
    for (service, listed) in models() {
        services += 1;
        for (action, codes) in listed {
            operations += 1;
            let operation = format!("{service}:{action}");
            for code in codes {
                errors += 1;
                own += usize::from(table(&service).iter().any(|line| line.fits_code(&action, &code)));
                if found(&operation, &code, "").is_none() {
                    without.push(format!("{operation} {code}"));
                }
            }
        }
    }
    println!(
        "errors: {errors} of {operations} operations in {services} services, {own} by a line of the service, {} by a \
         general one, {} without",
        errors - own - without.len(),
        without.len()
    );
    assert!(errors > 1000, "the models were not read");
    assert!(without.is_empty(), "no line says what these mean:\n{}", without.join("\n"));
}

impl Line {
    fn fits_code(&self, action: &str, code: &str) -> bool {
        self.fits(false, action, code, "") || self.fits(true, action, code, "")
    }
}

/// No line without a source, and none that another one hides.
#[test]
fn each_line_has_a_source_and_is_reached() {
    let names = models().into_keys().chain(["general".to_owned()]);
    let mut lines = 0;
    for name in names {
        let table = if name == "general" { general::LINES } else { table(&name) };
        for (number, line) in table.iter().enumerate() {
            lines += 1;
            let source = line.source.starts_with("https://") || line.source.starts_with("the service models");
            assert!(source, "{name}: {:?} has no source", line.codes);
            for code in line.codes.iter().filter(|code| !code.contains('*')) {
                let hides = |before: &&Line| {
                    before.codes.contains(code) && before.says.is_empty() && before.on.is_empty()
                };
                let hidden = table[..number].iter().find(hides);
                assert!(hidden.is_none(), "{name}: a line before hides what {code} means");
            }
            for text in line.says {
                assert_eq!(*text, text.to_ascii_lowercase(), "{name}: texts are compared in small letters");
            }
        }
    }
    println!("codes: {lines} lines");
}

#[test]
fn credentials_and_rates_mean_the_same_everywhere() {
    for service in models().into_keys() {
        let operation = format!("{service}:Something");
        for code in THROTTLING {
            assert_eq!(class(&operation, code, ""), Throttled, "{service} {code}");
        }
        assert_eq!(class(&operation, "InvalidClientTokenId", ""), FailureClass::Expired, "{service}");
        assert_eq!(class(&operation, "InvalidSignatureException", "x"), Denied, "{service}");
        assert_eq!(class(&operation, "ServiceUnavailable", ""), Ambiguous, "{service}");
        assert_eq!(class_of(&operation, "ServiceUnavailable", "", Effect::None), Transient, "{service}");
        assert_eq!(class(&operation, "NobodyHasHeardOfIt", ""), Invalid, "{service}");
    }
}

/// E12: what has not arrived yet is waited for.
#[test]
fn lambda_what_is_on_its_way_is_waited_for() {
    let of = |code: &str, message: &str| class("lambda:CreateFunction", code, message);
    let parameter = "InvalidParameterValueException";
    assert_eq!(of(parameter, "Alias with weights can not be used with Provisioned Concurrency"), NotYet);
    assert_eq!(of(parameter, "The role defined for the function cannot be assumed by Lambda."), NotYet);
    assert_eq!(of(parameter, "The function is currently in the following state: Pending"), NotYet);
    assert_eq!(of(parameter, "MemorySize is out of range"), Invalid);
    // A4.
    assert_eq!(of("ENILimitReachedException", "the limit of the VPC"), Quota);
    let update = "The operation cannot be performed at this time. An update is in progress for resource: f";
    assert_eq!(of("ResourceConflictException", update), Transient);
    assert_eq!(class("lambda:DeleteFunction", "ResourceConflictException", update), Blocked);
    assert_eq!(of("ResourceConflictException", "Function already exist: f"), Exists);
    assert_eq!(of("ResourceNotFoundException", "Function not found"), Absent);
    let principal = "The provided principal was invalid. Please check the principal and try again.";
    assert_eq!(class("lambda:AddPermission", parameter, principal), NotYet);
}

/// H18: what EC2 says of a function's network means the same through Lambda.
#[test]
fn lambda_codes_of_ec2_keep_their_meaning() {
    let of = |message: &str| {
        class("lambda:UpdateFunctionConfiguration", "InvalidParameterValueException", message)
    };
    let throttled = "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 \
                     Error Code: RequestLimitExceeded. EC2 Error Message: Request limit exceeded.";
    assert!(matches!(of(throttled), NotYet | Throttled));
    let described = |code: &str| {
        of(&format!(
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: {code}. EC2 Error Message: x"
        ))
    };
    assert_eq!(described("InvalidGroup.NotFound"), Absent);
    assert_eq!(described("UnauthorizedOperation"), NotYet);
    assert_eq!(described("InsufficientFreeAddressesInSubnet"), Quota);
    assert_eq!(described("NetworkInterfaceLimitExceeded"), Quota);
    assert_eq!(described("RequestLimitExceeded"), Throttled);
    assert_eq!(described("InternalError"), Transient);
    assert_eq!(described("InvalidParameterValue"), Invalid);
    let subnet =
        "The subnet ID 'subnet-1' does not exist (Service: Ec2, Error Code: InvalidSubnetID.NotFound)";
    assert_eq!(of(subnet), Absent);
}

#[test]
fn amplify_bad_requests_are_told_apart_by_what_they_say() {
    let of = |operation: &str, message: &str| class(operation, "BadRequestException", message);
    assert_eq!(of("amplify:CreateBranch", "The branch already exists"), Exists);
    assert_eq!(of("amplify:UpdateApp", "It already exists"), Invalid);
    assert_eq!(of("amplify:DeleteBranch", "Branch is associated with a domain"), Blocked);
    assert_eq!(of("amplify:CreateApp", "You should at least provide one valid token"), Invalid);
    let busy = "Cannot update domain while the domain is in UPDATING status.";
    assert_eq!(of("amplify:UpdateDomainAssociation", busy), NotYet);
    assert_eq!(of("amplify:DeleteDomainAssociation", busy), Blocked);
    let start = |message: &str| class("amplify:StartJob", "LimitExceededException", message);
    assert_eq!(start("The branch main already has pending or running jobs"), NotYet);
    assert_eq!(start("You have reached your limit"), Quota);
}

/// A3, Y7, H9, Y2: what is known a moment later, what storage waits for, and what the plan of an account has not.
#[test]
fn rds_refusals_that_pass_are_told_from_those_that_stay() {
    let of = |code: &str, message: &str| class("rds:CreateDBInstance", code, message);
    let role = "Unable to create the resource. Verify that you have permission to create service linked role. \
                Otherwise wait and try again later";
    assert_eq!(of("InvalidParameterValue", role), NotYet);
    assert_eq!(of("InvalidParameterValue", "Missing necessary credentials"), NotYet);
    assert_eq!(of("InvalidSubnet", "Some input subnets in :[subnet-1] are invalid."), Absent);
    assert_eq!(of("InvalidParameterValue", "Invalid security group , groupId= sg-1, groupName=."), Absent);
    let storage = "You can't currently modify the storage of this DB instance because the previous storage change is \
                   being optimized.";
    assert_eq!(of("InvalidParameterCombination", storage), Later);
    let proxy = "RDS is not authorized to assume service-linked role arn:aws:iam::1:role/aws-service-role/\
                 rds.amazonaws.com/AWSServiceRoleForRDS. Check your RDS service-linked role and try again.";
    assert_eq!(class("rds:CreateDBProxy", "AccessDenied", proxy), NotYet);
    let plan = "This instance size isn't available with free plan accounts.";
    assert_eq!(of("FreeTierRestrictionError", plan), Quota);
    assert_eq!(of("InvalidParameterValue", "Invalid DB engine"), Invalid);
    assert_eq!(class("rds:DeleteDBInstance", "InvalidDBInstanceState", "busy"), Blocked);
    assert_eq!(class("rds:ModifyDBInstance", "InvalidDBInstanceState", "busy"), Transient);
}

#[test]
fn rds_a_busy_instance_is_waited_for_and_a_stopped_one_is_not() {
    let of = |message: &str| class("rds:RegisterDBProxyTargets", "InvalidDBInstanceState", message);
    assert_eq!(of("DB Instance db is in an unsupported state - CREATING"), NotYet);
    assert_eq!(of("DB Instance db is in an unsupported state - STOPPED"), Invalid);
}

#[test]
fn route53_refusals_of_a_batch_are_told_apart() {
    let of = |message: &str| class("route53:ChangeResourceRecordSets", "InvalidChangeBatch", message);
    assert_eq!(
        of("[Tried to create resource record set [name='a.b.', type='A'] but it already exists]"),
        Exists
    );
    assert_eq!(
        of("[Tried to delete resource record set [name='a.b.', type='A'] but it was not found]"),
        Absent
    );
    let conflict = "[RRSet of type CNAME with DNS name a.b. is not permitted because a conflicting RRSet of type A \
                    with the same DNS name already exists in zone b.]";
    assert_eq!(of(conflict), Invalid);
    // The engine waits for one that it made a moment ago (X10), and for no other.
    let target =
        "[Tried to create an alias that targets a.b., type A in zone Z1, but that target was not found]";
    assert_eq!(of(target), Absent);
    let changed = "[Tried to delete resource record set [name='a.b.', type='A'] but the values provided do not match \
                   the current values]";
    assert_eq!(of(changed), Transient);
}

#[test]
fn ec2_what_is_not_found_on_a_change_is_for_the_engine_to_judge() {
    let of = |action: &str, code: &str| class(&format!("ec2:{action}"), code, "why");
    assert_eq!(of("CreateSubnet", "InvalidGroup.NotFound"), Absent);
    assert_eq!(of("CreateSubnet", "Gateway.NotAttached"), Absent);
    assert_eq!(of("CreateTags", "InvalidID"), Invalid);
    assert_eq!(of("CreateSubnet", "InvalidZone.NotFound"), Invalid);
    assert_eq!(of("CreateVpcEndpoint", "InvalidVpcEndpointServiceId.NotFound"), Invalid);
    assert_eq!(of("CreateFlowLogs", "FlowLogsLimitExceeded"), Quota);
    assert_eq!(of("CreateVpc", "RequestLimitExceeded"), Throttled);
    assert_eq!(of("CreateSubnet", "InvalidSubnet.Conflict"), Exists);
    assert_eq!(of("AttachInternetGateway", "Resource.AlreadyAssociated"), Exists);
    assert_eq!(of("CreateNatGateway", "Resource.AlreadyAssociated"), NotYet);
    let held = "You do not have permission to access the specified resource.";
    assert_eq!(class("ec2:ReleaseAddress", "AuthFailure", held), Blocked);
    let keys = "AWS was not able to validate the provided access credentials";
    assert_eq!(class("ec2:ReleaseAddress", "AuthFailure", keys), Denied);
    assert_eq!(of("ModifyVpcEndpoint", "IncorrectState"), NotYet);
    assert_eq!(of("DeleteNatGateway", "IncorrectState"), Blocked);
}

/// A certificate just issued is not known for a minute; two changes at once are one after the other.
#[test]
fn apigateway_texts_are_told_apart() {
    let bad = |action: &str, text: &str| class(&format!("apigateway:{action}"), "BadRequestException", text);
    let conflict =
        |action: &str, text: &str| class(&format!("apigateway:{action}"), "ConflictException", text);
    assert_eq!(bad("CreateDomainName", "The provided certificate does not exist."), NotYet);
    assert_eq!(bad("CreateDomainName", "Certificate must be in us-east-1"), Invalid);
    assert_eq!(bad("CreateDomainName", "The domain name already exists"), Exists);
    let concurrent = "Unable to complete operation due to concurrent modification. Please try again later.";
    assert_eq!(conflict("CreateDeployment", concurrent), Transient);
    assert_eq!(bad("CreateDeployment", concurrent), Transient);
    assert_eq!(conflict("CreateUsagePlanKey", "Usage Plan already has key"), Exists);
    assert_eq!(conflict("UpdateDomainName", "There is already an update in progress"), Transient);
    assert_eq!(bad("CreateBasePathMapping", "Invalid stage identifier specified"), NotYet);
    assert_eq!(bad("DeleteDeployment", "Active stages pointing to this deployment must be moved"), Blocked);
    assert_eq!(bad("UpdateAccount", "The role ARN does not have required permissions configured."), NotYet);
}

/// X8: a topic's policy or key made a moment ago is waited for; a definition that is wrong is not.
#[test]
fn ses_what_it_cannot_publish_yet_is_waited_for() {
    let of = |code: &str, message: &str| class("ses:CreateConfigurationSetEventDestination", code, message);
    let topic = "Could not publish to SNS topic <arn:aws:sns:eu-west-1:1:news>.";
    assert_eq!(of("BadRequestException", topic), NotYet);
    assert_eq!(of("BadRequestException", "An event destination must have exactly one destination."), Invalid);
    assert_eq!(of("AlreadyExistsException", "it is there"), Exists);
    assert_eq!(of("NotFoundException", "no such set"), Absent);
}

/// A bucket that Config does not see may have been made a moment ago; what it may not do stays Config's own.
#[test]
fn config_what_is_not_there_yet_is_absent() {
    let of = |code: &str| class("config:PutDeliveryChannel", code, "x");
    assert_eq!(of("NoSuchBucketException"), Absent);
    assert_eq!(of("InsufficientDeliveryPolicyException"), NotYet);
    assert_eq!(of("InvalidS3KeyPrefixException"), Invalid);
    assert_eq!(of("MaxNumberOfDeliveryChannelsExceededException"), Exists);
    assert_eq!(
        class("config:DeleteDeliveryChannel", "LastDeliveryChannelDeleteFailedException", "x"),
        Blocked
    );
}
