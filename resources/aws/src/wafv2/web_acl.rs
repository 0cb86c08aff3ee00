//! `aws:wafv2:WebACL`

use async_trait::async_trait;
use aws_sdk_wafv2::operation::get_web_acl::GetWebAclOutput;
use aws_sdk_wafv2::types::{ResourceType, Scope};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::action_values::default_action;
use super::common::{Id, invalid, joined, part};
use super::rule_values::{of_shield, rules, visibility};
use super::tags::{converge_tags, owned, tag_list, tags_of};
use super::web_acl_values::{association_config, live, response_bodies};
use crate::failure::{absent_as_none, redacted, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The handler of `aws:wafv2:WebACL`.
pub struct WebAcl;

#[async_trait]
impl Handler for WebAcl {
    /// A list has neither rules nor tags: each is read by itself.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            found.extend(read_one(aws, &target.id).await?);
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (name, scope) = (inputs.required("name")?, inputs.required("scope")?);
        let mut found = Vec::new();
        let mut marker = None;
        loop {
            let call = aws.wafv2().list_web_acls().scope(Scope::from(scope)).limit(100);
            let answer = call.set_next_marker(marker).send().await;
            let answer = answer.map_err(|error| unread("wafv2:ListWebACLs", &error))?;
            for acl in answer.web_acls().iter().filter(|acl| acl.name() == Some(name)) {
                let ours = owned(aws, acl.arn().unwrap_or_default(), owner).await?;
                found.push(Candidate { id: joined(name, acl.id().unwrap_or_default(), scope), ours });
            }
            marker = answer.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(found);
            }
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (name, scope) = (inputs.required("name")?, inputs.required("scope")?);
        let answer = aws
            .wafv2()
            .create_web_acl()
            .name(name)
            .scope(Scope::from(scope))
            .set_description(description(inputs))
            .set_default_action(part(inputs, "default_action").map(default_action).transpose()?)
            .set_visibility_config(part(inputs, "visibility_config").map(visibility).transpose()?)
            .set_rules(Some(rules(inputs)?))
            .set_association_config(association_config(inputs)?)
            .set_custom_response_bodies(response_bodies(inputs)?)
            .set_tags(tag_list(inputs.tags())?)
            .send()
            .await
            // What does not exist is an IP set or a group that a rule names.
            .map_err(|error| redacted(refused("wafv2:CreateWebACL", &error), inputs))?;
        let id = answer.summary().and_then(|summary| summary.id());
        id.map(|id| joined(name, id, scope))
            .ok_or_else(|| unexpected("wafv2:CreateWebACL", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge_tags(aws, live, desired).await?;
        if differing.iter().all(|name| name == "tags") {
            return Ok(Vec::new());
        }
        let id = Id::of(&target.id)?;
        let Some(standing) = got(aws, &target.id).await? else { return Err(gone(&target.id)) };
        let lock = standing.lock_token;
        let acl =
            standing.web_acl.ok_or_else(|| unexpected("wafv2:GetWebACL", "the answer has no web ACL"))?;
        // What Shield adds stays; what is not ours to set stays as it is.
        let mut rules = rules(desired)?;
        rules.extend(acl.rules.unwrap_or_default().into_iter().filter(of_shield));
        aws.wafv2()
            .update_web_acl()
            .name(id.name)
            .id(id.id)
            .scope(id.scope)
            .set_lock_token(lock)
            .set_description(description(desired))
            .set_default_action(part(desired, "default_action").map(default_action).transpose()?)
            .set_visibility_config(part(desired, "visibility_config").map(visibility).transpose()?)
            .set_rules(Some(rules))
            .set_association_config(association_config(desired)?)
            .set_custom_response_bodies(response_bodies(desired)?)
            .set_data_protection_config(acl.data_protection_config)
            .set_captcha_config(acl.captcha_config)
            .set_challenge_config(acl.challenge_config)
            .set_token_domains(acl.token_domains)
            .set_on_source_d_do_s_protection_config(acl.on_source_d_do_s_protection_config)
            .set_application_config(acl.application_config)
            .send()
            .await
            .map_err(|error| redacted(refused("wafv2:UpdateWebACL", &error), desired))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let id = Id::of(&target.id)?;
        let Some(standing) = got(aws, &target.id).await? else { return Ok(Deleted::Gone) };
        let call = aws.wafv2().delete_web_acl().name(id.name).id(id.id).scope(id.scope);
        let call = call.set_lock_token(standing.lock_token);
        call.send().await.map_err(|error| refused("wafv2:DeleteWebACL", &error))?;
        Ok(Deleted::Gone)
    }

    /// What it protects: distributions that name it, or stages that it is associated with. Load balancers and other kinds
    /// would want rights of their services besides.
    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let arn = target.outputs.required("arn")?;
        if Id::of(&target.id)?.scope == Scope::Cloudfront {
            return distributions(aws, arn).await;
        }
        let call = aws.wafv2().list_resources_for_web_acl().web_acl_arn(arn);
        let answer = call.resource_type(ResourceType::ApiGateway).send().await;
        let answer = answer.map_err(|error| unread("wafv2:ListResourcesForWebACL", &error));
        Ok(absent_as_none(answer)?.and_then(|answer| answer.resource_arns).unwrap_or_default())
    }
}

async fn distributions(aws: &Region, arn: &str) -> Result<Vec<String>, Failure> {
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let call = aws.cloudfront().list_distributions_by_web_acl_id().web_acl_id(arn);
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| unread("cloudfront:ListDistributionsByWebACLId", &error))?;
        let Some(list) = answer.distribution_list else { return Ok(found) };
        found.extend(list.items().iter().map(|one| format!("{} (distribution)", one.id())));
        marker = list.next_marker.filter(|_| list.is_truncated);
        if marker.is_none() {
            return Ok(found);
        }
    }
}

/// AWS takes no empty description.
fn description(inputs: &Map) -> Option<String> {
    inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned)
}

async fn got(aws: &Region, id: &str) -> Result<Option<GetWebAclOutput>, Failure> {
    let id = Id::of(id)?;
    let call = aws.wafv2().get_web_acl().name(id.name).id(id.id).scope(id.scope);
    absent_as_none(call.send().await.map_err(|error| unread("wafv2:GetWebACL", &error)))
}

async fn read_one(aws: &Region, id: &str) -> Result<Option<Live>, Failure> {
    let Some(acl) = got(aws, id).await?.and_then(|answer| answer.web_acl) else { return Ok(None) };
    // A web ACL just made may be known to one call and not to the next.
    let tags = tags_of(aws, acl.arn()).await.map_err(|mut failure| {
        if failure.class == FailureClass::Absent {
            failure.class = FailureClass::Transient;
        }
        failure
    })?;
    Ok(Some(live(id, Id::of(id)?.scope.as_str(), &acl, tags.into_iter().collect())))
}

fn gone(id: &str) -> Failure {
    let mut failure = invalid(&format!("there is no web ACL {id}"));
    failure.class = FailureClass::Absent;
    failure.operation = "wafv2:GetWebACL".to_owned();
    failure
}
