//! What to do about an error: pure decisions from its class and from where the job stands. Adapters classify, this file decides.

use chrono::{DateTime, TimeDelta, Utc};

use crate::platform::{ErrorClass, PlatformError};

/// Where the job stood when the error came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is public: a repeat is harmless.
    Staging,
    /// The visible call itself.
    Calling,
    /// Asking what became of the visible call.
    Settling,
    /// The visible call was accepted; the platform works on it.
    Watching,
    /// The post is out; a link is still looked for.
    Following,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Try again then. `counts`: one of the limited tries is used up. `limit`: a window is waited for, which is told.
    /// `repost`: the platform failed a post that it had taken, and it is posted anew.
    Later { at: DateTime<Utc>, start_over: bool, counts: bool, limit: bool, repost: bool },
    /// Ask the platform what happened, from then on.
    Settle { at: DateTime<Utc> },
    /// Renew the access, or hold the account for a person.
    Renew,
    /// The job has failed.
    Fail,
    /// Nobody can tell by asking: a person has to look.
    Unconfirmed,
    /// Stop looking for the link.
    GiveUp,
}

/// Tries at staging, or at a visible call that certainly did not act, before the job fails.
pub const MAX_TRIES: u32 = 12;
/// Times that a post which the platform took and then failed for a reason of its own is posted anew (tiktok.md §5.7: two, minutes apart).
pub const MAX_REPOSTS: u32 = 2;
/// Calls in a row that a block of the account may refuse before the job fails: whoever goes on calling lengthens it (meta-login.md §8.1: few retries).
pub const MAX_BLOCKS: u32 = 5;
const REPOST_PAUSE: TimeDelta = TimeDelta::minutes(2);
/// How long the platform is asked what became of a call, before a person is.
pub const ASK_FOR: TimeDelta = TimeDelta::hours(24);
/// The first look after an unknown outcome: reads lag behind writes by a moment.
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(2);
const RATE_LIMIT_PAUSE: TimeDelta = TimeDelta::seconds(60);
const LIMIT_PAUSE: TimeDelta = TimeDelta::hours(1);

/// What was tried before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// Failed tries that count.
    pub tries: u32,
    /// Times that the post was posted anew after the platform had failed it.
    pub reposts: u32,
    /// How often in a row a block of the account has refused the step.
    pub blocks: u32,
}

/// Decides. `since_call` is how long ago the visible call was first made; `jitter` is 0.0 to 1.0.
pub fn decide(error: &PlatformError, phase: Phase, before: Tries, since_call: TimeDelta, now: DateTime<Utc>, jitter: f64) -> Decision {
    let tries = before.tries;
    let later = |at| Decision::Later { at, start_over: error.start_over && phase == Phase::Staging, counts: false, limit: false, repost: false };
    let backoff = now + backoff(tries, jitter);
    // The platform says for certain that nothing was posted, and that trying again helps.
    if phase == Phase::Watching
        && error.start_over
        && matches!(error.class, ErrorClass::Transient | ErrorClass::UnknownOutcome | ErrorClass::LimitReached { .. })
    {
        let pause = REPOST_PAUSE * (i32::try_from(before.reposts).unwrap_or(0) + 1);
        return match &error.class {
            _ if before.reposts >= MAX_REPOSTS => Decision::Fail,
            ErrorClass::LimitReached { until } => {
                Decision::Later { at: until.unwrap_or(now + LIMIT_PAUSE), start_over: true, counts: false, limit: true, repost: true }
            }
            _ => Decision::Later { at: now + pause, start_over: true, counts: false, limit: false, repost: true },
        };
    }
    let asked_long = since_call > ASK_FOR;
    match (&error.class, phase) {
        (ErrorClass::Transient | ErrorClass::RateLimited { until: None } | ErrorClass::UnknownOutcome, Phase::Following) if !asked_long => {
            later(now + TimeDelta::minutes(5))
        }
        (ErrorClass::RateLimited { until: Some(at) }, Phase::Following) if !asked_long => later(*at),
        (_, Phase::Following) => Decision::GiveUp,

        (ErrorClass::UnknownOutcome, Phase::Calling) => Decision::Settle { at: now + FIRST_LOOK },
        // A program error while calling: nobody knows whether the call was made.
        (ErrorClass::Bug, Phase::Calling) => Decision::Settle { at: now + FIRST_LOOK },

        (ErrorClass::NeedsReconnect, _) => Decision::Renew,
        (ErrorClass::RateLimited { .. }, Phase::Settling | Phase::Watching) if asked_long => Decision::Unconfirmed,
        (ErrorClass::RateLimited { .. }, Phase::Staging | Phase::Calling) if error.of_the_account && before.blocks + 1 >= MAX_BLOCKS => Decision::Fail,
        (ErrorClass::RateLimited { until }, _) => {
            let at = until.unwrap_or(now + RATE_LIMIT_PAUSE + seconds(20.0 * jitter));
            // A long wait is a window like a quota's: it is told, and a job that waited for it is not missed.
            Decision::Later {
                at,
                start_over: error.start_over && phase == Phase::Staging,
                counts: false,
                limit: at - now > TimeDelta::minutes(10),
                repost: false,
            }
        }

        // A read that fails says nothing about the post.
        (ErrorClass::Transient | ErrorClass::UnknownOutcome | ErrorClass::LimitReached { .. }, Phase::Settling | Phase::Watching) if asked_long => {
            Decision::Unconfirmed
        }
        (ErrorClass::Transient | ErrorClass::UnknownOutcome | ErrorClass::LimitReached { .. }, Phase::Settling | Phase::Watching) => {
            Decision::Later { at: backoff, start_over: false, counts: true, limit: false, repost: false }
        }
        // A refused read says as little about the post as one that fails; but it may be answered again tomorrow.
        (ErrorClass::Rejected, Phase::Settling | Phase::Watching) if !error.of_the_post && !asked_long => {
            Decision::Later { at: backoff, start_over: false, counts: true, limit: false, repost: false }
        }
        (ErrorClass::Rejected, Phase::Settling | Phase::Watching) if !error.of_the_post => Decision::Unconfirmed,
        (ErrorClass::Bug, Phase::Settling | Phase::Watching) => Decision::Unconfirmed,

        (ErrorClass::LimitReached { until }, _) => {
            Decision::Later { at: until.unwrap_or(now + LIMIT_PAUSE), start_over: error.start_over, counts: false, limit: true, repost: false }
        }
        (ErrorClass::Transient | ErrorClass::UnknownOutcome, _) if tries + 1 < MAX_TRIES => {
            Decision::Later { at: backoff, start_over: error.start_over, counts: true, limit: false, repost: false }
        }
        (ErrorClass::Transient | ErrorClass::UnknownOutcome | ErrorClass::Rejected | ErrorClass::Bug, _) => Decision::Fail,
    }
}

/// Pause before try `tries + 1`: 1, 2, 5, 15, 30 s, 1, 2 min, then 5 min; stretched by up to a quarter, so that many jobs do not come back at once.
fn backoff(tries: u32, jitter: f64) -> TimeDelta {
    let pause = match tries {
        0 => 1.0,
        1 => 2.0,
        2 => 5.0,
        3 => 15.0,
        4 => 30.0,
        5 => 60.0,
        6 => 120.0,
        _ => 300.0,
    };
    seconds(pause * (1.0 + jitter / 4.0))
}

#[expect(clippy::cast_possible_truncation, reason = "pauses are minutes at the most")]
fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn on(class: ErrorClass, phase: Phase, tries: u32) -> Decision {
        decide(&PlatformError::new(class, "x", "x"), phase, Tries { tries, ..Tries::default() }, TimeDelta::zero(), NOW, 0.0)
    }

    #[test]
    fn an_unknown_outcome_of_the_visible_call_is_settled_and_never_repeated() {
        for tries in [0, 5, 50] {
            assert!(matches!(on(ErrorClass::UnknownOutcome, Phase::Calling, tries), Decision::Settle { .. }));
            assert!(matches!(on(ErrorClass::Bug, Phase::Calling, tries), Decision::Settle { .. }));
        }
    }

    #[test]
    fn a_failing_read_never_means_not_published() {
        for phase in [Phase::Settling, Phase::Watching] {
            for class in [ErrorClass::Transient, ErrorClass::UnknownOutcome, ErrorClass::RateLimited { until: None }, ErrorClass::LimitReached { until: None }]
            {
                assert!(matches!(on(class.clone(), phase, 1000), Decision::Later { start_over: false, .. }), "{class:?} {phase:?}");
            }
            let late = decide(&PlatformError::new(ErrorClass::Transient, "x", "x"), phase, Tries::default(), ASK_FOR + TimeDelta::seconds(1), NOW, 0.0);
            assert_eq!(late, Decision::Unconfirmed);
        }
        for phase in [Phase::Settling, Phase::Watching] {
            assert!(matches!(on(ErrorClass::Rejected, phase, 50), Decision::Later { start_over: false, .. }), "a refused read is no answer either");
        }
        let failed = PlatformError::new(ErrorClass::Rejected, "x", "x").of_the_post();
        assert_eq!(decide(&failed, Phase::Watching, Tries::default(), TimeDelta::zero(), NOW, 0.0), Decision::Fail, "the platform's word on the post");
    }

    #[test]
    fn what_the_platform_failed_by_its_own_fault_is_posted_anew_twice() {
        let failed = PlatformError::new(ErrorClass::Transient, "internal", "x").start_over();
        // Looks that failed meanwhile are no reposts.
        let on = |error: &PlatformError, reposts| decide(error, Phase::Watching, Tries { tries: 7, reposts, blocks: 0 }, TimeDelta::zero(), NOW, 0.0);
        assert!(matches!(on(&failed, 0), Decision::Later { start_over: true, repost: true, at, .. } if at == NOW + TimeDelta::minutes(2)));
        assert!(matches!(on(&failed, 1), Decision::Later { start_over: true, repost: true, .. }));
        assert_eq!(on(&failed, 2), Decision::Fail);
        let tomorrow = NOW + TimeDelta::hours(24);
        let capped = PlatformError::new(ErrorClass::LimitReached { until: Some(tomorrow) }, "spam_risk_too_many_posts", "x").start_over().of_the_post();
        assert!(matches!(on(&capped, 0), Decision::Later { start_over: true, repost: true, limit: true, at, .. } if at == tomorrow));
        assert_eq!(on(&capped, 2), Decision::Fail);
    }

    #[test]
    fn staging_is_tried_a_limited_number_of_times() {
        assert!(matches!(on(ErrorClass::Transient, Phase::Staging, 0), Decision::Later { counts: true, .. }));
        assert_eq!(on(ErrorClass::Transient, Phase::Staging, MAX_TRIES), Decision::Fail);
        assert_eq!(on(ErrorClass::Rejected, Phase::Staging, 0), Decision::Fail);
    }

    #[test]
    fn a_follow_up_never_fails_a_post_that_is_out() {
        for class in [ErrorClass::Transient, ErrorClass::Rejected, ErrorClass::Bug, ErrorClass::NeedsReconnect, ErrorClass::UnknownOutcome] {
            assert!(matches!(on(class, Phase::Following, 100), Decision::Later { .. } | Decision::GiveUp));
        }
    }

    #[test]
    fn the_platforms_own_wait_is_honoured() {
        let until = NOW + TimeDelta::minutes(7);
        assert!(matches!(on(ErrorClass::RateLimited { until: Some(until) }, Phase::Staging, 0), Decision::Later { at, counts: false, .. } if at == until));
        assert!(matches!(on(ErrorClass::LimitReached { until: Some(until) }, Phase::Calling, 0), Decision::Later { at, limit: true, .. } if at == until));
    }

    #[test]
    fn a_block_of_the_account_is_waited_for_a_few_times() {
        let until = NOW + TimeDelta::hours(1);
        let limit = PlatformError::new(ErrorClass::RateLimited { until: Some(until) }, "368/1390008", "x");
        let block = limit.clone().of_the_account();
        // Other tries that failed are no blocks.
        let on = |error: &PlatformError, phase, blocks| decide(error, phase, Tries { tries: 11, reposts: 0, blocks }, TimeDelta::zero(), NOW, 0.0);
        for phase in [Phase::Staging, Phase::Calling] {
            for blocks in 0..4 {
                assert!(matches!(on(&block, phase, blocks), Decision::Later { at, counts: false, limit: true, .. } if at == until), "{phase:?} {blocks}");
            }
            assert_eq!(on(&block, phase, 4), Decision::Fail, "the fifth in a row");
            assert!(matches!(on(&limit, phase, 50), Decision::Later { .. }), "a limit on calls ends by itself");
        }
        for phase in [Phase::Settling, Phase::Watching] {
            assert!(matches!(on(&block, phase, 50), Decision::Later { .. }), "what may be out has not failed");
        }
    }

    #[test]
    fn pauses_grow_and_end_at_five_minutes() {
        let pauses: Vec<_> = (0..20).map(|t| backoff(t, 0.0)).collect();
        assert!(pauses.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(pauses.last(), Some(&TimeDelta::minutes(5)));
    }
}
