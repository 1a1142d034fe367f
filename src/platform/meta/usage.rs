//! Meta's usage headers: how much of the app's, the Page's or the account's allowance is used, and when calls are taken again.
//!
//! Invariant: a header that is malformed says nothing; it never fails a call.

use chrono::TimeDelta;
use serde_json::Value;
use ureq::http::HeaderMap;

const HEADERS: [&str; 4] = ["x-app-usage", "x-page-usage", "x-business-use-case-usage", "x-ad-account-usage"];
const PERCENTAGES: [&str; 4] = ["call_count", "total_time", "total_cputime", "acc_id_util_pct"];

/// What the headers of one answer told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The highest percentage in any of them; 100 means that calls are refused.
    pub highest: u32,
    /// How long until calls are taken again; none when nothing is refused.
    pub regain: Option<TimeDelta>,
}

pub fn read(headers: &HeaderMap) -> Usage {
    let mut usage = Usage::default();
    for name in HEADERS {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(value) = value {
            gather(&value, &mut usage, 0);
        }
    }
    usage
}

/// The business header nests its figures in lists under ids; the others have them on top.
fn gather(value: &Value, usage: &mut Usage, depth: u8) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if PERCENTAGES.contains(&name.as_str()) {
                    let percent = inner.as_f64().unwrap_or(0.0).clamp(0.0, 1000.0);
                    usage.highest = usage.highest.max(percent as u32);
                } else if name == "estimated_time_to_regain_access" {
                    let minutes = inner.as_i64().unwrap_or(0).clamp(0, 60 * 24 * 2);
                    if minutes > 0 {
                        usage.regain = usage.regain.max(Some(TimeDelta::minutes(minutes)));
                    }
                } else if depth < 3 {
                    gather(inner, usage, depth + 1);
                }
            }
        }
        Value::Array(items) if depth < 3 => items.iter().take(64).for_each(|item| gather(item, usage, depth + 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> Usage {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        read(&headers)
    }

    #[test]
    fn the_highest_figure_and_the_longest_wait_count() {
        let app = ("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":25}"#);
        let business = (
            "x-business-use-case-usage",
            r#"{"1":[{"type":"pages","call_count":97,"total_cputime":23,"total_time":23,"estimated_time_to_regain_access":7}],"2":[{"call_count":100,"estimated_time_to_regain_access":0}]}"#,
        );
        assert_eq!(of(&[app]), Usage { highest: 28, regain: None });
        assert_eq!(of(&[app, business]), Usage { highest: 100, regain: Some(TimeDelta::minutes(7)) });
    }

    #[test]
    fn nonsense_says_nothing() {
        for text in ["", "{", "[]", "7", r#"{"call_count":"many"}"#, r#"{"a":{"b":{"c":{"d":{"call_count":99}}}}}"#] {
            assert_eq!(of(&[("x-app-usage", text)]), Usage::default(), "{text}");
        }
    }
}
