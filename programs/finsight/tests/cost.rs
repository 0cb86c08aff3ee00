//! The estimate of a stack: complete, and reckoned as by hand from the price list.

use std::collections::{BTreeMap, BTreeSet};

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::cost::assumptions::ALL;
use finsight::cost::{GROUPS, Rate, Report, estimate, prices, types};
use finsight_engine::cost::{Decimal, Items, Line};
use finsight_engine::graph::Graph;
use finsight_engine::value::Value;

const TOKYO: &str = "ap-northeast-1";

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// A shipped stack, with texts of its config replaced.
fn graph(stack: &str, edits: &[(&str, &str)]) -> Graph {
    let mut text = built_in(stack).expect("shipped").to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "the config has no {old}");
        text = text.replace(old, new);
    }
    let config = parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    finsight::finsight(stack, &config, &Artifacts::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn report_of(graph: &Graph, users: u32) -> Report {
    let items = Items::of_graph(graph, &finsight_specs::registry());
    estimate(&items, users).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn report(stack: &str, edits: &[(&str, &str)]) -> Report {
    report_of(&graph(stack, edits), 10)
}

/// The unit price of a meter, as the file has it.
fn price(key: &str, region: &str) -> Decimal {
    let list = prices();
    let found = list.find(key, region).map(|(_, price)| price.usd);
    found.unwrap_or_else(|error| panic!("{error}"))
}

/// The line of a meter: in Tokyo, or where there is only one elsewhere that.
fn line<'a>(report: &'a Report, key: &str) -> Option<&'a Line> {
    let all = || report.estimate.lines.iter().filter(|line| line.key == key);
    all().find(|line| line.region == TOKYO).or_else(|| all().next())
}

fn quantity(report: &Report, key: &str) -> Decimal {
    line(report, key).unwrap_or_else(|| panic!("no line {key}")).quantity
}

#[test]
fn every_type_has_a_price_or_a_reason() {
    let registry = finsight_specs::registry();
    let known: BTreeSet<&str> = registry.iter().map(|spec| spec.name).collect();
    let listed: Vec<&str> = types().map(|(name, _)| name).collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(listed.len(), once.len(), "each type once");
    assert_eq!(once, known);
    for (name, rate) in types() {
        if let Rate::Free(why) = rate {
            assert!(why.len() > 10, "{name}: {why}");
        }
    }
}

#[test]
fn the_price_list_is_whole() {
    let list = prices();
    assert!(list.meters.len() > 50, "the file could not be read");
    let keys: BTreeSet<&str> = list.meters.iter().map(|meter| meter.key.as_str()).collect();
    assert_eq!(keys.len(), list.meters.len(), "each meter once");
    let pools: BTreeSet<&str> = list.always_free.iter().map(|one| one.pool.as_str()).collect();
    for meter in &list.meters {
        let key = &meter.key;
        assert!(meter.source.starts_with("https://aws.amazon.com/"), "{key}: {}", meter.source);
        assert!(meter.free.as_deref().is_none_or(|pool| pools.contains(pool)), "{key}: {:?}", meter.free);
        assert!(
            meter.group.as_deref().is_none_or(|group| GROUPS.contains(&group)),
            "{key}: {:?}",
            meter.group
        );
        let regions: BTreeSet<&str> = meter.prices.iter().map(|price| price.region.as_str()).collect();
        assert_eq!(regions.len(), meter.prices.len(), "{key}: each region once");
        let expected = if regions.contains("*") { vec!["*"] } else { vec![TOKYO, "us-east-1"] };
        assert_eq!(regions.into_iter().collect::<Vec<_>>(), expected, "{key}");
        for price in &meter.prices {
            assert!(price.usd > Decimal::ZERO, "{key}: what is free is no meter");
            let shape: String =
                price.date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            assert_eq!(shape, "0000-00-00", "{key}");
        }
    }
    for pool in pools {
        assert!(
            list.meters.iter().any(|meter| meter.free.as_deref() == Some(pool)),
            "nothing draws on {pool}"
        );
    }
}

#[test]
fn prod_as_by_hand() {
    let report = report("prod", &[]);
    let amount = |key: &str| line(&report, key).unwrap_or_else(|| panic!("no line {key}")).amount;
    let hours = Decimal::whole(730);
    assert_eq!(amount("ec2.nat-gateway.hours"), hours * price("ec2.nat-gateway.hours", TOKYO));
    assert_eq!(amount("ec2.nat-gateway.hours"), decimal("45.26"));
    assert_eq!(amount("ec2.public-ipv4.hours"), decimal("3.65"));
    assert_eq!(
        amount("rds.postgres.db.t3.micro.hours"),
        hours * price("rds.postgres.db.t3.micro.hours", TOKYO)
    );
    assert_eq!(amount("rds.storage.gp3"), Decimal::whole(20) * price("rds.storage.gp3", TOKYO));
    // Two vCPUs.
    assert_eq!(amount("rds.proxy.hours"), Decimal::whole(1460) * price("rds.proxy.hours", TOKYO));
    assert_eq!(quantity(&report, "kms.key"), Decimal::whole(5));
    // Five of the program, and RDS's own for the master user.
    assert_eq!(quantity(&report, "secretsmanager.secret"), Decimal::whole(6));
    assert_eq!(amount("secretsmanager.secret"), decimal("2.4"));
    assert_eq!(quantity(&report, "wafv2.rule"), Decimal::whole(7));
    // And one in us-east-1.
    assert_eq!(quantity(&report, "config.evaluations"), Decimal::whole(17 * 60));
    // A share is of two metrics; that of the API of three, where what asks from outside is left out.
    let alarms = line(&report, "cloudwatch.alarm").expect("alarms");
    assert_eq!((alarms.quantity, alarms.free), (Decimal::whole(63), Decimal::whole(10)));
    assert_eq!(alarms.amount, Decimal::whole(53) * price("cloudwatch.alarm", TOKYO));
    // The first checks are free, and not what they ask with.
    assert_eq!(amount("route53.health-check"), Decimal::ZERO);
    assert_eq!(amount("route53.health-check.feature"), Decimal::whole(1));
    // The requirements' own numbers, and what asks from three regions: two in each, each in half a minute.
    let asked = 3 * 2 * 2 * 60 * 730;
    assert_eq!(quantity(&report, "apigateway.rest.calls"), Decimal::whole(10_000 + asked));
    assert_eq!(
        amount("apigateway.rest.calls"),
        Decimal::whole(10_000 + asked) * price("apigateway.rest.calls", TOKYO)
    );
    assert_eq!(quantity(&report, "cloudfront.bytes"), Decimal::whole(1));
    // Theirs, the authorizer's 600, the notifier's 100, and what asks.
    assert_eq!(quantity(&report, "lambda.requests"), Decimal::whole(9_000 + 600 + 100 + asked));
    // 1,125 requests of 0.2 s each: six functions of half a GiB, two of one; authorizer half.
    let memory = report_memory(&graph("prod", &[]));
    let seconds =
        decimal("225") * memory.api + decimal("120") * memory.authorizer + decimal("20") * memory.notifier;
    assert_eq!(quantity(&report, "lambda.x86.duration"), seconds);
    // What the groups and the rest sum up to is all.
    let (counted, stated) = report.counted_total();
    assert_eq!(counted + report.left_out(), report.estimate.total());
    assert_eq!(counted, report.counted().iter().map(|of| of.amount).sum());
    assert_eq!(stated, Some((27, 32)));
    assert!(report.left_out() > counted, "NAT gateway, proxy and firewall are the larger part");
    let sum: Decimal = report.estimate.lines.iter().map(|line| line.amount).sum();
    assert_eq!(sum, report.estimate.total());
}

/// GiB of memory: of all API functions together, and of the two others.
struct Memory {
    api: Decimal,
    authorizer: Decimal,
    notifier: Decimal,
}

fn report_memory(graph: &Graph) -> Memory {
    let of = |wanted: &dyn Fn(&str, &str) -> bool| -> Decimal {
        let functions = graph.nodes.values().filter(|node| node.urn.type_name() == "aws:lambda:Function");
        functions
            .filter(|node| wanted(node.urn.component(), node.urn.name()))
            .map(|node| Decimal::ratio(node.inputs["memory_size"].as_int().unwrap_or_default(), 1024))
            .sum()
    };
    Memory {
        api: of(&|component, name| component == "api" && name != "authorizer"),
        authorizer: of(&|_, name| name == "authorizer"),
        notifier: of(&|component, _| component == "monitoring"),
    }
}

#[test]
fn usage_grows_with_the_users_and_the_rest_does_not() {
    // What asks prod from outside asks as often, whoever calls besides.
    let graph = graph("staging", &[]);
    let (few, many) = (report_of(&graph, 10), report_of(&graph, 1000));
    for key in ["apigateway.rest.calls", "cloudfront.bytes", "ses.mails", "xray.traces"] {
        assert_eq!(quantity(&many, key), quantity(&few, key) * Decimal::whole(100), "{key}");
    }
    for key in ["ec2.nat-gateway.hours", "amplify.build", "kms.key"] {
        assert_eq!(quantity(&many, key), quantity(&few, key), "{key}");
    }
    let fixed = |report: &Report| report.estimate.sum(|line| line.kind.word() == "fixed");
    assert_eq!(fixed(&few), fixed(&many));
    assert_eq!(many.counted_total().1, Some((265, 315)));
    assert_eq!(report_of(&graph, 11).counted_total().1, None);
    // 1,000,000 traces, of which 100,000 are always free.
    let traces = line(&many, "xray.traces").expect("traces");
    assert_eq!(traces.amount, Decimal::whole(900_000) * price("xray.traces", TOKYO));
    let none = report_of(&graph, 0);
    assert_eq!(quantity(&none, "apigateway.rest.calls"), Decimal::ZERO);
    assert_eq!(fixed(&none), fixed(&few));
}

/// T16: what the estimate has no number for is said, with its price, and with the most that it can be where there is a most.
#[test]
fn what_is_open_upwards_is_said() {
    let open = |report: &Report, key: &str| {
        report.open.iter().find(|one| one.key == key).cloned().unwrap_or_else(|| panic!("nothing of {key}"))
    };
    let prod = report("prod", &[]);
    // Two vCPUs, of each of which a tenth is in the price: 90 % of 1,460 hours.
    let credits = open(&prod, "rds.cpu-credits");
    assert_eq!(credits.most, Some(decimal("98.55")));
    assert!(credits.why.contains("unlimited mode") && credits.why.contains("an alarm tells"), "{credits:?}");
    let storage = open(&prod, "rds.storage.gp3");
    assert_eq!(storage.most, Some(Decimal::whole(80) * price("rds.storage.gp3", TOKYO)));
    assert!(storage.why.contains("from 20 GB up to 100 GB"), "{storage:?}");
    assert_eq!(open(&prod, "kms.key").most, Some(Decimal::whole(2) * quantity(&prod, "kms.key")));
    // Each line of usage, and no other, has no bound.
    let without: BTreeSet<(&str, &str)> =
        prod.open.iter().filter(|one| one.most.is_none()).map(|one| (&*one.key, &*one.region)).collect();
    let usage = prod.estimate.lines.iter().filter(|line| line.kind.word() == "usage");
    assert_eq!(without, usage.map(|line| (&*line.key, &*line.region)).collect());
    for key in ["ec2.nat-gateway.bytes", "ec2.internet.bytes", "logs.ingestion", "lambda.requests"] {
        assert!(without.contains(&(key, TOKYO)), "{key}");
    }
    // In two zones there are two of each.
    let two =
        report("prod", &[("db.t3.micro", "db.t4g.large"), ("\"multi_az\": false", "\"multi_az\": true")]);
    assert_eq!(open(&two, "rds.cpu-credits").most, Some(decimal("153.3")));
    assert_eq!(open(&two, "rds.storage.gp3").most, storage.most.map(|most| most + most));
    // Nobody is told where the alarm is missing.
    let mut silent = graph("prod", &[]);
    silent.nodes.retain(|urn, _| urn.name() != "database-credits");
    assert!(open(&report_of(&silent, 10), "rds.cpu-credits").why.contains("no alarm tells"));
    // What does not grow is not open.
    let mut closed = graph("prod", &[]);
    for node in closed.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:rds:DBInstance") {
        node.inputs.insert("max_allocated_storage".to_owned(), Value::Int(20));
    }
    assert!(report_of(&closed, 10).open.iter().all(|one| one.key != "rds.storage.gp3"));
}

/// W10: what stands before CloudFront and again before the API is said on its line, with the switch.
#[test]
fn groups_that_stand_twice_are_said() {
    let said = |report: &Report| -> Vec<String> {
        let lines = report.estimate.lines.iter().filter(|line| line.key == "wafv2.rule");
        lines.flat_map(|line| line.notes.clone()).filter(|note| note.contains("regional_groups")).collect()
    };
    let prod = said(&report("prod", &[]));
    assert_eq!(prod.len(), 1, "{prod:?}");
    assert!(prod[0].starts_with("3 of AWS's groups"), "{prod:?}");
    let slim = [("\"upload_paths\"", "\"regional_groups\": false,\n\"upload_paths\"")];
    assert_eq!(said(&report("prod", &slim)), Vec::<String>::new());
}

#[test]
fn a_database_that_is_stopped_at_night_costs_less() {
    let hours = "rds.postgres.db.t3.micro.hours";
    let report = report("dev", &[]);
    // 14 hours on each of 5 days.
    assert_eq!(quantity(&report, hours), Decimal::whole(730) * Decimal::ratio(70, 168));
    assert!(
        line(&report, hours)
            .is_some_and(|line| line.notes.iter().any(|note| note.contains("70.0 hours a week")))
    );
    // Its storage is billed all the time.
    assert_eq!(quantity(&report, "rds.storage.gp3"), Decimal::whole(20));
    assert!(line(&report, "rds.proxy.hours").is_none(), "dev has no proxy");
    // The config refuses such a schedule; a program may have it.
    let mut graph = graph("dev", &[]);
    let stop =
        graph.nodes.values_mut().find(|node| node.urn.as_str().ends_with("aws:scheduler:Schedule/stop"));
    stop.expect("one").inputs.insert("schedule_expression".to_owned(), "cron(0 22 1 * ? *)".into());
    let odd = estimate(&Items::of_graph(&graph, &finsight_specs::registry()), 10).expect("prices");
    assert_eq!(quantity(&odd, hours), Decimal::whole(730));
    assert!(
        line(&odd, hours)
            .is_some_and(|line| line.notes.iter().any(|note| note.contains("not the same every week")))
    );
}

#[test]
fn what_the_config_switches_on_is_counted() {
    let larger =
        report("prod", &[("db.t3.micro", "db.t3.medium"), ("\"multi_az\": false", "\"multi_az\": true")]);
    assert_eq!(quantity(&larger, "rds.postgres.db.t3.medium.hours"), Decimal::whole(1460));
    assert_eq!(quantity(&larger, "rds.storage.gp3"), Decimal::whole(40));
    let endpoints =
        report("prod", &[("\"interface_endpoints\": []", "\"interface_endpoints\": [\"secretsmanager\"]")]);
    assert_eq!(quantity(&endpoints, "ec2.interface-endpoint.hours"), Decimal::whole(2 * 730));
    let warm = report(
        "prod",
        &[("\"transactions\": {", "\"transactions\": {\n        \"provisioned_concurrency\": 2,")],
    );
    // Two of one GiB, each second of 730 hours.
    assert_eq!(quantity(&warm, "lambda.x86.provisioned"), Decimal::whole(2 * 730 * 3600));
    let none = report("prod", &[("\"nat_gateways\": 1", "\"nat_gateways\": 0")]);
    assert!(line(&none, "ec2.nat-gateway.hours").is_none());
    assert!(line(&none, "ec2.public-ipv4.hours").is_none());
}

#[test]
fn a_second_gateway_adds_its_hours_and_its_address_and_nothing_else() {
    let one = report("prod", &[]).estimate;
    let two = report("prod", &[("\"nat_gateways\": 1", "\"nat_gateways\": 2")]).estimate;
    let changed: BTreeMap<String, Decimal> = finsight_engine::cost::compare(&one, &two)
        .iter()
        .filter_map(|of| Some((of.line()?.key.clone(), of.amount())))
        .collect();
    let expected = [("ec2.nat-gateway.hours", "45.26"), ("ec2.public-ipv4.hours", "3.65")];
    assert_eq!(changed, expected.map(|(key, usd)| (key.to_owned(), decimal(usd))).into());
}

#[test]
fn every_shipped_stack_has_prices_and_elsewhere_it_is_an_error() {
    for stack in ["dev", "staging", "prod"] {
        assert!(report(stack, &[]).estimate.total() > Decimal::whole(50), "{stack}");
    }
    let mut elsewhere = graph("prod", &[]);
    elsewhere.region = "eu-west-1".to_owned();
    let items = Items::of_graph(&elsewhere, &finsight_specs::registry());
    let errors = estimate(&items, 10).expect_err("no prices there");
    assert!(errors.iter().any(|error| error.key == "ec2.nat-gateway.hours" && error.region == "eu-west-1"));
    assert!(errors.iter().all(|error| error.urn.is_some()));
    let huge = graph("prod", &[("db.t3.micro", "db.m5.xlarge")]);
    let items = Items::of_graph(&huge, &finsight_specs::registry());
    let errors = estimate(&items, 10).expect_err("no price of this class");
    let keys: Vec<&str> = errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(keys, ["rds.postgres.db.m5.xlarge.hours"]);
}

#[test]
fn what_is_known_only_later_is_said_and_breaks_nothing() {
    let mut graph = graph("prod", &[]);
    let mut open = |type_name: &str, property: &str| {
        let node =
            graph.nodes.values_mut().find(|node| node.urn.type_name() == type_name).expect("a resource");
        node.inputs.insert(property.to_owned(), Value::Unknown);
    };
    for (type_name, property) in [
        ("aws:rds:DBInstance", "db_instance_class"),
        ("aws:rds:DBInstance", "allocated_storage"),
        ("aws:lambda:Function", "memory_size"),
        ("aws:wafv2:WebACL", "rules"),
        ("aws:logs:LogGroup", "log_group_name"),
    ] {
        open(type_name, property);
    }
    let report = report_of(&graph, 10);
    let notes: Vec<&str> =
        report.estimate.lines.iter().flat_map(|line| line.notes.iter().map(String::as_str)).collect();
    for property in ["db_instance_class", "allocated_storage", "memory_size", "rules", "log_group_name"] {
        let said = format!("not counted: `{property}` of ");
        assert!(notes.iter().any(|note| note.starts_with(&said)), "{property}: {notes:#?}");
    }
    let hours = report.estimate.lines.iter().find(|line| line.key == "rds.hours").expect("the line is there");
    assert_eq!((hours.price, hours.amount), (None, Decimal::ZERO));
}

#[test]
fn assumptions_are_named_once_and_reasoned() {
    let names: BTreeSet<&str> = ALL.iter().map(|one| one.name).collect();
    assert_eq!(names.len(), ALL.len());
    for one in ALL {
        assert!(one.quantity > Decimal::ZERO && !one.why.is_empty(), "{}", one.name);
    }
    let stated = ALL.iter().filter(|one| one.from.word() == "requirements").count();
    assert_eq!(stated, 3, "Lambda requests, API calls, CloudFront");
}
