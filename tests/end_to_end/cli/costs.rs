//! `cost`, and the cost of a preview.

use serde_json::Value;

use crate::support::Site;

const TWO: &[(&str, &str)] = &[("\"nat_gateways\": 1", "\"nat_gateways\": 2")];

fn monthly(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("{of} is no amount"))
}

#[test]
fn formats() {
    let site = Site::bare("prod");
    let json = site.run(&["cost", "--json"]).ok().json();
    assert_eq!(json, site.run(&["cost", "--format", "json"]).ok().json());
    assert_eq!(
        (&json["version"], &json["currency"], &json["users_per_day"]),
        (&1.into(), &"USD".into(), &10.into())
    );
    let lines = json["lines"].as_array().expect("lines");
    let sum: f64 = lines.iter().map(|line| monthly(&line["monthly"])).sum();
    assert!((sum - monthly(&json["monthly"])).abs() < 0.01, "{sum}");
    for line in lines {
        let paid = monthly(&line["quantity"]) - monthly(&line["free"]);
        let amount = paid * monthly(&line["unit_price"]);
        assert!((amount - monthly(&line["monthly"])).abs() < 0.000_001, "{line}");
        assert!(line["resources"].as_array().is_some_and(|urns| !urns.is_empty()), "{line}");
    }
    let open = json["open"].as_array().expect("what is open upwards");
    let most = |key: &str| open.iter().find(|one| one["key"] == key).map(|one| one["most"].clone());
    assert_eq!(most("rds.cpu-credits"), Some(98.55.into()), "{open:#?}");
    assert_eq!(most("ec2.nat-gateway.bytes"), Some(Value::Null), "{open:#?}");
    let requirements = &json["requirements"];
    assert_eq!(requirements["stated"], serde_json::json!({"from": 27, "to": 32}));
    let parts = monthly(&requirements["monthly"]) + monthly(&requirements["left_out"]);
    assert!((parts - monthly(&json["monthly"])).abs() < 0.011, "{requirements}");
    let free: u64 =
        json["free"].as_array().expect("free types").iter().filter_map(|one| one["count"].as_u64()).sum();
    let total = format!("{:.2}", monthly(&json["monthly"]));
    site.run(&["cost"]).ok().says(&[
        "NAT gateway (ap-northeast-1)",
        "730 hour × 0.062",
        &format!("Total: ${total} a month"),
        "Open upwards, besides the total",
        "98.55 at most",
        "the requirements say 27 to 32",
        "left out",
        &format!("{free} resources of"),
        "requirements: 9,000 requests a month",
    ]);
    let markdown = site.run(&["cost", "--format", "markdown"]).ok().stdout;
    assert!(markdown.starts_with("## Cost of `prod`\n"), "{markdown}");
    assert!(
        markdown.contains("| VPC | NAT gateway | ap-northeast-1 | 730 hour × 0.062 | 45.26 |"),
        "{markdown}"
    );
    assert!(markdown.contains(&format!("| **Total** | | | | **{total}** |")), "{markdown}");
    assert!(markdown.contains("Open upwards, besides the total:"), "{markdown}");
    let many = site.run(&["cost", "--json", "--users-per-day", "1000"]).ok().json();
    assert_eq!(many["fixed"], json["fixed"]);
    assert!(monthly(&many["usage"]) > monthly(&json["usage"]));
    assert_eq!(many["requirements"]["stated"], serde_json::json!({"from": 265, "to": 315}));
    for wrong in ["-1", "x", "10000001"] {
        site.run(&["cost", "--users-per-day", wrong]).exit(64);
    }
}

#[test]
fn difference_of_a_change() {
    let site = Site::local("dev");
    // Of nothing, everything is new.
    let first = site.run(&["cost", "--diff", "--json"]).ok().json();
    let whole = monthly(&first["monthly"]);
    assert_eq!(
        (monthly(&first["diff"]["monthly_before"]), monthly(&first["diff"]["monthly_after"])),
        (0.0, whole)
    );
    let preview = site.run(&["preview", "--json"]).ok().json();
    assert_eq!(
        preview["cost"],
        serde_json::json!({"currency": "USD", "monthly_before": 0.0, "monthly_after": whole})
    );
    site.run(&["up", "--yes"]).ok().says(&[&format!("Cost: $0.00 → ${whole:.2} a month")]);

    // What stands is what the program says, to the cent.
    let same = site.run(&["cost", "--diff", "--json"]).ok().json();
    assert_eq!(same["diff"]["lines"], serde_json::json!([]), "{:#}", same["diff"]);
    assert_eq!(monthly(&same["diff"]["difference"]), 0.0);
    site.run(&["cost", "--diff"]).ok().says(&["no line differs", "(+0.00)"]);

    // A second NAT gateway is its hours and its address.
    let two = site.run_changed(TWO, &["cost", "--diff", "--json"]).ok().json();
    let lines = two["diff"]["lines"].as_array().expect("lines");
    let seen: Vec<(&str, f64, &Value)> = lines
        .iter()
        .map(|line| (line["key"].as_str().unwrap_or_default(), monthly(&line["difference"]), &line["added"]))
        .collect();
    let [gateway, address] = ["dev/network/aws:ec2:NatGateway/main-b", "dev/network/aws:ec2:EIP/nat-b"]
        .map(|urn| serde_json::json!([urn]));
    assert_eq!(
        seen,
        [("ec2.nat-gateway.hours", 45.26, &gateway), ("ec2.public-ipv4.hours", 3.65, &address)],
        "{lines:#?}"
    );
    assert_eq!(monthly(&two["diff"]["difference"]), 48.91);
    site.run_changed(TWO, &["cost", "--diff"]).ok().says(&["730 → 1460 hour", "+45.26", "(+48.91)"]);
    let markdown = site.run_changed(TWO, &["cost", "--diff", "--format", "markdown"]).ok().stdout;
    assert!(
        markdown.contains("| VPC | NAT gateway | ap-northeast-1 | 730 → 1460 hour | +45.26 |"),
        "{markdown}"
    );

    // The same in a preview, whose last line it is; and only of what is selected.
    let run = site.run_changed(TWO, &["preview"]).ok();
    let last = run.stdout.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        format!("Cost: ${whole:.2} → ${:.2} a month (+48.91), for 10 users a day.", whole + 48.91)
    );
    let chosen = site.run_changed(TWO, &["preview", "--json", "--target", "*EIP/nat-b"]).ok().json();
    let difference = monthly(&chosen["cost"]["monthly_after"]) - monthly(&chosen["cost"]["monthly_before"]);
    assert!((difference - 3.65).abs() < 0.001, "{}", chosen["cost"]);
    let none = [("\"nat_gateways\": 1", "\"nat_gateways\": 0")];
    // Functions would reach nothing then.
    let fewer = site.run_changed(&none, &["preview", "--json"]).exit(3).says(&["reach-services"]).json();
    let difference = monthly(&fewer["cost"]["monthly_after"]) - monthly(&fewer["cost"]["monthly_before"]);
    assert!(difference < -48.9, "{}", fewer["cost"]);
}

#[test]
fn what_has_no_price() {
    let site = Site::bare("prod");
    let class = [("db.t3.micro", "db.m6g.large")];
    let run = site.run_changed(&class, &["cost"]).exit(1);
    assert_eq!(run.stdout, "");
    run.says(&["COST-NO-PRICE", "rds.postgres.db.m6g.large.hours", "ap-northeast-1", "prices.json"]);
    // A preview is more than its cost.
    site.run_changed(&class, &["preview", "--offline"]).ok().says(&["Cost: not known [COST-NO-PRICE]"]);
    let cost = site.run_changed(&class, &["preview", "--offline", "--json"]).ok().json()["cost"].clone();
    assert_eq!((&cost["monthly_before"], &cost["monthly_after"]), (&Value::Null, &Value::Null));
    assert_eq!(cost["unknown"]["code"], "COST-NO-PRICE");
}
