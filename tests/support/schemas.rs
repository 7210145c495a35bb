//! The schemas that what `wirecopy check` writes has to fit: our own, that of SARIF, that of JUnit.
//!
//! Apart from `support`, so that only the tests that need them build a validator.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("this is JSON")
}

pub(crate) static CHECK_SCHEMA: LazyLock<Value> = LazyLock::new(|| json(include_str!("../../schemas/check-1.json")));

pub(crate) static SARIF: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    // A stray bracket in the pattern of a language, which we don't write, is no regular expression to a strict reader.
    let schema = include_str!("../data/schemas/sarif-schema-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema = json(&schema);
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema of SARIF is one")
});

#[track_caller]
pub(crate) fn fits_sarif(log: &Value) {
    let misfits: Vec<String> =
        SARIF.iter_errors(log).map(|misfit| format!("{}: {misfit}", misfit.instance_path())).collect();
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
}

/// What the XML schema allows of one element.
struct Allowed {
    /// Attributes, and whether each has to be there.
    attributes: BTreeMap<String, bool>,
    children: BTreeSet<String>,
    text: bool,
}

/// The schema as far as it goes for us: which elements and attributes stand where. The order of children is free in it, and the
/// type of all attributes that we write is a string. `.ci/full` holds the golden file against all of it.
static JUNIT: LazyLock<BTreeMap<String, Allowed>> = LazyLock::new(|| {
    let schema = roxmltree::Document::parse(include_str!("../data/schemas/junit-10.xsd")).expect("a schema is XML");
    let elements = schema
        .root_element()
        .children()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2001/XMLSchema", "element")));
    elements.map(|element| (element.attribute("name").expect("a name").to_owned(), allowed(element))).collect()
});

fn allowed(element: roxmltree::Node<'_, '_>) -> Allowed {
    let inside = |name: &'static str| element.descendants().filter(move |node| node.tag_name().name() == name);
    let attributes = inside("attribute")
        .map(|node| (node.attribute("name").expect("a name").to_owned(), node.attribute("use") == Some("required")));
    Allowed {
        attributes: attributes.collect(),
        children: inside("element").filter_map(|node| node.attribute("ref")).map(str::to_owned).collect(),
        text: element.attribute("type") == Some("xs:string")
            || inside("complexType").any(|node| node.attribute("mixed") == Some("true")),
    }
}

#[track_caller]
pub(crate) fn fits_junit(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        let allowed = JUNIT.get(name).unwrap_or_else(|| panic!("<{name}> is no element of JUnit"));
        for attribute in element.attributes() {
            assert!(allowed.attributes.contains_key(attribute.name()), "<{name} {}>", attribute.name());
        }
        for (attribute, _) in allowed.attributes.iter().filter(|(_, required)| **required) {
            assert!(element.has_attribute(attribute.as_str()), "<{name}> lacks {attribute}");
        }
        for child in element.children() {
            let fits = match child.is_element() {
                true => allowed.children.contains(child.tag_name().name()),
                false => allowed.text || child.text().unwrap_or_default().trim().is_empty(),
            };
            assert!(fits, "<{name}> holds {child:?}");
        }
    }
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
    for (attribute, name) in
        [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    {
        assert_eq!(suite.attribute(attribute), Some(count(name).as_str()), "{attribute}");
    }
}
