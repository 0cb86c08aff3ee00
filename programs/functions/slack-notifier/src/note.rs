//! A message for people, and the form that Slack wants it in.

use serde_json::{Value, json};

use crate::mail::hide;

/// How much attention a note wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong.
    Bad,
    /// Something is well again.
    Good,
    /// It cannot be said.
    Unsure,
    /// Something happened.
    Plain,
}

impl Tone {
    fn colour(self) -> &'static str {
        match self {
            Self::Bad => "#d72b3f",
            Self::Good => "#2eb67d",
            Self::Unsure => "#ecb22e",
            Self::Plain => "#8a8a8a",
        }
    }
}

/// A message for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How much attention it wants.
    pub tone: Tone,
    /// One line.
    pub title: String,
    /// What happened, in a few sentences.
    pub text: String,
    /// Names with values, shown beside each other.
    pub facts: Vec<(&'static str, String)>,
    /// A button's text and where it leads.
    pub link: Option<(&'static str, String)>,
}

impl Note {
    /// The same without the names in mail addresses, wherever they stand.
    #[must_use]
    pub fn without_names(self) -> Self {
        Self {
            title: hide(&self.title),
            text: hide(&self.text),
            facts: self.facts.into_iter().map(|(name, value)| (name, hide(&value))).collect(),
            ..self
        }
    }

    /// The body of a post: a header, and a coloured attachment of blocks, within Slack's limits.
    ///
    /// Nothing in it is made a link or a mention: the header is plain text, the others are verbatim, and a post with
    /// blocks shows its own text in notifications alone.
    #[must_use]
    pub fn slack(&self, stack: Option<&str>) -> Value {
        let title = self.heading(stack);
        // Slack: a header takes 150 characters, a section's text 3,000, a field's 2,000, a section 10 fields.
        let header = json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&title, 150) } });
        let mut blocks = Vec::new();
        if !self.text.trim().is_empty() {
            blocks.push(json!({ "type": "section", "text": mrkdwn(&cut(&escape(&self.text), 2_900)) }));
        }
        let fields: Vec<Value> = self
            .facts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .take(10)
            .map(|(name, value)| mrkdwn(&format!("*{name}*\n{}", cut(&escape(value), 1_900))))
            .collect();
        if !fields.is_empty() {
            blocks.push(json!({ "type": "section", "fields": fields }));
        }
        if let Some((name, url)) = self.link.as_ref().filter(|(_, url)| url.len() <= 3_000) {
            let button =
                json!({ "type": "button", "text": { "type": "plain_text", "text": name }, "url": url });
            blocks.push(json!({ "type": "actions", "elements": [button] }));
        }
        let text = cut(&escape(&loose(&title)), 2_900);
        let mut post = json!({ "text": text, "blocks": [header] });
        if !blocks.is_empty() {
            post["attachments"] =
                json!([{ "color": self.tone.colour(), "fallback": text, "blocks": blocks }]);
        }
        post
    }

    /// The note as text alone.
    #[must_use]
    pub fn plain(&self, stack: Option<&str>) -> String {
        let mut lines = vec![self.heading(stack), self.text.clone()];
        lines.extend(self.facts.iter().map(|(name, value)| format!("{name}: {value}")));
        let mut lines: Vec<String> = lines.iter().map(|line| loose(line)).collect();
        lines.extend(self.link.iter().map(|(_, url)| url.clone()));
        lines.retain(|line| !line.trim().is_empty());
        cut(&escape(&lines.join("\n")), 2_900)
    }

    fn heading(&self, stack: Option<&str>) -> String {
        stack.map_or_else(|| self.title.clone(), |stack| format!("[{stack}] {}", self.title))
    }
}

/// Verbatim: Slack would make links of URLs and names of channels, and mentions of `@here`.
fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// A text in which Slack finds no URL, no channel and no mention: what joins their parts is followed by a sign that
/// nobody sees. It is for where nothing can be said to be verbatim.
fn loose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        out.push(sign);
        if "@#.:".contains(sign) && signs.peek().is_some_and(|next| !next.is_whitespace()) {
            out.push('\u{2060}');
        }
    }
    out
}

/// Slack reads commands between two of these characters. Escaped, no text can give one.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The first characters of a text; an ellipsis says that there was more.
#[must_use]
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    // Half an escape would show as it is written.
    if let Some(start) =
        short.rfind('&').filter(|start| short.len() - start < 5 && !short[*start..].contains(';'))
    {
        short.truncate(start);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::{Note, Tone, cut, escape};

    fn note(text: &str) -> Note {
        Note { tone: Tone::Bad, title: "T".repeat(200), text: text.to_owned(), facts: Vec::new(), link: None }
    }

    #[test]
    fn no_text_can_mention_a_channel() {
        let body = note("<!channel> & <https://evil.example.com|AWS>").slack(None).to_string();
        assert!(!body.contains("<!channel>") && !body.contains("<https"), "{body}");
        assert!(body.contains("&lt;!channel&gt; &amp; "), "{body}");
    }

    #[test]
    fn long_texts_stay_within_slacks_limits() {
        let mut long = note(&"日".repeat(10_000));
        long.facts = vec![("Fact", "x".repeat(5_000)); 30];
        let body = long.slack(Some("prod"));
        let blocks = &body["attachments"][0]["blocks"];
        let length = |text: &serde_json::Value| text.as_str().expect("a text").chars().count();
        assert_eq!(length(&body["blocks"][0]["text"]["text"]), 150);
        assert!(length(&blocks[0]["text"]["text"]) <= 3_000);
        assert_eq!(blocks[1]["fields"].as_array().expect("fields").len(), 10);
        assert!(length(&blocks[1]["fields"][0]["text"]) <= 2_000);
    }

    #[test]
    fn an_escape_is_not_cut_in_two() {
        for most in 1..12 {
            let short = cut(&escape("a<b<c"), most);
            assert!(!short.ends_with("&…") && !short.ends_with("&l…") && !short.ends_with("&lt…"), "{short}");
        }
    }
}
