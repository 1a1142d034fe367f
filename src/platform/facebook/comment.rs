//! First comments, as the Page.
//!
//! Invariants: a comment is found by its exact words and its author, among all comments; a read that fails, or that does not tell who wrote the same
//! words, is no answer. Videos and reels take comments under their post's id or their own: the other one is tried only after a clear refusal.

use super::wire::{Comment, Video};
use super::{Facebook, SPEAKER};
use crate::kind::Kind;
use crate::platform::meta::wire::{Created, Id, List, normalised};
use crate::platform::{ErrorClass, PlatformError, Work};

/// Comments are read up to this many pages of fifty.
const MAX_PAGES: usize = 20;
const UNSEEN: &str = "100/33";

impl Facebook {
    pub(super) fn post_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<String, PlatformError> {
        let mut refused = None;
        for id in self.places(work, remote_id)? {
            match self.page(work).publish::<Created>(&format!("{id}/comments"), &[("message", text)]) {
                Ok(created) => return Ok(created.id.into_string()),
                Err(error) if error.code == UNSEEN && error.class != ErrorClass::UnknownOutcome => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| PlatformError::bug("a comment without a post")))
    }

    pub(super) fn search_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<Option<String>, PlatformError> {
        for (index, id) in self.places(work, remote_id)?.iter().enumerate() {
            match self.comment_under(work, id, text) {
                Ok(None) => {}
                // What cannot be read under its second name was not commented on under it.
                Err(error) if index > 0 && error.code == UNSEEN => {}
                found => return found,
            }
        }
        Ok(None)
    }

    /// The ids that a comment may stand under, the likelier one first.
    fn places(&self, work: &Work<'_>, remote_id: &str) -> Result<Vec<String>, PlatformError> {
        if !matches!(work.content.kind, Kind::Video | Kind::Reel) {
            return Ok(vec![remote_id.to_owned()]);
        }
        let video: Video = self.page(work).get(remote_id, &[("fields", "post_id")])?;
        let post = video.post_id.map(|id| whole(&work.account.remote_id, &id));
        Ok(post.into_iter().chain([remote_id.to_owned()]).collect())
    }

    fn comment_under(&self, work: &Work<'_>, id: &str, text: &str) -> Result<Option<String>, PlatformError> {
        let (path, text) = (format!("{id}/comments"), normalised(text));
        let mut after = None::<String>;
        for _ in 0..MAX_PAGES {
            let mut fields = vec![("fields", "id,message,from"), ("limit", "50")];
            fields.extend(after.as_deref().map(|after| ("after", after)));
            let list: List<Comment> = self.page(work).get(&path, &fields)?;
            after = list.after().map(str::to_owned);
            for comment in list.data {
                if normalised(comment.message.as_deref().unwrap_or_default()) != text {
                    continue;
                }
                match comment.from {
                    Some(author) if author.id.as_str() == work.account.remote_id => return Ok(Some(comment.id.into_string())),
                    Some(_) => {}
                    None => return Err(untold("Facebook does not tell who wrote a comment with the same words.")),
                }
            }
            if after.is_none() {
                return Ok(None);
            }
        }
        Err(untold("The post has too many comments to find one among them."))
    }
}

/// A post's id is its Page's and its own number; videos tell only the latter.
fn whole(page: &str, post: &Id) -> String {
    if post.as_str().contains('_') { post.as_str().to_owned() } else { format!("{page}_{}", post.as_str()) }
}

fn untold(message: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "comment_untold", message).remedy(format!("Look at the post on {}.", SPEAKER.platform.name()))
}
