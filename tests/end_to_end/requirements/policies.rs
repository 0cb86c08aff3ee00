//! Policies as AWS gives them back.

use std::collections::BTreeSet;

use serde_json::Value;

use super::stand::{Stand, text};

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub allows: bool,
    pub actions: BTreeSet<String>,
    pub resources: BTreeSet<String>,
    pub principal: Value,
    pub condition: Value,
}

/// The statements of a document, which IAM encodes for URLs.
pub fn statements(document: &str) -> Vec<Statement> {
    let json: Value = serde_json::from_str(&decoded(document)).expect("a policy is JSON");
    let all = json["Statement"].as_array().expect("statements").iter();
    all.map(|statement| Statement {
        allows: statement["Effect"] == "Allow",
        actions: texts(&statement["Action"]),
        resources: texts(&statement["Resource"]),
        principal: statement["Principal"].clone(),
        condition: statement["Condition"].clone(),
    })
    .collect()
}

/// A text, or a list of them.
pub fn texts(of: &Value) -> BTreeSet<String> {
    match of {
        Value::String(one) => BTreeSet::from([one.clone()]),
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

pub fn set<const N: usize>(of: [&str; N]) -> BTreeSet<String> {
    of.map(str::to_owned).into()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// A role as IAM shows it.
pub struct Role {
    pub trust: Vec<Statement>,
    pub allows: Vec<Statement>,
    pub attached: Vec<String>,
}

impl Role {
    pub async fn read(stand: &Stand, arn_or_name: &str) -> Self {
        let iam = &stand.here.iam;
        let name = arn_or_name.rsplit('/').next().expect("a name");
        let role = iam.get_role().role_name(name).send().await.expect("the role");
        let trust = role.role().and_then(|role| role.assume_role_policy_document()).expect("its trust");
        let mut allows = Vec::new();
        let policies = iam.list_role_policies().role_name(name).send().await.expect("its policies");
        for policy in policies.policy_names() {
            let policy = iam.get_role_policy().role_name(name).policy_name(policy).send().await;
            let all = statements(policy.expect("a policy").policy_document());
            allows.extend(all.into_iter().filter(|statement| statement.allows));
        }
        let attached = iam.list_attached_role_policies().role_name(name).send().await.expect("attached");
        let attached = attached.attached_policies().iter().map(|p| text(p.policy_arn()).to_owned()).collect();
        Self { trust: statements(trust), allows, attached }
    }

    /// The one service that may take the role.
    pub fn service(&self) -> &str {
        let [only] = self.trust.as_slice() else { panic!("{:?}", self.trust) };
        assert_eq!(only.actions, set(["sts:AssumeRole"]));
        only.principal["Service"].as_str().expect("a service")
    }

    /// The resources that an action is allowed on.
    pub fn on(&self, action: &str) -> BTreeSet<String> {
        let with = self.allows.iter().filter(|statement| statement.actions.contains(action));
        with.flat_map(|statement| statement.resources.clone()).collect()
    }

    /// All actions.
    pub fn actions(&self) -> BTreeSet<String> {
        self.allows.iter().flat_map(|statement| statement.actions.clone()).collect()
    }
}
