//! Typed ids: a subnet's is not taken for a VPC's. What is a plain name says of which types.

use finsight_engine::program::Property;
use finsight_engine::schema::Kind;
use finsight_engine::value::Value;

use crate::declare::Shape;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident $(names $($named:literal)+)?),* $(,)?) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The id of a resource that no program declares.
            #[must_use]
            pub fn literal(id: impl Into<String>) -> Self {
                Self(id.into())
            }
        }

        impl Property for $name {
            fn to_value(self) -> Value {
                Value::Text(self.0)
            }
        }

        impl Shape for $name {
            const KIND: Kind = Kind::Text;
            const NAMES: &'static [&'static str] = &[$($($named),+)?];
        }
    )*};
}

ids! {
    /// `vpc-…`
    VpcId,
    /// `subnet-…`
    SubnetId,
    /// `igw-…`
    InternetGatewayId,
    /// `<gateway>|<vpc>`
    VpcGatewayAttachmentId,
    /// `eipalloc-…`
    AllocationId,
    /// `nat-…`
    NatGatewayId,
    /// `rtb-…`
    RouteTableId,
    /// The subnet's id.
    SubnetRouteTableAssociationId,
    /// `sg-…`
    SecurityGroupId,
    /// `vpce-…`
    VpcEndpointId,
    /// `fl-…`
    FlowLogId,
    /// A log group's name.
    LogGroupName names "aws:logs:LogGroup",
    /// A KMS key's id.
    KeyId,
    /// `alias/…`
    AliasName names "aws:kms:Alias",
    /// A rule's name on the default bus of events.
    EventRuleName,
    /// A role's name.
    RoleName names "aws:iam:Role",
    /// `arn:…`, of anything.
    Arn,
    /// A database instance's identifier.
    DbInstanceId names "aws:rds:DBInstance",
    /// A DB subnet group's name.
    DbSubnetGroupName names "aws:rds:DBSubnetGroup",
    /// A DB parameter group's name.
    DbParameterGroupName names "aws:rds:DBParameterGroup",
    /// A DB snapshot's identifier.
    DbSnapshotId names "aws:rds:DBSnapshot",
    /// A database proxy's name.
    DbProxyName names "aws:rds:DBProxy",
    /// The name of a subscription to RDS's events.
    EventSubscriptionName,
    /// `<proxy>|default`
    DbProxyTargetGroupId,
    /// `<proxy>|<instance>`
    DbProxyTargetId,
    /// A secret's ARN.
    SecretArn,
    /// `<secret ARN>|<incarnation>`
    SecretVersionId,
    /// A function's name.
    FunctionName names "aws:lambda:Function",
    /// `<function>:<version>`
    FunctionVersionId,
    /// `<function>:<alias>`
    FunctionAliasId,
    /// `<function>:<qualifier>`
    ProvisionedConcurrencyConfigId,
    /// `<function>|<qualifier>|<statement>`
    PermissionId,
    /// `<function>:<qualifier>`
    EventInvokeConfigId,
    /// `<function>:<qualifier>`
    InvocationId,
    /// `<namespace>|<resource>|<dimension>`
    ScalableTargetId,
    /// `<policy>|<namespace>|<resource>|<dimension>`
    ScalingPolicyId,
    /// A bucket's name.
    BucketName names "aws:s3:Bucket",
    /// `<bucket>/<key>`
    ObjectId,
    /// A REST API's id.
    RestApiId,
    /// A health check's id, a UUID.
    HealthCheckId,
    /// `Z…`, without `/hostedzone/`.
    HostedZoneId,
    /// `<zone>|<name>|<type>|<set identifier>`
    RecordSetId,
    /// `d…`
    AmplifyAppId,
    /// `<app>|<branch>`
    AmplifyBranchId,
    /// `<app>|<domain>`
    AmplifyDomainAssociationId,
    /// An Amplify webhook's id.
    AmplifyWebhookId,
    /// A domain or an address that mail comes from.
    EmailIdentityName names "aws:ses:EmailIdentity",
    /// A configuration set's name.
    ConfigurationSetName names "aws:ses:ConfigurationSet",
    /// A schedule group's name.
    ScheduleGroupName names "aws:scheduler:ScheduleGroup",
    /// `<group>/<name>`
    ScheduleId,
    /// A budget's name.
    BudgetName,
    /// The name of a group of traces.
    TraceGroupName,
    /// A sampling rule's name.
    SamplingRuleName,
    /// An alarm's name, of a metric or of other alarms.
    AlarmName names "aws:cloudwatch:Alarm" "aws:cloudwatch:CompositeAlarm",
    /// A dashboard's name.
    DashboardName,
    /// `<log group>|<filter>`
    MetricFilterId,
    /// `<log group>|<filter>`
    SubscriptionFilterId,
    /// A UUID.
    QueryDefinitionId,
    /// A CloudWatch Logs resource policy's name.
    LogsResourcePolicyName,
    /// A trail's name.
    TrailName names "aws:cloudtrail:Trail",
    /// A configuration recorder's name.
    ConfigurationRecorderName names "aws:config:ConfigurationRecorder",
    /// A delivery channel's name.
    DeliveryChannelName names "aws:config:DeliveryChannel",
    /// A Config rule's name.
    ConfigRuleName names "aws:config:ConfigRule",
    /// `E…`, of a distribution.
    DistributionId,
    /// A cache policy's id.
    CachePolicyId,
    /// An origin request policy's id.
    OriginRequestPolicyId,
    /// A response headers policy's id.
    ResponseHeadersPolicyId,
    /// `E…`, of an origin access control.
    OriginAccessControlId,
    /// `<name>|<id>|<scope>`, of a web ACL.
    WebAclId,
    /// The ARN of the resource that a web ACL protects.
    WebAclAssociationId,
    /// The ARN of the web ACL whose requests are logged.
    WafLoggingId,
    /// `<name>|<id>|<scope>`, of an IP set.
    IpSetId,
    /// An authorizer's id within its REST API.
    AuthorizerId,
    /// A deployment's id within its REST API.
    DeploymentId,
    /// `<api>|<stage>`
    StageId,
    /// An API key's id; its value is an output.
    ApiKeyId,
    /// A usage plan's id.
    UsagePlanId,
    /// `<usage plan>|<API key>`
    UsagePlanKeyId,
    /// The custom domain name of APIs.
    ApiDomainName names "aws:apigateway:DomainName",
    /// `<domain name>|<base path>`
    BasePathMappingId,
    /// API Gateway's settings of an account in a region.
    GatewayAccountId,
}
