//! AWS's service models: each request is held against them before it has an effect.
//!
//! The data is in `models/`, made by `models/make.py` from what botocore carries: of each operation that
//! `resources/aws` calls what it takes, with required members, lengths, ranges, patterns and enumerations.
//! `models/exceptions.json` names what a model says and the service does not hold itself to.

mod check;
#[path = "../../../../engine/src/limits/java.rs"]
mod java;
mod read;
mod refusal;
mod served;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use self::check::Check;
pub(crate) use self::served::unread;
use self::shape::{Model, Shape};
use crate::answer::Refusal;
use crate::call::{Call, Service};

/// What the models said of the calls since the start or the last reset.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// So many were held against a model and fit.
    pub fit: u64,
    /// `service Operation: what is wrong`, of each that did not.
    pub refused: Vec<String>,
    /// `service Operation`, of which there is no model.
    pub unknown: BTreeSet<String>,
}

impl Judged {
    /// All that did not fit, or that no model knows, a line each.
    #[must_use]
    pub fn misfits(&self) -> Vec<String> {
        let unknown = self.unknown.iter().map(|call| format!("{call}: no model; run models/make.py"));
        self.refused.iter().cloned().chain(unknown).collect()
    }
}

/// What the models say of a call.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// No model knows the operation: nothing of ours calls it.
    Unknown,
    /// It fits; what it gives, by the names of the model.
    Fits(Value),
    Broken(Refusal),
}

/// Something that a model demands and the service does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    service: String,
    /// `Shape.min`, `Shape.pattern`, `Shape.required.Member`, …
    constraint: String,
    /// Why, with a source.
    #[allow(dead_code, reason = "for whoever reads the file")]
    reason: String,
}

macro_rules! models {
    ($($module:ident: $service:ident, $signing:literal, $host:literal, $scope:ident, $protocol:ident, $state:ty, $beneath:ty;)*) => {
        fn text(service: Service) -> &'static str {
            match service {
                $(Service::$service => include_str!(concat!("../../models/", $signing, ".json")),)*
            }
        }
    };
}
crate::services::services!(models);

/// The model of a service; read when it is first asked for.
fn model(service: Service) -> Option<&'static Model> {
    static MODELS: OnceLock<BTreeMap<Service, OnceLock<Option<Model>>>> = OnceLock::new();
    let models = MODELS.get_or_init(|| Service::ALL.iter().map(|it| (*it, OnceLock::new())).collect());
    models.get(&service)?.get_or_init(|| serde_json::from_str(text(service)).ok()).as_ref()
}

fn exceptions() -> &'static [Exception] {
    static EXCEPTIONS: OnceLock<Vec<Exception>> = OnceLock::new();
    EXCEPTIONS.get_or_init(|| {
        serde_json::from_str(include_str!("../../models/exceptions.json")).unwrap_or_default()
    })
}

/// Whether a model knows the operation of a call.
fn knows(call: &Call) -> bool {
    model(call.service).is_some_and(|it| it.operations.contains_key(&call.operation))
}

/// Holds a call against its model.
pub(crate) fn judge(call: &Call) -> Verdict {
    let Some((model, operation)) =
        model(call.service).and_then(|it| Some((it, it.operations.get(&call.operation)?)))
    else {
        return Verdict::Unknown;
    };
    let Some((name, Shape::Structure(input))) =
        operation.input.as_ref().and_then(|name| Some((name, model.shapes.get(name)?)))
    else {
        return Verdict::Fits(Value::Null);
    };
    let given = match read::input(model, &operation.uri, input, call) {
        Ok(Some(given)) => given,
        // A body of no known kind is the operation's to refuse.
        Ok(None) => return Verdict::Fits(Value::Null),
        Err(refusal) => return Verdict::Broken(refusal),
    };
    let mut check = Check::new(model);
    check.structure(name, input, &given);
    let allowed = |constraint: &str| {
        exceptions().iter().any(|it| it.service == call.service.name() && it.constraint == constraint)
    };
    check.found.retain(|it| !allowed(&it.constraint));
    match refusal::refusal(call.service, &check.found) {
        Some(refusal) => Verdict::Broken(refusal),
        None => served::refusal(call, &given).map_or(Verdict::Fits(given), Verdict::Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_read_and_every_pattern_understood() {
        let (mut operations, mut shapes) = (0, 0);
        for service in Service::ALL {
            serde_json::from_str::<Model>(text(*service))
                .unwrap_or_else(|e| panic!("{}: {e}", service.name()));
            let model = model(*service).expect("it was just read");
            for (name, shape) in &model.shapes {
                if let Shape::String(text) = shape {
                    assert!(text.understood(), "{}: {name}: {:?}", service.name(), text.pattern);
                }
            }
            operations += model.operations.len();
            shapes += model.shapes.len();
        }
        assert!(operations > 400 && shapes > 2000, "{operations} operations, {shapes} shapes");
    }

    /// What the table names is a member.
    #[test]
    #[allow(clippy::print_stdout, reason = "the count is for whoever runs it")]
    fn what_is_not_read_is_a_member() {
        let table = served::table();
        let (mut members, mut refused, mut ignored) = (0, 0, 0);
        for one in table {
            let service = Service::ALL.iter().find(|it| it.name() == one.service).expect("a service");
            let model = model(*service).expect("a model");
            for operation in &one.operations {
                let input = model.operations.get(operation).and_then(|it| it.input.as_ref());
                let Some(Shape::Structure(input)) = input.and_then(|name| model.shapes.get(name)) else {
                    panic!("{}: {operation} takes nothing", one.service)
                };
                for member in &one.members {
                    assert!(input.members.contains_key(member), "{}: {operation}.{member}", one.service);
                    *(if one.ignored.is_some() { &mut ignored } else { &mut refused }) += 1;
                }
            }
        }
        for service in Service::ALL {
            let model = model(*service).expect("a model");
            for operation in model.operations.values().filter_map(|it| it.input.as_ref()) {
                if let Some(Shape::Structure(input)) = model.shapes.get(operation) {
                    members += input.members.len();
                }
            }
        }
        println!(
            "of {members} members {refused} are refused and {ignored} left aside, those of queries aside"
        );
        assert!(refused > 100 && ignored > 20, "{refused} {ignored}");
    }

    #[test]
    fn every_exception_is_one() {
        let text = include_str!("../../models/exceptions.json");
        let exceptions: Vec<Exception> = serde_json::from_str(text).expect("it is well-formed");
        for it in &exceptions {
            let service = Service::ALL.iter().find(|service| service.name() == it.service);
            let model =
                service.and_then(|it| model(*it)).unwrap_or_else(|| panic!("no service {}", it.service));
            let (shape, _) = it.constraint.split_once('.').expect("Shape.what");
            assert!(model.shapes.contains_key(shape), "{}: no shape {shape}", it.service);
        }
    }
}
