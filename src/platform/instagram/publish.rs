//! The call that makes a container public, and the link afterwards.
//!
//! Invariant: once the media's id is known nothing can fail or repeat the post: reading its link only adds to what is stored.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::{Media, Permalink, Search, search};
use super::{Instagram, Progress, STAGED_FOR, Settling};
use crate::platform::meta::errors::doubted;
use crate::platform::meta::wire::{Created, List};
use crate::platform::{ErrorClass, PlatformError, Published, Step, Work};

/// Seconds between reads of what is not there yet.
const PAUSES: [i64; 7] = [2, 5, 10, 30, 120, 600, 3600];

impl Instagram {
    pub(super) fn publish(&self, work: &Work<'_>, container: &str, since: DateTime<Utc>, settling: Settling) -> Result<Step<Progress>, PlatformError> {
        if settling.repeats == 0 && work.now - since >= STAGED_FOR {
            let message = "What was prepared at Instagram is too old to be published; it is prepared again.";
            return Err(PlatformError::new(ErrorClass::Transient, "staged_expired", message).start_over());
        }
        let path = format!("{}/media_publish", work.account.remote_id);
        let created: Created = self
            .graph(work)?
            .with(&work.access.token, work.now)
            .publish(&path, &[("creation_id", container)])
            .map_err(|error| doubted(error, settling.repeats))?;
        Ok(Step::Done(self.unlinked(work, created.id.into_string(), 0)))
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

    pub(super) fn find(&self, work: &Work<'_>, container: String, from: DateTime<Utc>, tries: u32) -> Published<Progress> {
        let media = self.media_since(work, from).unwrap_or_default();
        match search(&media, work.content.kind, &work.content.caption, from) {
            Search::One(media) => self.told(work, media),
            _ => self.unfound(work, container, from, tries + 1),
        }
    }

    /// Out, but not found among the account's media yet.
    pub(super) fn unfound(&self, work: &Work<'_>, container: String, from: DateTime<Utc>, tries: u32) -> Published<Progress> {
        let follow = later(work, tries).map(|at| (Progress::Find { container, from, tries }, at));
        Published { remote_id: None, permalink: profile(work), follow }
    }

    pub(super) fn told(&self, work: &Work<'_>, media: &Media) -> Published<Progress> {
        match &media.permalink {
            Some(link) => Published { remote_id: Some(media.id.as_str().to_owned()), permalink: Some(link.clone()), follow: None },
            None => self.unlinked(work, media.id.as_str().to_owned(), 0),
        }
    }

    /// The account's media since a minute before `from`.
    pub(super) fn media_since(&self, work: &Work<'_>, from: DateTime<Utc>) -> Result<Vec<Media>, PlatformError> {
        let (path, since) = (format!("{}/media", work.account.remote_id), (from.timestamp() - 60).to_string());
        let (mut media, mut after) = (Vec::<Media>::new(), None::<String>);
        for _ in 0..10 {
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

fn later(work: &Work<'_>, tries: u32) -> Option<DateTime<Utc>> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?)?;
    Some(work.now + TimeDelta::seconds(*pause))
}

fn profile(work: &Work<'_>) -> Option<String> {
    let name = &work.account.username;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    plain.then(|| format!("https://www.instagram.com/{name}/"))
}
