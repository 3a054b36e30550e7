//! XML for the functions that need it: a small tree, read and written, and the part of `XPath` that points into it.
//!
//! No document type, no external entities, no namespaces beyond names with colons. Depth and size are bounded.

mod read;
mod select;

#[cfg(test)]
mod tests;

pub(crate) use read::parse;
pub(crate) use select::{Selection, Selector};

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
    /// `<![CDATA[...]]>`.
    Section(String),
    Comment(String),
    /// `<?...?>`, without the brackets.
    Instruction(String),
}

/// An element; the document itself is one without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

impl Element {
    /// The element behind a path of child indexes.
    pub(crate) fn at(&self, path: &[usize]) -> Option<&Self> {
        let mut at = self;
        for index in path {
            let Node::Element(child) = at.children.get(*index)? else { return None };
            at = child;
        }
        Some(at)
    }

    /// The same, to be changed.
    pub(crate) fn at_mut(&mut self, path: &[usize]) -> Option<&mut Self> {
        let mut at = self;
        for index in path {
            let Node::Element(child) = at.children.get_mut(*index)? else { return None };
            at = child;
        }
        Some(at)
    }

    /// The text of the element and all in it.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for child in &self.children {
            match child {
                Node::Text(text) | Node::Section(text) => out.push_str(text),
                Node::Element(element) => out.push_str(&element.text()),
                Node::Comment(_) | Node::Instruction(_) => {}
            }
        }
        out
    }

    /// The child elements.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children
            .iter()
            .filter_map(|child| if let Node::Element(child) = child { Some(child) } else { None })
    }

    /// Appends the element; of the document, its children.
    pub(crate) fn write(&self, out: &mut String) {
        if self.name.is_empty() {
            self.children.iter().for_each(|child| child.write(out));
            return;
        }
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
        out.push('>');
        self.children.iter().for_each(|child| child.write(out));
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

impl Node {
    /// Appends the node.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Element(element) => element.write(out),
            Self::Text(text) => escape(text, out),
            Self::Section(text) => {
                out.push_str("<![CDATA[");
                out.push_str(text);
                out.push_str("]]>");
            }
            Self::Comment(text) => {
                out.push_str("<!--");
                out.push_str(text);
                out.push_str("-->");
            }
            Self::Instruction(text) => {
                out.push_str("<?");
                out.push_str(text);
                out.push_str("?>");
            }
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}
