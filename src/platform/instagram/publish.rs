//! The call that makes a container public, and the link afterwards.
//!
//! Invariant: once the media's id is known nothing can fail or repeat the post: reading its link only adds to what is stored.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::{Media, Permalink, Search};
use super::{Instagram, Progress, SPEAKER, STAGED_FOR, Settling, errors};
use crate::platform::meta::errors::{Call, doubted};
use crate::platform::meta::wire::Created;
use crate::platform::{ErrorClass, PlatformError, Published, Settled, Step, Work};

/// Seconds between reads of what is not there yet.
const PAUSES: [i64; 7] = [2, 5, 10, 30, 120, 600, 3600];
/// How long an account rests that was limited for no time that is told.
const SHORT_REST: TimeDelta = TimeDelta::minutes(5);
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(5);

impl Instagram {
    pub(super) fn publish(&self, work: &Work<'_>, container: String, since: DateTime<Utc>, settling: Settling) -> Result<Step<Progress>, PlatformError> {
        if settling.repeats == 0 && work.now - since >= STAGED_FOR {
            let message = "What was prepared at Instagram is too old to be published; it is prepared again.";
            return Err(PlatformError::new(ErrorClass::Transient, "staged_expired", message).start_over());
        }
        let path = format!("{}/media_publish", work.account.remote_id);
        let refused = match self.caller(work)?.publish::<Created>(&path, &[("creation_id", &container)]).map_err(errors::of_publish) {
            Ok(created) => return Ok(Step::Done(self.unlinked(work, created.id.into_string(), 0))),
            Err(error) => error,
        };
        // Said of posts that went out, too: this one is looked for, and meanwhile the whole account rests.
        if errors::is_suspicion(&refused.code) {
            return Err(PlatformError { class: ErrorClass::UnknownOutcome, ..refused }.of_the_account());
        }
        let until = match refused.class {
            // Of this call a limit says clearly that it did not act; of the ones before nothing.
            ErrorClass::RateLimited { until } | ErrorClass::LimitReached { until } if settling.repeats > 0 => Some(until.unwrap_or(work.now + SHORT_REST)),
            _ => None,
        };
        let Some(until) = until else { return Err(doubted(refused, settling.repeats)) };
        tracing::warn!(account = %work.account.username, code = %refused.code, trace_id = ?refused.trace_id, "the call is rested: {}", refused.message);
        Ok(Step::Wait(Progress::Resting { container, since, settling, code: refused.code, until }, work.now + FIRST_LOOK))
    }

    /// The post is looked for as after any unknown outcome. If it is not out, the call is made again after the rest.
    pub(super) fn rest(
        &self,
        work: &Work<'_>,
        container: String,
        since: DateTime<Utc>,
        settling: Settling,
        code: String,
        until: DateTime<Utc>,
    ) -> Result<Step<Progress>, PlatformError> {
        match self.settle(work, container, since, settling)? {
            Settled::Published(published) => Ok(Step::Done(published)),
            Settled::LookAgain(Progress::Publish { container, since, settling }, at) => {
                Ok(Step::Wait(Progress::Resting { container, since, settling, code, until }, at))
            }
            Settled::Continue(_) if work.now < until => {
                let mut error = Call { speaker: SPEAKER, visible: false, now: work.now }.error(&errors::told(&code), None, None);
                error.class = ErrorClass::RateLimited { until: Some(until) };
                Err(error)
            }
            Settled::Continue(Progress::Begin) => {
                Err(PlatformError::new(ErrorClass::Transient, "not_published", "The post did not go out; it is prepared anew.").start_over())
            }
            Settled::Continue(next) => Ok(Step::Next(next)),
            Settled::LookAgain(other, at) => Ok(Step::Wait(other, at)),
            Settled::Unknown(known) => Err(PlatformError::new(ErrorClass::UnknownOutcome, "unconfirmed", known)),
        }
    }

    pub(super) fn link(&self, work: &Work<'_>, media_id: String, tries: u32) -> Published<Progress> {
        let read = self.read::<Permalink>(work, &media_id, &[("fields", "permalink")]);
        match read.ok().and_then(|read| read.permalink) {
            Some(link) => Published { remote_id: Some(media_id), permalink: Some(link), follow: None },
            None => self.unlinked(work, media_id, tries + 1),
        }
    }

    /// Out, with the profile as its address until its own is known.
    fn unlinked(&self, work: &Work<'_>, media_id: String, tries: u32) -> Published<Progress> {
        let follow = later(work, tries).map(|at| (Progress::Link { media_id: media_id.clone(), tries }, at));
        Published { remote_id: Some(media_id), permalink: profile(work), follow }
    }

    pub(super) fn find(&self, work: &Work<'_>, from: DateTime<Utc>, tries: u32) -> Published<Progress> {
        match self.search(work, from) {
            Ok(Search::One(media)) => self.told(work, &media),
            _ => self.unfound(work, from, tries + 1),
        }
    }

    /// Out, but not found among the account's media yet.
    pub(super) fn unfound(&self, work: &Work<'_>, from: DateTime<Utc>, tries: u32) -> Published<Progress> {
        let follow = later(work, tries).map(|at| (Progress::Find { from, tries }, at));
        Published { remote_id: None, permalink: profile(work), follow }
    }

    pub(super) fn told(&self, work: &Work<'_>, media: &Media) -> Published<Progress> {
        match &media.permalink {
            Some(link) => Published { remote_id: Some(media.id.as_str().to_owned()), permalink: Some(link.clone()), follow: None },
            None => self.unlinked(work, media.id.as_str().to_owned(), 0),
        }
    }
}

fn later(work: &Work<'_>, tries: u32) -> Option<DateTime<Utc>> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?)?;
    Some(work.now + TimeDelta::seconds(*pause))
}

fn profile(work: &Work<'_>) -> Option<String> {
    let name = &work.account.username;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    plain.then(|| format!("https://www.instagram.com/{name}/"))
}
