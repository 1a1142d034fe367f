//! What became of a publish whose answer is missing. The container tells: it is the one handle that is the same before and after.
//!
//! Invariants: reads only. *Published* is believed at once; *not published* only after two looks half a minute apart, because statuses lag.
//! A container that is gone proves nothing by itself: the account's media must twice clearly lack the post before anything new is made.
//! A story has no words to know it by, and Instagram Login may tell none of any post: one that merely could be this one proves nothing either way.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::{Condition, Media, Search, Sought, search};
use super::{Instagram, NOT_SEEN, Progress, Settling};
use crate::kind::Kind;
use crate::platform::meta::pace::nth;
use crate::platform::meta::wire::List;
use crate::platform::{PlatformError, Settled, Work};

const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(30);
/// Seconds between two looks that see nothing published, the longer the more often the call was made: an outage is sat out, and statuses that lag
/// have time to arrive.
const PAUSES: [i64; 5] = [30, 120, 300, 600, 900];
const BUSY: TimeDelta = TimeDelta::seconds(15);
/// Looks that see the container ready while a post is there that could be this one.
const READY_BESIDE_ANOTHER: u32 = 10;
const MAX_REPEATS: u32 = 5;
/// About an hour of looks at a container that is not shown.
const MAX_UNSEEN: u32 = 60;
/// Stories are listed for 24 hours.
const STORIES_LIVE: TimeDelta = TimeDelta::hours(23);
const MAX_PAGES: usize = 10;

impl Instagram {
    pub(super) fn settle(&self, work: &Work<'_>, container: String, since: DateTime<Utc>, settling: Settling) -> Result<Settled<Progress>, PlatformError> {
        let from = work.called_at.unwrap_or(work.now);
        let between = TimeDelta::seconds(nth(settling.repeats, &PAUSES));
        let again = |settling, pause: TimeDelta| Ok(Settled::LookAgain(Progress::Publish { container: container.clone(), since, settling }, work.now + pause));
        let condition = match self.condition(work, &container) {
            Err(error) if error.code == NOT_SEEN => None,
            condition => Some(condition?),
        };
        match condition {
            Some(Condition::Published) => Ok(Settled::Published(match self.search(work, from) {
                Ok(Search::One(media)) => self.told(work, &media),
                _ => self.unfound(work, from, 0),
            })),
            Some(Condition::InProgress) => again(Settling { ready: 0, gone: 0, ..settling }, BUSY),
            Some(Condition::Finished) => {
                let settling = Settling { ready: settling.ready + 1, gone: 0, ..settling };
                if settling.ready < 2 {
                    return again(settling, between);
                }
                // The status may lag behind the list of media; only words are proof enough against it. What could be the post without being
                // known by words makes for a longer look.
                match self.search(work, from)? {
                    Search::One(media) if media.has_words() => return Ok(Settled::Published(self.told(work, &media))),
                    Search::One(_) | Search::Perhaps | Search::Several if settling.ready < READY_BESIDE_ANOTHER => return again(settling, BETWEEN_LOOKS),
                    _ => {}
                }
                Ok(if settling.repeats >= MAX_REPEATS {
                    unknown("Instagram gave no clear answer to several calls, and the prepared media is still unpublished.")
                } else {
                    let settling = Settling { repeats: settling.repeats + 1, ..Settling::default() };
                    Settled::Continue(Progress::Publish { container, since, settling })
                })
            }
            gone => match self.search(work, from)? {
                Search::One(media) if media.has_words() => Ok(Settled::Published(self.told(work, &media))),
                Search::One(_) | Search::Perhaps if work.content.kind == Kind::Story => {
                    Ok(unknown("There is a story that could be this one, and Instagram does not say whether it is."))
                }
                Search::One(_) | Search::Perhaps => {
                    Ok(unknown("There is a post without words that could be this one, and Instagram does not say whether it is."))
                }
                Search::Several => Ok(unknown("Several of the account's posts look like this one, and Instagram does not say which it is.")),
                Search::Nothing if work.content.kind == Kind::Story && work.now - from > STORIES_LIVE => {
                    Ok(unknown("The story would have ended by now, so that looking for it tells nothing any more."))
                }
                Search::Nothing if gone.is_some() => {
                    let settling = Settling { gone: settling.gone + 1, ready: 0, ..settling };
                    if settling.gone < 2 { again(settling, between) } else { Ok(Settled::Continue(Progress::Begin)) }
                }
                // Not shown is not the same as not published.
                Search::Nothing if settling.unseen >= MAX_UNSEEN => {
                    Ok(unknown("Instagram does not show any more whether the post went out, and it is not among the account's posts."))
                }
                Search::Nothing => again(Settling { unseen: settling.unseen + 1, ready: 0, gone: 0, ..settling }, TimeDelta::minutes(1)),
            },
        }
    }

    /// Looks for what a call made at `from` published, among the account's media or its stories.
    pub(super) fn search(&self, work: &Work<'_>, from: DateTime<Utc>) -> Result<Search, PlatformError> {
        let content = work.content;
        let video = content.media.first().is_some_and(|item| item.is_video);
        let media_type = match content.kind {
            Kind::Carousel => "CAROUSEL_ALBUM",
            _ if video => "VIDEO",
            _ => "IMAGE",
        };
        let caption = (content.kind != Kind::Story).then_some(content.caption.as_str());
        Ok(search(self.media_since(work, from)?, &Sought { media_type, caption, from, taken: work.taken }))
    }

    fn media_since(&self, work: &Work<'_>, from: DateTime<Utc>) -> Result<Vec<Media>, PlatformError> {
        let id = &work.account.remote_id;
        if work.content.kind == Kind::Story {
            // Only the live ones, which are few.
            return Ok(self.read::<List<Media>>(work, &format!("{id}/stories"), &[("fields", "id,timestamp,permalink,media_type")])?.data);
        }
        let (path, since) = (format!("{id}/media"), (from.timestamp() - 60).to_string());
        let (mut media, mut after) = (Vec::<Media>::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let mut fields = vec![("fields", "id,caption,timestamp,permalink,media_type"), ("since", since.as_str()), ("limit", "100")];
            fields.extend(after.as_deref().map(|after| ("after", after)));
            let list: List<Media> = self.read(work, &path, &fields)?;
            after = list.after().map(str::to_owned);
            media.extend(list.data);
            if after.is_none() {
                break;
            }
        }
        Ok(media)
    }
}

fn unknown(known: &str) -> Settled<Progress> {
    Settled::Unknown(format!("{known} Look at the profile before posting again."))
}
