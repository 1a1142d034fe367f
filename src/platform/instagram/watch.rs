//! Watching a container until it is ready, and what helps when it fails.
//!
//! Invariants: a container that failed stays failed. For a reason that may pass another one is made after a growing pause, a few times and no more;
//! a reason that stays is final. What is finished already is kept meanwhile.

use chrono::{DateTime, TimeDelta, Utc};

use super::carousel::Child;
use super::wire::{Condition, ContainerStatus};
use super::{Instagram, NOT_SEEN, Progress, SPEAKER, STAGED_FOR, Settling, errors};
use crate::platform::meta::errors::{Call, Told, find, quoted};
use crate::platform::meta::pace::nth;
use crate::platform::{ErrorClass, PlatformError, Step, Work};

/// After so many looks at a container that nobody shows, it is taken for gone.
pub const MAX_UNSEEN: u32 = 10;
/// Seconds before another container is made.
const REMAKE_PAUSES: [i64; 3] = [20, 120, 600];

impl Instagram {
    pub(super) fn process(
        &self,
        work: &Work<'_>,
        container: String,
        looks: u32,
        since: DateTime<Utc>,
        remakes: u32,
        children: Vec<Child>,
    ) -> Result<Step<Progress>, PlatformError> {
        let failure = match self.condition(work, &container) {
            Ok(Condition::Finished) => return Ok(Step::Next(Progress::Publish { container, since, settling: Settling::default() })),
            Ok(Condition::Published) => return Ok(Step::Done(self.unfound(work, since, 0))),
            // Its children are as old.
            Ok(Condition::Expired) => return Err(expired()),
            Ok(Condition::InProgress) if work.now - since >= STAGED_FOR => return Err(expired()),
            Ok(Condition::InProgress) => None,
            Ok(Condition::Failed(sub, text)) => Some(failed(work, sub, &text)),
            // Fresh containers are not readable at once.
            Err(error) if error.code == NOT_SEEN && looks < MAX_UNSEEN => None,
            Err(error) if error.code == NOT_SEEN => Some(error.start_over()),
            Err(error) => return Err(error),
        };
        let Some(error) = failure else {
            let next = self.next_look(work, looks)?;
            return Ok(Step::Wait(Progress::Processing { container, looks: looks + 1, since, remakes, children }, next));
        };
        let at = another(error, remakes, work.now)?;
        let remakes = remakes + 1;
        Ok(Step::Wait(if children.is_empty() { Progress::Again { remakes } } else { Progress::Carousel { children, looks: 0, remakes } }, at))
    }

    pub(super) fn condition(&self, work: &Work<'_>, container: &str) -> Result<Condition, PlatformError> {
        Ok(self.read::<ContainerStatus>(work, container, &[("fields", "status_code,status")])?.condition())
    }
}

/// When another container is made instead of one that failed so; or the error, where that does not help (any more).
pub fn another(mut error: PlatformError, remakes: u32, now: DateTime<Utc>) -> Result<DateTime<Utc>, PlatformError> {
    if !error.start_over {
        return Err(error);
    }
    if remakes >= errors::remakes(&error.code) {
        error.class = ErrorClass::Rejected;
        error.start_over = false;
        return Err(error);
    }
    tracing::warn!(code = %error.code, "another container is made: {}", error.message);
    let at = now + TimeDelta::seconds(nth(remakes, &REMAKE_PAUSES));
    Ok(match error.class {
        ErrorClass::RateLimited { until: Some(until) } => at.max(until),
        _ => at,
    })
}

/// A container that failed, by the subcode in its status text.
pub fn failed(work: &Work<'_>, sub: Option<i64>, text: &str) -> PlatformError {
    let told = Told { sub, message: text.to_owned(), ..Told::default() };
    if find(SPEAKER.rows, &told).is_some() {
        let mut error = Call { speaker: SPEAKER, visible: false, now: work.now }.error(&told, None, None);
        // A container that failed stays failed: what can be tried again is another one.
        error.start_over |= error.class == ErrorClass::Transient;
        return error;
    }
    let said = if text.is_empty() { String::new() } else { format!(" It said: “{}”", quoted(text)) };
    PlatformError::new(
        ErrorClass::Transient,
        sub.map_or("container_failed".into(), |sub| sub.to_string()),
        format!("Instagram could not prepare the media.{said}"),
    )
    .remedy("Convert the media (JPEG; MP4 with H.264 and AAC) and upload it anew.")
    .start_over()
}

pub fn expired() -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "staged_expired", "What was prepared at Instagram is older than a day and has expired; it is prepared again.")
        .start_over()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_container_is_made_a_few_times_with_growing_pauses() {
        let now = DateTime::UNIX_EPOCH;
        let seconds = |code: &str, remakes: u32| {
            let error = PlatformError::new(ErrorClass::Transient, code, "x").start_over();
            another(error, remakes, now).map(|at| (at - now).num_seconds()).map_err(|error| (error.class, error.start_over))
        };
        let over = Err((ErrorClass::Rejected, false));
        for (code, expected) in [
            ("9004/2207052", [Ok(20), Ok(120), Ok(600), over.clone()]),
            ("2207003", [Ok(20), Ok(120), Ok(600), over.clone()]),
            ("2207053", [Ok(20), Ok(120), over.clone(), over.clone()]),
            ("2207076", [Ok(20), over.clone(), over.clone(), over.clone()]),
            ("container_failed", [Ok(20), Ok(120), Ok(600), over.clone()]),
        ] {
            assert_eq!([0, 1, 2, 3].map(|remakes| seconds(code, remakes)), expected, "{code}");
        }
        let final_one = PlatformError::new(ErrorClass::Rejected, "36003/2207009", "x");
        assert_eq!(another(final_one.clone(), 0, now), Err(final_one));
    }
}
