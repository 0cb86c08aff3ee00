//! XML bodies of the REST services: requests as a tree, answers from JSON trees.

use serde_json::Value;
use winterbaume_core::MockResponse;
use xmlparser::{ElementEnd, Token, Tokenizer};

use super::xml;
use crate::answer::Refusal;

/// Deeper than any request of AWS.
const DEPTH: usize = 64;

/// An element: its local name, its text and the elements in it. Attributes are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// Parses a document; an empty one is an element without a name.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Element, Refusal> {
        let malformed =
            |why: String| Refusal::bad("MalformedXML", format!("The XML is not well-formed: {why}"));
        let text = std::str::from_utf8(bytes).map_err(|e| malformed(e.to_string()))?;
        if text.trim().is_empty() {
            return Ok(Element::default());
        }
        let mut open: Vec<Element> = vec![Element::default()];
        for token in Tokenizer::from(text) {
            match token.map_err(|e| malformed(e.to_string()))? {
                Token::ElementStart { local, .. } => {
                    if open.len() > DEPTH {
                        return Err(malformed("it is too deep".to_owned()));
                    }
                    open.push(Element { name: local.to_string(), ..Element::default() });
                }
                Token::ElementEnd { end: ElementEnd::Open, .. } => {}
                Token::ElementEnd { end, .. } => {
                    let Some(done) = open.pop() else { break };
                    if let ElementEnd::Close(_, name) = end
                        && name.as_str() != done.name
                    {
                        return Err(malformed(format!("</{name}> closes <{}>", done.name)));
                    }
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Err(malformed("an element too many is closed".to_owned())),
                    }
                }
                Token::Text { text } => {
                    if let Some(top) = open.last_mut() {
                        top.text.push_str(&unescape(text.as_str()));
                    }
                }
                Token::Cdata { text, .. } => {
                    if let Some(top) = open.last_mut() {
                        top.text.push_str(text.as_str());
                    }
                }
                _ => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true) if document.children.len() == 1 => Ok(document.children.remove(0)),
            _ => Err(malformed("an element is not closed".to_owned())),
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of an element in it.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.clone())
    }

    /// The text, if it is there and not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.child(name).map(|child| child.text.trim() == "true")
    }

    /// A number; text that is none is refused.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.filled(name) else { return Ok(None) };
        let number = text.trim().parse();
        number.map(Some).map_err(|_| Refusal::bad("MalformedXML", format!("{name} is not a number: {text}")))
    }

    /// The elements called `member` in the list `name`.
    pub(crate) fn list(&self, name: &str, member: &str) -> Vec<&Element> {
        let items = self.child(name).into_iter().flat_map(|list| &list.children);
        items.filter(|item| item.name == member).collect()
    }
}

/// An answer whose root element is `root`; `members` names the elements of each list.
pub(crate) fn answer(
    status: u16,
    root: &str,
    namespace: &str,
    body: &Value,
    members: &dyn Fn(&str) -> &'static str,
) -> MockResponse {
    let inner = xml::children(body, members);
    MockResponse::xml(
        status,
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">{inner}</{root}>"),
    )
}

/// Resolves the entities of XML.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = rest.find(';').and_then(|end| Some((entity(&rest[1..end])?, end)));
        match known {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_tree() {
        let text = r#"<?xml version="1.0"?><R xmlns="x"><A>1 &lt; &#50; &amp;c</A><L><m>a</m><m/><o>b</o></L>
            <!-- no --><C><![CDATA[<x>]]></C></R>"#;
        let root = Element::parse(text.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.text("A").as_deref()), ("R", Some("1 < 2 &c")));
        let items: Vec<&str> = root.list("L", "m").iter().map(|m| m.text.as_str()).collect();
        assert_eq!(items, ["a", ""]);
        assert_eq!(root.text("C").as_deref(), Some("<x>"));
        assert!(root.number("C").is_err());
    }

    #[test]
    fn refuses_what_is_not_closed() {
        for text in ["<a><b></a>", "<a>", "x", "<a/><b/>", "</a>"] {
            assert_eq!(Element::parse(text.as_bytes()).unwrap_err().code, "MalformedXML", "{text}");
        }
        assert_eq!(Element::parse(b" ").unwrap(), Element::default());
    }
}
