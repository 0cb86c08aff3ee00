//! What is known of single properties and types, each with its reason. What is not needed any more fails the tests.

/// A property that no one can change so that `drift` would have to see it.
pub struct LeftOut {
    pub type_name: &'static str,
    /// The resources that it is left out of, by the end of their URN; all where it is empty.
    pub resource: &'static str,
    pub property: &'static str,
    pub reason: &'static str,
}

/// A property that does not change alone: what else `drift` then finds.
pub struct Coupled {
    pub type_name: &'static str,
    pub property: &'static str,
    /// Properties of the same resource, or `type/property` of others.
    pub also: &'static [&'static str],
    pub reason: &'static str,
}

/// A type whose resources take others with them.
pub struct Cascade {
    pub type_name: &'static str,
    /// Types that go, too.
    pub takes: &'static [&'static str],
    pub reason: &'static str,
}

/// Values for properties of which neither the fixture nor the value that stands gives one.
pub const VALUES: &[(&str, &str, &str)] = &[
    ("aws:iam:Role", "permissions_boundary", r#""arn:aws:iam::aws:policy/ReadOnlyAccess""#),
    ("aws:iam:Role", "managed_policy_arns", r#"["arn:aws:iam::aws:policy/ReadOnlyAccess"]"#),
];

const fn out(
    type_name: &'static str,
    resource: &'static str,
    property: &'static str,
    reason: &'static str,
) -> LeftOut {
    LeftOut { type_name, resource, property, reason }
}

const REPORTED: &str = "what AWS reports, not a setting";
const ONLY_ONE: &str = "the account has no other one that AWS would take here";

pub const LEFT_OUT: &[LeftOut] = &[
    out(
        "aws:apigateway:RestApi",
        "",
        "content",
        "what the handler reports: whether all of it is as imported",
    ),
    out("aws:apigateway:BasePathMapping", "", "rest_api_id", ONLY_ONE),
    out("aws:apigateway:BasePathMapping", "", "stage", ONLY_ONE),
    out("aws:apigateway:Stage", "", "deployment_id", ONLY_ONE),
    out("aws:cloudfront:OriginAccessControl", "", "signing_protocol", "AWS knows this one value alone"),
    out("aws:cloudtrail:Trail", "", "include_global_service_events", "a multi-region trail has to have them"),
    out("aws:config:ConfigurationRecorder", "", "role_arn", "only one role of the account trusts AWS Config"),
    out("aws:ec2:VpcEndpoint", "s3", "subnet_ids", "a gateway endpoint has none"),
    out("aws:ec2:VpcEndpoint", "s3", "private_dns_enabled", "a gateway endpoint has none"),
    out("aws:lambda:Function", "", "last_update_status", REPORTED),
    out("aws:lambda:Function", "", "live_version", REPORTED),
    out("aws:rds:DBInstance", "", "allocated_storage", "AWS lets it grow alone, and growth is no drift"),
    out("aws:rds:DBInstance", "", "engine_version", "another major version could not be taken back"),
    out(
        "aws:rds:DBInstance",
        "",
        "master_user_secret_kms_key_id",
        "AWS keeps it while it manages the password",
    ),
    out("aws:rds:DBInstance", "", "db_parameter_group_name", ONLY_ONE),
    out("aws:rds:DBInstance", "", "parameter_apply_status", REPORTED),
    out("aws:rds:DBInstance", "", "condition", REPORTED),
    out("aws:rds:DBProxy", "", "require_tls", "has to be on with IAM authentication"),
    out("aws:ses:EmailIdentity", "", "configuration_set_name", ONLY_ONE),
];

const fn with(
    type_name: &'static str,
    property: &'static str,
    also: &'static [&'static str],
    reason: &'static str,
) -> Coupled {
    Coupled { type_name, property, also, reason }
}

const STATISTICS: &str = "an alarm has one of the two";
const SUPPRESSION: &str = "the three are set together";

pub const COUPLED: &[Coupled] = &[
    with("aws:cloudwatch:Alarm", "extended_statistic", &["statistic"], STATISTICS),
    with(
        "aws:cloudwatch:CompositeAlarm",
        "actions_suppressor",
        &["actions_suppressor_wait_period", "actions_suppressor_extension_period"],
        SUPPRESSION,
    ),
    with(
        "aws:cloudwatch:CompositeAlarm",
        "actions_suppressor_wait_period",
        &["actions_suppressor", "actions_suppressor_extension_period"],
        SUPPRESSION,
    ),
    with(
        "aws:cloudwatch:CompositeAlarm",
        "actions_suppressor_extension_period",
        &["actions_suppressor", "actions_suppressor_wait_period"],
        SUPPRESSION,
    ),
    with(
        "aws:lambda:Function",
        "live_alias",
        &["aws:lambda:Permission/deleted"],
        "an alias takes the permissions for it with it",
    ),
    with("aws:s3:Bucket", "kms_master_key_id", &["sse_algorithm"], "a key needs its algorithm"),
];

const fn takes(type_name: &'static str, takes: &'static [&'static str], reason: &'static str) -> Cascade {
    Cascade { type_name, takes, reason }
}

const BENEATH: &str = "they live in it";

pub const CASCADES: &[Cascade] = &[
    takes("aws:amplify:App", &["aws:amplify:Branch", "aws:amplify:DomainAssociation"], BENEATH),
    takes("aws:apigateway:ApiKey", &["aws:apigateway:UsagePlanKey"], "a plan's key goes with the key"),
    takes("aws:apigateway:UsagePlan", &["aws:apigateway:UsagePlanKey"], "a plan's key goes with the plan"),
    takes("aws:config:ConfigurationRecorder", &["aws:config:ConfigurationRecorderStatus"], BENEATH),
    takes("aws:ec2:Subnet", &["aws:ec2:SubnetRouteTableAssociation"], "it goes with its subnet"),
    takes("aws:lambda:Function", &["aws:lambda:Permission"], "they are the function's policy"),
    takes("aws:rds:DBProxy", &["aws:rds:DBProxyTarget", "aws:rds:DBProxyTargetGroup"], BENEATH),
    takes("aws:scheduler:ScheduleGroup", &["aws:scheduler:Schedule"], BENEATH),
    takes("aws:secretsmanager:Secret", &["aws:secretsmanager:SecretVersion"], BENEATH),
    takes("aws:sns:Topic", &["aws:sns:Subscription"], "they go with their topic"),
];

/// Types that are settings of something else: taking them away sets AWS's own values, which is found as a change.
pub const SETTINGS: &[&str] = &[
    "aws:apigateway:Account",
    "aws:config:ConfigurationRecorderStatus",
    "aws:ec2:SecurityGroupEgress",
    "aws:rds:DBProxyTargetGroup",
];

const USED: &str = "AWS refuses while something of the stack uses it";

/// Types of which no resource can be deleted from outside.
pub const STANDING: &[(&str, &str)] = &[
    ("aws:acm:Certificate", USED),
    ("aws:acm:CertificateValidation", "a wait, not something that stands"),
    ("aws:amplify:Branch", USED),
    ("aws:apigateway:Deployment", USED),
    ("aws:apigateway:DomainName", USED),
    ("aws:apigateway:RestApi", USED),
    ("aws:apigateway:Stage", USED),
    ("aws:cloudfront:CachePolicy", USED),
    ("aws:cloudfront:OriginAccessControl", USED),
    ("aws:cloudfront:ResponseHeadersPolicy", USED),
    ("aws:config:DeliveryChannel", USED),
    ("aws:ec2:DefaultSecurityGroup", "it goes with its VPC alone"),
    ("aws:ec2:EIP", USED),
    ("aws:ec2:InternetGateway", USED),
    ("aws:ec2:RouteTable", USED),
    ("aws:ec2:SecurityGroup", USED),
    ("aws:ec2:Vpc", USED),
    ("aws:ec2:VpcGatewayAttachment", USED),
    ("aws:rds:DBInstance", "its deletion protection is on"),
    ("aws:rds:DBParameterGroup", USED),
    ("aws:rds:DBSubnetGroup", USED),
    ("aws:route53:HostedZone", USED),
    ("aws:wafv2:WebACL", USED),
];
