//! Amounts as Budgets writes them.

/// A decimal number in the one form that Budgets answers with: `100` is `100.0`, `07.50` is `7.5`.
pub(super) fn normal(text: &str) -> Option<String> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if text.is_empty() || (whole.is_empty() && rest.is_empty()) || !digits(whole) || !digits(rest) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let rest = rest.trim_end_matches('0');
    let or_zero = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
    Some(format!("{}.{}", or_zero(whole), or_zero(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form() {
        for (text, form) in
            [("100", "100.0"), ("100.0", "100.0"), ("07.50", "7.5"), (".5", "0.5"), ("0", "0.0")]
        {
            assert_eq!(normal(text).as_deref(), Some(form), "{text}");
        }
        for text in ["", ".", "-1", "1e3", "ten", "1.2.3"] {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}
