//! `output` and `config`.

use std::fmt::Write as _;

use finsight::config::Config as StackConfig;
use finsight_engine::urn::nearest;
use finsight_engine::value::Value;

use crate::cli::{Config, Global, OutputArgs};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::stack::Stack;

pub fn outputs(global: &Global, args: &OutputArgs) -> Outcome {
    let stack = Stack::new(global)?;
    let loaded = stack.show()?;
    let outputs = &loaded.state.outputs;
    let shown = |value: &Value| {
        let clear = if args.show_secrets { value.clear_json() } else { None };
        clear.unwrap_or_else(|| value.masked())
    };
    if let Some(name) = &args.name {
        let Some(value) = outputs.get(name) else {
            let near = nearest(name, outputs.keys().map(String::as_str));
            let hint = match (near.is_empty(), outputs.is_empty()) {
                (false, _) => format!("did you mean {}?", near.join(" or ")),
                (true, false) => "`finsight-deploy output` lists them".to_owned(),
                (true, true) => "it has none: they come with the first `up`".to_owned(),
            };
            let message = format!("stack `{}` has no output `{name}`", stack.name);
            return Err(CommandError::new("CLI-NO-OUTPUT", message, hint).with_exit(USAGE));
        };
        match shown(value) {
            serde_json::Value::String(text) if !global.is_json() => render::text(&format!("{text}\n")),
            json => render::json(&json),
        }
        return Ok(0);
    }
    if global.is_json() {
        let all: serde_json::Map<_, _> =
            outputs.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        render::json(&serde_json::Value::Object(all));
    } else {
        let mut text = String::new();
        for (name, value) in outputs {
            let _ = match shown(value) {
                serde_json::Value::String(plain) => writeln!(text, "{name} = {plain}"),
                json => writeln!(text, "{name} = {json}"),
            };
        }
        render::text(&text);
    }
    Ok(0)
}

pub fn config(global: &Global, command: &Config) -> Outcome {
    if matches!(command, Config::Schema) {
        render::json(&serde_json::json!(schemars::schema_for!(StackConfig)));
        return Ok(0);
    }
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    match command {
        Config::Show => render::json(&serde_json::json!(config)),
        _ => {
            // The program may refuse what the config alone allows.
            stack.program(&config)?;
            if global.is_json() {
                render::json(&serde_json::json!({"valid": true, "stack": stack.name}));
            } else {
                render::text(&format!("The config of stack `{}` is valid.\n", stack.name));
            }
        }
    }
    Ok(0)
}
