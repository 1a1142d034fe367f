//! Rehearsals as JSON: what trying a post without posting found.

use chrono::{DateTime, Utc};
use poem_openapi::Object;

use crate::model;
use crate::model::job::Job;
use crate::platform;
use crate::rehearsal;

/// What trying a post without posting found.
#[derive(Debug, Object)]
pub(super) struct Check {
    /// The gravest of its jobs': `fine`, `warning` (it may still go out; somebody should look) or `blocking` (it would fail as things are).
    verdict: String,
    /// Those that are still to go out.
    jobs: Vec<CheckedJob>,
}

/// What trying one job found.
#[derive(Debug, Object)]
struct CheckedJob {
    job_id: String,
    account_id: String,
    /// The gravest finding.
    verdict: String,
    findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Object)]
struct Finding {
    /// What was looked at: `access`, `permissions`, `creator`, `page`, `limits`, `media`, `media_url` or `post`.
    subject: String,
    /// `fine`, `warning` or `blocking`.
    verdict: String,
    /// The platform's own code, or a word of this program; `ok` where all is well.
    code: String,
    message: String,
    /// What to do; empty when nothing is needed.
    remedy: String,
}

/// The newest rehearsal of a job.
#[derive(Debug, Object)]
pub(super) struct Rehearsal {
    at: DateTime<Utc>,
    /// The gravest finding: `fine`, `warning` or `blocking`.
    verdict: String,
    findings: Vec<Finding>,
}

pub(super) fn check(tried: Vec<(Job, Vec<platform::Finding>)>) -> Check {
    let gravest = tried.iter().map(|(_, findings)| rehearsal::verdict(findings)).max().unwrap_or(platform::Verdict::Fine);
    let jobs = tried.into_iter().map(|(job, found)| CheckedJob {
        job_id: job.id.to_string(),
        account_id: job.account_id.to_string(),
        verdict: rehearsal::verdict(&found).as_str().to_owned(),
        findings: findings(found),
    });
    Check { verdict: gravest.as_str().to_owned(), jobs: jobs.collect() }
}

pub(super) fn answer(kept: &model::rehearsal::Rehearsal) -> Rehearsal {
    Rehearsal { at: kept.at, verdict: kept.verdict.clone(), findings: findings(rehearsal::read(&kept.findings)) }
}

fn findings(found: Vec<platform::Finding>) -> Vec<Finding> {
    let answer = |finding: platform::Finding| Finding {
        subject: finding.subject,
        verdict: finding.verdict.as_str().to_owned(),
        code: finding.code,
        message: finding.message,
        remedy: finding.remedy,
    };
    found.into_iter().map(answer).collect()
}
