//! The faults of `support/wire_faults` are what AWS's own would be: the SDKs read them so.

use std::sync::Arc;

use aws_sdk_ec2::error::ProvideErrorMetadata as _;

use crate::support::Served;
use crate::support::eyes::sdk;
use crate::support::site::REGION;
use crate::support::wire_faults::{Act, Call, Faults, Refusal, Spoiled, Wire, answers};

/// Does the same to every call.
struct All(fn(&Call) -> Act);

impl Faults for All {
    fn meet(&self, call: &Call) -> Act {
        (self.0)(call)
    }
}

/// The error codes that a client of each protocol reads; none where the call succeeds.
fn codes(served: &Served, wire: &Wire) -> Vec<Option<String>> {
    let config = served.block(sdk(&wire.url, finsight_aws::https_client(), REGION));
    macro_rules! code {
        ($service:ident, $operation:ident) => {
            match served.block($service::Client::new(&config).$operation().send()) {
                Ok(_) => None,
                Err(error) => Some(error.code().unwrap_or("unreadable").to_owned()),
            }
        };
    }
    vec![
        code!(aws_sdk_ec2, describe_vpcs),
        code!(aws_sdk_iam, list_roles),
        code!(aws_sdk_kms, list_keys),
        code!(aws_sdk_lambda, list_functions),
        code!(aws_sdk_route53, list_hosted_zones),
        code!(aws_sdk_s3, list_buckets),
        code!(aws_sdk_cloudwatch, describe_alarms),
    ]
}

#[track_caller]
fn reads(what: fn(&Call) -> Act, wanted: [&str; 7]) {
    let served = Served::new();
    let wire = Wire::new(&served.url);
    assert_eq!(codes(&served, &wire), vec![None; 7], "without faults all goes through");
    wire.set(Arc::new(All(what)));
    let wanted: Vec<Option<String>> = wanted.map(|code| Some(code.to_owned())).into();
    assert_eq!(codes(&served, &wire), wanted);
}

#[test]
fn refusals_for_the_rate_are_read_by_their_codes() {
    reads(
        |call| Act::Refuse(answers::throttled(call)),
        [
            "RequestLimitExceeded",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "Throttling",
            "SlowDown",
            "ThrottlingException",
        ],
    );
}

#[test]
fn expired_credentials_are_read_by_their_codes() {
    reads(
        |call| Act::RefuseAfter(answers::expired(call)),
        [
            "RequestExpired",
            "ExpiredToken",
            "ExpiredTokenException",
            "ExpiredTokenException",
            "ExpiredToken",
            "ExpiredToken",
            "ExpiredTokenException",
        ],
    );
}

#[test]
fn a_message_with_signs_of_its_protocol_is_read() {
    let odd = |_: &Call| Act::Refuse(Refusal::new(400, "Odd", "a < b & c > \"d\""));
    reads(odd, ["Odd"; 7]);
}

#[test]
fn cut_connections_and_garbage_are_no_answers() {
    for act in [
        (|_| Act::CutBefore) as fn(&Call) -> Act,
        |_| Act::CutAfter,
        |_| Act::Spoil(Spoiled::Garbage),
        |_| Act::Spoil(Spoiled::Html),
    ] {
        reads(act, ["unreadable"; 7]);
    }
}
