//! Lambda: requests, their duration, and what is kept warm.

use finsight_engine::cost::{Bill, Decimal, Item};

use super::assumptions::{AUTHORIZER_REQUESTS, HOURS, LAMBDA_REQUESTS, LAMBDA_SECONDS, NOTIFIER_REQUESTS};
use super::{Rate, View, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    (
        "aws:applicationautoscaling:ScalableTarget",
        free("what it scales is billed: the number of the program is counted"),
    ),
    ("aws:applicationautoscaling:ScalingPolicy", free("what it scales is billed; its alarms are AWS's own")),
    ("aws:lambda:Alias", free("aliases are free")),
    ("aws:lambda:EventInvokeConfig", free("settings of a function")),
    ("aws:lambda:Function", priced(function)),
    ("aws:lambda:Invocation", free("one request with a deployment, far below a cent")),
    ("aws:lambda:Permission", free("permissions are free")),
    ("aws:lambda:ProvisionedConcurrencyConfig", priced(warm)),
    ("aws:lambda:Version", free("versions are free")),
];

/// The requests of the API are shared out evenly among its functions.
fn function(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let requests = match (item.urn.component(), item.urn.name()) {
        (_, "authorizer") => view.usage.of(&AUTHORIZER_REQUESTS),
        ("api", _) => {
            let own = |other: &&Item| other.urn.component() == "api" && other.urn.name() != "authorizer";
            let count = view.items.of_type("aws:lambda:Function").filter(own).count();
            view.usage.of(&LAMBDA_REQUESTS).share(count)
        }
        // A deployment calls it, and nobody else.
        ("database", _) => Decimal::whole(0),
        _ => view.usage.of(&NOTIFIER_REQUESTS),
    };
    bill.add(item, "lambda.requests", requests);
    let key = format!("lambda.{}.duration", processor(item));
    match memory(item) {
        Some(gib) => bill.add(item, &key, requests * view.usage.of(&LAMBDA_SECONDS) * gib),
        None => bill.unknown(item, &key, "memory_size"),
    }
}

fn memory(function: &Item) -> Option<Decimal> {
    function.int("memory_size").map(|mebibytes| Decimal::ratio(mebibytes, 1024))
}

fn processor(function: &Item) -> &'static str {
    let architectures = function.get("architectures").and_then(|list| list.as_list()).unwrap_or_default();
    if architectures.iter().any(|one| one.as_text() == Some("arm64")) { "arm" } else { "x86" }
}

/// Kept warm all the time, whatever scales it.
fn warm(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let function = item.refers("function_name").find_map(|urn| view.items.get(urn));
    let key = format!("lambda.{}.provisioned", function.map_or("x86", processor));
    let property = if function.is_none() { "function_name" } else { "provisioned_concurrent_executions" };
    match (function.and_then(memory), item.int("provisioned_concurrent_executions")) {
        (Some(gib), Some(count)) => {
            let seconds = HOURS * Decimal::whole(3600);
            bill.add(item, &key, seconds * gib * Decimal::whole(count));
        }
        _ => bill.unknown(item, &key, property),
    }
}
