//! A post tried without posting: whose access this is, whether the creator may post now, and whether the post's options are among those offered
//! (tiktok.md §4, §5.1).
//!
//! Always true: only reads. What TikTok has no call for (waiting drafts, the audit, whether the media's address is verified) is not guessed at.

use super::Tiktok;
use super::check::{Options, PUBLIC, Standing, has_scope, is_draft, is_photos, scope};
use crate::platform::{Content, Finding, PlatformError, Work};

impl Tiktok {
    pub(super) fn rehearsed(&self, work: &Work<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        if has_scope(work.account, "user.info.basic") {
            match self.user_info(&work.access.token, "open_id,display_name", work.now) {
                Ok(user) if !user.open_id.is_empty() && user.open_id != work.account.remote_id => {
                    let message = format!("The access belongs to another TikTok account ({}).", user.display_name);
                    findings.push(Finding::blocking("access", "other_account", message, "Connect the right account again."));
                    return findings;
                }
                Ok(_) => findings.push(Finding::fine("access", "TikTok accepts the access, and it belongs to this account.")),
                // Seen although the permission was given; nothing that posting needs.
                Err(e) if matches!(e.code.as_str(), "scope_not_authorized" | "scope_permission_missed") => {}
                Err(e) => {
                    findings.push(Finding::of_error("access", e));
                    return findings;
                }
            }
        }
        if is_draft(work.content.kind) {
            findings.push(granted(work));
            return findings;
        }
        match self.creator_info(&work.access.token, work.now) {
            Ok(info) => {
                findings.push(Finding::fine("permissions", "TikTok confirms the permission video.publish."));
                self.creator(&Standing::from(info), work.content, &mut findings);
            }
            Err(e) => findings.push(Finding::of_error(subject(&e), e)),
        }
        findings
    }

    fn creator(&self, standing: &Standing, content: &Content, findings: &mut Vec<Finding>) {
        let before = findings.len();
        if !self.config.audited && standing.privacy_level_options.iter().any(|level| level == PUBLIC) {
            findings.push(Finding::blocking(
                "creator",
                "unaudited_client_can_only_post_to_private_accounts",
                "TikTok has not audited this installation's app, and the account is public: such an app may post directly only to a private account.",
                "Make the TikTok account private (its own setting, not the post's), or send the post as a draft, or have the app audited.",
            ));
        }
        // Options that cannot be read are found by the check.
        let mut problems = Options::read(content.kind, &content.options).map_or_else(|_| Vec::new(), |options| standing.misfits(&options));
        if let ([item], false) = (content.media.as_slice(), is_photos(content.kind)) {
            problems.extend(standing.too_long(item));
        }
        findings.extend(problems.into_iter().map(|problem| Finding::blocking("creator", problem.code, problem.message, "Change it in the post.")));
        if findings.len() == before {
            let name = if standing.nickname.is_empty() { &standing.username } else { &standing.nickname };
            findings.push(Finding::fine("creator", format!("TikTok lets {name} post this now.")));
        }
    }
}

/// TikTok has no call that tells what was granted, and none that a draft needs before it is sent.
fn granted(work: &Work<'_>) -> Finding {
    match scope(work.content.kind) {
        Some(scope) if !has_scope(work.account, scope) => {
            let message = format!("The permission {scope} was not given when the account was connected.");
            Finding::blocking("permissions", "missing_scope", message, "Connect the account again and allow everything.")
        }
        _ => Finding::fine("permissions", "The permission for drafts was given when the account was connected."),
    }
}

fn subject(error: &PlatformError) -> &'static str {
    match error.code.as_str() {
        "spam_risk_too_many_posts" | "reached_active_user_cap" | "rate_limit_exceeded" => "limits",
        "scope_not_authorized" => "permissions",
        "access_token_invalid" => "access",
        _ => "creator",
    }
}
