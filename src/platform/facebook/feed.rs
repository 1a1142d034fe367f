//! What becomes a post of the Page's feed: words, a link, or photos, which are pushed unpublished first, also when there is only one. One call
//! makes the post.
//!
//! Invariants: a photo's id is stored before the next photo is pushed. After an unanswered call the Page's posts are searched for the photo ids,
//! or for the words and the link; the call is repeated only after two searches found nothing, and these are further apart with each repeat.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::likeness::{self, Post, Search, Sought};
use super::wire::Posted;
use super::{Facebook, Progress, STAGED_FOR, Settling, between_looks, expired, published};
use crate::kind::Kind;
use crate::platform::meta::errors::doubted;
use crate::platform::meta::multipart::Multipart;
use crate::platform::meta::wire::{Created, List};
use crate::platform::{Content, ErrorClass, Item, PlatformError, Settled, Step, Work};

/// How often a call that did nothing is made again before a person is asked.
const MAX_REPEATS: u32 = 5;
/// Reads lag behind writes, and other tools' clocks behind ours, in seconds.
pub(super) const LOOK_BACK: i64 = 60;

impl Facebook {
    pub(super) fn push_photo(&self, work: &Work<'_>, mut photo_ids: Vec<String>, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        let Some(item) = work.content.media.get(photo_ids.len()) else {
            return Err(PlatformError::bug("more photos were pushed than the post has"));
        };
        let page = self.ahead(work);
        let (alt_text, proof) = (alt_text(work.content, photo_ids.len()), page.proof());
        let mut fields = vec![("published", "false")];
        fields.extend(alt_text.map(|text| ("alt_text_custom", text)));
        fields.extend(proof.as_deref().map(|proof| ("appsecret_proof", proof)));
        let mut body = Multipart::new(&fields, "source", item, 0, item.bytes).map_err(|e| unreadable(item, &e))?;
        let created: Created = page.push(&format!("{}/photos", work.account.remote_id), &body.content_type, &mut body.reader, body.length)?;
        let photo_id = created.id.into_string();
        if work.content.kind == Kind::PhotoStory {
            return Ok(Step::Next(Progress::PhotoStory { photo_id, since, settling: Settling::default() }));
        }
        photo_ids.push(photo_id);
        Ok(Step::Next(if photo_ids.len() == work.content.media.len() {
            Progress::Feed { photo_ids, since, settling: Settling::default() }
        } else {
            Progress::Photos { photo_ids, since }
        }))
    }

    pub(super) fn publish_post(
        &self,
        work: &Work<'_>,
        photo_ids: &[String],
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Step<Progress>, PlatformError> {
        if !photo_ids.is_empty() && settling.repeats == 0 && work.now - since >= STAGED_FOR {
            return Err(expired("What was to be posted was"));
        }
        let attached = json!(photo_ids.iter().map(|id| json!({ "media_fbid": id })).collect::<Vec<_>>()).to_string();
        let caption = work.content.caption.trim();
        let mut fields = Vec::new();
        fields.extend((!photo_ids.is_empty()).then_some(("attached_media", attached.as_str())));
        fields.extend((!caption.is_empty()).then_some(("message", caption)));
        fields.extend(link(work.content).map(|link| ("link", link)));
        let path = format!("{}/feed?fields=id%2Cpermalink_url", work.account.remote_id);
        match self.page(work).publish::<Posted>(&path, &fields) {
            Ok(posted) => Ok(Step::Done(published(posted.id, posted.permalink_url, false, work.now))),
            // A refusal of parameters may mean that the photos have expired, which only pushing them anew mends.
            Err(error) if error.class == ErrorClass::Rejected && settling.repeats == 0 && self.is_a_photo_gone(work, photo_ids) => {
                Err(expired("What was to be posted was"))
            }
            Err(error) => Err(repeating(doubted(error, settling.repeats), settling)),
        }
    }

    pub(super) fn is_a_photo_gone(&self, work: &Work<'_>, photo_ids: &[String]) -> bool {
        let gone = |id: &String| self.page(work).get::<Created>(id, &[("fields", "id")]).is_err_and(|error| error.code == "100/33");
        photo_ids.iter().any(gone)
    }

    pub(super) fn settle_post(
        &self,
        work: &Work<'_>,
        photo_ids: Vec<String>,
        since: DateTime<Utc>,
        settling: Settling,
    ) -> Result<Settled<Progress>, PlatformError> {
        let called = work.called_at.unwrap_or(work.now).timestamp();
        let sought =
            Sought { photo_ids: &photo_ids, text: &work.content.caption, link: link(work.content), app_id: &self.app.app_id, called, taken: work.taken };
        Ok(match likeness::search(self.posts_since(work, called - LOOK_BACK)?, &sought) {
            Search::One(post) => Settled::Published(published(post.id, post.permalink_url, false, work.now)),
            Search::Several => Settled::Unknown(
                "Several posts of the Page look like this one, and Facebook does not say which it is. Look at the Page before posting again.".into(),
            ),
            Search::Nothing if settling.repeats >= MAX_REPEATS => Settled::Unknown(
                "Facebook gave no clear answer to several calls, and the post is not among the Page's posts. Look at the Page before posting again.".into(),
            ),
            // Of what is in doubt too: the post itself may only not be listed yet.
            Search::Nothing | Search::Doubtful if settling.looks == 0 => {
                let again = work.now + between_looks(settling.repeats);
                Settled::LookAgain(Progress::Feed { photo_ids, since, settling: settling.looked() }, again)
            }
            Search::Doubtful => Settled::Unknown(
                "A post of the Page has these words and was made at this time, but Facebook tells another link or other photos of it. Look at the Page before \
                 posting again."
                    .into(),
            ),
            Search::Nothing => Settled::Continue(Progress::Feed { photo_ids, since, settling: settling.repeated() }),
        })
    }

    fn posts_since(&self, work: &Work<'_>, since: i64) -> Result<Vec<Post>, PlatformError> {
        let (path, since) = (format!("{}/published_posts", work.account.remote_id), since.to_string());
        let mut posts: Vec<Post> = Vec::new();
        let mut after = None::<String>;
        // Nobody publishes a thousand posts in the minutes that this looks at.
        for _ in 0..10 {
            let mut fields = vec![("fields", likeness::FIELDS), ("since", since.as_str()), ("limit", "100")];
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

/// "This repeats the previous post" says that an earlier call acted, if there was one. Of a first call it is a plain refusal.
fn repeating(mut error: PlatformError, settling: Settling) -> PlatformError {
    if error.code == "506" && settling.repeats == 0 {
        error.class = ErrorClass::Rejected;
    }
    error
}

/// `options.alt_text` is the text of the first photo, or a list with one for each.
fn alt_text(content: &Content, index: usize) -> Option<&str> {
    let text = match content.options.get("alt_text")? {
        Value::String(text) if index == 0 => text.as_str(),
        Value::Array(texts) => texts.get(index)?.as_str()?,
        _ => return None,
    };
    (content.kind == Kind::Photos && !text.trim().is_empty()).then_some(text)
}

/// `options.link` of a post that is a link.
pub(super) fn link(content: &Content) -> Option<&str> {
    let link = content.options.get("link")?.as_str()?.trim();
    (content.kind == Kind::Link && !link.is_empty()).then_some(link)
}

pub(super) fn unreadable(item: &Item, error: &std::io::Error) -> PlatformError {
    let what = if item.is_video { "video" } else { "photo" };
    PlatformError::new(ErrorClass::Rejected, "media_unreadable", format!("The {what} cannot be read: {error}.")).remedy("Upload the media again.")
}
