//! Mistakes that somebody could make, each in one place.

use serde_json::{Value as Json, json};

use super::{Dice, Turn, map, text};

const fn mistake(what: &'static str, make: fn(&mut Json, &mut Dice)) -> Turn {
    Turn { what, make }
}

/// All of them: no stack can have one.
pub const MISTAKES: &[Turn] = &[
    mistake("a section is missing", |c, dice| {
        let sections =
            ["network", "domain", "database", "api", "frontend", "monitoring", "security", "region"];
        c.as_object_mut().expect("an object").remove(dice.of(&sections));
    }),
    mistake("a key is misspelt", |c, _| {
        let network = map(c, &["network"]);
        let many = network.remove("nat_gateways").expect("it was there");
        network.insert("nat_gateway".to_owned(), many);
    }),
    mistake("a text for a number", |c, _| c["api"]["timeout_seconds"] = "28".into()),
    mistake("a number below zero", |c, _| c["database"]["storage_gib"] = (-20).into()),
    mistake("a fraction of a number", |c, _| c["network"]["nat_gateways"] = 0.5.into()),
    mistake("a region that nobody has", |c, dice| {
        c["region"] = dice.of(&["ap-northeast1", "tokyo", "eu-south-1", ""]).into();
    }),
    mistake("a zone of another region", |c, _| c["network"]["zones"][0] = "cn-north-1a".into()),
    mistake("one zone", |c, _| {
        for key in ["zones", "public_subnets", "private_subnets"] {
            c["network"][key].as_array_mut().expect("a list").truncate(1);
        }
        c["network"]["nat_gateways"] = 0.into();
    }),
    mistake("a range of somebody else", |c, _| c["network"]["private_subnets"][1] = "172.16.0.0/24".into()),
    mistake("a range with host bits", |c, _| c["network"]["public_subnets"][0] = "10.0.0.1/24".into()),
    mistake("a domain of another zone", |c, _| c["api"]["domain"] = "api.finsight.org".into()),
    mistake("one name twice in DNS", |c, _| {
        let prefix = text(c, &["api", "domain"]).split('.').next().unwrap_or_default().to_owned();
        let branch = json!({"stage": "beta", "prefix": prefix});
        map(c, &["frontend", "branches"]).insert("twice".to_owned(), branch);
    }),
    mistake("a version that RDS has not", |c, _| c["database"]["engine_version"] = "postgres-15".into()),
    mistake("a class that RDS has not", |c, _| c["database"]["instance_class"] = "t3.micro".into()),
    mistake("a reserved word as a name", |c, _| c["database"]["name"] = "select".into()),
    mistake("a window too short", |c, _| c["database"]["backup_window"] = "17:00-17:15".into()),
    mistake("a schedule of five fields", |c, _| {
        c["database"]["monthly_snapshot"] = json!({"schedule": "0 3 1 * *", "time_zone": "UTC"});
    }),
    mistake("a runtime that does not start it", |c, _| c["api"]["runtime"] = "nodejs22.x".into()),
    mistake("more concurrency than the account has", |c, _| c["api"]["reserved_concurrency"] = 500.into()),
    mistake("memory by the gigabyte", |c, _| c["api"]["functions"]["users"]["memory_mib"] = 1.into()),
    mistake("a secret that nobody has", |c, _| c["api"]["functions"]["auth"]["secrets"] = json!(["auth1"])),
    mistake("a variable of the stack's own", |c, _| {
        c["api"]["functions"]["budgets"]["environment"] = json!({"DB_HOST": "localhost"});
    }),
    mistake("a variable that Lambda does not take", |c, _| {
        c["api"]["functions"]["budgets"]["environment"] = json!({"LOG-LEVEL": "debug"});
    }),
    mistake("an origin with a path", |c, _| c["api"]["cors_origins"][0] = "https://www.finsight.com/".into()),
    mistake("an issuer without its slash", |c, _| {
        c["api"]["authorizer"]["issuer"] = "https://a.auth0.com".into()
    }),
    mistake("a cached path of log-ins", |c, _| c["api"]["cdn"]["cached_paths"] = json!(["/auth/*"])),
    mistake("retention that CloudWatch does not take", |c, _| c["api"]["log_retention_days"] = 45.into()),
    mistake("a repository elsewhere", |c, _| c["frontend"]["repository"] = "git@gitlab.com:a/b.git".into()),
    mistake("a prefix that is no label", |c, _| {
        map(c, &["frontend", "branches"])
            .insert("odd".to_owned(), json!({"stage": "beta", "prefix": "my_site"}));
    }),
    mistake("mail from elsewhere", |c, _| c["monitoring"]["mail"]["mail_from"] = "mail.example.net".into()),
    mistake("no address", |c, _| c["monitoring"]["subscribers"] = json!(["ops"])),
    mistake("more than everything", |c, _| c["monitoring"]["alarms"]["database_cpu_percent"] = 120.into()),
    mistake("a day that is none", |c, _| c["security"]["waivers"][0]["until"] = "2027-02-30".into()),
    mistake("a waiver of no rule", |c, _| c["security"]["waivers"][0]["rule"] = "audit-everything".into()),
    mistake("a key gone at once", |c, _| c["security"]["key_deletion_days"] = 0.into()),
    mistake("tags of its own left alone", |c, dice| {
        let (keys, prefixes) = dice.of(&[(json!(["Stack"]), json!([])), (json!([]), json!(["aws:", "Man"]))]);
        c["tags"] = json!({"ignore": {"keys": keys, "prefixes": prefixes}});
    }),
];
