//! `aws:amplify:Webhook`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_amplify::types::Webhook as Standing;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{changed, filled};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:amplify:Webhook`. AWS takes any number of equal ones; here branch and description tell
/// them apart.
pub struct Webhook;

#[async_trait]
impl Handler for Webhook {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut by_app: BTreeMap<Option<&str>, Vec<&Target>> = BTreeMap::new();
        for target in targets {
            by_app.entry(target.inputs.text("app_id")).or_default().push(target);
        }
        let mut found = Vec::new();
        for (app, wanted) in by_app {
            match (app, wanted.as_slice()) {
                (Some(app), [_, _, ..]) => found.extend(all(aws, app).await?),
                // One alone, or those of which nothing but the id is known.
                (_, some) => {
                    for target in some {
                        found.extend(get(aws, &target.id).await?);
                    }
                }
            }
        }
        let app_of = |hook: &Standing| {
            let target = targets.iter().find(|target| target.id == hook.webhook_id());
            hook.app_id().or_else(|| target?.inputs.text("app_id")).map(str::to_owned)
        };
        Ok(in_order(targets, found.iter().map(|hook| live(hook, app_of(hook)))))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let found = like(aws, inputs).await?;
        Ok(found.into_iter().map(|hook| Candidate { id: hook.webhook_id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        // AWS would make another one like it, which nothing could tell from the first.
        if let Some(other) = like(aws, inputs).await?.first() {
            let id = other.webhook_id();
            let message = format!("webhook {id} of this branch has the same description");
            let mut failure = unexpected("amplify:CreateWebhook", &message);
            failure.class = FailureClass::Exists;
            failure.code = "WebhookAlreadyExists".to_owned();
            return Err(failure);
        }
        let answer = aws
            .amplify()
            .create_webhook()
            .app_id(inputs.required("app_id")?)
            .branch_name(inputs.required("branch_name")?)
            .set_description(filled(inputs, "description"))
            .send()
            .await
            .map_err(|error| refused("amplify:CreateWebhook", &error))?;
        answer
            .webhook
            .map(|hook| hook.webhook_id)
            .ok_or_else(|| unexpected("amplify:CreateWebhook", "the answer has no webhook"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        aws.amplify()
            .update_webhook()
            .webhook_id(&target.id)
            .set_branch_name(changed(desired, differing, "branch_name"))
            .set_description(changed(desired, differing, "description"))
            .send()
            .await
            .map_err(|error| refused("amplify:UpdateWebhook", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.amplify().delete_webhook().webhook_id(&target.id);
        call.send().await.map_err(|error| refused("amplify:DeleteWebhook", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn get(aws: &Region, id: &str) -> Result<Option<Standing>, Failure> {
    let answer = aws.amplify().get_webhook().webhook_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("amplify:GetWebhook", &error)))?;
    Ok(answer.and_then(|answer| answer.webhook))
}

/// All webhooks of an app; none of one that is gone.
async fn all(aws: &Region, app: &str) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = aws.amplify().list_webhooks().app_id(app).max_results(50).set_next_token(next);
        let page = call.send().await.map_err(|error| unread("amplify:ListWebhooks", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(Vec::new()) };
        found.extend(page.webhooks);
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// The ids of all webhooks of an app.
pub(super) async fn ids(aws: &Region, app: &str) -> Result<Vec<String>, Failure> {
    Ok(all(aws, app).await?.into_iter().map(|hook| hook.webhook_id).collect())
}

/// The webhooks with the branch and description of some inputs.
async fn like(aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
    let branch = inputs.required("branch_name")?;
    let description = inputs.text("description").unwrap_or_default();
    let mut found = all(aws, inputs.required("app_id")?).await?;
    found.retain(|hook| hook.branch_name() == branch && hook.description() == description);
    Ok(found)
}

fn live(hook: &Standing, app: Option<String>) -> Live {
    let properties = Values::new()
        .set("app_id", app)
        .set("branch_name", hook.branch_name())
        .set("description", hook.description());
    let outputs = Values::new().set("arn", hook.webhook_arn()).set("url", hook.webhook_url());
    Live {
        id: hook.webhook_id().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}
