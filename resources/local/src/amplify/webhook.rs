//! Webhooks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{find, missing, paged, segment, set, wish};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, letters, uuid};

/// Its address is a secret: it is not shown for debugging.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Webhook {
    id: String,
    arn: String,
    url: String,
    app: String,
    branch: String,
    description: String,
    created_at: i64,
    updated_at: i64,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("branch", &self.branch).finish_non_exhaustive()
    }
}

#[derive(Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wish {
    branch_name: Option<String>,
    description: Option<String>,
}

impl Webhook {
    fn render(&self) -> Value {
        json!({
            "webhookArn": self.arn,
            "webhookId": self.id,
            "webhookUrl": self.url,
            "appId": self.app,
            "branchName": self.branch,
            "description": self.description,
            "createTime": self.created_at / 1000,
            "updateTime": self.updated_at / 1000,
        })
    }
}

fn named<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Webhook, Refusal> {
    let id = segment(cx, 1);
    let mut all = cx.apps().apps.values_mut().filter_map(|app| app.webhooks.get_mut(&id));
    all.next().ok_or_else(|| missing(format!("Webhook {id} not found.")))
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let branch = wish.branch_name.unwrap_or_default();
    let (now, region) = (cx.now(), cx.region().to_owned());
    let app = find(cx)?;
    if !app.branches.contains_key(&branch) {
        return Err(missing(format!("Branch {branch} not found.")));
    }
    let id = uuid();
    let token = letters(50, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    let webhook = Webhook {
        arn: format!("{}/webhooks/{id}", app.arn),
        url: format!(
            "https://webhooks.amplify.{region}.amazonaws.com/prod/webhooks?id={id}&token={token}&operation=startbuild"
        ),
        id: id.clone(),
        app: app.id.clone(),
        branch,
        description: wish.description.unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    let shown = webhook.render();
    app.webhooks.insert(id, webhook);
    Ok(answer::rest(200, json!({"webhook": shown})))
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let shown = named(cx)?.render();
    Ok(answer::rest(200, json!({"webhook": shown})))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let items = find(cx)?.webhooks.values().map(Webhook::render).collect();
    Ok(answer::rest(200, paged(cx, "webhooks", items, 50)))
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let now = cx.now();
    let app = named(cx)?.app.clone();
    if let Some(branch) = &wish.branch_name
        && !cx.apps().apps.get(&app).is_some_and(|app| app.branches.contains_key(branch))
    {
        return Err(missing(format!("Branch {branch} not found.")));
    }
    let webhook = named(cx)?;
    set(&mut webhook.branch, wish.branch_name);
    set(&mut webhook.description, wish.description);
    webhook.updated_at = now;
    let shown = webhook.render();
    Ok(answer::rest(200, json!({"webhook": shown})))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let webhook = named(cx)?.clone();
    if let Some(app) = cx.apps().apps.get_mut(&webhook.app) {
        app.webhooks.remove(&webhook.id);
    }
    Ok(answer::rest(200, json!({"webhook": webhook.render()})))
}
