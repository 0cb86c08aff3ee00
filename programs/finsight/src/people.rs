//! What is left to people: what no program may do for them, and what AWS waits for. Each line says who does what, and which
//! step of the first deployment has the details.

use std::collections::BTreeMap;

use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use crate::artifacts::placeholders;
use crate::common::part;
use crate::config::Config;

/// Something that a person is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What waits for it.
    pub urns: Vec<Urn>,
    /// What is to be done.
    pub what: String,
}

/// A resource that stands.
pub struct Standing<'a> {
    /// Which one it is.
    pub urn: &'a Urn,
    /// What it was set to.
    pub inputs: &'a Map,
    /// What AWS says of it.
    pub outputs: &'a Map,
    /// What it stands on, each with the property that refers to it.
    pub on: Vec<(&'a Urn, &'a str)>,
}

impl Standing<'_> {
    fn input(&self, name: &str) -> &str {
        self.inputs.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    fn says(&self, output: &str, value: &Value) -> bool {
        self.outputs.get(output) == Some(value)
    }
}

/// Why Amplify cannot build a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unbuildable {
    /// Its app has no repository: it is deployed by hand.
    ByHand,
    /// What lets Amplify into the repository is in this secret, which holds its random first value.
    NoToken(Urn),
}

/// Why Amplify cannot build a branch, if it cannot. `all` are the ones that it may stand on.
#[must_use]
pub fn unbuildable(branch: &Standing<'_>, all: &[Standing<'_>]) -> Option<Unbuildable> {
    let on = |of: &Standing<'_>, property: &str| {
        let (urn, _) = of.on.iter().find(|(_, via)| *via == property)?;
        all.iter().find(|one| one.urn == *urn)
    };
    let app = on(branch, "app_id")?;
    if app.input("repository").is_empty() {
        return Some(Unbuildable::ByHand);
    }
    let secret = ["access_token", "oauth_token"].into_iter().find_map(|token| on(app, token))?;
    let is_random = secret.inputs.contains_key("generate") && !secret.says("replaced", &Value::Bool(true));
    is_random.then(|| Unbuildable::NoToken(secret.urn.clone()))
}

/// The secrets whose values people put in, by the last part of their names, with the step that says where these come from.
const FILLED: [(&str, &str); 3] =
    [("auth0", "step 9"), ("github-token", "step 8"), ("slack-webhook", "step 9")];

/// What is left to people, of what stands.
pub fn left<'a>(config: &Config, standing: impl Iterator<Item = Standing<'a>>) -> Vec<Left> {
    let standing: Vec<Standing<'a>> = standing.collect();
    let placeholders = placeholders(config);
    let mut found: BTreeMap<String, Vec<Urn>> = BTreeMap::new();
    for one in &standing {
        let what = match one.urn.type_name() {
            "aws:secretsmanager:Secret" => secret(config, one),
            "aws:sns:Subscription" => subscription(one),
            "aws:ses:EmailIdentity" => identity(one),
            "aws:amplify:DomainAssociation" => domain(one),
            "aws:amplify:Branch" => branch(one, &standing),
            "aws:lambda:Function" if placeholders.contains(one.urn.name()) => Some(
                "it answers with a placeholder: name its package at its `code` in the config (step 13)"
                    .to_owned(),
            ),
            _ => None,
        };
        if let Some(what) = what {
            found.entry(what).or_default().push(one.urn.clone());
        }
    }
    let mut found: Vec<Left> = found.into_iter().map(|(what, urns)| Left { urns, what }).collect();
    found.sort_by(|one, other| one.urns.cmp(&other.urns));
    found
}

fn secret(config: &Config, secret: &Standing<'_>) -> Option<String> {
    let name = secret.urn.name();
    let step = FILLED.iter().find(|(filled, _)| *filled == name).map(|(_, step)| *step);
    let step =
        step.or_else(|| config.security.secrets.keys().any(|key| part(key) == name).then_some("secrets.md"))?;
    secret.says("replaced", &Value::Bool(false)).then(|| {
        let id = secret.input("name");
        let region = &config.region;
        format!("an administrator puts its value in: `aws secretsmanager put-secret-value --region {region} --secret-id {id} --secret-string file://FILE` ({step})")
    })
}

fn subscription(subscription: &Standing<'_>) -> Option<String> {
    let who = subscription.input("endpoint");
    if subscription.says("confirmation", &"pending".into()) {
        let what = "opens the link in AWS's mail \"Subscription Confirmation\" within two days: until then no alarm comes there";
        return Some(format!("{who} {what} (step 12)"));
    }
    subscription.says("confirmation", &"lapsed".into()).then(|| {
        format!(
            "{who} has not opened AWS's link within two days: `finsight-deploy up --stack {} --replace {}` sends another one",
            subscription.urn.stack(),
            subscription.urn
        )
    })
}

fn identity(identity: &Standing<'_>) -> Option<String> {
    identity.says("verified_for_sending", &Value::Bool(false)).then(|| {
        "SES has not found the records of its domain yet, and sends no mail: delegate the zone, and it finds them (step 6)"
            .to_owned()
    })
}

fn domain(domain: &Standing<'_>) -> Option<String> {
    let status = domain.outputs.get("domain_status").and_then(Value::as_text)?;
    (status == "PENDING_VERIFICATION").then(|| {
        "Amplify has not found the records of its domain yet: delegate the zone, and it finds them (step 6)".to_owned()
    })
}

fn branch(branch: &Standing<'_>, all: &[Standing<'_>]) -> Option<String> {
    Some(match unbuildable(branch, all)? {
        Unbuildable::ByHand => {
            "its app has no repository, so it is not built: put files there with `aws amplify create-deployment`"
                .to_owned()
        }
        Unbuildable::NoToken(secret) => format!(
            "it is not built: Amplify gets into the repository with the token that is to be in {secret} (step 8); the next `up` after that builds it"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{built_in, parse};

    fn said(urn: &str, inputs: &[(&str, Value)], outputs: &[(&str, Value)]) -> Vec<String> {
        let config = parse("prod.json", built_in("prod").expect("shipped")).expect("valid");
        let map = |entries: &[(&str, Value)]| {
            entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map>()
        };
        let (urn, inputs, outputs) = (urn.parse().expect("a URN"), map(inputs), map(outputs));
        let standing = [Standing { urn: &urn, inputs: &inputs, outputs: &outputs, on: Vec::new() }];
        left(&config, standing.into_iter()).into_iter().map(|one| one.what).collect()
    }

    #[test]
    fn what_waits_for_a_person_is_said_until_it_is_done() {
        let secret = |name: &str, replaced: bool| {
            let urn = format!("prod/security/aws:secretsmanager:Secret/{name}");
            said(&urn, &[("name", format!("finsight/{name}").into())], &[("replaced", Value::Bool(replaced))])
        };
        assert!(secret("github-token", false)[0].contains("--secret-id finsight/github-token "));
        assert!(secret("github-token", true).is_empty());
        // What the stack makes for itself is nobody's to put in.
        assert!(secret("cdn-origin", false).is_empty());
        let subscription = |state: &str| {
            let urn = "prod/monitoring/aws:sns:Subscription/ops";
            said(urn, &[("endpoint", "ops@finsight.com".into())], &[("confirmation", state.into())])
        };
        assert!(subscription("pending")[0].starts_with("ops@finsight.com opens the link"));
        assert!(subscription("lapsed")[0].contains(
            "`finsight-deploy up --stack prod --replace prod/monitoring/aws:sns:Subscription/ops`"
        ));
        assert!(subscription("confirmed").is_empty());
        let mails = |is: bool| {
            said(
                "prod/monitoring/aws:ses:EmailIdentity/main",
                &[],
                &[("verified_for_sending", Value::Bool(is))],
            )
        };
        assert!(mails(false)[0].contains("delegate the zone") && mails(true).is_empty());
        assert!(!said("prod/api/aws:lambda:Function/users", &[], &[]).is_empty());
        assert!(said("prod/api/aws:lambda:Function/other", &[], &[]).is_empty());
    }

    /// A branch on its app on its token's secret.
    #[test]
    fn a_branch_that_amplify_cannot_build_is_left_to_people() {
        let config = parse("prod.json", built_in("prod").expect("shipped")).expect("valid");
        let urn = |text: &str| text.parse::<Urn>().expect("a URN");
        let (token, app, branch) = (
            urn("prod/security/aws:secretsmanager:Secret/github-token"),
            urn("prod/frontend/aws:amplify:App/main"),
            urn("prod/frontend/aws:amplify:Branch/main"),
        );
        let said = |generated: bool, replaced: bool, repository: &str| {
            let map = |name: &str, value: Value| Map::from([(name.to_owned(), value)]);
            let secret = if generated { map("generate", Value::Map(Map::new())) } else { Map::new() };
            let outputs = map("replaced", Value::Bool(replaced));
            let of_app = map("repository", repository.into());
            let none = Map::new();
            let standing = [
                Standing { urn: &token, inputs: &secret, outputs: &outputs, on: Vec::new() },
                Standing { urn: &app, inputs: &of_app, outputs: &none, on: vec![(&token, "access_token")] },
                Standing { urn: &branch, inputs: &none, outputs: &none, on: vec![(&app, "app_id")] },
            ];
            let why = unbuildable(&standing[2], &standing);
            let left = left(&config, standing.into_iter());
            let left = left.into_iter().find(|one| one.urns == [branch.clone()]).map(|one| one.what);
            assert_eq!(why.is_some(), left.is_some());
            (why, left.unwrap_or_default())
        };
        let repository = "https://github.com/finsight/finsight-web";
        let (why, left) = said(true, false, repository);
        assert_eq!(why, Some(Unbuildable::NoToken(token.clone())));
        assert!(left.contains("github-token") && left.contains("step 8"), "{left}");
        assert_eq!(said(true, true, repository).0, None);
        assert_eq!(said(false, false, repository).0, None);
        let (why, left) = said(true, true, "");
        assert!(why == Some(Unbuildable::ByHand) && left.contains("create-deployment"), "{left}");
    }
}
