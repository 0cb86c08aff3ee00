//! Typed ids: a subnet's is not taken for a VPC's.

use finsight_engine::program::Property;
use finsight_engine::schema::Kind;
use finsight_engine::value::Value;

use crate::declare::Shape;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident),* $(,)?) => {$(
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
    LogGroupName,
    /// A KMS key's id.
    KeyId,
    /// `alias/…`
    AliasName,
    /// A role's name.
    RoleName,
    /// `arn:…`, of anything.
    Arn,
    /// A database instance's identifier.
    DbInstanceId,
    /// A function's name.
    FunctionName,
    /// A REST API's id.
    RestApiId,
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
    ApiDomainName,
    /// `<domain name>|<base path>`
    BasePathMappingId,
    /// API Gateway's settings of an account in a region.
    GatewayAccountId,
}
