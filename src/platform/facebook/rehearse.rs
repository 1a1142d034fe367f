//! A post tried without posting: the token, what it may do and whose it is, the Page and the person's role on it, the reels of the last day, and
//! how much of Meta's allowance is used.
//!
//! Invariant: reads only, and such that can wait: when the allowance is nearly used, nothing is asked.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::feed::link;
use super::{Facebook, REELS, check};
use crate::kind::{Kind, Platform};
use crate::platform::meta::Caller;
use crate::platform::meta::allowance::{FULL, MUCH};
use crate::platform::meta::rules::lacking;
use crate::platform::meta::wire::{Id, List};
use crate::platform::{Finding, Item, PlatformError, Work, rules};
use crate::secret::Secret;

const RECONNECT: &str = "Connect the account again.";
const ALLOW: &str = "Connect the account again and allow everything that is asked for.";

#[derive(Debug, Deserialize)]
struct Inspected {
    data: Token,
}

/// What `debug_token` tells of the account's token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    app_id: Option<Id>,
    #[serde(rename = "type")]
    kind: Option<String>,
    is_valid: bool,
    expires_at: i64,
    data_access_expires_at: i64,
    scopes: Vec<String>,
    granular_scopes: Vec<Granular>,
    profile_id: Option<Id>,
    error: Option<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Granular {
    scope: String,
    /// None: everything.
    #[serde(default)]
    target_ids: Option<Vec<Id>>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    subcode: i64,
}

#[derive(Debug, Deserialize)]
struct PageNode {
    #[serde(default)]
    tasks: Option<Vec<String>>,
    #[serde(default)]
    is_published: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Reel {
    #[serde(default)]
    updated_time: Option<i64>,
}

impl Facebook {
    pub(super) fn findings(&self, work: &Work<'_>) -> Vec<Finding> {
        let page = self.page(work).in_the_background();
        let token = match self.inspect(work) {
            Ok(token) => token,
            Err(error) => return vec![Finding::of_error("access", error)],
        };
        let mut findings = vec![access(&token, &self.app.app_id, work)];
        if !token.is_valid {
            return findings;
        }
        findings.push(permissions(&token, work));
        match page.get::<PageNode>(&work.account.remote_id, &[("fields", "tasks,is_published")]) {
            Ok(node) => findings.extend(role(&node, work)),
            Err(error) => findings.push(Finding::of_error("page", error)),
        }
        if work.content.kind == Kind::Reel {
            findings.push(self.reels(page, work).unwrap_or_else(|error| Finding::of_error("limits", error)));
        }
        findings.push(self.usage(work));
        if let Some(rule) = rules::for_kind(Platform::Facebook, work.content.kind).and_then(|rules| rules.image.as_ref()) {
            findings.extend(work.content.media.iter().enumerate().filter(|(_, item)| rules::wants_copy(rule, item)).map(large_photo));
        }
        findings.extend(link(work.content).filter(|link| is_facebook(link)).map(|_| {
            Finding::warning(
                "post",
                "1609008",
                "Facebook may refuse a link to facebook.com.",
                "Share the post on Facebook itself, or link to the original page.",
            )
        }));
        findings
    }

    fn inspect(&self, work: &Work<'_>) -> Result<Token, PlatformError> {
        let app_token = Secret::new(format!("{}|{}", self.app.app_id, self.app.app_secret.expose()));
        let app = self.graph.with(&app_token, work.now).in_the_background();
        Ok(app.get::<Inspected>("debug_token", &[("input_token", work.access.token.expose())])?.data)
    }

    /// Counts all reels of the day before the post, also those that were not made here.
    fn reels(&self, page: Caller<'_>, work: &Work<'_>) -> Result<Finding, PlatformError> {
        let since = work.publish_at.max(work.now) - REELS.window;
        let (path, from) = (format!("{}/video_reels", work.account.remote_id), since.timestamp().to_string());
        let list: List<Reel> = page.get(&path, &[("since", from.as_str()), ("limit", "100")])?;
        let recent = list.data.iter().filter(|reel| reel.updated_time.is_none_or(|time| time >= since.timestamp())).count();
        let most = usize::try_from(REELS.most).unwrap_or(usize::MAX);
        Ok(if recent >= most {
            let message = format!("{}, and there are {recent} reels of the day before already; this one may have to wait.", REELS.rule);
            Finding::warning("limits", "reels", message, "Post it later, or as a video.")
        } else {
            Finding::fine("limits", format!("{}; {recent} of the day before are out.", REELS.rule))
        })
    }

    /// What Meta's answers told last; nothing is asked for it.
    fn usage(&self, work: &Work<'_>) -> Finding {
        let used = self.graph.allowance().used(Some(&work.account.remote_id), work.now);
        match used {
            0..MUCH => Finding::fine("limits", format!("{used} % of Meta's allowance for calls is used, as far as it was told.")),
            _ => {
                let more = if used > FULL { "only publishing goes out" } else { "looks are made more rarely" };
                Finding::warning(
                    "limits",
                    "usage",
                    format!("{used} % of Meta's allowance for calls is used; {more} until it falls."),
                    "Post less often for an hour.",
                )
            }
        }
    }
}

fn large_photo((index, item): (usize, &Item)) -> Finding {
    let message = format!("Photo {} has {:.1} MB; Facebook sometimes takes no more than 4.", index + 1, item.bytes as f64 / 1_000_000.0);
    Finding::warning("media", "1366046", message, "Use a smaller one (JPEG, at most 2048 pixels on its long side).")
}

fn access(token: &Token, app_id: &str, work: &Work<'_>) -> Finding {
    let owner = token.profile_id.as_ref().map(Id::as_str);
    if !token.is_valid {
        let code = token.error.as_ref().map_or("invalid".to_owned(), |error| format!("{}/{}", error.code, error.subcode));
        return Finding::blocking("access", &code, "Facebook no longer accepts the access to this Page.", RECONNECT);
    }
    if token.app_id.as_ref().is_some_and(|id| id.as_str() != app_id) {
        return Finding::blocking("access", "other_app", "The access to this Page was given to another app than the configured one.", RECONNECT);
    }
    if token.kind.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("page")) || owner.is_some_and(|id| id != work.account.remote_id) {
        return Finding::blocking("access", "other_token", "The stored access does not belong to this Page.", RECONNECT);
    }
    let ends = |seconds: i64| DateTime::from_timestamp(seconds, 0).filter(|end| seconds > 0 && *end <= work.publish_at);
    if let Some(end) = ends(token.expires_at) {
        return Finding::blocking("access", "expires", format!("The access to this Page ends {}, before the post is due.", day(end)), RECONNECT);
    }
    match ends(token.data_access_expires_at) {
        Some(end) => {
            let message = format!("What the app may read of the person ends {}, before the post is due.", day(end));
            Finding::warning("access", "data_access_expires", message, RECONNECT)
        }
        None => Finding::fine("access", "Facebook accepts the access to this Page."),
    }
}

fn day(time: DateTime<Utc>) -> String {
    time.format("on %Y-%m-%d at %H:%M UTC").to_string()
}

fn permissions(token: &Token, work: &Work<'_>) -> Finding {
    let needed = check::needed_scopes(work.content);
    let missing = lacking(&token.scopes, &needed);
    if !missing.is_empty() {
        return Finding::blocking("permissions", "missing_scope", format!("The permission {} is not granted.", missing.join(", ")), ALLOW);
    }
    let page = work.account.remote_id.as_str();
    let elsewhere = |scope: &&str| {
        let mut granted = token.granular_scopes.iter().filter(|granular| granular.scope == *scope);
        granted.any(|granular| granular.target_ids.as_ref().is_some_and(|ids| !ids.iter().any(|id| id.as_str() == page)))
    };
    let elsewhere: Vec<&str> = needed.iter().filter(|scope| elsewhere(scope)).copied().collect();
    if elsewhere.is_empty() {
        Finding::fine("permissions", "Everything that this post needs is granted.")
    } else {
        let message = format!("The permission {} is granted, but not for this Page.", elsewhere.join(", "));
        Finding::blocking("permissions", "not_for_this_page", message, "Connect the account again and tick this Page in Facebook's dialog.")
    }
}

fn role(node: &PageNode, work: &Work<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(tasks) = &node.tasks {
        let has = |task: &str| tasks.iter().any(|given| given == task || given == "MANAGE");
        if !has("CREATE_CONTENT") {
            findings.push(Finding::blocking(
                "page",
                "missing_task",
                "The person who connected this Page may not create content on it any more.",
                "Ask one of the Page's admins for the task “Content”, or let somebody else connect the Page.",
            ));
        }
        if check::first_comment(work.content).is_some() && !has("MODERATE") {
            findings.push(Finding::warning(
                "page",
                "missing_task",
                "The person who connected this Page may not comment as the Page, so the first comment would fail.",
                "Ask one of the Page's admins for the task “Community activity”.",
            ));
        }
    }
    if node.is_published == Some(false) {
        findings.push(Finding::warning(
            "page",
            "page_hidden",
            "The Page itself is not published: only people with a role on it would see the post.",
            "Publish the Page in its settings on Facebook.",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::fine("page", "The Page is public and takes posts from this person."));
    }
    findings
}

fn is_facebook(link: &str) -> bool {
    let host = url::Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
    host.is_some_and(|host| host == "facebook.com" || host.ends_with(".facebook.com"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kind::{Login, Platform};
    use crate::platform::{Access, Account, Content, Verdict};

    fn found(told: Value) -> (Finding, Finding) {
        let account =
            Account { platform: Platform::Facebook, login: Login::Facebook, remote_id: "5".into(), username: "P".into(), scopes: vec![], standing: None };
        let access_ = Access {
            token: Secret::new("t"),
            user_token: None,
            refresh_token: None,
            issued_at: DateTime::UNIX_EPOCH,
            expires_at: None,
            refresh_expires_at: None,
        };
        let content = Content { kind: Kind::Text, caption: "x".into(), options: Default::default(), media: vec![] };
        let due = DateTime::from_timestamp(1000, 0).unwrap();
        let now = DateTime::UNIX_EPOCH;
        let work = Work { account: &account, access: &access_, content: &content, publish_at: due, called_at: None, taken: &[], addresses_closed: false, now };
        let mut data = json!({"app_id": "7", "type": "PAGE", "is_valid": true, "expires_at": 0, "data_access_expires_at": 5000, "profile_id": "5",
            "scopes": check::SCOPES, "granular_scopes": [{"scope": "pages_manage_posts", "target_ids": ["5"]}, {"scope": "pages_show_list"}]});
        for (name, value) in told.as_object().unwrap() {
            data[name] = value.clone();
        }
        let token = serde_json::from_value::<Inspected>(json!({ "data": data })).unwrap().data;
        (access(&token, "7", &work), permissions(&token, &work))
    }

    #[test]
    fn a_token_is_judged_by_what_is_told_of_it() {
        for (told, code, verdict) in [
            (json!({}), "ok", Verdict::Fine),
            (json!({"app_id": 7, "profile_id": 5}), "ok", Verdict::Fine),
            (json!({"is_valid": false, "error": {"code": 190, "subcode": 460, "message": "m"}}), "190/460", Verdict::Blocking),
            (json!({"is_valid": false}), "invalid", Verdict::Blocking),
            (json!({"app_id": "8"}), "other_app", Verdict::Blocking),
            (json!({"type": "USER"}), "other_token", Verdict::Blocking),
            (json!({"profile_id": "6"}), "other_token", Verdict::Blocking),
            (json!({"expires_at": 1000}), "expires", Verdict::Blocking),
            (json!({"expires_at": 1001}), "ok", Verdict::Fine),
            (json!({"data_access_expires_at": 1000}), "data_access_expires", Verdict::Warning),
            (json!({"data_access_expires_at": 0}), "ok", Verdict::Fine),
        ] {
            let (access, _) = found(told.clone());
            assert_eq!((access.code.as_str(), access.verdict), (code, verdict), "{told}");
        }
    }

    #[test]
    fn permissions_count_for_the_page_they_were_granted_for() {
        for (told, code) in [
            (json!({}), "ok"),
            (json!({"scopes": ["pages_show_list"]}), "missing_scope"),
            (json!({"granular_scopes": []}), "ok"),
            (json!({"granular_scopes": [{"scope": "pages_manage_posts", "target_ids": ["6", 9]}]}), "not_for_this_page"),
            (json!({"granular_scopes": [{"scope": "instagram_basic", "target_ids": ["6"]}]}), "ok"),
        ] {
            assert_eq!(found(told.clone()).1.code, code, "{told}");
        }
    }
}
