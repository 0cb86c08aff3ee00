//! A stack of which everything is in use: a database with a standby, a built site, functions with versions.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::OnceLock;

use aws_sdk_wafv2::types::{Scope, Statement};
use tempfile::TempDir;

use super::builds::{let_amplify_in, said};
use super::site::REGION;
use super::subject::copy;
use super::{Served, Site};

const STACK: &str = "staging";
/// Its branch, its database, and a function of its.
pub const BRANCH: &str = "develop";
pub const FUNCTION: &str = "finsight-users-staging";
const CODE: &str = "\"users\": {\n        \"memory_mib\": 512,\n        \"code\": \"";

/// A copy of its own.
pub struct Working {
    pub served: Served,
    pub site: Site,
    kept: TempDir,
}

impl Working {
    pub fn new() -> Self {
        static STANDING: OnceLock<TempDir> = OnceLock::new();
        let standing = STANDING.get_or_init(|| {
            let standing = tempfile::tempdir().expect("a temporary directory");
            let served = Served::open(&standing.path().join("cloud"));
            let site = Self::site(&served);
            site.run(&["up", "--yes"]).ok();
            let_amplify_in(&served);
            build(&site, "two");
            site.run(&["up", "--yes"]).ok();
            site.run(&["ops", "frontend", "build", "--yes"]).ok();
            site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
            site.run(&["drift"]).ok();
            copy(&site.path(".finsight"), &standing.path().join("state"));
            standing
        });
        Self::of(standing.path())
    }

    fn site(served: &Served) -> Site {
        let site = Site::at(STACK, &served.url);
        site.edit_config(&format!("{CODE}placeholder\""), &format!("{CODE}build/users\""));
        site.edit_config("\"multi_az\": false", "\"multi_az\": true");
        build(&site, "one");
        site
    }

    /// The same in an AWS that takes this part of its time.
    pub fn at(factor: f64) -> Self {
        let quick = Self::new();
        let both = tempfile::tempdir().expect("a temporary directory");
        copy(quick.kept.path(), &both.path().join("cloud"));
        copy(&quick.site.path(".finsight"), &both.path().join("state"));
        Self::within(both.path(), |dir| Served::open_at(dir, factor))
    }

    fn of(standing: &std::path::Path) -> Self {
        Self::within(standing, Served::open)
    }

    fn within(standing: &std::path::Path, open: impl Fn(&std::path::Path) -> Served) -> Self {
        let kept = tempfile::tempdir().expect("a temporary directory");
        copy(&standing.join("cloud"), kept.path());
        let served = open(kept.path());
        let site = Self::site(&served);
        build(&site, "two");
        copy(&standing.join("state"), &site.path(".finsight"));
        Self { served, site, kept }
    }

    /// What stands now, once more.
    pub fn again(&self) -> Self {
        let both = tempfile::tempdir().expect("a temporary directory");
        copy(self.kept.path(), &both.path().join("cloud"));
        copy(&self.site.path(".finsight"), &both.path().join("state"));
        Self::of(both.path())
    }

    /// Changing calls since call `from`, by operation.
    pub fn changes(&self, from: u64) -> Vec<String> {
        let calls = self.served.calls(from).into_iter().filter(|call| call.mutating);
        calls.map(|call| call.operation).collect()
    }

    /// The number of the last record.
    pub fn serial(&self) -> usize {
        let listed = self.site.run(&["state", "list", "--json"]).ok().json();
        usize::try_from(listed["serial"].as_u64().expect("a serial")).expect("a small number")
    }

    /// The value of a secret, and how many versions it has.
    pub fn value(&self, secret: &str) -> (String, usize) {
        let client = aws_sdk_secretsmanager::Client::new(&self.served.sdk(REGION));
        let value = self.served.block(client.get_secret_value().secret_id(secret).send()).expect("a value");
        let all = client.list_secret_version_ids().secret_id(secret).include_deprecated(true);
        let all = self.served.block(all.send()).expect("its versions");
        (value.secret_string().unwrap_or_default().to_owned(), all.versions().len())
    }

    /// The secret of the database's master password.
    pub fn master(&self) -> String {
        let rds = aws_sdk_rds::Client::new(&self.served.sdk(REGION));
        let id = self.site.id("aws:rds:DBInstance/main");
        let found = self.served.block(rds.describe_db_instances().db_instance_identifier(id).send());
        let found = found.expect("the database");
        let secret = found.db_instances()[0].master_user_secret().and_then(|secret| secret.secret_arn());
        secret.expect("its secret").to_owned()
    }

    /// What CloudFront sends, by header.
    pub fn sent(&self, header: &str) -> String {
        let client = aws_sdk_cloudfront::Client::new(&self.served.sdk("us-east-1"));
        let id = self.site.id("aws:cloudfront:Distribution/api");
        let found = self.served.block(client.get_distribution().id(id).send()).expect("the distribution");
        let config = found.distribution().and_then(|one| one.distribution_config());
        let origins = config.and_then(|one| one.origins()).map(|all| all.items()).unwrap_or_default();
        let mut headers = origins.iter().filter_map(|one| one.custom_headers()).flat_map(|all| all.items());
        let found = headers.find(|one| one.header_name().eq_ignore_ascii_case(header));
        found.map(|one| one.header_value().to_owned()).unwrap_or_default()
    }

    /// The values of the origin's header that the firewall takes.
    pub fn taken(&self) -> BTreeSet<String> {
        let client = aws_sdk_wafv2::Client::new(&self.served.sdk(REGION));
        let all = self.served.block(client.list_web_acls().scope(Scope::Regional).send()).expect("firewalls");
        let one = all.web_acls().first().expect("the firewall");
        let found = client.get_web_acl().scope(Scope::Regional);
        let found = found.set_name(one.name().map(str::to_owned)).set_id(one.id().map(str::to_owned));
        let found = self.served.block(found.send()).expect("the firewall");
        let rules = found.web_acl().map(|one| one.rules()).unwrap_or_default();
        let rule = rules.iter().find(|rule| rule.name() == "only-through-cloudfront").expect("the rule");
        let mut values = BTreeSet::new();
        words(rule.statement().expect("a statement"), &mut values);
        values
    }

    /// No request is refused for its header: what CloudFront sends is taken.
    #[track_caller]
    pub fn lets_in(&self) {
        let (sent, taken) = (self.sent("x-finsight-origin"), self.taken());
        assert!(!sent.is_empty() && taken.contains(&sent), "what CloudFront sends is not taken");
    }

    /// What operations change, in words in which two runs are compared: names without moments, no ids.
    pub fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        let rds = aws_sdk_rds::Client::new(&self.served.sdk(REGION));
        let all = self.served.block(rds.describe_db_instances().send()).expect("the instances");
        for one in all.db_instances() {
            let name = one.db_instance_identifier().unwrap_or_default();
            let (name, status) = (plain(name), one.db_instance_status().unwrap_or_default());
            let owned = one.tag_list().iter().any(|tag| tag.key() == Some("finsight:id"));
            // Where another one was restored AWS chooses the zone.
            let zone = one.availability_zone().unwrap_or_default();
            let size = one.allocated_storage().unwrap_or_default();
            facts.push(format!("instance {name} {status} {size} GiB owned {owned} in {zone}"));
            facts.extend(marks(one.tag_list().iter().filter_map(|tag| tag.key())));
        }
        let all = self.served.block(rds.describe_db_snapshots().snapshot_type("manual").send());
        for one in all.expect("the snapshots").db_snapshots() {
            facts.push(format!("snapshot {}", plain(one.db_snapshot_identifier().unwrap_or_default())));
            facts.extend(marks(one.tag_list().iter().filter_map(|tag| tag.key())));
        }
        let (value, versions) = self.value(&self.site.id("aws:secretsmanager:Secret/cdn-origin"));
        facts.push(format!("origin: {versions} versions, sent {}", self.sent("x-finsight-origin") == value));
        facts.push(format!("origin: taken alone {}", self.taken() == [value].into()));
        // RDS makes a new one as often as it likes, every week at least.
        facts.push(format!("master: made anew {}", self.value(&self.master()).1 > 1));
        facts.push(format!("builds: {:?}", said(&self.served, BRANCH)));
        let lambda = aws_sdk_lambda::Client::new(&self.served.sdk(REGION));
        let alias = self.served.block(lambda.get_alias().function_name(FUNCTION).name("live").send());
        let alias = alias.expect("the alias");
        let all = self.served.block(lambda.list_versions_by_function().function_name(FUNCTION).send());
        facts.push(format!(
            "function: live {} of {}",
            alias.function_version().unwrap_or_default(),
            all.expect("versions").versions().len()
        ));
        let gateway = aws_sdk_apigateway::Client::new(&self.served.sdk(REGION));
        let keys = self.served.block(gateway.get_api_keys().include_values(true).send()).expect("keys");
        let sent = self.sent("x-api-key");
        let known = keys.items().iter().any(|key| key.value() == Some(&sent));
        facts.push(format!("keys: {}, sent {known}", keys.items().len()));
        facts
    }
}

/// Tags of operations that are under way.
fn marks<'t>(keys: impl Iterator<Item = &'t str>) -> Vec<String> {
    keys.filter(|key| *key == "finsight:operation").map(|key| format!("marked {key}")).collect()
}

/// A name without its moment.
fn plain(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect()
}

fn words(statement: &Statement, values: &mut BTreeSet<String>) {
    if let Some(one) = statement.byte_match_statement() {
        values.insert(String::from_utf8_lossy(one.search_string().as_ref()).into_owned());
    }
    let inner = statement.or_statement().map(|or| or.statements()).unwrap_or_default();
    inner.iter().for_each(|one| words(one, values));
    if let Some(not) = statement.not_statement().and_then(|not| not.statement()) {
        words(not, values);
    }
}

/// Code of the function, built.
pub fn build(site: &Site, words: &str) {
    let folder = site.path("config/build/users");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("bootstrap");
    std::fs::write(&file, format!("#!/bin/sh\necho {words}\n")).expect("the code");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it is executable");
}
