//! A rehearsal: a job tried without posting, so that what would fail is told while there is time.
//!
//! Invariant: nothing is changed at the platform, and nothing of the job but the record of what was found.

use chrono::{DateTime, Utc};
use serde_json::Value;
use ureq::http::Method;

use crate::access::{self, Installation, Renewed};
use crate::ids::AttemptId;
use crate::kind::Login;
use crate::model::job::Job;
use crate::model::{account, rehearsal};
use crate::platform::http::{Body, Call, Http};
use crate::platform::{Adapter, Content, Finding, Item, PlatformError, Verdict, Work};
use crate::standing;
use crate::surroundings::{self, Surroundings};

/// The attempt that a rehearsal's own media addresses are signed for: there is none of that number, and such an address shows headers only.
pub const REHEARSAL: AttemptId = AttemptId(0);

/// Tries a job, keeps what was found, and tells it.
pub fn rehearse(installation: Installation<'_>, job: &Job, now: DateTime<Utc>) -> rusqlite::Result<Vec<Finding>> {
    let findings = find(installation, job, now);
    let verdict = verdict(&findings).as_str();
    let stored = serde_json::to_value(&findings).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    installation.db.write(|tx| rehearsal::store(tx, job.id, verdict, &stored, now))?;
    Ok(findings)
}

/// The gravest of them.
pub fn verdict(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Fine)
}

fn find(installation: Installation<'_>, job: &Job, now: DateTime<Utc>) -> Vec<Finding> {
    let Some(adapter) = installation.platforms.adapter(job.platform) else {
        let message = format!("{} is not configured any more.", job.platform.name());
        return vec![Finding::blocking("access", "not_configured", message, "Fill in the app's id and secret in the configuration again.")];
    };
    let mut around = match surroundings::load(installation, job, REHEARSAL, now) {
        Ok(around) => around,
        Err(error) => return vec![Finding::of_error("post", error)],
    };
    if around.account_row.status == account::Status::NeedsReconnect {
        let why = around.account_row.status_reason.clone().unwrap_or_else(|| "The account needs to be connected again.".into());
        return vec![Finding::blocking("access", "needs_reconnect", why, "Connect the account again; the post then goes on by itself.")];
    }
    let mut findings = Vec::new();
    match fresh_access(installation, &around, now) {
        Ok(access) => around.access = access,
        Err(error) => findings.push(Finding::of_error("access", error)),
    }
    findings.extend(access_end(&around, job, now));
    match standing::ask(installation, &around.account_row, now) {
        Ok(Some(told)) => around.account.standing = Some(told),
        Ok(None) => {}
        Err(error) => findings.push(Finding::of_error("creator", error)),
    }
    let problems = adapter.check(&around.account, &around.content);
    if problems.is_empty() {
        findings.push(Finding::fine("post", "Caption, media and options keep the platform's rules."));
    }
    findings.extend(problems.into_iter().map(|problem| Finding::blocking("post", problem.code, problem.message, "Change the post.")));
    if around.converting {
        findings.push(Finding::fine("media", "A file is still being converted; it is looked at as it will be."));
    } else {
        findings.extend(reach(adapter, &around));
    }
    let work = Work {
        account: &around.account,
        access: &around.access,
        content: &around.content,
        publish_at: job.publish_at.unwrap_or(now),
        called_at: None,
        taken: &[],
        addresses_closed: false,
        now,
    };
    findings.extend(adapter.rehearse(&work));
    findings
}

fn fresh_access(installation: Installation<'_>, around: &Surroundings, now: DateTime<Utc>) -> Result<crate::platform::Access, PlatformError> {
    match access::renew(installation, &around.account_row, around.access.clone(), false, now) {
        Renewed::Fresh(access) => Ok(*access),
        Renewed::Busy => Ok(around.access.clone()),
        Renewed::Refused(error) | Renewed::Failed(error) => Err(error),
    }
}

/// Does the access outlive the post's time?
fn access_end(around: &Surroundings, job: &Job, now: DateTime<Utc>) -> Option<Finding> {
    let due = job.publish_at.unwrap_or(now);
    let end = match around.account_row.login {
        // A Page's token has no end of its own.
        Login::Facebook => around.access.expires_at,
        Login::Tiktok => around.access.refresh_expires_at.or(around.access.expires_at),
        // Renewed every month, as long as it is alive.
        Login::Instagram => around.access.expires_at.filter(|end| *end <= now),
    }?;
    (end <= due).then(|| {
        let message = format!("The access to this account ends on {} (UTC), before the post is due.", end.format("%Y-%m-%d %H:%M"));
        Finding::blocking("access", "ends_before", message, "Connect the account again before then.")
    })
}

/// Can what the platform has to fetch be fetched by its public address? Asked from this machine: a way that leads in from here may still be closed outside.
fn reach(adapter: &dyn Adapter, around: &Surroundings) -> Vec<Finding> {
    let hidden = Content { media: around.content.media.iter().map(|item| Item { public_url: None, ..item.clone() }).collect(), ..around.content.clone() };
    let is_fetched = adapter.check(&around.account, &hidden).iter().any(|problem| problem.code == NEEDS_PUBLIC_ADDRESS);
    if !is_fetched {
        return Vec::new();
    }
    let http = Http::default();
    let mut findings: Vec<Finding> = around.content.media.iter().filter_map(|item| unreachable(&http, item)).collect();
    if findings.is_empty() {
        findings.push(Finding::fine("media_url", "The media can be fetched by its public address (asked from this machine)."));
    }
    findings
}

/// The code of the problem that adapters tell of media that they cannot push.
pub const NEEDS_PUBLIC_ADDRESS: &str = "needs_public_address";

fn unreachable(http: &Http, item: &Item) -> Option<Finding> {
    const REMEDY: &str = "Check that server.public_url leads to this server from outside, without a login, a redirect or a challenge page before it.";
    let url = item.public_url.as_deref()?;
    let blocking = |code: &str, message: String| Some(Finding::blocking("media_url", code, message, REMEDY));
    let answer = match http.send(Call { method: Method::HEAD, url, headers: &[], body: Body::Empty, visible: false }) {
        Ok(answer) => answer,
        Err(failure) => {
            return blocking("unreachable", format!("The media's public address does not answer: {}.", failure.message.replace("the platform", "the server")));
        }
    };
    if answer.status != 200 {
        return blocking("wrong_answer", format!("The media's public address answers with HTTP status {} instead of the file.", answer.status));
    }
    let length: Option<u64> = answer.header("content-length").and_then(|length| length.parse().ok());
    let kind = answer.header("content-type").unwrap_or_default();
    if length != Some(item.bytes) || !kind.starts_with(&item.mime) {
        return blocking("other_file", "The media's public address answers with something else than the file.".into());
    }
    None
}

/// The findings as they were kept.
pub fn read(stored: &Value) -> Vec<Finding> {
    serde_json::from_value(stored.clone()).unwrap_or_default()
}
