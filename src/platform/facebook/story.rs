//! Stories: a photo that was pushed unpublished becomes one by a call of its own; what a video needs is in `reel` and `watch`. The Page's list of
//! stories tells by the photo's or the video's id whether there is one.
//!
//! Invariants: a story is known by its media's id alone. The list is asked twice, some time apart, before a call is repeated.

use chrono::{DateTime, Utc};

use super::feed::LOOK_BACK;
use super::wire::{self, Story, Told};
use super::{Facebook, Progress, STAGED_FOR, Settling, between_looks, expired, link_pause};
use crate::platform::meta::errors::doubted;
use crate::platform::meta::wire::{Id, List};
use crate::platform::{ErrorClass, PlatformError, Published, Settled, Step, Work};

const MAX_REPEATS: u32 = 5;

impl Facebook {
    pub(super) fn publish_photo_story(
        &self,
        work: &Work<'_>,
        photo_id: String,
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Step<Progress>, PlatformError> {
        if settling.repeats == 0 && work.now - since >= STAGED_FOR {
            return Err(expired("The photo was"));
        }
        let path = format!("{}/photo_stories", work.account.remote_id);
        match self.page(work).publish::<Told>(&path, &[("photo_id", photo_id.as_str())]) {
            Ok(told) => Ok(Step::Done(self.story_out(work, photo_id, told.post_id.map(Id::into_string), 0))),
            Err(error) if error.class == ErrorClass::Rejected && settling.repeats == 0 && self.is_a_photo_gone(work, std::slice::from_ref(&photo_id)) => {
                Err(expired("The photo was"))
            }
            Err(error) => Err(doubted(error, settling.repeats)),
        }
    }

    pub(super) fn settle_photo_story(
        &self,
        work: &Work<'_>,
        photo_id: String,
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Settled<Progress>, PlatformError> {
        if let Some(story) = self.find_story(work, &photo_id)? {
            return Ok(Settled::Published(self.told_of(work, photo_id, story)));
        }
        Ok(if settling.repeats >= MAX_REPEATS {
            Settled::Unknown(
                "Facebook gave no clear answer to several calls, and the story is not among the Page's stories. Look at the Page before posting again.".into(),
            )
        } else if settling.looks == 0 {
            let again = work.now + between_looks(settling.repeats);
            Settled::LookAgain(Progress::PhotoStory { photo_id, since, settling: settling.looked() }, again)
        } else {
            Settled::Continue(Progress::PhotoStory { photo_id, since, settling: settling.repeated() })
        })
    }

    /// The story that was made of this photo or video.
    pub(super) fn find_story(&self, work: &Work<'_>, media_id: &str) -> Result<Option<Story>, PlatformError> {
        let since = (work.called_at.unwrap_or(work.now).timestamp() - LOOK_BACK).to_string();
        let path = format!("{}/stories", work.account.remote_id);
        let mut after = None::<String>;
        // Nobody publishes a thousand stories in a day.
        for _ in 0..10 {
            let mut fields = vec![("since", since.as_str()), ("limit", "100")];
            fields.extend(after.as_deref().map(|after| ("after", after)));
            let list: List<Story> = self.page(work).get(&path, &fields)?;
            after = list.after().map(str::to_owned);
            let found = list.data.into_iter().find(|story| story.media_id.as_ref().is_some_and(|id| id.as_str() == media_id));
            if found.is_some() || after.is_none() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads the link of a story that is out. A failing read is tried again later, and never more.
    pub(super) fn story_link(&self, work: &Work<'_>, media_id: String, post_id: Option<String>, tries: u32) -> Published<Progress> {
        match self.find_story(work, &media_id) {
            Ok(Some(Story { url: Some(url), post_id: listed, .. })) => {
                Published { remote_id: post_id.or(listed.map(Id::into_string)), permalink: Some(wire::absolute(&url)), follow: None }
            }
            _ => self.story_out(work, media_id, post_id, tries + 1),
        }
    }

    pub(super) fn told_of(&self, work: &Work<'_>, media_id: String, story: Story) -> Published<Progress> {
        let post_id = story.post_id.map(Id::into_string);
        match story.url {
            Some(url) => Published { remote_id: post_id, permalink: Some(wire::absolute(&url)), follow: None },
            None => self.story_out(work, media_id, post_id, 0),
        }
    }

    /// A story that is out and whose own link is not known yet.
    pub(super) fn story_out(&self, work: &Work<'_>, media_id: String, post_id: Option<String>, tries: u32) -> Published<Progress> {
        let permalink = post_id.as_deref().map(wire::post_address);
        let follow = link_pause(tries, self.page(work).patience()).map(|pause| {
            let progress = Progress::StoryLink { media_id, post_id: post_id.clone(), tries };
            (progress, work.now + pause)
        });
        Published { remote_id: post_id, permalink, follow }
    }
}
