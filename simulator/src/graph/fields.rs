//! `fields=a,b{c,d},e.type(large)`: what of an object is answered.
//!
//! Always true: a field that the object does not know is refused (100), one that it knows but has no value is left out.

use serde_json::{Map, Value};

use super::error::GraphError;

#[derive(Debug)]
struct Field {
    name: String,
    inner: Option<String>,
}

/// Picks the asked fields of a node; without a question those of `default`. Its id always comes.
pub fn pick(node: Value, asked: Option<&str>, default: &[&str]) -> Result<Value, GraphError> {
    let Value::Object(mut node) = node else {
        return Ok(node);
    };
    let asked = asked.map_or_else(|| default.join(","), str::to_owned);
    let mut picked = Map::new();
    for field in split(&asked) {
        let Some(value) = node.get(&field.name).cloned() else {
            return Err(GraphError::bad(format!("Tried accessing nonexisting field ({})", field.name)));
        };
        if value.is_null() {
            continue;
        }
        let value = match &field.inner {
            Some(inner) => pick_inside(value, inner)?,
            None => value,
        };
        picked.insert(field.name, value);
    }
    if let Some(id) = node.remove("id") {
        picked.entry("id").or_insert(id);
    }
    Ok(Value::Object(picked))
}

/// An edge answers its elements' fields, a node its own.
fn pick_inside(value: Value, inner: &str) -> Result<Value, GraphError> {
    let Value::Object(mut object) = value else {
        return Ok(value);
    };
    match object.remove("data") {
        Some(Value::Array(items)) => {
            let items: Result<Vec<Value>, GraphError> = items.into_iter().map(|item| pick(item, Some(inner), &[])).collect();
            object.insert("data".into(), Value::Array(items?));
            Ok(Value::Object(object))
        }
        Some(Value::Object(data)) => {
            object.insert("data".into(), pick(Value::Object(data), Some(inner), &[])?);
            Ok(Value::Object(object))
        }
        Some(other) => {
            object.insert("data".into(), other);
            Ok(Value::Object(object))
        }
        None => pick(Value::Object(object), Some(inner), &[]),
    }
}

fn split(text: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut depth = 0usize;
    let mut current = String::new();
    for letter in text.chars().chain([',']) {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                if !current.trim().is_empty() {
                    fields.push(field(current.trim()));
                }
                current.clear();
                continue;
            }
            _ => {}
        }
        current.push(letter);
    }
    fields
}

fn field(text: &str) -> Field {
    let name_end = text.find(['{', '.', '(']).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let inner = rest.find('{').and_then(|open| rest.get(open + 1..)).and_then(|rest| rest.strip_suffix('}'));
    Field { name: name.to_owned(), inner: inner.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn picks_nested_fields_and_refuses_unknown_ones() {
        let node = json!({"id": "1", "name": "n", "about": null, "picture": {"data": {"url": "u", "height": 50}},
            "attachments": {"data": [{"url": "a", "target": {"id": "7"}}]}});
        let picked = pick(node.clone(), Some("name,about,picture.type(large){url},attachments{target{id}}"), &[]).map_err(|e| e.code);
        let expected = json!({"id": "1", "name": "n", "picture": {"data": {"url": "u"}}, "attachments": {"data": [{"target": {"id": "7"}}]}});
        assert_eq!(picked, Ok(expected));
        assert_eq!(pick(node.clone(), Some("nmae"), &[]).map_err(|e| e.code), Err(100));
        assert_eq!(pick(node, None, &["name"]).map_err(|e| e.code), Ok(json!({"id": "1", "name": "n"})));
    }
}
