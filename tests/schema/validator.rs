//! The part of JSON Schema, draft 2020-12, that the schema of the test vectors uses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Validates `instance` against `schema`. The error says where it fails, and why.
pub fn validate(schema: &Value, instance: &Value) -> Result<(), String> {
    Validator { root: schema }.check(schema, instance)
}

struct Validator<'s> {
    root: &'s Value,
}

impl Validator<'_> {
    fn check(&self, schema: &Value, instance: &Value) -> Result<(), String> {
        let keywords = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return Err(" must not be here".into()),
            Value::Object(keywords) => keywords,
            _ => panic!("no schema: {schema}"),
        };
        for (keyword, value) in keywords {
            self.keyword(keywords, keyword, value, instance)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        keywords: &Map<String, Value>,
        keyword: &str,
        value: &Value,
        instance: &Value,
    ) -> Result<(), String> {
        let holds = match keyword {
            "$schema" | "$defs" | "title" | "description" | "then" | "else" => true,
            "$ref" => {
                let pointer = value.as_str().and_then(|to| to.strip_prefix('#'));
                let schema = pointer.and_then(|pointer| self.root.pointer(pointer));
                return self.check(schema.expect("a reference within the schema"), instance);
            }
            "allOf" => {
                let mut schemas = value.as_array().expect("schemas").iter();
                return schemas.try_for_each(|schema| self.check(schema, instance));
            }
            "oneOf" => return self.one_of(value.as_array().expect("schemas"), instance),
            "if" => {
                let branch = if self.check(value, instance).is_ok() { "then" } else { "else" };
                let schema = keywords.get(branch);
                return schema.map_or(Ok(()), |schema| self.check(schema, instance));
            }
            "properties" | "additionalProperties" | "items" | "prefixItems" => {
                return self.children(keywords, keyword, instance);
            }
            "type" => is_of_type(value.as_str().expect("a type"), instance),
            "const" => value == instance,
            "enum" => value.as_array().expect("values").contains(instance),
            "pattern" => {
                let pattern = value.as_str().expect("a pattern");
                instance.as_str().is_none_or(|text| matches(pattern, text))
            }
            "minLength" => {
                instance.as_str().is_none_or(|text| limit(value) <= text.chars().count())
            }
            "minimum" => instance.as_u64().is_none_or(|number| value.as_u64() <= Some(number)),
            "maximum" => instance.as_u64().is_none_or(|number| value.as_u64() >= Some(number)),
            "minItems" => instance.as_array().is_none_or(|items| limit(value) <= items.len()),
            "maxItems" => instance.as_array().is_none_or(|items| limit(value) >= items.len()),
            "uniqueItems" => instance.as_array().is_none_or(|items| {
                items.iter().map(Value::to_string).collect::<BTreeSet<_>>().len() == items.len()
            }),
            "required" => {
                let names = value.as_array().expect("names").iter().filter_map(Value::as_str);
                for name in names {
                    if instance.as_object().is_some_and(|object| !object.contains_key(name)) {
                        return Err(format!(" has no {name}"));
                    }
                }
                true
            }
            _ => panic!("unknown keyword {keyword}"),
        };
        if holds { Ok(()) } else { Err(format!(": {keyword} is not {value}")) }
    }

    /// Of several failures, the one that got furthest says most.
    fn one_of(&self, schemas: &[Value], instance: &Value) -> Result<(), String> {
        let outcomes = schemas.iter().map(|schema| self.check(schema, instance));
        let (fit, fail): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
        match fit.len() {
            1 => Ok(()),
            0 => {
                fail.into_iter().max_by_key(|why| why.as_ref().err().map(String::len)).expect("one")
            }
            _ => Err(" is more than one of these".into()),
        }
    }

    /// Checks the members of an object or the items of an array. Each has a schema of its own, or else the schema of
    /// all others.
    fn children(
        &self,
        keywords: &Map<String, Value>,
        keyword: &str,
        instance: &Value,
    ) -> Result<(), String> {
        let (own, others, names): (_, _, Vec<String>) = match instance {
            Value::Object(members) => {
                ("properties", "additionalProperties", members.keys().cloned().collect())
            }
            Value::Array(items) => {
                ("prefixItems", "items", (0..items.len()).map(|i| i.to_string()).collect())
            }
            _ => return Ok(()),
        };
        for name in names.iter().map(|name| format!("/{name}")) {
            let schema = match keywords.get(own).and_then(|schemas| schemas.pointer(&name)) {
                Some(schema) if keyword == own => schema,
                None if keyword == others => &keywords[keyword],
                _ => continue,
            };
            let child = instance.pointer(&name).expect("a child");
            self.check(schema, child).map_err(|why| format!("{name}{why}"))?;
        }
        Ok(())
    }
}

fn limit(value: &Value) -> usize {
    value.as_u64().and_then(|limit| usize::try_from(limit).ok()).expect("a small number")
}

fn is_of_type(name: &str, instance: &Value) -> bool {
    match name {
        "object" => instance.is_object(),
        "array" => instance.is_array(),
        "string" => instance.is_string(),
        "boolean" => instance.is_boolean(),
        "null" => instance.is_null(),
        // No test contains a negative one.
        "integer" => instance.is_u64(),
        _ => panic!("unknown type {name}"),
    }
}

/// The patterns of the schema: hexadecimal octets, hexadecimal digits, a number of such digits, a word.
fn matches(pattern: &str, text: &str) -> bool {
    let is_hex = text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    match pattern {
        "^([0-9a-f]{2})*$" => is_hex && text.len().is_multiple_of(2),
        "^[0-9a-f]+$" => is_hex && !text.is_empty(),
        "^[A-Z][A-Za-z0-9]*$" => {
            text.starts_with(|first: char| first.is_ascii_uppercase())
                && text.bytes().all(|octet| octet.is_ascii_alphanumeric())
        }
        _ => {
            let digits =
                pattern.strip_prefix("^[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$"));
            let digits: Option<usize> = digits.and_then(|digits| digits.parse().ok());
            assert!(digits.is_some(), "unknown pattern {pattern}");
            is_hex && Some(text.len()) == digits
        }
    }
}
