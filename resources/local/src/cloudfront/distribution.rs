//! Distributions.

use serde::{Deserialize, Serialize};
use winterbaume_core::MockResponse;

use super::check::{check, check_required};
use super::defaults::fill;
use super::tree::Tree;
use super::{document, empty, etag, id_of, matched, tags};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::world::{Context, Tags, letters};

/// Seconds until a new configuration is everywhere.
const DEPLOYS: u32 = 240;

/// A distribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Distribution {
    pub id: String,
    pub config: Tree,
    pub etag: String,
    pub tags: Tags,
    modified_at: i64,
    /// When it stands at every edge.
    deployed_at: i64,
}

impl Distribution {
    pub fn arn(&self) -> String {
        format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{}", self.id)
    }

    pub fn web_acl(&self) -> Option<&str> {
        self.config.text("WebACLId")
    }

    pub fn aliases(&self) -> impl Iterator<Item = String> {
        self.config.texts("Aliases").into_iter().map(str::to_ascii_lowercase).collect::<Vec<_>>().into_iter()
    }

    pub fn behaviors(&self) -> impl Iterator<Item = &Tree> {
        self.config.child("DefaultCacheBehavior").into_iter().chain(self.config.items("CacheBehaviors"))
    }

    pub fn deployed(&self, now: i64) -> bool {
        now >= self.deployed_at
    }

    /// What lists and single answers both begin with.
    pub fn head(&self, now: i64) -> Vec<Tree> {
        vec![
            Tree::leaf("Id", &self.id),
            Tree::leaf("ARN", self.arn()),
            Tree::leaf("Status", if self.deployed(now) { "Deployed" } else { "InProgress" }),
            Tree::leaf("LastModifiedTime", iso(self.modified_at)),
            Tree::leaf("DomainName", format!("d{}.cloudfront.net", self.id.to_ascii_lowercase())),
        ]
    }

    fn answer(&self, status: u16, now: i64) -> MockResponse {
        let mut children = self.head(now);
        children.push(Tree::leaf("InProgressInvalidationBatches", 0));
        children.push(self.config.clone());
        document(status, Tree::node("Distribution", children), Some(&self.etag))
    }
}

/// CloudFront lets itself write into the bucket of its logs, each time that the configuration is put (AWS:
/// `standard-logging-legacy-s3`, "Permissions required").
fn grant_log_delivery(cx: &mut Context<'_>, config: &Tree) {
    if config.flag("Logging/Enabled")
        && let Some(bucket) = config.text("Logging/Bucket")
    {
        crate::s3::grant(cx.world, bucket_of(bucket), LOG_DELIVERY, "FULL_CONTROL");
    }
}

/// The canonical user `awslogsdelivery`, as which CloudFront writes.
const LOG_DELIVERY: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

/// The bucket's name in its host.
pub(super) fn bucket_of(host: &str) -> &str {
    host.split_once(".s3.").map_or(host, |(bucket, _)| bucket)
}

pub(super) fn missing() -> Refusal {
    Refusal::new(404, "NoSuchDistribution", "The specified distribution does not exist.")
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Distribution, Refusal> {
    let id = id_of(cx);
    cx.edge().distributions.get_mut(&id).ok_or_else(missing)
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    if !cx.facts().verified {
        let message = "Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message.";
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    let body = Tree::parse(&cx.call.body)?;
    let (mut config, tags) = if body.name == "DistributionConfigWithTags" {
        let config = body.child("DistributionConfig").cloned().unwrap_or_default();
        (config, body.child("Tags").map(tags::read).transpose()?.unwrap_or_default())
    } else {
        (body, Tags::new())
    };
    let reference = config.text("CallerReference").map(str::to_owned);
    let replayed = |d: &Distribution| d.config.text("CallerReference") == reference.as_deref();
    if cx.edge().distributions.values().any(replayed) {
        let message = "The caller reference that you are using to create a distribution is associated with another distribution.";
        return Err(Refusal::new(409, "DistributionAlreadyExists", message));
    }
    fill(&mut config);
    check(cx, &config, None)?;
    grant_log_delivery(cx, &config);
    let now = cx.now();
    let distribution = Distribution {
        id: format!("E{}", letters(13, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        config,
        etag: etag(),
        tags,
        modified_at: now,
        deployed_at: cx.clock.due(DEPLOYS),
    };
    let mut answer = distribution.answer(201, now);
    let at = format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{}", distribution.id);
    if let Ok(value) = at.parse() {
        answer.headers.insert("location", value);
    }
    cx.edge().distributions.insert(distribution.id.clone(), distribution);
    Ok(answer)
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    find(cx).map(|distribution| distribution.answer(200, now))
}

pub(super) fn get_config(cx: &mut Context<'_>) -> Answered {
    let distribution = find(cx)?;
    Ok(document(200, distribution.config.clone(), Some(&distribution.etag)))
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let standing = find(cx)?.clone();
    matched(cx, &standing.etag)?;
    let mut config = Tree::parse(&cx.call.body)?;
    if config.text("CallerReference") != standing.config.text("CallerReference") {
        return Err(Refusal::bad("IllegalUpdate", "The update contains modifications that are not allowed."));
    }
    check_required(&config)?;
    fill(&mut config);
    check(cx, &config, Some(&standing.id))?;
    grant_log_delivery(cx, &config);
    let (now, due) = (cx.now(), cx.clock.due(DEPLOYS));
    let distribution = find(cx)?;
    distribution.config = config;
    distribution.etag = etag();
    distribution.modified_at = now;
    distribution.deployed_at = due;
    Ok(distribution.answer(200, now))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let standing = find(cx)?.clone();
    matched(cx, &standing.etag)?;
    if standing.config.flag("Enabled") || !standing.deployed(now) {
        let message = "The distribution you are trying to delete has not been disabled.";
        return Err(Refusal::new(409, "DistributionNotDisabled", message));
    }
    cx.edge().distributions.remove(&standing.id);
    Ok(empty())
}
