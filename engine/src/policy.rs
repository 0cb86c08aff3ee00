//! Policy: rules that a program must keep, and waivers of them.
//!
//! A rule looks at the graph alone, so it holds before anything is read or
//! changed. What a value will only be later counts as kept.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::graph::{Graph, Node};
use crate::schema::Registry;
use crate::urn::{Urn, UrnPattern};
use crate::value::{Map, Value};

/// How much a broken rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// To be looked at.
    Warning,
    /// The program is refused.
    Error,
}

impl Severity {
    /// The word in JSON and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a rule sees: the program, with the defaults of its types filled in.
pub struct Subject<'a> {
    /// The stack's name.
    pub stack: &'a str,
    /// The day, such as `2026-11-22`.
    pub today: &'a str,
    /// The stack's own region.
    pub region: &'a str,
    nodes: BTreeMap<&'a Urn, Filled<'a>>,
}

/// A resource with its defaults.
pub struct Filled<'a> {
    /// As it was declared.
    pub node: &'a Node,
    /// Its inputs, defaults among them.
    pub inputs: Map,
}

impl<'a> Subject<'a> {
    /// The program of a graph.
    #[must_use]
    pub fn new(graph: &'a Graph, registry: &Registry, today: &'a str) -> Self {
        let filled = |node: &'a Node| {
            let mut inputs = node.inputs.clone();
            if let Some(spec) = registry.get(node.urn.type_name()) {
                spec.fill_defaults(&mut inputs);
            }
            Filled { node, inputs }
        };
        let nodes = graph.nodes.iter().map(|(urn, node)| (urn, filled(node))).collect();
        Self { stack: &graph.stack, today, region: &graph.region, nodes }
    }

    /// The resources of a type.
    pub fn of_type(&self, type_name: &str) -> impl Iterator<Item = &Filled<'a>> {
        self.nodes.values().filter(move |filled| filled.node.urn.type_name() == type_name)
    }

    /// All resources.
    pub fn all(&self) -> impl Iterator<Item = &Filled<'a>> {
        self.nodes.values()
    }

    /// The resource with this URN.
    #[must_use]
    pub fn get(&self, urn: &Urn) -> Option<&Filled<'a>> {
        self.nodes.get(urn)
    }
}

impl Filled<'_> {
    /// Its name.
    #[must_use]
    pub fn urn(&self) -> &Urn {
        &self.node.urn
    }

    /// A property; `None` where it is not set or null.
    #[must_use]
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.inputs.get(property).filter(|value| !value.is_null())
    }

    /// Whether a property is this, or will be known later only.
    #[must_use]
    pub fn is(&self, property: &str, wanted: impl Into<Value>) -> bool {
        let wanted = wanted.into();
        self.get(property).is_some_and(|value| *value == wanted || is_open(value))
    }

    /// The resource that a property refers to.
    #[must_use]
    pub fn refers_to(&self, property: &str) -> Option<&Urn> {
        referred(self.get(property)?)
    }
}

/// The resource that a value is an output of.
#[must_use]
pub fn referred(value: &Value) -> Option<&Urn> {
    match value {
        Value::Expr(expr) => match expr.as_ref() {
            Expr::Output { urn, .. } => Some(urn),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value is known only when the program runs.
#[must_use]
pub fn is_open(value: &Value) -> bool {
    matches!(value, Value::Expr(_) | Value::Unknown)
}

/// One break of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// By whom.
    pub urn: Urn,
    /// What is wrong with it.
    pub message: String,
    /// Another weight than the rule's own.
    pub severity: Option<Severity>,
}

impl Violation {
    /// A break with the rule's own weight.
    #[must_use]
    pub fn new(filled: &Filled<'_>, message: impl Into<String>) -> Self {
        Self { urn: filled.urn().clone(), message: message.into(), severity: None }
    }

    /// The same with another weight.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// A rule.
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// What a break of it weighs.
    pub severity: Severity,
    /// What it asks for.
    pub title: &'static str,
    /// Why.
    pub reason: &'static str,
    /// What to do about a break.
    pub way_out: &'static str,
    /// Finds the breaks.
    pub check: fn(&Subject<'_>) -> Vec<Violation>,
}

/// A break that is accepted until a day.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// Whose breaks.
    pub urns: UrnPattern,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: String,
}

/// A break of a rule, as it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// Its weight.
    pub severity: Severity,
    /// By whom; `None` where it is about a waiver.
    pub urn: Option<Urn>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub way_out: String,
    /// Why and until when it is accepted.
    pub waived: Option<String>,
}

impl Finding {
    /// Whether the program is refused for it.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.severity == Severity::Error && self.waived.is_none()
    }
}

/// All breaks of the rules, the gravest first, and waivers that do nothing any more.
#[must_use]
pub fn evaluate(rules: &[Rule], subject: &Subject<'_>, waivers: &[Waiver]) -> Vec<Finding> {
    let mut used = vec![false; waivers.len()];
    let mut findings = Vec::new();
    for rule in rules {
        for violation in (rule.check)(subject) {
            let fits = |waiver: &Waiver| waiver.rule == rule.id && waiver.urns.matches(&violation.urn);
            let waiver = waivers.iter().position(fits);
            if let Some(at) = waiver {
                used[at] = true;
            }
            let waiver = waiver.map(|at| &waivers[at]);
            let holds = waiver.filter(|waiver| waiver.until.as_str() >= subject.today);
            let mut message = violation.message;
            if let Some(ended) = waiver.filter(|_| holds.is_none()) {
                message = format!("{message} (its waiver ended on {})", ended.until);
            }
            findings.push(Finding {
                rule: rule.id.to_owned(),
                severity: violation.severity.unwrap_or(rule.severity),
                urn: Some(violation.urn),
                message,
                way_out: rule.way_out.to_owned(),
                waived: holds.map(|waiver| format!("until {}: {}", waiver.until, waiver.reason)),
            });
        }
    }
    for (waiver, _) in waivers.iter().zip(used).filter(|(_, used)| !used) {
        findings.push(Finding {
            rule: waiver.rule.clone(),
            severity: Severity::Warning,
            urn: None,
            message: "a waiver that fits no finding: what it was for is gone, or the rule has another name"
                .to_owned(),
            way_out: "take the waiver out of the config".to_owned(),
            waived: None,
        });
    }
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.waived.is_some(), std::cmp::Reverse(finding.severity));
        key(a).cmp(&key(b)).then_with(|| (&a.rule, &a.urn).cmp(&(&b.rule, &b.urn)))
    });
    findings
}
