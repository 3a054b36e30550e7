//! XML: parsed into values, and edited by `XPath`.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::text::xml::{Element, Node, Selection, Selector, parse};
use crate::value::Value;

const TEXT: Param = Param::of("target", Kind::Text);
const XPATH: Param = Param::of("xpath", Kind::LiteralText);
const ANY_XPATH: Param = Param::optional("xpath", Kind::LiteralText);

converter!(
    CONVERT_ATTRIBUTES_TO_ELEMENTS_XML, "ConvertAttributesToElementsXML", [TEXT, ANY_XPATH], attributes_to_elements,
    [r#"set(attributes["k"], ConvertAttributesToElementsXML("<a b='1'/>"))"#, "{}", r#"{"k":"<a><b>1</b></a>"}"#],
    prepare: Some(check_path),
);
converter!(
    CONVERT_TEXT_TO_ELEMENTS_XML, "ConvertTextToElementsXML",
    [TEXT, ANY_XPATH, Param::optional("element_name", Kind::LiteralText)], text_to_elements,
    [r#"set(attributes["k"], ConvertTextToElementsXML("<a><b/>t</a>"))"#, "{}",
        r#"{"k":"<a><b></b><value>t</value></a>"}"#],
    prepare: Some(check_path),
);
converter!(
    GET_XML, "GetXML", [TEXT, XPATH], get_xml,
    [r#"set(attributes["k"], GetXML("<a><b>1</b><c/></a>", "/a/b"))"#, "{}", r#"{"k":"<b>1</b>"}"#],
    prepare: Some(check_path),
);
converter!(
    INSERT_XML, "InsertXML", [TEXT, XPATH, Param::of("sub_document", Kind::Text)], insert_xml,
    [r#"set(attributes["k"], InsertXML("<a/>", "/a", "<b/>"))"#, "{}", r#"{"k":"<a><b></b></a>"}"#],
    prepare: Some(check_path),
);
converter!(
    PARSE_SIMPLIFIED_XML,
    "ParseSimplifiedXML",
    [TEXT],
    |args| {
        let document = read("ParseSimplifiedXML", &args.text(0)?)?;
        Ok(Value::of_owned(AnyValue::KvList(simplified(&document))))
    },
    [
        r#"set(attributes["k"], ParseSimplifiedXML("<a><b>1</b><b>2</b></a>"))"#,
        "{}",
        r#"{"k":{"a":{"b":["1","2"]}}}"#
    ],
);
converter!(
    PARSE_XML,
    "ParseXML",
    [TEXT],
    |args| {
        let document = read("ParseXML", &args.text(0)?)?;
        match document.elements().next() {
            Some(root) => Ok(Value::of_owned(whole(root))),
            None => failed("ParseXML", "there is no element"),
        }
    },
    [
        r#"set(attributes["k"], ParseXML("<a id='7'>x</a>"))"#,
        "{}",
        r#"{"k":{"tag":"a","attributes":{"id":"7"},"content":"x"}}"#
    ],
);
converter!(
    REMOVE_XML, "RemoveXML", [TEXT, XPATH], remove_xml,
    [r#"set(attributes["k"], RemoveXML("<a><b/><c/></a>", "/a/b"))"#, "{}", r#"{"k":"<a><c></c></a>"}"#],
    prepare: Some(check_path),
);

fn check_path(literals: &Literals<'_>) -> Result<Prepared, String> {
    literals.text(1).map_or(Ok(()), |path| Selector::new(path).map(drop))?;
    Ok(Prepared::Nothing)
}

fn read(function: &'static str, text: &str) -> Eval<Element> {
    parse(text).or_else(|reason| failed(function, reason))
}

/// The document and what the path points to in it.
fn selected(
    function: &'static str,
    args: &mut Args<'_, '_>,
    default: &'static str,
) -> Eval<(Element, Vec<Selection>)> {
    let path = args.text_or(1, default)?;
    let document = read(function, &args.text(0)?)?;
    match Selector::new(&path) {
        Ok(selector) => {
            let selections = selector.select(&document);
            Ok((document, selections))
        }
        Err(reason) => failed(function, reason),
    }
}

fn written<'v>(document: &Element) -> Value<'v> {
    let mut out = String::new();
    document.write(&mut out);
    Value::string(out)
}

fn get_xml<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (document, selections) = selected("GetXML", args, "/")?;
    let mut result = Element::default();
    for Selection { path, attribute } in &selections {
        if let Some(name) = attribute {
            let attributes = document.at(path).map(|element| &element.attributes);
            let value = attributes.into_iter().flatten().find(|(known, _)| known == name);
            result.children.extend(value.map(|(_, value)| Node::Text(value.clone())));
            continue;
        }
        let Some((last, parents)) = path.split_last() else {
            result.children.extend(document.children.iter().cloned());
            continue;
        };
        result.children.extend(document.at(parents).and_then(|parent| parent.children.get(*last)).cloned());
    }
    Ok(written(&result))
}

fn insert_xml<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let fragment = read("InsertXML", &args.text(2)?)?;
    let (mut document, selections) = selected("InsertXML", args, "/")?;
    // From the last to the first, so that paths stay right.
    for Selection { path, attribute } in selections.iter().rev() {
        let element = document.at_mut(path).filter(|_| attribute.is_none());
        match element {
            Some(element) => element.children.extend(fragment.children.iter().cloned()),
            None => return failed("InsertXML", "the XPath does not point to elements"),
        }
    }
    Ok(written(&document))
}

fn remove_xml<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (mut document, selections) = selected("RemoveXML", args, "/")?;
    for Selection { path, attribute } in selections.iter().rev() {
        if let Some(name) = attribute {
            if let Some(element) = document.at_mut(path) {
                element.attributes.retain(|(known, _)| known != name);
            }
            continue;
        }
        if let Some((last, parents)) = path.split_last()
            && let Some(parent) = document.at_mut(parents)
            && *last < parent.children.len()
        {
            parent.children.remove(*last);
        }
    }
    Ok(written(&document))
}

fn attributes_to_elements<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (mut document, selections) = selected("ConvertAttributesToElementsXML", args, "//@*")?;
    for Selection { path, attribute } in &selections {
        let (Some(element), Some(name)) = (document.at_mut(path), attribute) else { continue };
        let Some(at) = element.attributes.iter().position(|(known, _)| known == name) else { continue };
        let (name, value) = element.attributes.remove(at);
        let child = Element { name, attributes: Vec::new(), children: vec![Node::Text(value)] };
        element.children.push(Node::Element(child));
    }
    Ok(written(&document))
}

/// Texts that are not alone in their element become elements, at any depth below what the path points to.
fn text_to_elements<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let name = args.text_or(2, "value")?.into_owned();
    let (mut document, selections) = selected("ConvertTextToElementsXML", args, "/")?;
    for Selection { path, attribute } in &selections {
        if let Some(element) = document.at_mut(path).filter(|_| attribute.is_none()) {
            wrap_texts(element, &name);
        }
    }
    Ok(written(&document))
}

fn wrap_texts(element: &mut Element, name: &str) {
    let is_text = |child: &Node| matches!(child, Node::Text(text) if !text.trim().is_empty());
    let parts = element.children.iter().filter(|child| is_text(child) || matches!(child, Node::Element(_)));
    let alone = parts.count() <= 1;
    for child in &mut element.children {
        match child {
            Node::Element(inner) => wrap_texts(inner, name),
            text if !alone && is_text(text) => {
                let children = vec![text.clone()];
                *text = Node::Element(Element { name: name.to_owned(), attributes: Vec::new(), children });
            }
            _ => {}
        }
    }
}

/// Tag, attributes, content, children.
fn whole(element: &Element) -> AnyValue<'static> {
    let text = |text: &str| AnyValue::from(text.to_owned());
    let mut members = vec![(Cow::Borrowed("tag"), text(&element.name))];
    if !element.attributes.is_empty() {
        let attributes =
            element.attributes.iter().map(|(name, value)| (Cow::Owned(name.clone()), text(value)));
        members.push((Cow::Borrowed("attributes"), AnyValue::KvList(attributes.collect())));
    }
    let content: String = element
        .children
        .iter()
        .filter_map(
            |child| if let Node::Text(text) | Node::Section(text) = child { Some(text.trim()) } else { None },
        )
        .collect();
    if !content.is_empty() {
        members.push((Cow::Borrowed("content"), text(&content)));
    }
    let children: Vec<_> = element.elements().map(whole).collect();
    if !children.is_empty() {
        members.push((Cow::Borrowed("children"), AnyValue::Array(children)));
    }
    AnyValue::KvList(members)
}

/// Elements by name, repeated ones as lists; an element without elements is its first text, and one without anything is
/// left out. Attributes, and texts beside elements, are left out too.
fn simplified(element: &Element) -> Vec<(Cow<'static, str>, AnyValue<'static>)> {
    let mut members: Vec<(Cow<'static, str>, AnyValue<'static>)> = Vec::new();
    for child in element.elements() {
        let Some(value) = simplified_child(child) else { continue };
        let repeated = element.elements().filter(|other| other.name == child.name).take(2).count() > 1;
        match members.iter_mut().find(|(name, _)| **name == *child.name) {
            Some((_, AnyValue::Array(items))) => items.push(value),
            _ if repeated => members.push((Cow::Owned(child.name.clone()), AnyValue::Array(vec![value]))),
            _ => members.push((Cow::Owned(child.name.clone()), value)),
        }
    }
    members
}

fn simplified_child(child: &Element) -> Option<AnyValue<'static>> {
    if child.elements().next().is_some() {
        return Some(simplified(child)).filter(|members| !members.is_empty()).map(AnyValue::KvList);
    }
    let text = child.children.iter().find_map(|node| match node {
        Node::Text(text) | Node::Section(text) => Some(text.clone()),
        _ => None,
    });
    text.filter(|text| !text.is_empty()).map(AnyValue::from)
}
