//! `guide/cost.md`: totals, assumptions, prices and what is free, from the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::cost::assumptions::ALL;
use finsight::cost::{Rate, Report, estimate, prices, types};
use finsight_engine::cost::Items;
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
