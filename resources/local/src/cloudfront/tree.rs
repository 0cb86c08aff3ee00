//! Configurations as they come and go: trees of XML elements.

use serde::{Deserialize, Serialize};

use crate::answer::Refusal;
use crate::wire::xml::escape;
use crate::wire::xml_in::Element;

/// An element: a text or elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Tree>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
}

impl From<Element> for Tree {
    fn from(element: Element) -> Tree {
        let children: Vec<Tree> = element.children.into_iter().map(Tree::from).collect();
        let text = if children.is_empty() { element.text } else { String::new() };
        Tree { name: element.name, text, children, namespace: None }
    }
}

impl Tree {
    /// The document of a request.
    pub fn parse(bytes: &[u8]) -> Result<Tree, Refusal> {
        Element::parse(bytes).map(Tree::from)
    }

    pub fn node(name: &str, children: Vec<Tree>) -> Tree {
        Tree { name: name.to_owned(), children, ..Tree::default() }
    }

    pub fn leaf(name: &str, text: impl ToString) -> Tree {
        Tree { name: name.to_owned(), text: text.to_string(), ..Tree::default() }
    }

    /// A list as CloudFront writes it: a quantity, and items if there are any.
    pub fn list(name: &str, items: Vec<Tree>) -> Tree {
        let mut children = vec![Tree::leaf("Quantity", items.len())];
        if !items.is_empty() {
            children.push(Tree::node("Items", items));
        }
        Tree::node(name, children)
    }

    pub fn namespace(&mut self, namespace: &str) {
        self.namespace = Some(namespace.to_owned());
    }

    pub fn child(&self, name: &str) -> Option<&Tree> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn child_mut(&mut self, name: &str) -> Option<&mut Tree> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    /// What lies at a path such as `Restrictions/GeoRestriction`.
    pub fn at(&self, path: &str) -> Option<&Tree> {
        path.split('/').try_fold(self, |tree, name| tree.child(name))
    }

    /// The text at a path, if it is not empty.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path).map(|tree| tree.text.trim()).filter(|text| !text.is_empty())
    }

    pub fn flag(&self, path: &str) -> bool {
        self.text(path) == Some("true")
    }

    pub fn number(&self, path: &str) -> Option<i64> {
        self.text(path).and_then(|text| text.parse().ok())
    }

    /// The items of the list at a path.
    pub fn items(&self, path: &str) -> &[Tree] {
        self.at(path)
            .and_then(|list| list.child("Items"))
            .map(|items| items.children.as_slice())
            .unwrap_or_default()
    }

    /// The texts of the items of the list at a path.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        self.items(path).iter().map(|item| item.text.as_str()).collect()
    }

    /// Puts an element in the place of the one with its name.
    pub fn set(&mut self, child: Tree) {
        match self.child_mut(&child.name) {
            Some(old) => *old = child,
            None => self.children.push(child),
        }
    }

    /// Adds an element where none has its name.
    pub fn or(&mut self, child: Tree) {
        if self.child(&child.name).is_none() {
            self.children.push(child);
        }
    }

    /// Adds texts where no element has their names.
    pub fn or_leaves(&mut self, leaves: &[(&str, &str)]) {
        for (name, text) in leaves {
            self.or(Tree::leaf(name, text));
        }
    }

    /// Applies a change to each item of the list at a name.
    pub fn each_item(&mut self, list: &str, mut change: impl FnMut(&mut Tree)) {
        let items = self.child_mut(list).and_then(|list| list.child_mut("Items"));
        items.into_iter().flat_map(|items| &mut items.children).for_each(&mut change);
    }

    /// Refuses lists whose quantity is not that of their items.
    pub fn check_quantities(&self) -> Result<(), Refusal> {
        if let Some(quantity) = self.text("Quantity") {
            let items = self.child("Items").map_or(0, |items| items.children.len());
            if quantity.parse() != Ok(items) {
                let message =
                    format!("The value of Quantity and the size of Items don't match: {}", self.name);
                return Err(Refusal::bad("InconsistentQuantities", message));
            }
        }
        self.children.iter().try_for_each(Tree::check_quantities)
    }

    pub fn xml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        if let Some(namespace) = &self.namespace {
            out.push_str(&format!(" xmlns=\"{namespace}\""));
        }
        out.push('>');
        if self.children.is_empty() {
            out.push_str(&escape(&self.text));
        }
        self.children.iter().for_each(|child| child.write(out));
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}
