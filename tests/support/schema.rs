//! A JSON Schema and a value in, what does not fit out.
//!
//! This knows the part of draft 2020-12 that our schemas use, and refuses a schema that uses more. A validator of the whole
//! draft would bring some seventy crates into the build for it. Unlike one, this also objects to a field that the schema
//! does not describe: the draft lets it pass, but then the schema would be behind the program.

use serde_json::Value;

/// Every place where `value` does not fit `schema`.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut misfits = Vec::new();
    check(schema, schema, value, "$", &mut misfits);
    misfits
}

const ANNOTATIONS: [&str; 5] = ["$schema", "$id", "$defs", "title", "description"];

fn check(root: &Value, schema: &Value, value: &Value, at: &str, misfits: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().expect("a schema is an object") {
        let mut fits = |fits: bool, what: &str| {
            if !fits {
                misfits.push(format!("{at}: {value} {what} {argument}"));
            }
        };
        match keyword.as_str() {
            keyword if ANNOTATIONS.contains(&keyword) => {}
            "$ref" => check(root, resolve(root, argument), value, at, misfits),
            "type" => fits(has_type(argument, value), "is not of type"),
            "const" => fits(value == argument, "is not"),
            "enum" => fits(argument.as_array().expect("enum is a list").contains(value), "is none of"),
            "minimum" => fits(value.as_f64() >= argument.as_f64(), "is less than"),
            "maximum" => fits(value.as_f64() <= argument.as_f64(), "is more than"),
            "minItems" => {
                fits(value.as_array().map(|items| items.len() as u64) >= argument.as_u64(), "has fewer items than")
            }
            "pattern" => fits(matches(argument, value), "does not match"),
            "required" => {
                for name in argument.as_array().expect("required is a list") {
                    let name = name.as_str().expect("required names fields");
                    if value.get(name).is_none() {
                        misfits.push(format!("{at}: lacks {name}"));
                    }
                }
            }
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    match argument.get(name) {
                        Some(described) => check(root, described, field, &format!("{at}.{name}"), misfits),
                        None => misfits.push(format!("{at}.{name}: is not described")),
                    }
                }
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, argument, item, &format!("{at}[{place}]"), misfits);
                }
            }
            unknown => panic!("the schema uses `{unknown}`, which this validator does not know"),
        }
    }
}

fn resolve<'a>(root: &'a Value, reference: &Value) -> &'a Value {
    let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a reference inside the schema");
    root.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn has_type(argument: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("a type is a text") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("there is no type `{other}`"),
    };
    argument.as_array().map_or_else(|| is(argument), |names| names.iter().any(is))
}

/// Patterns of the form `^prefix[0-9a-f]{n}$` and no others.
fn matches(pattern: &Value, value: &Value) -> bool {
    let parts = pattern.as_str().and_then(|pattern| {
        let (prefix, count) = pattern.strip_prefix('^')?.strip_suffix("}$")?.split_once("[0-9a-f]{")?;
        Some((prefix, count.parse::<usize>().ok()?))
    });
    let (prefix, count) = parts.unwrap_or_else(|| panic!("this validator does not know the pattern {pattern}"));
    let digits = value.as_str().and_then(|text| text.strip_prefix(prefix));
    digits.is_some_and(|digits| {
        digits.len() == count && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[test]
fn the_validator_objects_to_what_does_not_fit() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["id", "share"],
        "properties": {
            "id": {"type": "string", "pattern": "^c-[0-9a-f]{4}$"},
            "share": {"type": "number", "maximum": 1},
            "kinds": {"type": "array", "items": {"enum": ["copy"]}}
        }
    });
    let misfits = |value| misfits(&schema, &value).len();
    assert_eq!(misfits(serde_json::json!({"id": "c-01af", "share": 1, "kinds": ["copy"]})), 0);
    assert_eq!(misfits(serde_json::json!({"id": "c-01a", "share": 1.5, "kinds": ["kopy"]})), 3);
    assert_eq!(misfits(serde_json::json!({"id": 1, "new": 1})), 4, "type, pattern, a lacking and an undescribed field");
    assert_eq!(misfits(serde_json::json!([])), 3, "not an object, and so without its fields");
}
