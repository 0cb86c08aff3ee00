//! Keys, secrets, records of what happens, storage, schedules, and the site.

use finsight_engine::cost::{Bill, Decimal, Item};

use super::assumptions::{
    BUILD_MINUTES, CDN_LOG_WRITES, CDN_LOGS_GB, CONFIG_GB, CONFIG_ITEMS, CONFIG_WRITES, KEY_REQUESTS,
    RULE_EVALUATIONS, SCHEDULE_CALLS, SECRET_READS, SITE_GB, SITE_SERVED_GB, TRAIL_GB, TRAIL_WRITES,
};
use super::{Rate, View, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    ("aws:amplify:App", priced(site)),
    ("aws:amplify:Branch", free("builds and what is served are counted with the app")),
    ("aws:amplify:DomainAssociation", free("domains of an app are free")),
    ("aws:amplify:Webhook", free("builds are counted with the app")),
    (
        "aws:cloudtrail:Trail",
        free("the first trail of management events is free; its files are counted with their bucket"),
    ),
    ("aws:config:ConfigRule", priced(rule)),
    ("aws:config:ConfigurationRecorder", priced(recorder)),
    ("aws:config:ConfigurationRecorderStatus", free("what is recorded is counted with the recorder")),
    ("aws:config:DeliveryChannel", free("its files are counted with their bucket")),
    ("aws:iam:ManagedPolicy", free("IAM is free")),
    ("aws:iam:Role", free("IAM is free")),
    ("aws:kms:Alias", free("aliases are free")),
    ("aws:kms:Key", priced(key)),
    ("aws:s3:Bucket", priced(bucket)),
    ("aws:s3:Object", free("a few kilobytes")),
    ("aws:scheduler:Schedule", priced(schedule)),
    ("aws:scheduler:ScheduleGroup", free("groups are free")),
    ("aws:secretsmanager:Secret", priced(secret)),
    ("aws:secretsmanager:SecretVersion", free("a secret is billed with all its versions")),
];

fn site(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "amplify.build", view.share(item, &BUILD_MINUTES));
    bill.add(item, "amplify.storage", view.share(item, &SITE_GB));
    bill.add(item, "amplify.served", view.share(item, &SITE_SERVED_GB));
}

fn rule(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "config.evaluations", view.usage.of(&RULE_EVALUATIONS));
}

fn recorder(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "config.items", view.share(item, &CONFIG_ITEMS));
}

fn key(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let turns = item.is_on("enable_key_rotation");
    let note =
        turns.then(|| "a key that rotates costs one unit more after each of its first two years".to_owned());
    bill.note(item, "kms.key", Decimal::whole(1), note);
    bill.add(item, "kms.requests", view.share(item, &KEY_REQUESTS));
}

fn secret(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "secretsmanager.secret", Decimal::whole(1));
    bill.add(item, "secretsmanager.calls", view.share(item, &SECRET_READS));
}

/// What is in a bucket is known by the bucket's name in the program.
fn bucket(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let (stored, written) = match item.urn.name() {
        "trail" => (TRAIL_GB, TRAIL_WRITES),
        "config" => (CONFIG_GB, CONFIG_WRITES),
        "cdn-logs" => (CDN_LOGS_GB, CDN_LOG_WRITES),
        // A page or two; a few events that Slack did not take.
        "pages" | "undelivered" => return,
        name => {
            let note = format!("nothing is assumed of what is in the bucket `{name}`");
            bill.note(item, "s3.storage", Decimal::ZERO, Some(note));
            return;
        }
    };
    bill.add(item, "s3.storage", view.usage.of(&stored));
    bill.add(item, "s3.writes", view.usage.of(&written));
}

fn schedule(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "scheduler.calls", view.usage.of(&SCHEDULE_CALLS));
}
