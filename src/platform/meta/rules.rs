//! Pure checks of words, options and permissions that Pages and Instagram share, parameterised by what each platform takes.
//!
//! Invariant: a rule names the field that has to change.

use serde_json::{Map, Value};

use crate::platform::{Account, Problem, Remedy};

const TOO_LONG: &str = "too_long";

/// UTF-16 units: never fewer than any other way of counting characters.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

pub fn caption(problems: &mut Vec<Problem>, text: &str, most: usize) {
    let units = units(text);
    if units > most {
        let message = format!("The caption has {units} characters; at most {most} are taken.");
        problems.push(Problem::new("caption", TOO_LONG, message).remedy(Remedy::Shorten));
    }
}

/// Scopes that were not granted and that this kind of post needs.
pub fn scopes(problems: &mut Vec<Problem>, account: &Account, needed: &[&str]) {
    let missing = lacking(&account.scopes, needed);
    if !missing.is_empty() {
        let message = format!("{} did not get the permission {}. Connect the account again and allow it.", account.username, missing.join(", "));
        problems.push(Problem::new("account", "missing_scope", message));
    }
}

pub fn lacking(granted: &[String], needed: &[&str]) -> Vec<String> {
    needed.iter().filter(|needed| !granted.iter().any(|granted| granted == *needed)).map(|&needed| needed.to_owned()).collect()
}

/// What an option may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text {
        most: usize,
    },
    Bool,
    Millis,
    /// A text for the first file, or a list with one text (or null) for each.
    TextForEach {
        most: usize,
    },
    Names {
        most: usize,
    },
    Id,
    /// A list of objects that the platform judges itself.
    Objects,
}

pub fn options(problems: &mut Vec<Problem>, given: &Map<String, Value>, known: &[(&str, Form)]) {
    for (name, value) in given {
        if value.is_null() {
            continue;
        }
        let field = format!("options.{name}");
        match known.iter().find(|(known, _)| known == name) {
            None => problems.push(Problem::new(field, "unknown_option", format!("This kind of post has no option “{name}”. Remove it."))),
            Some((_, form)) => {
                if let Some((code, message)) = form.against(value) {
                    let remedy = if code == TOO_LONG { Remedy::Shorten } else { Remedy::None };
                    problems.push(Problem::new(field, code, message).remedy(remedy));
                }
            }
        }
    }
}

impl Form {
    fn against(self, value: &Value) -> Option<(&'static str, String)> {
        let wrong = |what: &str| Some(("wrong_type", format!("This option must be {what}.")));
        let long =
            |text: &str, most: usize| (units(text) > most).then(|| (TOO_LONG, format!("The text has {} characters; at most {most} are taken.", units(text))));
        match (self, value) {
            (Form::Text { most } | Form::TextForEach { most }, Value::String(text)) => long(text, most),
            (Form::Text { .. }, _) => wrong("a text"),
            (Form::TextForEach { most }, Value::Array(texts)) if texts.iter().all(|text| text.is_string() || text.is_null()) => {
                texts.iter().filter_map(Value::as_str).find_map(|text| long(text, most))
            }
            (Form::TextForEach { .. }, _) => wrong("a text, or a list of texts"),
            (Form::Bool, Value::Bool(_)) => None,
            (Form::Bool, _) => wrong("true or false"),
            (Form::Millis, value) if value.as_u64().is_some() => None,
            (Form::Millis, _) => wrong("a number of milliseconds"),
            (Form::Names { most }, Value::Array(names)) if names.iter().all(Value::is_string) => {
                (names.len() > most).then(|| ("too_many", format!("At most {most} names are taken.")))
            }
            (Form::Names { .. }, _) => wrong("a list of names"),
            (Form::Id, Value::String(id)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => None,
            (Form::Id, _) => wrong("an id, as a text of digits"),
            (Form::Objects, Value::Array(items)) if items.iter().all(Value::is_object) => None,
            (Form::Objects, _) => wrong("a list of objects"),
        }
    }
}
