//! The rules of composite alarms, read as far as to know which alarms they name.

/// The name in a name or ARN.
pub(crate) fn name_in(reference: &str) -> &str {
    reference.split_once(":alarm:").map_or(reference, |(_, name)| name)
}

/// The alarms that a rule names; `Err` says why it is no rule.
pub(crate) fn names(rule: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = rule.trim();
    let mut depth = 0i32;
    // Whether an operand comes next, and not an operator.
    let mut operand = true;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match word.to_ascii_uppercase().as_str() {
            "" => {
                let open = rest.starts_with('(');
                if !(open || rest.starts_with(')')) || open != operand {
                    return Err(format!("unexpected `{rest}`"));
                }
                depth += if open { 1 } else { -1 };
                rest = &rest[1..];
            }
            "NOT" if operand => rest = after,
            "AND" | "OR" if !operand => {
                operand = true;
                rest = after;
            }
            "TRUE" | "FALSE" if operand => {
                operand = false;
                rest = after;
            }
            "ALARM" | "OK" | "INSUFFICIENT_DATA" if operand => {
                let inner =
                    after.trim_start().strip_prefix('(').ok_or("a state needs an alarm")?.trim_start();
                let (name, after) = match inner.strip_prefix('"') {
                    Some(quoted) => {
                        let (name, after) = quoted.split_once('"').ok_or("a quote is not closed")?;
                        (name, after.trim_start().strip_prefix(')').ok_or("a bracket is not closed")?)
                    }
                    None => inner.split_once(')').ok_or("a bracket is not closed")?,
                };
                names.push(name_in(name.trim()).to_owned());
                operand = false;
                rest = after;
            }
            word => return Err(format!("unexpected `{word}`")),
        }
        if depth < 0 {
            return Err("a bracket is closed that was not opened".to_owned());
        }
        rest = rest.trim_start();
    }
    if operand || depth != 0 { Err("it ends too early".to_owned()) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn rules_and_what_is_none() {
        let rule =
            "(ALARM(\"a b\") OR ok(arn:aws:cloudwatch:r:1:alarm:c)) AND NOT (INSUFFICIENT_DATA(d) or TRUE)";
        assert_eq!(names(rule).unwrap(), ["a b", "c", "d"]);
        assert_eq!(names("FALSE").unwrap(), Vec::<String>::new());
        for wrong in
            ["", "ALARM(a", "ALARM(a) ALARM(b)", "ALARM(a) AND", "(ALARM(a)", "maybe(a)", "ALARM(a))"]
        {
            assert!(names(wrong).is_err(), "{wrong}");
        }
    }
}
