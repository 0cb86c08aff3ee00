//! What EC2's codes mean. Its service model (botocore 1.44.8) lists none: they stand in the API reference, against which
//! they were checked on 2026-11-30.
//!
//! EC2 names what it cannot find by `Invalid….NotFound`. The engine sends ids that it has seen, and knows for how long
//! they may not be visible yet. A name that was never an id of ours will not be.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const CODES: &str = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html";
const TAKING_AWAY: &[&str] = &["Delete", "Disassociate", "Detach", "Release"];
const FLOW_LOG_ROLE: &str =
    "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_flow_log.go";
const FLOW_LOGS: &[&str] = &["InvalidParameter", "InvalidParameterValue", "400"];
const TAGS: &[&str] = &["CreateTags", "DeleteTags"];

pub(super) const LINES: &[Line] = &[
    line(&["InvalidZone.NotFound", "InvalidVpcEndpointService*"], Invalid, CODES),
    // An id of no form. One that is not seen has a code of its kind: `InvalidVpcID.NotFound`.
    line(&["InvalidID"], Invalid, CODES).on(TAGS),
    // "Allow sufficient wait time for the previous request to complete, then retry your request."
    line(&["ConcurrentTagAccess"], Transient, CODES),
    line(&["*NotFound", "Gateway.NotAttached"], Absent, CODES),
    line(&["IncorrectState"], Blocked, CODES).on(TAKING_AWAY),
    line(&["IncorrectState"], NotYet, CODES),
    line(&["InvalidGroup.InUse", "InvalidIPAddress.InUse"], Blocked, CODES),
    // While a NAT gateway holds an address, and a little longer, EC2 says that it is not ours to release.
    line(&["AuthFailure"], Blocked, "https://github.com/kubernetes/kops/issues/938")
        .on(&["ReleaseAddress"])
        .says(&["permission to access the specified resource"]),
    // The address, and not the gateway: "already in use". That the gateway which this one replaces lets go of it late is
    // not documented.
    line(&["Resource.AlreadyAssociated"], NotYet, CODES).on(&["CreateNatGateway"]),
    // The endpoint that this one replaces gives its name back late.
    line(&["InvalidParameter"], NotYet, "https://github.com/hashicorp/terraform-provider-aws/issues/17535")
        .on(&["CreateVpcEndpoint"])
        .says(&["conflicting dns domain"]),
    // A role or log group just made is not visible to the flow log service at once. Not documented: of the role as
    // Terraform does; of the destination, the user guide speaks of what is missing, or may not be written to.
    line(FLOW_LOGS, NotYet, FLOW_LOG_ROLE).on(&["CreateFlowLogs"]).says(&["unable to assume given iam role"]),
    line(
        FLOW_LOGS,
        NotYet,
        "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html",
    )
    .on(&["CreateFlowLogs"])
    .says(&["access denied for logdestination"]),
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
    // A subnet has no address left, and gets none by itself.
    line(&["InsufficientFreeAddressesInSubnet"], Quota, CODES),
    line(&["*LimitExceeded"], Quota, CODES),
];
