//! XML answers from JSON trees.

use serde_json::Value;

/// Writes the members of an object as elements: nulls are left out, and each list becomes one
/// element whose children have the name that `members` gives for it.
pub(crate) fn children(value: &Value, members: &dyn Fn(&str) -> &'static str) -> String {
    let mut out = String::new();
    if let Value::Object(map) = value {
        for (name, inner) in map {
            element(&mut out, name, inner, members);
        }
    }
    out
}

fn element(out: &mut String, name: &str, value: &Value, members: &dyn Fn(&str) -> &'static str) {
    if value.is_null() {
        return;
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    match value {
        Value::Object(map) => {
            for (inner_name, inner) in map {
                element(out, inner_name, inner, members);
            }
        }
        Value::Array(items) => {
            for item in items {
                element(out, members(name), item, members);
            }
        }
        Value::String(text) => out.push_str(&escape(text)),
        other => out.push_str(&other.to_string()),
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Escapes text for XML. Control characters that XML 1.0 cannot carry are dropped.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_wrapped_and_nulls_left_out() {
        let tree = json!({"a": [1, {"b": "x<y"}], "c": null, "d": true});
        assert_eq!(
            children(&tree, &|_| "item"),
            "<a><item>1</item><item><b>x&lt;y</b></item></a><d>true</d>"
        );
    }
}
