//! `guide/cost.md`: totals, assumptions, prices and what is free, from the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::cost::assumptions::ALL;
use finsight::cost::{Rate, Report, estimate, prices, types};
use finsight_engine::cost::{Decimal, Items};
use finsight_engine::graph::Graph;

use super::{STACKS, cell, docs, graph_of, keep_part};

fn report(graph: &Graph, users: u32) -> Report {
    let items = Items::of_graph(graph, &finsight_specs::registry());
    estimate(&items, users).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// prod with the database that the requirements think of for 1,000 users.
fn scaled_up() -> Graph {
    let text = built_in("prod").expect("it is shipped");
    let text =
        text.replace("db.t3.micro", "db.t3.medium").replace("\"multi_az\": false", "\"multi_az\": true");
    let config = parse("prod.json", &text).unwrap_or_else(|error| panic!("{error}"));
    finsight::finsight("prod", &config, &Artifacts::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn totals() {
    let mut table = "| stack | users a day | total | fixed | usage | counted | left out |\n".to_owned();
    table.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    let mut row = |name: &str, graph: &Graph, users: u32| {
        let report = report(graph, users);
        let total = report.estimate.total();
        let fixed = report.estimate.sum(|line| line.kind.word() == "fixed");
        let figures = [total, fixed, total - fixed, report.counted_total().0, report.left_out()];
        let figures = figures.map(|figure| figure.fixed(2)).join(" | ");
        let _ = writeln!(table, "| {name} | {users} | {figures} |");
    };
    for stack in STACKS {
        for users in [10, 1000] {
            row(&format!("`{stack}`"), &graph_of(stack), users);
        }
    }
    row("`prod`, `db.t3.medium`, Multi-AZ", &scaled_up(), 1000);
    keep_part(&docs().join("guide/cost.md"), "totals", &table);
}

/// Why prod's estimate is not what the requirements state, by the group that they count or the service that they leave out.
const WHY: &[(&str, &str)] = &[
    ("Lambda", "within what AWS gives always free, and would be cents besides"),
    (
        "API Gateway",
        "the calls of the users are 0.04; the rest is the probe that asks each 30 seconds from three regions",
    ),
    (
        "RDS",
        "Tokyo's price of the same class is 20.44 for all hours of a month, and 20 GB of storage are counted",
    ),
    ("Amplify", "30 builds of 5 minutes, which is less than they think of"),
    ("CloudFront", "within what AWS gives always free"),
    ("Other", "an alarm on each function and each part of the way to it; secrets with keys of the stack"),
    ("VPC", "one NAT gateway with its address: functions in private subnets reach Auth0 and AWS's APIs"),
    ("RDS Proxy", "two vCPUs are the least that is billed"),
    ("WAF", "two web ACLs with three groups of rules each"),
    ("KMS", "a key for each purpose"),
    ("X-Ray", "each call is traced"),
    ("Config", "17 rules, two evaluations of each a day"),
    ("Route 53", "the zone, and the health check"),
    ("S3", "the trail, AWS Config and CloudFront's logs"),
    ("SES", "one mail a user and day"),
];

/// From the requirements' number to prod's estimate, group by group.
#[test]
fn reconciled() {
    let report = report(&graph_of("prod"), 10);
    let why = |name: &str| {
        WHY.iter().find(|(of, _)| *of == name).unwrap_or_else(|| panic!("{name} has no reason in WHY")).1
    };
    let mut table = "| of `prod` | requirements | estimate | why |\n| --- | ---: | ---: | --- |\n".to_owned();
    let mut row = |name: &str, stated: &str, amount: Decimal, why: &str| {
        let _ = writeln!(table, "| {name} | {stated} | {} | {why} |", amount.fixed(2));
    };
    let stated = |range: Option<(i64, i64)>| match range.expect("stated for 10 users a day") {
        (from, to) if from == to => from.to_string(),
        (from, to) => format!("{from}–{to}"),
    };
    for one in report.counted() {
        row(one.group, &stated(one.stated), one.amount, why(one.group));
    }
    let (counted, total) = report.counted_total();
    row("**what they count**", &stated(total), counted, "");
    let left_out = report.estimate.lines.iter().filter(|line| line.group.is_none());
    let services: BTreeSet<&str> = left_out.map(|line| line.service.as_str()).collect();
    let of = |service: &str| report.estimate.sum(|line| line.group.is_none() && line.service == service);
    let mut others: Vec<(&str, Decimal)> =
        services.into_iter().map(|service| (service, of(service))).collect();
    others.retain(|(_, amount)| amount.fixed(2) != "0.00");
    others.sort_by_key(|other| std::cmp::Reverse(other.1));
    for (service, amount) in others {
        row(service, "", amount, why(service));
    }
    row("**what they leave out**", "", report.left_out(), "");
    row("**all**", &stated(total), report.estimate.total(), "");
    keep_part(&docs().join("guide/cost.md"), "reconciled", &table);
}

#[test]
fn open_upwards() {
    let mut table = "| what | unit price | at most a month | why |\n| --- | ---: | ---: | --- |\n".to_owned();
    for one in report(&graph_of("prod"), 10).open {
        let Some(most) = one.most else { continue };
        let _ = writeln!(
            table,
            "| {}, {} ({}) | {} per {} | {} | {} |",
            one.service,
            one.what,
            one.region,
            one.price,
            one.unit,
            most.fixed(2),
            cell(&one.why)
        );
    }
    keep_part(&docs().join("guide/cost.md"), "open", &table);
}

#[test]
fn assumptions() {
    let mut table =
        "| assumption | for 10 users a day | of | scales | from |\n| --- | ---: | --- | --- | --- |\n"
            .to_owned();
    for one in ALL {
        let scales = if one.scales { "yes" } else { "no" };
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {scales} | {}: {} |",
            one.name.to_lowercase(),
            one.quantity,
            one.unit,
            one.from.word(),
            one.why
        );
    }
    keep_part(&docs().join("guide/cost.md"), "assumptions", &table);
}

#[test]
fn always_free() {
    let list = prices();
    let mut table = "| allowance | each month | of |\n| --- | ---: | --- |\n".to_owned();
    for one in &list.always_free {
        let drawing = list.meters.iter().filter(|meter| meter.free.as_ref() == Some(&one.pool));
        let names: Vec<String> = drawing.map(|meter| format!("{}, {}", meter.service, meter.what)).collect();
        let _ = writeln!(table, "| `{}` | {} {} | {} |", one.pool, one.quantity, one.unit, names.join("; "));
    }
    keep_part(&docs().join("guide/cost.md"), "always-free", &table);
}

#[test]
fn all_prices() {
    let mut table = "| service | what | unit | ap-northeast-1 | us-east-1 | page |\n".to_owned();
    table.push_str("| --- | --- | --- | ---: | ---: | --- |\n");
    let mut list = prices().meters;
    list.sort_by(|a, b| (&a.service, &a.key).cmp(&(&b.service, &b.key)));
    for meter in &list {
        let of = |region: &str| {
            let found = meter.prices.iter().find(|price| price.region == region || price.region == "*");
            // What has a note is marked.
            found.map_or_else(String::new, |price| {
                format!("{}{}", price.usd, if price.note.is_some() { " \\*" } else { "" })
            })
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | [page]({}) |",
            meter.service,
            meter.what,
            meter.unit,
            of("ap-northeast-1"),
            of("us-east-1"),
            meter.source
        );
    }
    table.push_str("\n\\* has a note in the list.\n");
    keep_part(&docs().join("guide/cost.md"), "prices", &table);
}

#[test]
fn free_types() {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, rate) in types() {
        if let Rate::Free(why) = rate {
            reasons.entry(why).or_default().push(name);
        }
    }
    let mut table = "| types | why |\n| --- | --- |\n".to_owned();
    for (why, names) in reasons {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(table, "| {} | {} |", names.join(", "), cell(why));
    }
    keep_part(&docs().join("guide/cost.md"), "free", &table);
}
