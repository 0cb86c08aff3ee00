//! XML documents as trees of elements: of attributes and name spaces only `xsi:type` counts.

use serde::{Deserialize, Serialize};
use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::wire::xml::escape;
use crate::wire::xml_in::unescape;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Element {
    pub name: String,
    /// Its `xsi:type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Element>,
}

impl Element {
    pub(crate) fn new(name: &str) -> Element {
        Element { name: name.to_owned(), ..Element::default() }
    }

    /// With a child that has this text.
    pub(crate) fn with(self, name: &str, text: impl Into<String>) -> Element {
        self.child(Element { text: text.into(), ..Element::new(name) })
    }

    /// With a child.
    pub(crate) fn child(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    /// The first child with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children with this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child with this name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).map(|child| child.text.as_str())
    }

    /// Parses a document; `None` where it is none.
    pub(crate) fn parse(text: &str) -> Option<Element> {
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        for token in Tokenizer::from(text) {
            match token.ok()? {
                Token::ElementStart { local, .. } => open.push(Element::new(local.as_str())),
                Token::Attribute { prefix, local, value, .. } => {
                    if let Some(last) = open.last_mut()
                        && prefix.as_str() == "xsi"
                        && local.as_str() == "type"
                    {
                        last.kind = Some(value.as_str().to_owned());
                    }
                }
                Token::ElementEnd { end, .. } => {
                    if matches!(end, ElementEnd::Open) {
                        continue;
                    }
                    let mut done = open.pop()?;
                    if !done.children.is_empty() {
                        done.text.clear();
                    }
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => root = Some(done),
                    }
                }
                Token::Text { text } => {
                    if let Some(last) = open.last_mut() {
                        last.text.push_str(&unescape(text.as_str()));
                    }
                }
                Token::Cdata { text, .. } => {
                    if let Some(last) = open.last_mut() {
                        last.text.push_str(text.as_str());
                    }
                }
                _ => {}
            }
        }
        root.filter(|_| open.is_empty())
    }

    /// The document with this element as its root, in S3's name space.
    pub(crate) fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out, " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
        out
    }

    fn write(&self, out: &mut String, attributes: &str) {
        out.push_str(&format!("<{}{attributes}", self.name));
        if let Some(kind) = &self.kind {
            let space = "http://www.w3.org/2001/XMLSchema-instance";
            out.push_str(&format!(" xmlns:xsi=\"{space}\" xsi:type=\"{}\"", escape(kind)));
        }
        out.push('>');
        out.push_str(&escape(&self.text));
        for child in &self.children {
            child.write(out, "");
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let tree = Element::new("A").with("B", "x<y & \"z\"\r\n").child(Element::new("C").with("D", ""));
        assert_eq!(Element::parse(&tree.document()), Some(tree));
        assert_eq!(
            Element::parse("<a:A xmlns:a=\"u\"> <B/>\n <B>&#x41;&unknown;</B></a:A>"),
            Some(Element::new("A").child(Element::new("B")).with("B", "A&unknown;"))
        );
        assert_eq!(Element::parse("not xml"), None);
    }
}
