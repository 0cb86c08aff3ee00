//! What EC2's codes mean. Its service model lists none: they stand in the user guide.
//!
//! EC2 names what it cannot find by `Invalid….NotFound`. The engine sends ids that it has seen, and knows for how long
//! they may not be visible yet. A name that was never an id of ours will not be.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const CODES: &str = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.html";
const TAKING_AWAY: &[&str] = &["Delete", "Disassociate", "Detach", "Release"];
const TAGS: &[&str] = &["CreateTags", "DeleteTags"];

pub(super) const LINES: &[Line] = &[
    line(&["InvalidZone.NotFound", "InvalidVpcEndpointService*"], Invalid, CODES),
    // A tag call does not see the resource.
    line(&["InvalidID"], Absent, CODES).on(TAGS),
    line(&["ConcurrentTagAccess"], Transient, CODES),
    line(&["*NotFound", "Gateway.NotAttached"], Absent, CODES),
    line(&["IncorrectState"], Blocked, CODES).on(TAKING_AWAY),
    line(&["IncorrectState"], NotYet, CODES),
    line(&["InvalidGroup.InUse", "InvalidIPAddress.InUse"], Blocked, CODES),
    // While a NAT gateway holds an address, and a little longer, EC2 says that it is not ours to release.
    line(&["AuthFailure"], Blocked, "https://github.com/kubernetes/kops/issues/938")
        .on(&["ReleaseAddress"])
        .says(&["permission to access the specified resource"]),
    // The address, and not the gateway: the one that this one replaces lets go of it late.
    line(&["Resource.AlreadyAssociated"], NotYet, CODES).on(&["CreateNatGateway"]),
    // The endpoint that this one replaces gives its name back late.
    line(&["InvalidParameter"], NotYet, "https://github.com/hashicorp/terraform-provider-aws/issues/17535")
        .on(&["CreateVpcEndpoint"])
        .says(&["conflicting dns domain"]),
    // A role or log group just made is not visible to the flow log service at once.
    line(&["InvalidParameter", "InvalidParameterValue", "400"], NotYet, super::general::SPREADING)
        .on(&["CreateFlowLogs"])
        .says(&["access denied for logdestination", "unable to assume given iam role"]),
    // Before an internet gateway is attached, or seen to be, table and gateway "belong to different networks".
    line(
        &["InvalidParameterValue"],
        Absent,
        "https://github.com/smoketurner/serverless-vpc-plugin/issues/147",
    )
    .on(&["CreateRoute", "ReplaceRoute"])
    .says(&["belong to different networks"]),
    line(
        &[
            "InvalidGroup.Duplicate",
            "InvalidSubnet.Conflict",
            "Resource.AlreadyAssociated",
            "RouteAlreadyExists",
            "FlowLogAlreadyExists",
            "InvalidPermission.Duplicate",
        ],
        Exists,
        CODES,
    ),
    line(&["*LimitExceeded"], Quota, CODES),
];
