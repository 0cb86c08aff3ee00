//! Variables of functions: what the stack sets itself is nobody else's to set.

use super::Wrong;
use crate::api::functions::{own_variables, variable_of};
use crate::config::{Config, FunctionConfig};

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    let api = &config.api;
    let own: Vec<(&str, Vec<String>)> = api
        .functions
        .all()
        .iter()
        .map(|(what, _, function)| (*what, own_variables(what, function)))
        .collect();
    for (what, _, function) in api.functions.all() {
        secrets(what, function, wrong);
    }
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

/// Each secret of a function has a variable of its own, which Lambda takes: `a-b` and `a.b` would have one.
fn secrets(what: &str, function: &FunctionConfig, wrong: Wrong<'_>) {
    for (index, secret) in function.secrets.iter().enumerate() {
        let path = format!("api.functions.{what}.secrets.{index}");
        let variable = variable_of(secret);
        let other = function.secrets[..index].iter().find(|other| variable_of(other) == variable);
        if let Some(other) = other.filter(|other| *other != secret) {
            let found = format!("`{secret}`, whose variable {variable} is that of `{other}`");
            wrong(&path, found, "secrets whose names differ by a letter or digit");
        } else if !variable.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let found = format!("`{secret}`, whose variable would be {variable}");
            wrong(&path, found, "a secret whose name begins with a letter, as variables do");
        }
    }
}
