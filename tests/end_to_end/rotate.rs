//! `ops secret rotate`: a new value comes into force, and at no moment is one sent that is not taken.

use std::collections::BTreeSet;

use crate::support::point::{Length, Point, cut};
use crate::support::served::Served;
use crate::support::site::{REGION, Site};
use crate::support::subject::copy;
use crate::support::work::{Round, rounds};
use crate::support::wrong::Wrong;
use tempfile::TempDir;

const ORIGIN: [&str; 5] = ["ops", "secret", "rotate", "cdn-origin", "--yes"];
/// What its changing calls are, in order.
const CALLS: [&str; 5] =
    ["PutSecretValue", "UpdateWebACL", "UpdateDistribution", "UpdateSecretVersionStage", "UpdateWebACL"];

/// A stack, whole.
struct Whole {
    served: Served,
    site: Site,
    kept: TempDir,
}

impl Whole {
    fn new() -> Self {
        let kept = tempfile::tempdir().expect("a temporary directory");
        let served = Served::open(kept.path());
        let site = Site::at("staging", &served.url);
        site.run(&["up", "--yes"]).ok();
        Self { served, site, kept }
    }

    /// What stands now, once more.
    fn again(&self) -> Self {
        let kept = tempfile::tempdir().expect("a temporary directory");
        copy(self.kept.path(), kept.path());
        let served = Served::open(kept.path());
        let site = Site::at("staging", &served.url);
        copy(&self.site.path(".finsight"), &site.path(".finsight"));
        Self { served, site, kept }
    }

    fn id(&self, urn: &str) -> String {
        let rows = self.site.rows();
        let row = rows.iter().find(|row| row["urn"].as_str().is_some_and(|one| one.ends_with(urn)));
        let id = row.and_then(|row| row["id"].as_str());
        id.unwrap_or_else(|| panic!("no {urn}")).to_owned()
    }

    fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.served.sdk(REGION))
    }

    /// The value of a secret, and how many versions it has.
    fn value(&self, secret: &str) -> (String, usize) {
        let client = self.secrets();
        let value = self.served.block(client.get_secret_value().secret_id(secret).send()).expect("a value");
        let all = client.list_secret_version_ids().secret_id(secret).include_deprecated(true);
        let all = self.served.block(all.send()).expect("its versions");
        (value.secret_string().unwrap_or_default().to_owned(), all.versions().len())
    }

    /// What CloudFront sends, by header.
    fn sent(&self, header: &str) -> String {
        let client = aws_sdk_cloudfront::Client::new(&self.served.sdk("us-east-1"));
        let id = self.id("aws:cloudfront:Distribution/api");
        let found = self.served.block(client.get_distribution().id(id).send()).expect("the distribution");
        let config = found.distribution().and_then(|one| one.distribution_config());
        let origins = config.and_then(|one| one.origins()).map(|all| all.items()).unwrap_or_default();
        let headers = origins.iter().filter_map(|one| one.custom_headers()).flat_map(|all| all.items());
        let mut found = headers.filter(|one| one.header_name().eq_ignore_ascii_case(header));
        found.next().map(|one| one.header_value().to_owned()).unwrap_or_default()
    }

    /// The values that the firewall takes.
    fn taken(&self) -> BTreeSet<String> {
        let id = self.id("aws:wafv2:WebACL/regional");
        let client = aws_sdk_wafv2::Client::new(&self.served.sdk(REGION));
        let all = client.list_web_acls().scope(aws_sdk_wafv2::types::Scope::Regional).send();
        let all = self.served.block(all).expect("the firewalls");
        let one = all
            .web_acls()
            .iter()
            .find(|one| one.arn() == Some(&id) || one.id().is_some_and(|one| id.contains(one)));
        let one = one.expect("the firewall");
        let found = client.get_web_acl().scope(aws_sdk_wafv2::types::Scope::Regional);
        let found = found.set_name(one.name().map(str::to_owned)).set_id(one.id().map(str::to_owned)).send();
        let found = self.served.block(found).expect("the firewall");
        let rules = found.web_acl().map(|one| one.rules()).unwrap_or_default();
        let rule = rules.iter().find(|rule| rule.name() == "only-through-cloudfront").expect("the rule");
        let mut values = BTreeSet::new();
        words(rule.statement().expect("a statement"), &mut values);
        values
    }

    /// No request is refused: what is sent is taken.
    #[track_caller]
    fn lets_in(&self) {
        let (sent, taken) = (self.sent("x-finsight-origin"), self.taken());
        assert!(!sent.is_empty() && taken.contains(&sent), "what CloudFront sends is not taken");
    }

    #[track_caller]
    fn is_rotated(&self, before: &str) {
        let secret = self.id("aws:secretsmanager:Secret/cdn-origin");
        let (value, versions) = self.value(&secret);
        assert_ne!(value, before);
        assert_eq!(versions, 2, "one new value was made");
        assert_eq!(self.sent("x-finsight-origin"), value);
        assert_eq!(self.taken(), [value].into());
        self.site.run(&["drift"]).ok();
        self.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    }

    fn changes(&self, from: u64) -> Vec<String> {
        let calls = self.served.calls(from).into_iter().filter(|call| call.mutating);
        calls.map(|call| call.operation).collect()
    }
}

fn words(statement: &aws_sdk_wafv2::types::Statement, values: &mut BTreeSet<String>) {
    if let Some(one) = statement.byte_match_statement() {
        let text = String::from_utf8_lossy(one.search_string().as_ref()).into_owned();
        values.insert(text);
    }
    let inner = statement.or_statement().map(|or| or.statements()).unwrap_or_default();
    inner.iter().for_each(|one| words(one, values));
    if let Some(not) = statement.not_statement().and_then(|not| not.statement()) {
        words(not, values);
    }
}

/// Killed at each record and call, and given again after this and that: one new value, and no request is refused.
#[test]
fn the_origins_value_at_every_record_and_call() {
    let template = Whole::new();
    let secret = template.id("aws:secretsmanager:Secret/cdn-origin");
    let (before, _) = template.value(&secret);
    let whole = template.again();
    let (from, records) = (whole.served.call_count(), whole.records());
    whole.site.run(&[&ORIGIN[..], &["--parallel", "1"]].concat()).ok().says(&["stays in force"]);
    assert_eq!(whole.changes(from), CALLS);
    whole.is_rotated(&before);
    let length = Length { records: whole.records() - records, calls: CALLS.len() };
    let points = length.sample(6);
    let between: [&[&str]; 5] = [
        &[],
        &["up", "--yes"],
        &["drift", "--accept", "--yes"],
        &["drift", "--fix", "--yes"],
        &["state", "protect", "**"],
    ];
    let tally = rounds("kill rotation", "kills", points.len() * between.len(), |number| {
        let (point, then) = (points[(number - 1) / between.len()], between[(number - 1) % between.len()]);
        let part = template.again();
        let args = [&ORIGIN[..], &["--parallel", "1"]].concat();
        assert!(cut(&part.site, &part.served, &args, point), "{point:?} was not reached");
        part.lets_in();
        if !then.is_empty() {
            part.site.run(then);
            part.lets_in();
        }
        part.site.run(&ORIGIN).ok();
        part.is_rotated(&before);
        Round::Done(Wrong::default())
    });
    tally.check();
}

impl Whole {
    fn records(&self) -> usize {
        let listed = self.site.run(&["state", "list", "--json"]).ok().json();
        usize::try_from(listed["serial"].as_u64().expect("a serial")).expect("a small number")
    }
}

/// A state from before the rotation: what stands at AWS suffices to go on.
#[test]
fn it_goes_on_from_an_earlier_state() {
    let on = Whole::new();
    let secret = on.id("aws:secretsmanager:Secret/cdn-origin");
    let (before, _) = on.value(&secret);
    copy(&on.site.path(".finsight"), &on.site.path("backup"));
    assert!(cut(&on.site, &on.served, &[&ORIGIN[..], &["--parallel", "1"]].concat(), Point::AfterCall(2)));
    std::fs::remove_dir_all(on.site.path(".finsight")).expect("it is lost");
    std::fs::rename(on.site.path("backup"), on.site.path(".finsight")).expect("it is found");
    on.site.run(&ORIGIN).ok().says(&["going on with a rotation"]);
    on.is_rotated(&before);
}

#[test]
fn a_master_password_and_an_api_key() {
    let on = Whole::new();
    let rows = on.site.rows();
    let database = on.id("aws:rds:DBInstance/main");
    let row = rows.iter().find(|row| row["id"] == database.as_str()).expect("its row");
    let urn = row["urn"].as_str().expect("a URN");
    let shown = on.site.run(&["state", "show", urn, "--json"]).ok().json();
    let master = shown["outputs"]["master_user_secret_arn"].as_str().expect("its secret").to_owned();
    let (before, _) = on.value(&master);
    let from = on.served.call_count();
    on.site.run(&["ops", "secret", "rotate", &database, "--yes"]).ok();
    assert_eq!(on.changes(from), ["ModifyDBInstance"]);
    assert_ne!(on.value(&master).0, before);
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    on.site.run(&["drift"]).ok();

    let (key, sent) = (on.id("aws:apigateway:ApiKey/frontend"), on.sent("x-api-key"));
    on.site.run(&["ops", "secret", "rotate", "frontend", "--yes"]).ok();
    assert_ne!(on.id("aws:apigateway:ApiKey/frontend"), key);
    if !sent.is_empty() {
        assert_ne!(on.sent("x-api-key"), sent);
    }
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    on.site.run(&["drift"]).ok();

    // What people put in, they alone make anew.
    on.site
        .run(&["ops", "secret", "rotate", "github-token", "--yes"])
        .exit(64)
        .says(&["OPS-WHICH", "Secrets"]);
    on.site.run(&["ops", "secret", "rotate", "nobody", "--yes"]).exit(64).says(&["OPS-WHICH", "cdn-origin"]);
    on.site.run(&["ops", "secret", "rotate", "cdn-origin"]).exit(3).says(&["CLI-NOBODY-TO-ASK", "rotation"]);
}
