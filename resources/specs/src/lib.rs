//! Resource types as data: properties, typed ids, and what a change does.
//!
//! Every type is declared once, with `resource!`, in a file of its name.

pub mod apigateway;
pub(crate) mod declare;
pub mod ec2;
pub mod iam;
pub mod ids;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod rds;

use finsight_engine::schema::Registry;

/// All resource types.
#[must_use]
pub fn registry() -> Registry {
    Registry::new([
        apigateway::RestApi::spec(),
        ec2::DefaultSecurityGroup::spec(),
        ec2::ElasticIp::spec(),
        ec2::FlowLog::spec(),
        ec2::InternetGateway::spec(),
        ec2::NatGateway::spec(),
        ec2::RouteTable::spec(),
        ec2::SecurityGroup::spec(),
        ec2::SecurityGroupEgress::spec(),
        ec2::Subnet::spec(),
        ec2::SubnetRouteTableAssociation::spec(),
        ec2::Vpc::spec(),
        ec2::VpcEndpoint::spec(),
        ec2::VpcGatewayAttachment::spec(),
        iam::ManagedPolicy::spec(),
        iam::Role::spec(),
        kms::Alias::spec(),
        kms::Key::spec(),
        lambda::Function::spec(),
        logs::LogGroup::spec(),
        rds::DbInstance::spec(),
    ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_type_has_a_sentence_and_a_sound_identity() {
        use finsight_engine::schema::Identity;
        for spec in super::registry().iter() {
            assert!(!spec.doc.is_empty(), "{}", spec.name);
            let keys: Vec<&str> = match spec.identity {
                Identity::Minted { .. } => {
                    assert!(spec.taggable(), "{}: minted ids are found again by tag", spec.name);
                    vec![]
                }
                Identity::Named { property } => vec![property],
                Identity::Child { key } | Identity::Adopted { key } => key.to_vec(),
            };
            for key in keys.iter().chain(spec.exclusive.iter().copied().flatten()) {
                assert!(spec.property(key).is_some(), "{}: no property {key}", spec.name);
            }
            for property in &spec.properties {
                assert!(!property.doc.is_empty(), "{}.{}", spec.name, property.name);
            }
        }
    }
}
