//! Services that write to log groups, and make them where there are none.
//!
//! Sources: RDS User Guide, "Publishing database logs to CloudWatch Logs"; terraform-provider-aws#42858 (RDS makes
//! its group again after its instance and the group are gone), terraform#32693 (so does API Gateway); API
//! Gateway Developer Guide, "Set up CloudWatch logging".

use super::group::Group;
use crate::world::Context;

/// Seconds for which a service still has events of what is gone.
const FLUSHING: u32 = 300;
/// Seconds after which it makes its group again.
const AGAIN: u32 = 30;

/// Lets the groups be there that services write to.
pub(super) fn settle(cx: &mut Context<'_>) {
    let now = cx.now();
    let region = cx.region().to_owned();
    let mut names = crate::rds::logs_of(cx.world, &region, now);
    names.extend(crate::apigateway::logs_of(cx.world, &region));
    let logs = cx.logs();
    let due: Vec<String> = logs.coming.iter().filter(|(_, at)| now >= **at).map(|(n, _)| n.clone()).collect();
    for name in &due {
        logs.coming.remove(name);
    }
    names.retain(|name| !logs.coming.contains_key(name));
    for name in names.into_iter().chain(due) {
        logs.groups.entry(name.clone()).or_insert_with(|| Group::of_a_service(&name, now));
    }
}

/// Notes that what wrote to these groups goes, with events that are still to be written.
pub(crate) fn goes(cx: &mut Context<'_>, names: Vec<String>) {
    let until = cx.clock.due(FLUSHING);
    let region = cx.region().to_owned();
    let logs = cx.world.logs.entry(region).or_default();
    logs.flushing.extend(names.into_iter().map(|name| (name, until)));
}

/// A group that was deleted while somebody writes to it comes again.
pub(super) fn comes_again(cx: &mut Context<'_>, name: &str) {
    let (now, at) = (cx.now(), cx.clock.due(AGAIN));
    let region = cx.region().to_owned();
    let mut written = crate::rds::logs_of(cx.world, &region, now);
    written.extend(crate::apigateway::logs_of(cx.world, &region));
    let logs = cx.logs();
    logs.flushing.retain(|_, until| now < *until);
    if written.iter().any(|one| one == name) || logs.flushing.contains_key(name) {
        logs.coming.insert(name.to_owned(), at);
    }
}
