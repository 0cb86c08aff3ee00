//! When a composite alarm goes off: its rule, read as CloudWatch reads it ("Combining alarms", rule expressions).

use finsight_engine::policy::{Filled, Subject, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::plain::plain;

/// Whether a composite alarm goes off while this alarm alone stands, and all others are well; nothing where AWS refuses the
/// rule.
pub(super) fn goes_off(subject: &Subject<'_>, composite: &Filled<'_>, alarm: &Urn) -> Option<bool> {
    let rule = composite.get("alarm_rule").map(plain)?;
    let name = subject.get(alarm).and_then(|one| one.get("alarm_name")).map(plain);
    let refers = format!("{{{alarm}#");
    let is_it = |called: &str| {
        let named = |name: &String| called == name || called.ends_with(&format!(":alarm:{name}"));
        called.starts_with(&refers) || name.as_ref().is_some_and(named)
    };
    holds(&rule, &is_it)
}

/// Whether a composite alarm goes off while all is well.
pub(super) fn always(composite: &Filled<'_>) -> bool {
    composite.get("alarm_rule").map(plain).and_then(|rule| holds(&rule, &|_| false)) == Some(true)
}

/// The alarms and topics that an action names by a text of its own: what is of nobody in the program.
pub(super) fn strange<'a>(subject: &Subject<'_>, alarm: &'a Filled<'_>) -> Vec<&'a str> {
    let listed =
        ["alarm_actions", "ok_actions"].into_iter().filter_map(|name| alarm.get(name)?.as_list()).flatten();
    let written = listed.filter(|action| referred(action).is_none()).filter_map(Value::as_text);
    let ours = |arn: &str| {
        let name = arn.rsplit(':').next().unwrap_or_default();
        subject.of_type("aws:sns:Topic").any(|topic| topic.is("topic_name", name))
    };
    let mut found: Vec<&str> = written.filter(|arn| arn.contains(":sns:") && !ours(arn)).collect();
    found.dedup();
    found
}

/// Whether a rule holds while the alarms that are meant are in the state ALARM and all others in OK.
fn holds(rule: &str, stands: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut reader = Reader { rest: rule.trim(), stands };
    let found = reader.any()?;
    reader.rest.is_empty().then_some(found)
}

struct Reader<'a> {
    rest: &'a str,
    stands: &'a dyn Fn(&str) -> bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(sign)?.trim_start();
        Some(())
    }

    /// A word of the language.
    fn word(&mut self, wanted: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else { return false };
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }

    fn any(&mut self) -> Option<bool> {
        let mut found = self.all()?;
        while self.word("OR") {
            found |= self.all()?;
        }
        Some(found)
    }

    fn all(&mut self) -> Option<bool> {
        let mut found = self.one()?;
        while self.word("AND") {
            found &= self.one()?;
        }
        Some(found)
    }

    fn one(&mut self) -> Option<bool> {
        if self.word("NOT") {
            return Some(!self.one()?);
        }
        if self.word("TRUE") {
            return Some(true);
        }
        if self.word("FALSE") {
            return Some(false);
        }
        if self.rest.starts_with('(') {
            self.take('(')?;
            let inner = self.any()?;
            self.take(')')?;
            return Some(inner);
        }
        for (state, standing) in [("ALARM", true), ("OK", false), ("INSUFFICIENT_DATA", false)] {
            if self.word(state) {
                self.take('(')?;
                let stands = (self.stands)(self.name()?);
                self.take(')')?;
                return Some(state != "INSUFFICIENT_DATA" && stands == standing);
            }
        }
        None
    }

    /// A name or an ARN, in quotes or without.
    fn name(&mut self) -> Option<&'a str> {
        let (name, rest) = match self.rest.strip_prefix('"') {
            Some(rest) => rest.split_once('"')?,
            None => self.rest.split_at(self.rest.find(')')?),
        };
        self.rest = rest.trim_start();
        Some(name.trim()).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn rules_hold_as_cloudwatch_says() {
        for (rule, wanted) in [
            ("ALARM(\"a\")", Some(true)),
            ("ALARM(a)", Some(true)),
            ("OK(a)", Some(false)),
            ("OK(b)", Some(true)),
            ("INSUFFICIENT_DATA(\"a\")", Some(false)),
            ("(ALARM(\"a\") OR ALARM(\"b\"))", Some(true)),
            ("ALARM(\"a\") AND ALARM(\"b\")", Some(false)),
            ("ALARM(\"a\") AND NOT ALARM(\"b\")", Some(true)),
            ("ALARM(b) AND ALARM(c) OR ALARM(a)", Some(true)),
            ("ALARM(b) AND (ALARM(c) OR ALARM(a))", Some(false)),
            ("NOT (ALARM(a) OR FALSE)", Some(false)),
            ("TRUE", Some(true)),
            ("ALARM(\"a\") ALARM(\"b\")", None),
            ("ALARMS(a)", None),
            ("(ALARM(a)", None),
            ("ALARM()", None),
            ("", None),
        ] {
            assert_eq!(holds(rule, &|name| name == "a"), wanted, "{rule}");
        }
    }
}
