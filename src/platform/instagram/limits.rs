//! What Instagram lets an account do in a day.
//!
//! Invariant: the number of posts is never assumed. The documentation names 25, 50 and 100; the account's own limit is asked.

use chrono::TimeDelta;

use super::wire::Limit;
use super::{Instagram, NOT_SEEN};
use crate::platform::meta::wire::List;
use crate::platform::{Budget, ErrorClass, Finding, PlatformError, Work};

/// Every container counts, each of a carousel's and those that failed.
pub const CONTAINERS: &[Budget] = &[Budget {
    name: "instagram_containers",
    most: 400,
    window: TimeDelta::hours(24),
    rule: "Instagram takes 400 files and carousels to prepare in 24 hours from an account",
}];

impl Instagram {
    /// One read; when it is refused for another reason than access, publishing will tell.
    pub(super) fn ask_limit(&self, work: &Work<'_>) -> Result<(), PlatformError> {
        let limit = match self.limit(work) {
            Ok(limit) => limit,
            Err(error) if matches!(error.class, ErrorClass::Rejected | ErrorClass::Bug) || error.code == NOT_SEEN => None,
            Err(error) => return Err(error),
        };
        let Some(total) = limit.as_ref().and_then(Limit::exhausted) else { return Ok(()) };
        // Ahead of the due time the window may still move on in time.
        let pause = if work.now < work.publish_at { TimeDelta::minutes(10) } else { TimeDelta::hours(1) };
        Err(PlatformError::new(ErrorClass::LimitReached { until: Some(work.now + pause) }, LIMIT, used_up(total)))
    }

    fn limit(&self, work: &Work<'_>) -> Result<Option<Limit>, PlatformError> {
        let path = format!("{}/content_publishing_limit", work.account.remote_id);
        Ok(self.read::<List<Limit>>(work, &path, &[("fields", "quota_usage,config")])?.data.into_iter().next())
    }

    /// Hours before a post is due a used-up limit is no obstacle yet: the window moves on, and the post waits for it.
    pub(super) fn limit_finding(&self, work: &Work<'_>) -> Finding {
        match self.limit(work) {
            Err(error) => Finding::of_error("limits", error),
            Ok(None) => Finding::warning("limits", LIMIT, "Instagram does not tell how many posts it takes from this account.", ""),
            Ok(Some(limit)) => match (limit.exhausted(), limit.total()) {
                (Some(total), _) => Finding::warning("limits", LIMIT, used_up(total), "The post waits until the window has moved on, or publish less today."),
                (None, Some(total)) => Finding::fine("limits", format!("{} of {total} posts in 24 hours are used.", limit.used())),
                (None, None) => Finding::fine("limits", format!("{} posts went out in the last 24 hours.", limit.used())),
            },
        }
    }
}

const LIMIT: &str = "content_publishing_limit";

fn used_up(total: u64) -> String {
    format!("Instagram takes {total} posts in 24 hours from this account, and all of them are used.")
}
