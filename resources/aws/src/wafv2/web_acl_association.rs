//! `aws:wafv2:WebACLAssociation`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:wafv2:WebACLAssociation`.
pub struct WebAclAssociation;

#[async_trait]
impl Handler for WebAclAssociation {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            let Some(acl) = guarding(aws, &target.id).await? else { continue };
            let properties = Values::new().set("resource_arn", target.id.as_str()).set("web_acl_arn", acl);
            found.push(Live {
                id: target.id.clone(),
                properties: properties.build(),
                outputs: Map::new(),
                health: Health::Ready,
            });
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let resource = inputs.required("resource_arn")?;
        let acl = guarding(aws, resource).await?;
        let ours = acl.as_deref() == inputs.text("web_acl_arn");
        Ok(acl.map(|_| Candidate { id: resource.to_owned(), ours }).into_iter().collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let resource = inputs.required("resource_arn")?;
        associate(aws, resource, inputs.required("web_acl_arn")?).await?;
        Ok(resource.to_owned())
    }

    /// One call swaps the web ACL: the resource is never without.
    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        associate(aws, &target.id, desired.required("web_acl_arn")?).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.wafv2().disassociate_web_acl().resource_arn(&target.id);
        call.send().await.map_err(|error| refused("wafv2:DisassociateWebACL", &error))?;
        Ok(Deleted::Gone)
    }
}

/// The web ACL before a resource; AWS answers with nothing where there is none.
async fn guarding(aws: &Region, resource: &str) -> Result<Option<String>, Failure> {
    let answer = aws.wafv2().get_web_acl_for_resource().resource_arn(resource).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("wafv2:GetWebACLForResource", &error)))?;
    Ok(answer.and_then(|answer| answer.web_acl).map(|acl| acl.arn))
}

/// A stage or a web ACL just made may not be known to WAF yet.
async fn associate(aws: &Region, resource: &str, acl: &str) -> Result<(), Failure> {
    let call = aws.wafv2().associate_web_acl().resource_arn(resource).web_acl_arn(acl);
    call.send().await.map_err(|error| refused("wafv2:AssociateWebACL", &error))?;
    Ok(())
}
