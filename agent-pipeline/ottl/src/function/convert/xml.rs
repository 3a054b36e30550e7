//! XML: parsed into values, and edited by `XPath`.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::{Args, Literals, Prepared};
use crate::function::{Kind, Param, failed};
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
        Ok(Value::of_owned(simplified(&document)))
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
    args: &mut Args<'_>,
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

fn get_xml<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
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

fn insert_xml<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
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

fn remove_xml<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
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

fn attributes_to_elements<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
    let (mut document, selections) = selected("ConvertAttributesToElementsXML", args, "//@*")?;
    for Selection { path, attribute } in &selections {
        let Some(element) = document.at_mut(path) else { continue };
        let chosen = |name: &String| attribute.as_ref().is_none_or(|wanted| wanted == name);
        let (moved, kept) =
            std::mem::take(&mut element.attributes).into_iter().partition(|(name, _)| chosen(name));
        element.attributes = kept;
        let moved: Vec<(String, String)> = moved;
        element.children.extend(moved.into_iter().map(|(name, value)| {
            Node::Element(Element { name, attributes: Vec::new(), children: vec![Node::Text(value)] })
        }));
    }
    Ok(written(&document))
}

/// Texts beside elements become elements; an element with a text alone stays.
fn text_to_elements<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
    let name = args.text_or(2, "value")?.into_owned();
    let (mut document, selections) = selected("ConvertTextToElementsXML", args, "//*")?;
    for Selection { path, .. } in &selections {
        let Some(element) = document.at_mut(path).filter(|element| element.elements().next().is_some())
        else {
            continue;
        };
        for child in &mut element.children {
            if let Node::Text(text) = child
                && !text.trim().is_empty()
            {
                let children = vec![Node::Text(text.trim().to_owned())];
                *child = Node::Element(Element { name: name.clone(), attributes: Vec::new(), children });
            }
        }
    }
    Ok(written(&document))
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
        .filter_map(|child| if let Node::Text(text) = child { Some(text.trim()) } else { None })
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

/// Elements by name, repeated ones as lists; an element without elements is its text. Attributes are left out.
fn simplified(element: &Element) -> AnyValue<'static> {
    let mut members: Vec<(Cow<'static, str>, AnyValue<'static>, bool)> = Vec::new();
    for child in element.elements() {
        let value = if child.elements().next().is_some() {
            simplified(child)
        } else {
            AnyValue::from(child.text().trim().to_owned())
        };
        match members.iter_mut().find(|(name, _, _)| **name == *child.name) {
            None => members.push((Cow::Owned(child.name.clone()), value, false)),
            Some((_, AnyValue::Array(items), true)) => items.push(value),
            Some((_, old, is_list)) => {
                *old = AnyValue::Array(vec![std::mem::take(old), value]);
                *is_list = true;
            }
        }
    }
    AnyValue::KvList(members.into_iter().map(|(name, value, _)| (name, value)).collect())
}
