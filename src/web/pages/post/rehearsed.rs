//! What the newest rehearsal of a job found, each finding with the way that leads to its remedy.

use super::job::Around;
use crate::model::account::Account;
use crate::model::job::Job;
use crate::model::rehearsal::Rehearsal;
use crate::platform::{Finding, Verdict};
use crate::rehearsal;
use crate::web::pages::Shown;
use crate::web::when::When;

pub struct Rehearsed {
    pub at: When,
    pub shown: Shown,
    pub findings: Vec<Found>,
}

pub struct Found {
    pub tone: &'static str,
    pub icon: &'static str,
    pub message: String,
    pub remedy: String,
    pub code: String,
    /// Where it is mended: the address, and what the link is called.
    pub way: Option<(String, &'static str)>,
}

pub fn of(stored: &Rehearsal, job: &Job, account: Option<&Account>, around: &Around<'_>) -> Rehearsed {
    let findings = rehearsal::read(&stored.findings);
    let (label, icon, tone) = match rehearsal::verdict(&findings) {
        Verdict::Fine => ("Would go out", "circle-check", "good"),
        Verdict::Warning => ("Needs a look", "triangle-alert", "warn"),
        Verdict::Blocking => ("Would fail", "circle-x", "bad"),
    };
    let found = findings.into_iter().map(|finding| found(finding, job, account, around.may_publish));
    Rehearsed { at: (around.at)(stored.at), shown: Shown { label, icon, tone }, findings: found.collect() }
}

fn found(finding: Finding, job: &Job, account: Option<&Account>, may_publish: bool) -> Found {
    let (icon, tone) = match finding.verdict {
        Verdict::Fine => ("check", "good"),
        Verdict::Warning => ("triangle-alert", "warn"),
        Verdict::Blocking => ("circle-x", "bad"),
    };
    Found {
        tone,
        icon,
        way: if finding.verdict == Verdict::Fine { None } else { way(&finding.subject, job, account, may_publish) },
        code: if finding.verdict == Verdict::Fine { String::new() } else { finding.code },
        message: finding.message,
        remedy: finding.remedy,
    }
}

/// Where what was looked at is mended. A public address is mended in the configuration, where no link leads.
fn way(subject: &str, job: &Job, account: Option<&Account>, may_publish: bool) -> Option<(String, &'static str)> {
    match (subject, account) {
        ("access" | "permissions", Some(account)) if may_publish => Some((format!("/accounts/connect/{}", account.login), "Connect again")),
        ("access" | "permissions" | "creator" | "page" | "limits", _) => Some((format!("/accounts#{}", job.account_id), "To the account")),
        ("post" | "media", _) => Some((format!("/posts/new?from={}", job.post_id), "Compose it anew")),
        _ => None,
    }
}
