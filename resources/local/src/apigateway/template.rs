//! Mapping templates: as much of them as preflights need.
//!
//! `#set($name = value)`, `#set($context.responseOverride.header.Name = value)`, and `#if(a == b || …) … #end`, where a
//! value is a text in quotes, a name that was set, or `$input.params("header")`.

use std::collections::BTreeMap;

use crate::walk::{Headers, Request};

/// What the overrides of a template are kept under.
const OVERRIDE: &str = "$context.responseOverride.header.";

/// The headers that a template puts on an answer, or the part of it that is not known here.
pub(super) fn overrides(template: &str, request: &Request) -> Result<Headers, String> {
    let mut run = Run { request, names: BTreeMap::new(), headers: Headers::default() };
    run.block(template)?;
    Ok(run.headers)
}

struct Run<'a> {
    request: &'a Request,
    names: BTreeMap<String, String>,
    headers: Headers,
}

impl Run<'_> {
    fn block(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("#set(") {
                let (inner, after) = parenthesis(after)?;
                let (name, value) = inner.split_once('=').ok_or_else(|| inner.to_owned())?;
                let value = self.value(value)?;
                match name.trim().strip_prefix(OVERRIDE) {
                    Some(header) => self.headers.set(header, value),
                    None => drop(self.names.insert(name.trim().to_owned(), value)),
                }
                rest = after.trim_start();
            } else if let Some(after) = rest.strip_prefix("#if(") {
                let (condition, after) = parenthesis(after)?;
                let (body, after) = after.split_once("#end").ok_or_else(|| rest.to_owned())?;
                if body.contains("#if") || body.contains("#else") {
                    return Err(body.to_owned());
                }
                if self.holds(condition)? {
                    self.block(body)?;
                }
                rest = after.trim_start();
            } else {
                return Err(rest.to_owned());
            }
        }
        Ok(())
    }

    fn holds(&self, condition: &str) -> Result<bool, String> {
        for one in condition.split("||") {
            let (left, right) = one.split_once("==").ok_or_else(|| one.to_owned())?;
            if self.value(left)? == self.value(right)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn value(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let quoted = |text: &str| text.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
        if let Some(literal) = quoted(text) {
            return Ok(literal);
        }
        let parameter = text.strip_prefix("$input.params(").and_then(|rest| quoted(rest.strip_suffix(')')?));
        if let Some(name) = parameter {
            // The name of a header has to be written as it came.
            let found = self.request.headers.iter().find(|(known, _)| *known == name);
            return Ok(found.map(|(_, value)| value.to_owned()).unwrap_or_default());
        }
        self.names.get(text).cloned().ok_or_else(|| text.to_owned())
    }
}

/// What stands in a parenthesis that is open already, and what follows it.
fn parenthesis(text: &str) -> Result<(&str, &str), String> {
    let mut depth = 1;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((&text[..at], &text[at + 1..]));
        }
    }
    Err(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "#set($origin = $input.params(\"Origin\"))#if($origin == \"\")#set($origin = $input.params(\"origin\"))#end#if($origin == \"https://a\" || $origin == \"https://b\")#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end";

    fn allowed(name: &str, origin: &str) -> Option<String> {
        let request = Request::new("OPTIONS", "https://x/y").header(name, origin);
        let headers = overrides(TEMPLATE, &request).expect("known");
        headers.get("access-control-allow-origin").map(str::to_owned)
    }

    #[test]
    fn origins_are_echoed_where_they_are_allowed() {
        assert_eq!(allowed("Origin", "https://b").as_deref(), Some("https://b"));
        assert_eq!(allowed("origin", "https://a").as_deref(), Some("https://a"));
        assert_eq!(allowed("Origin", "https://c"), None);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let request = Request::new("GET", "https://x/");
        for template in ["#foreach($a in $b)#end", "{}", "#set($a = $util.b())", "#if($a == \"x\")"] {
            assert!(overrides(template, &request).is_err(), "{template}");
        }
        assert!(overrides("", &request).is_ok());
    }
}
