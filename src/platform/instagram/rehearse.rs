//! A post tried without posting: is the access good, does it reach the account, what may it do, and how much of the day's limit is left?
//!
//! Invariants: reads only. Access that is not good ends the look: everything after it would only say so again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::wire::unwrapped;
use super::{Instagram, SPEAKER, check, options};
use crate::kind::{Login, Platform};
use crate::platform::meta::errors::{Call, Told};
use crate::platform::meta::rules::lacking;
use crate::platform::meta::wire::{Id, List};
use crate::platform::{ErrorClass, Finding, PlatformError, Verdict, Work, rules};
use crate::secret::Secret;

/// A person is told so long before access to the account's data ends.
const SOON: TimeDelta = TimeDelta::days(14);
/// Renewal begins 30 days before a token ends; when so little is left it has failed for weeks.
const HARDLY_LEFT: TimeDelta = TimeDelta::days(7);
/// Older documentation named these limits of a comment.
const COMMENT: (usize, usize, usize) = (300, 4, 1);
const RECONNECT: &str = "Connect the account again.";

/// What Facebook says of a token.
#[derive(Debug, Deserialize)]
struct Debugged {
    data: Token,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    is_valid: bool,
    app_id: Option<Id>,
    expires_at: Option<i64>,
    data_access_expires_at: Option<i64>,
    scopes: Vec<String>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tasks: Vec<String>,
    #[serde(default)]
    instagram_business_account: Option<Linked>,
}

#[derive(Debug, Deserialize)]
struct Linked {
    id: Id,
}

#[derive(Debug, Deserialize)]
struct Profile {
    #[serde(default)]
    user_id: Option<Id>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    account_type: Option<String>,
}

impl Instagram {
    pub(super) fn try_out(&self, work: &Work<'_>) -> Vec<Finding> {
        let mut findings = match work.account.login {
            Login::Instagram => self.own_login(work),
            _ => self.facebook_login(work),
        };
        if findings.iter().any(|finding| finding.subject == "access" && finding.verdict == Verdict::Blocking) {
            return findings;
        }
        findings.push(self.limit_finding(work));
        findings.extend(about_the_comment(work));
        findings.extend(about_the_sound(work));
        findings
    }

    fn facebook_login(&self, work: &Work<'_>) -> Vec<Finding> {
        let token = match self.debugged(work) {
            Ok(token) => token,
            Err(error) => return vec![Finding::of_error("access", error)],
        };
        if !token.is_valid {
            return vec![Finding::of_error("access", told_of_a_token(token.error.as_ref(), work.now))];
        }
        if token.app_id.is_some_and(|id| self.facebook.as_ref().is_some_and(|(_, app)| id.as_str() != app.app_id)) {
            return vec![Finding::blocking("access", "other_app", "The access was given to another app than the configured one.", RECONNECT)];
        }
        let ends = |seconds: Option<i64>| seconds.filter(|seconds| *seconds > 0).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let mut findings = Vec::new();
        if let Some(end) = ends(token.expires_at).filter(|end| *end <= work.publish_at) {
            findings.push(Finding::blocking("access", "token_expires", format!("The access ends on {}, before the post is due.", day(end)), RECONNECT));
        }
        if let Some(end) = ends(token.data_access_expires_at) {
            let message = format!("Facebook lets this app see the account's data until {}, unless the person who connected it comes back.", day(end));
            if end <= work.publish_at {
                findings.push(Finding::blocking("access", "data_access_expires", message, RECONNECT));
            } else if end - work.now < SOON {
                findings.push(Finding::warning("access", "data_access_expires", message, RECONNECT));
            }
        }
        match self.read::<Profile>(work, &work.account.remote_id, &[("fields", "id,username")]) {
            Ok(profile) => findings.push(reached(profile.username)),
            Err(error) => findings.push(Finding::of_error("access", error)),
        }
        findings.push(permissions(&token.scopes, work));
        findings.extend(self.page(work));
        findings
    }

    fn debugged(&self, work: &Work<'_>) -> Result<Token, PlatformError> {
        let graph = self.graph(work)?;
        let Some((_, app)) = &self.facebook else { return Err(PlatformError::bug("a look at a token without Facebook Login")) };
        let app_token = Secret::new(format!("{}|{}", app.app_id, app.app_secret.expose()));
        let debugged: Debugged = graph.with(&app_token, work.now).in_the_background().get("debug_token", &[("input_token", work.access.token.expose())])?;
        Ok(debugged.data)
    }

    /// What the person may do on the Page that the account is linked to. Pages of a business portfolio are often not listed: that says nothing.
    fn page(&self, work: &Work<'_>) -> Option<Finding> {
        let user_token = work.access.user_token.as_ref()?;
        let graph = self.graph(work).ok()?;
        let fields = [("fields", "id,name,tasks,instagram_business_account{id}"), ("limit", "100")];
        let pages: List<Page> = match graph.with(user_token, work.now).in_the_background().get("me/accounts", &fields) {
            Ok(pages) => pages,
            Err(error) if error.class == ErrorClass::NeedsReconnect => {
                let message = "The personal access behind the Page's has ended. Posts still go out, but some looks at them may fail.";
                return Some(Finding::warning("page", &error.code, message, RECONNECT));
            }
            Err(_) => return None,
        };
        let linked = |page: &&Page| page.instagram_business_account.as_ref().is_some_and(|linked| linked.id.as_str() == work.account.remote_id);
        let page = pages.data.iter().find(linked)?;
        let may_post = page.tasks.iter().any(|task| task == "CREATE_CONTENT" || task == "MANAGE");
        Some(if may_post {
            Finding::fine("page", format!("The person who connected the account may create content on its Page {}.", page.name))
        } else {
            let message = format!("The person who connected the account may not create content on its Page {}.", page.name);
            Finding::blocking("page", "missing_task", message, "Ask one of the Page's admins for the task “Content”.")
        })
    }

    fn own_login(&self, work: &Work<'_>) -> Vec<Finding> {
        let profile = match self.read::<Value>(work, "me", &[("fields", "user_id,username,account_type")]) {
            Ok(profile) => unwrapped::<Profile>(profile),
            Err(error) => return vec![Finding::of_error("access", error)],
        };
        let Some(profile) = profile else {
            return vec![Finding::warning("access", "unreadable", "Instagram's answer about the account cannot be read.", "")];
        };
        let mut findings = Vec::new();
        if profile.user_id.is_some_and(|id| id.as_str() != work.account.remote_id) {
            findings.push(Finding::blocking("access", "another_account", "The access that is stored belongs to another Instagram account.", RECONNECT));
        }
        if profile.account_type.is_some_and(|kind| !check::is_professional(&kind)) {
            let remedy = "Switch it to a business or creator account in the Instagram app, then connect it again.";
            findings.push(Finding::blocking(
                "access",
                "not_professional",
                "This is a personal account now; Instagram takes posts for professional ones only.",
                remedy,
            ));
        }
        if let Some(end) = work.access.expires_at.filter(|end| *end - work.now < HARDLY_LEFT) {
            let message = format!("The access ends on {}, and could not be renewed so far.", day(end));
            findings.push(if end <= work.publish_at {
                Finding::blocking("access", "not_renewed", message, RECONNECT)
            } else {
                Finding::warning("access", "not_renewed", message, RECONNECT)
            });
        }
        if findings.is_empty() {
            findings.push(reached(profile.username));
        }
        // Instagram Login has no call that tells them; they are those of the consent.
        findings.push(permissions(&work.account.scopes, work));
        findings
    }
}

fn reached(username: Option<String>) -> Finding {
    Finding::fine("access", username.map_or("The access reaches the account.".to_owned(), |name| format!("The access reaches @{name}.")))
}

fn permissions(granted: &[String], work: &Work<'_>) -> Finding {
    let missing = lacking(granted, &check::scopes(work.account.login, options::first_comment(work.content).is_some()));
    if missing.is_empty() {
        return Finding::fine("permissions", "Everything that this post needs was allowed.");
    }
    let message = format!("These permissions are missing: {}.", missing.join(", "));
    Finding::blocking("permissions", "missing_scope", message, "Connect the account again and allow everything that is asked for.")
}

/// Why a token is not valid: `{"code", "message", "subcode"}`.
fn told_of_a_token(error: Option<&Value>, now: DateTime<Utc>) -> PlatformError {
    let number = |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_i64);
    let told = Told { code: number("code").or(Some(190)), sub: number("subcode").or(number("error_subcode")), ..Told::default() };
    Call { speaker: SPEAKER, visible: false, now }.error(&told, None, None)
}

fn about_the_comment(work: &Work<'_>) -> Option<Finding> {
    let text = options::first_comment(work.content)?;
    let (units, hashtags, links) = COMMENT;
    let count = |word: &str| text.split_whitespace().filter(|part| part.contains(word)).count();
    let long = text.encode_utf16().count() > units || count("#") > hashtags || count("://") > links;
    long.then(|| {
        let message = format!("Older rules of Instagram's allow a comment {units} characters, {hashtags} hashtags and {links} link; this one has more.");
        Finding::warning("post", "long_comment", message, "Shorten the comment if it is refused. The post is not affected.")
    })
}

/// Videos without sound are refused at times.
fn about_the_sound(work: &Work<'_>) -> Option<Finding> {
    let rule = rules::for_kind(Platform::Instagram, work.content.kind)?.video.as_ref()?;
    let silent = work.content.media.iter().position(|item| rules::wants_sound(rule, item))?;
    let message = format!("The video (file {}) has no sound track, which Instagram at times does not take.", silent + 1);
    Some(Finding::warning("media", "no_sound", message, "Export it with a silent sound track if it is refused."))
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}
