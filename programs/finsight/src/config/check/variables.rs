//! Variables of functions: what the stack sets itself is nobody else's to set.

use super::Wrong;
use crate::api::functions::own_variables;
use crate::config::Config;

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    let api = &config.api;
    let own: Vec<(&str, Vec<String>)> = api
        .functions
        .all()
        .iter()
        .map(|(what, _, function)| (*what, own_variables(what, function)))
        .collect();
    let mut refuse = |path: String, name: &str, of: &str| {
        let expected = format!("another name: the stack itself sets it on the function {of}");
        wrong(&path, format!("`{name}`"), &expected);
    };
    for name in api.environment.keys() {
        if let Some((of, _)) = own.iter().find(|(_, names)| names.contains(name)) {
            refuse(format!("api.environment.{name}"), name, of);
        }
    }
    for (what, _, function) in api.functions.all() {
        let names = own.iter().find(|(of, _)| *of == what).map(|(_, names)| names);
        for name in function.environment.keys().filter(|name| names.is_some_and(|all| all.contains(name))) {
            refuse(format!("api.functions.{what}.environment.{name}"), name, what);
        }
    }
}
