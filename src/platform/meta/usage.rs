//! Meta's usage headers: how much of the app's, the Page's or the account's allowance is used, and when calls are taken again.
//!
//! Invariant: a header that is malformed says nothing; it never fails a call.

use chrono::TimeDelta;
use serde_json::Value;
use ureq::http::HeaderMap;

const PERCENTAGES: [&str; 4] = ["call_count", "total_time", "total_cputime", "acc_id_util_pct"];
/// Meta names up to 32 objects.
const MAX_OBJECTS: usize = 64;

/// What the headers of one answer told, in percent; 100 means that calls are refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    pub app: Option<u32>,
    /// By the id of the business, the Page or the Instagram account.
    pub objects: Vec<(String, u32)>,
    /// Of the Page that was called for (a header that is read by several clients and not described any more).
    pub page: Option<u32>,
    /// How long until calls are taken again; none when nothing is refused.
    pub regain: Option<TimeDelta>,
}

impl Usage {
    /// What counts for calls made for this account: its own figures where they are told, else the highest ones, which are its business's.
    pub fn of(&self, account: &str) -> Option<u32> {
        let own = self.objects.iter().filter(|(id, _)| id == account).map(|(_, percent)| *percent).max();
        own.or_else(|| self.objects.iter().map(|(_, percent)| *percent).max()).max(self.page)
    }
}

pub fn read(headers: &HeaderMap) -> Usage {
    let header = |name: &str| headers.get(name)?.to_str().ok().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut usage = Usage { app: header("x-app-usage").as_ref().and_then(percent), ..Usage::default() };
    usage.page = header("x-page-usage").as_ref().and_then(percent).max(header("x-ad-account-usage").as_ref().and_then(percent));
    let business = header("x-business-use-case-usage");
    for (id, entries) in business.iter().filter_map(Value::as_object).flatten().take(MAX_OBJECTS) {
        let entries = || entries.as_array().into_iter().flatten().take(MAX_OBJECTS);
        usage.objects.extend(entries().filter_map(percent).max().map(|percent| (id.clone(), percent)));
        usage.regain = usage.regain.max(entries().filter_map(regain).max());
    }
    usage
}

fn percent(figures: &Value) -> Option<u32> {
    let highest = PERCENTAGES.iter().filter_map(|name| figures.get(name)?.as_f64()).reduce(f64::max)?;
    Some(highest.clamp(0.0, 1000.0) as u32)
}

fn regain(figures: &Value) -> Option<TimeDelta> {
    let minutes = figures.get("estimated_time_to_regain_access")?.as_i64()?.clamp(0, 60 * 24 * 2);
    (minutes > 0).then(|| TimeDelta::minutes(minutes))
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
    fn the_highest_figure_of_each_and_the_longest_wait_count() {
        let app = ("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":25}"#);
        let page = ("x-page-usage", r#"{"call_count":5,"total_time":6,"total_cputime":7.9}"#);
        let business = (
            "x-business-use-case-usage",
            r#"{"1":[{"type":"pages","call_count":97,"total_cputime":23,"total_time":23,"estimated_time_to_regain_access":7},
                {"type":"instagram","call_count":12}],"2":[{"call_count":100,"estimated_time_to_regain_access":0}]}"#,
        );
        let business = (business.0, business.1.replace('\n', ""));
        assert_eq!(of(&[app]), Usage { app: Some(28), ..Usage::default() });
        let all = of(&[app, page, (business.0, &business.1)]);
        assert_eq!((all.app, all.page, all.regain), (Some(28), Some(7), Some(TimeDelta::minutes(7))));
        assert_eq!((all.of("1"), all.of("2"), all.of("3")), (Some(97), Some(100), Some(100)));
        assert_eq!((of(&[page]).of("1"), of(&[app]).of("1")), (Some(7), None));
    }

    #[test]
    fn nonsense_says_nothing() {
        for text in ["", "{", "[]", "7", r#"{"call_count":"many"}"#, r#"{"a":{"b":{"c":{"d":{"call_count":99}}}}}"#, r#"{"1":[7,"x",{}]}"#] {
            for header in ["x-app-usage", "x-page-usage", "x-business-use-case-usage", "x-ad-account-usage"] {
                assert_eq!(of(&[(header, text)]), Usage::default(), "{header} {text}");
            }
        }
    }
}
