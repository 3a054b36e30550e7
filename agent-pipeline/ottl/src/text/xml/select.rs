//! `XPath`, as far as statements need it: absolute and descendant steps by name or `*`, attributes, `text()`, `comment()`,
//! `.` and `..`-free paths, positions, and tests of attributes, child elements and texts for presence or equality; `|`
//! joins.

use super::{Element, Node};

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    paths: Vec<Vec<Step>>,
}

#[derive(Clone, Debug)]
struct Step {
    /// `//`: at any depth.
    deep: bool,
    test: Test,
    predicates: Vec<Predicate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// The document, for `/` alone.
    Root,
    Name(String),
    Any,
    Attribute(String),
    AnyAttribute,
    Text,
    Comment,
    Node,
}

#[derive(Clone, Debug)]
enum Predicate {
    Position(usize),
    Last,
    Has(Test),
    Equals(Test, String),
}

/// What an expression points to: a node by its path from the document, or an attribute of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) path: Vec<usize>,
    pub(crate) attribute: Option<String>,
}

impl Selector {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What of it is not understood.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let unclear = || format!("the XPath {text:?} is not supported");
        let paths = text.split('|').map(|path| steps(path.trim()).ok_or_else(unclear));
        Ok(Self { paths: paths.collect::<Result<_, _>>()? })
    }

    /// All it points to, in document order, none twice.
    pub(crate) fn select(&self, document: &Element) -> Vec<Selection> {
        let mut out: Vec<Selection> = Vec::new();
        for steps in &self.paths {
            let mut found = vec![Selection { path: Vec::new(), attribute: None }];
            for step in steps {
                found = step.apply(document, &found);
            }
            for selection in found {
                if !out.contains(&selection) {
                    out.push(selection);
                }
            }
        }
        out.sort_by(|a, b| a.path.cmp(&b.path));
        out
    }
}

fn steps(path: &str) -> Option<Vec<Step>> {
    if path == "/" {
        return Some(vec![Step { deep: false, test: Test::Root, predicates: Vec::new() }]);
    }
    let mut steps = Vec::new();
    // A relative path begins at the document, too.
    let mut rest = path;
    loop {
        let deep = rest.starts_with("//");
        rest = rest.strip_prefix("//").or_else(|| rest.strip_prefix('/')).unwrap_or(rest);
        let end = step_end(rest);
        let (step, after) = rest.split_at_checked(end)?;
        if step == "." {
            steps.push(Step { deep, test: Test::Root, predicates: Vec::new() });
        } else {
            steps.push(parse_step(step, deep)?);
        }
        if after.is_empty() {
            return Some(steps);
        }
        rest = after;
    }
}

/// Where a step ends: at a slash outside of brackets.
fn step_end(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn parse_step(text: &str, deep: bool) -> Option<Step> {
    let (name, mut rest) = text.split_at(text.find('[').unwrap_or(text.len()));
    let mut predicates = Vec::new();
    while let Some(inside) = rest.strip_prefix('[') {
        let (predicate, after) = inside.split_once(']')?;
        predicates.push(parse_predicate(predicate.trim())?);
        rest = after;
    }
    rest.is_empty().then_some(())?;
    Some(Step { deep, test: parse_test(name.trim())?, predicates })
}

fn parse_test(text: &str) -> Option<Test> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
    };
    Some(match text {
        "*" => Test::Any,
        "@*" => Test::AnyAttribute,
        "text()" => Test::Text,
        "comment()" => Test::Comment,
        "node()" => Test::Node,
        other => match other.strip_prefix('@') {
            Some(name) if is_name(name) => Test::Attribute(name.to_owned()),
            None if is_name(other) => Test::Name(other.to_owned()),
            _ => return None,
        },
    })
}

fn parse_predicate(text: &str) -> Option<Predicate> {
    if text == "last()" {
        return Some(Predicate::Last);
    }
    if let Ok(position) = text.parse() {
        return Some(Predicate::Position(position));
    }
    let Some((name, value)) = text.split_once('=') else { return parse_test(text).map(Predicate::Has) };
    let value = value.trim();
    let quoted = ['\'', '"'].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some(Predicate::Equals(parse_test(name.trim())?, quoted?.to_owned()))
}

impl Step {
    fn apply(&self, document: &Element, from: &[Selection]) -> Vec<Selection> {
        let mut out = Vec::new();
        for selection in from.iter().filter(|selection| selection.attribute.is_none()) {
            if self.test == Test::Root {
                out.push(selection.clone());
                continue;
            }
            let mut holders = vec![selection.path.clone()];
            if self.deep
                && let Some(element) = document.at(&selection.path)
            {
                descendants(element, &selection.path, &mut holders);
            }
            for holder in holders {
                let Some(element) = document.at(&holder) else { continue };
                let mut matched = self.matches(element, &holder);
                for predicate in &self.predicates {
                    matched = filter(predicate, document, matched);
                }
                out.extend(matched);
            }
        }
        out
    }

    /// The children or attributes of an element that the step names.
    fn matches(&self, element: &Element, path: &[usize]) -> Vec<Selection> {
        if let Test::Attribute(_) | Test::AnyAttribute = self.test {
            let names = element.attributes.iter().map(|(name, _)| name);
            let wanted = names.filter(|name| {
                self.test == Test::AnyAttribute || self.test == Test::Attribute((*name).clone())
            });
            return wanted
                .map(|name| Selection { path: path.to_vec(), attribute: Some(name.clone()) })
                .collect();
        }
        let children = element.children.iter().enumerate().filter(|(_, child)| fits(&self.test, child));
        children
            .map(|(index, _)| Selection {
                path: path.iter().copied().chain([index]).collect(),
                attribute: None,
            })
            .collect()
    }
}

fn fits(test: &Test, node: &Node) -> bool {
    match (test, node) {
        (Test::Name(name), Node::Element(element)) => element.name == *name,
        (Test::Any, Node::Element(_))
        | (Test::Text, Node::Text(_) | Node::Section(_))
        | (Test::Comment, Node::Comment(_))
        | (Test::Node, _) => true,
        _ => false,
    }
}

/// The paths of all elements below one.
fn descendants(element: &Element, path: &[usize], out: &mut Vec<Vec<usize>>) {
    for (index, child) in element.children.iter().enumerate() {
        if let Node::Element(child) = child {
            let path: Vec<usize> = path.iter().copied().chain([index]).collect();
            out.push(path.clone());
            descendants(child, &path, out);
        }
    }
}

fn filter(predicate: &Predicate, document: &Element, matched: Vec<Selection>) -> Vec<Selection> {
    let count = matched.len();
    let holds = |(index, selection): &(usize, Selection)| {
        let element = || document.at(&selection.path);
        match predicate {
            Predicate::Position(position) => index + 1 == *position,
            Predicate::Last => index + 1 == count,
            Predicate::Has(test) => element().is_some_and(|element| !texts(test, element).is_empty()),
            Predicate::Equals(test, value) => {
                element().is_some_and(|element| texts(test, element).contains(value))
            }
        }
    };
    matched.into_iter().enumerate().filter(holds).map(|(_, selection)| selection).collect()
}

/// The texts that a test finds in an element.
fn texts(test: &Test, element: &Element) -> Vec<String> {
    match test {
        Test::Attribute(name) => element
            .attributes
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .collect(),
        Test::AnyAttribute => element.attributes.iter().map(|(_, value)| value.clone()).collect(),
        Test::Name(name) => {
            element.elements().filter(|child| child.name == *name).map(Element::text).collect()
        }
        Test::Any => element.elements().map(Element::text).collect(),
        Test::Text => {
            let own = element.text();
            if own.is_empty() { Vec::new() } else { vec![own] }
        }
        Test::Comment | Test::Node | Test::Root => Vec::new(),
    }
}
