//! What became of a publish whose answer is missing. The container tells: it is the one handle that is the same before and after.
//!
//! Invariants: reads only. *Published* is believed at once; *not published* only after two looks half a minute apart, because statuses lag.
//! A container that is gone proves nothing by itself: the account's media must twice clearly lack the post before anything new is made.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::{Condition, Search, search};
use super::{Instagram, NOT_SEEN, Progress, Settling};
use crate::platform::{PlatformError, Settled, Work};

const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(30);
const BUSY: TimeDelta = TimeDelta::seconds(15);
const MAX_REPEATS: u32 = 5;
/// About an hour of looks at a container that is not shown.
const MAX_UNSEEN: u32 = 60;

impl Instagram {
    pub(super) fn settle(&self, work: &Work<'_>, container: String, since: DateTime<Utc>, settling: Settling) -> Result<Settled<Progress>, PlatformError> {
        let from = work.called_at.unwrap_or(work.now);
        let again = |settling, pause: TimeDelta| Ok(Settled::LookAgain(Progress::Publish { container: container.clone(), since, settling }, work.now + pause));
        let condition = match self.condition(work, &container) {
            Err(error) if error.code == NOT_SEEN => None,
            condition => Some(condition?),
        };
        match condition {
            Some(Condition::Published) => {
                let media = self.media_since(work, from).unwrap_or_default();
                Ok(Settled::Published(match search(&media, work.content.kind, &work.content.caption, from) {
                    Search::One(media) => self.told(work, media),
                    _ => self.unfound(work, container, from, 0),
                }))
            }
            Some(Condition::InProgress) => again(Settling { ready: 0, gone: 0, ..settling }, BUSY),
            Some(Condition::Finished) => {
                let settling = Settling { ready: settling.ready + 1, gone: 0, ..settling };
                if settling.ready < 2 {
                    return again(settling, BETWEEN_LOOKS);
                }
                // The status may lag behind the list of media; only words are proof enough against it.
                if let Search::One(media) = search(&self.media_since(work, from)?, work.content.kind, &work.content.caption, from)
                    && media.has_words()
                {
                    return Ok(Settled::Published(self.told(work, media)));
                }
                Ok(if settling.repeats >= MAX_REPEATS {
                    unknown("Instagram gave no clear answer to several calls, and the prepared media is still unpublished.")
                } else {
                    let settling = Settling { repeats: settling.repeats + 1, ..Settling::default() };
                    Settled::Continue(Progress::Publish { container, since, settling })
                })
            }
            gone => match search(&self.media_since(work, from)?, work.content.kind, &work.content.caption, from) {
                Search::One(media) => Ok(Settled::Published(self.told(work, media))),
                Search::Several => Ok(unknown("Several of the account's posts look like this one, and Instagram does not say which it is.")),
                Search::Nothing if gone.is_some() => {
                    let settling = Settling { gone: settling.gone + 1, ready: 0, ..settling };
                    if settling.gone < 2 { again(settling, BETWEEN_LOOKS) } else { Ok(Settled::Continue(Progress::Begin)) }
                }
                // Not shown is not the same as not published.
                Search::Nothing if settling.unseen >= MAX_UNSEEN => {
                    Ok(unknown("Instagram does not show any more whether the post went out, and it is not among the account's posts."))
                }
                Search::Nothing => again(Settling { unseen: settling.unseen + 1, ready: 0, gone: 0, ..settling }, TimeDelta::minutes(1)),
            },
        }
    }
}

fn unknown(known: &str) -> Settled<Progress> {
    Settled::Unknown(format!("{known} Look at the profile before posting again."))
}
