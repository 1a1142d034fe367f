//! Photos: each is pushed unpublished, then one call to the feed makes the post of all of them, also when there is only one.
//!
//! Invariants: a photo's id is stored before the next photo is pushed. After an unanswered feed call the Page's posts are searched for the photo
//! ids; the call is repeated only after two searches, some time apart, found nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::multipart::Multipart;
use super::wire::{Likeness, Post, Posted};
use super::{Facebook, Progress, STAGED_FOR, Settling, published};
use crate::platform::meta::errors::doubted;
use crate::platform::meta::wire::{Created, List};
use crate::platform::{ErrorClass, Item, PlatformError, Settled, Step, Work};

/// Reads lag behind writes.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(40);
/// How often a call that did nothing is made again before a person is asked.
const MAX_REPEATS: u32 = 5;

impl Facebook {
    pub(super) fn push_photo(&self, work: &Work<'_>, mut photo_ids: Vec<String>, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        let Some(item) = work.content.media.get(photo_ids.len()) else {
            return Ok(Step::Next(Progress::Feed { photo_ids, since, settling: Settling::default() }));
        };
        let page = self.page(work);
        let (alt_text, proof) = (alt_text(work, photo_ids.len()), page.proof());
        let mut fields = vec![("published", "false")];
        fields.extend(alt_text.map(|text| ("alt_text_custom", text)));
        fields.extend(proof.as_deref().map(|proof| ("appsecret_proof", proof)));
        let mut body = Multipart::new(&fields, item).map_err(|e| unreadable(item, &e))?;
        let created: Created = page.push(&format!("{}/photos", work.account.remote_id), &body.content_type, &mut body.reader, body.length)?;
        photo_ids.push(created.id.into_string());
        Ok(Step::Next(if photo_ids.len() == work.content.media.len() {
            Progress::Feed { photo_ids, since, settling: Settling::default() }
        } else {
            Progress::Photos { photo_ids, since }
        }))
    }

    pub(super) fn publish_photos(
        &self,
        work: &Work<'_>,
        photo_ids: &[String],
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Step<Progress>, PlatformError> {
        if work.now - since >= STAGED_FOR {
            return Err(expired());
        }
        let attached = json!(photo_ids.iter().map(|id| json!({ "media_fbid": id })).collect::<Vec<_>>()).to_string();
        let caption = work.content.caption.trim();
        let mut fields = vec![("attached_media", attached.as_str())];
        if !caption.is_empty() {
            fields.push(("message", caption));
        }
        let path = format!("{}/feed?fields=id%2Cpermalink_url", work.account.remote_id);
        match self.page(work).publish::<Posted>(&path, &fields) {
            Ok(posted) => Ok(Step::Done(published(posted.id, posted.permalink_url, false, work.now))),
            // A refusal of parameters may mean that the photos have expired, which only pushing them anew mends.
            Err(error) if error.class == ErrorClass::Rejected && settling.repeats == 0 && self.is_a_photo_gone(work, photo_ids) => Err(expired()),
            Err(error) => Err(doubted(error, settling.repeats)),
        }
    }

    fn is_a_photo_gone(&self, work: &Work<'_>, photo_ids: &[String]) -> bool {
        let gone = |id: &String| self.page(work).get::<Created>(id, &[("fields", "id")]).is_err_and(|error| error.code == "100/33");
        photo_ids.iter().any(gone)
    }

    pub(super) fn settle_photos(
        &self,
        work: &Work<'_>,
        photo_ids: Vec<String>,
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Settled<Progress>, PlatformError> {
        let called = work.called_at.unwrap_or(work.now).timestamp();
        let (mut same, mut alike) = (Vec::new(), Vec::new());
        for post in self.posts_since(work, called - 60)? {
            match post.likeness(&photo_ids, &work.content.caption, &self.app.app_id, called) {
                Likeness::Same => same.push(post),
                Likeness::Alike => alike.push(post),
                Likeness::Other => {}
            }
        }
        let mut found = if same.is_empty() { alike } else { same };
        Ok(match (found.pop(), found.is_empty()) {
            (Some(post), true) => Settled::Published(published(post.id, post.permalink_url, false, work.now)),
            (Some(_), false) => Settled::Unknown(
                "Several posts of the Page look like this one, and Facebook does not say which photos they hold. Look at the Page before posting again.".into(),
            ),
            (None, _) if settling.repeats >= MAX_REPEATS => Settled::Unknown(
                "Facebook gave no clear answer to several calls, and the post is not among the Page's posts. Look at the Page before posting again.".into(),
            ),
            (None, _) if settling.looks == 0 => Settled::LookAgain(Progress::Feed { photo_ids, since, settling: settling.looked() }, work.now + BETWEEN_LOOKS),
            (None, _) => Settled::Continue(Progress::Feed { photo_ids, since, settling: settling.repeated() }),
        })
    }

    fn posts_since(&self, work: &Work<'_>, since: i64) -> Result<Vec<Post>, PlatformError> {
        const FIELDS: &str = "id,message,created_time,permalink_url,application,attachments{media_type,target,url,subattachments{target}}";
        let (path, since) = (format!("{}/published_posts", work.account.remote_id), since.to_string());
        let mut posts: Vec<Post> = Vec::new();
        let mut after = None::<String>;
        // Nobody publishes a thousand posts in the minutes that this looks at.
        for _ in 0..10 {
            let mut fields = vec![("fields", FIELDS), ("since", since.as_str()), ("limit", "100")];
            fields.extend(after.as_deref().map(|after| ("after", after)));
            let list: List<Post> = self.page(work).get(&path, &fields)?;
            after = list.after().map(str::to_owned);
            posts.extend(list.data);
            if after.is_none() {
                break;
            }
        }
        Ok(posts)
    }
}

/// `options.alt_text` is the text of the first photo, or a list with one for each.
fn alt_text<'a>(work: &Work<'a>, index: usize) -> Option<&'a str> {
    let text = match work.content.options.get("alt_text")? {
        Value::String(text) if index == 0 => text.as_str(),
        Value::Array(texts) => texts.get(index)?.as_str()?,
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn unreadable(item: &Item, error: &std::io::Error) -> PlatformError {
    let what = if item.is_video { "video" } else { "photo" };
    PlatformError::new(ErrorClass::Rejected, "media_unreadable", format!("The {what} cannot be read: {error}.")).remedy("Upload the media again.")
}

fn expired() -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "staged_expired", "The photos were prepared too long ago and Facebook has dropped them; they are sent again.")
        .start_over()
}
