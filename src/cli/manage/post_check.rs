//! `pm3k post check`: a rehearsal, as a list that says first what would fail.
//!
//! Invariant: the exit status is 4 when anything is blocking, and 0 when there is nothing worse than a warning.

use serde_json::{Value, json};

use super::post::find;
use crate::actions::jobs;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, plain};
use crate::ids::PostId;
use crate::model::job::Job;
use crate::platform::{Finding, Verdict};
use crate::rehearsal;

pub(super) const AFTER_HELP: &str = "\
It asks the platforms: does the access work, are the permissions there, what does the account allow,
is there room under the limits? It checks the post against the rules, and whether the media can be
fetched by its public address. Nothing is posted. The server does the same by itself six hours before
a post is due.

Exit status 4 when anything would fail as things are (blocking), 0 when there are warnings at most.";

pub(super) fn run(context: &Context, id: PostId) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let post = find(&app, id)?;
    let tried = jobs::rehearse(&app, post.workspace_id, id, context.now())?;
    let count = |verdict| tried.iter().flat_map(|(_, findings)| findings).filter(|finding| finding.verdict == verdict).count();
    let (blocking, warnings) = (count(Verdict::Blocking), count(Verdict::Warning));
    let mut text: String = tried.iter().map(|(job, findings)| job_text(job, findings)).collect();
    text.push_str(&match (blocking, warnings) {
        (0, 0) => "It would go out.\n".to_owned(),
        (0, warnings) => format!("It would go out; {warnings} to look at.\n"),
        (blocking, warnings) => format!("It would not go out everywhere: {blocking} blocking, {warnings} to look at.\n"),
    });
    let gravest = tried.iter().map(|(_, findings)| rehearsal::verdict(findings)).max().unwrap_or(Verdict::Fine);
    let json = json!({ "verdict": gravest, "jobs": tried.iter().map(|(job, findings)| job_json(job, findings)).collect::<Vec<_>>() });
    Ok(Output { text, json, status: if gravest == Verdict::Blocking { 4 } else { 0 } })
}

fn job_text(job: &Job, findings: &[Finding]) -> String {
    format!("{}  {} {} as {}\n{}\n", job.id, job.platform.name(), job.account_id, job.kind.name(), list(findings))
}

fn job_json(job: &Job, findings: &[Finding]) -> Value {
    json!({ "job_id": job.id, "account_id": job.account_id, "verdict": rehearsal::verdict(findings), "findings": findings })
}

/// The findings, one or two lines each, the gravest first.
pub(super) fn list(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    let mut text = String::new();
    for finding in sorted {
        let word = match finding.verdict {
            Verdict::Fine => "ok",
            Verdict::Warning => "warning",
            Verdict::Blocking => "BLOCKING",
        };
        let code = if finding.verdict == Verdict::Fine { String::new() } else { format!(" ({})", plain(&finding.code)) };
        text.push_str(&format!("  {word:8} {:11} {}{code}\n", plain(&finding.subject), plain(&finding.message)));
        if !finding.remedy.is_empty() {
            text.push_str(&format!("  {:20} → {}\n", "", plain(&finding.remedy)));
        }
    }
    text
}
