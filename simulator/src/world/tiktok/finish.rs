//! How a task ends: its media are in, or could not be had, or somebody stopped it.
//!
//! Always true: a task is finished once; what is stopped never becomes a post, whatever arrives later.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Form, Source,
    task::{Done, PULL_LIMIT, Posting},
};
use crate::{
    clock::delta,
    world::{Now, World, gallery::Piece},
};

/// What TikTok itself takes, in seconds.
const LONGEST: u32 = 600;

/// What was found in the media.
#[derive(Clone, Debug, Default)]
pub struct Media {
    /// SHA-256 of each file, in order.
    pub sha256: Vec<String>,
    /// The bytes of each, as far as they can be kept to be shown.
    pub pieces: Vec<Vec<Piece>>,
    /// Why TikTok will not take them.
    pub flaw: Option<&'static str>,
    pub milliseconds: u64,
    pub width: u32,
    pub height: u32,
}

impl World {
    /// All media of a task are at TikTok since `at`.
    pub fn finish_task(&mut self, publish_id: &str, media: Media, at: Now) {
        let refused = media.flaw.or_else(|| self.too_long(publish_id, media.milliseconds)).or_else(|| self.refused_at_posting(publish_id, at));
        let processed = (!self.settings.never_finishes).then(|| self.processed_at(at));
        let Some(task) = self.tiktok.tasks.get_mut(publish_id).filter(|task| task.done.is_none() && task.stopped.is_none()) else {
            return;
        };
        let Media { sha256, pieces, milliseconds, width, height, .. } = media;
        sha256.iter().zip(pieces).for_each(|(sha256, pieces)| self.gallery.keep(sha256, pieces));
        task.done = Some(Done { at, processed, failure: refused, media: sha256, seconds: milliseconds / 1_000, width, height });
        let (form, privacy) = (task.form, task.info.privacy_level.clone());
        let Some(processed) = processed else {
            return;
        };
        match (refused, form) {
            (Some(reason), _) => self.tell(publish_id, "post.publish.failed", json!({"reason": reason}), processed),
            (None, Form::DraftVideo | Form::DraftPhotos) => self.tell(publish_id, "post.publish.inbox_delivered", json!({}), processed),
            (None, Form::Video | Form::Photos) => {
                self.post(publish_id, &privacy, processed);
            }
        }
    }

    /// A direct post may last as long as its creator may; a draft ten minutes.
    fn too_long(&self, publish_id: &str, milliseconds: u64) -> Option<&'static str> {
        let task = self.tiktok.tasks.get(publish_id)?;
        let creator = self.tiktok.creators.get(&task.open_id)?;
        let most = if task.form.is_draft() { LONGEST } else { creator.max_seconds.min(LONGEST) };
        (milliseconds > u64::from(most) * 1_000).then_some("duration_check_failed")
    }

    /// What the world itself has against a post whose media are good.
    fn refused_at_posting(&self, publish_id: &str, at: Now) -> Option<&'static str> {
        if self.settings.tiktok.fail_reason.is_some() {
            return self.settings.tiktok.fail_reason;
        }
        let task = self.tiktok.tasks.get(publish_id)?;
        let creator = self.tiktok.creators.get(&task.open_id)?;
        if creator.banned {
            return Some("spam_risk_user_banned_from_posting");
        }
        let others = self.tiktok.posts_of_the_day(at).filter(|other| other.open_id == task.open_id && other.publish_id != task.publish_id).count();
        let full = self.settings.quotas && !task.form.is_draft() && others + creator.posts_elsewhere >= creator.posts_per_day;
        full.then_some("spam_risk_too_many_posts")
    }

    /// A post comes into being. Its id.
    pub(super) fn post(&mut self, publish_id: &str, privacy_level: &str, at: Now) -> u64 {
        let id = 7_500_000_000_000_000_000 + self.next() * 1_000_003;
        let told = privacy_level == "PUBLIC_TO_EVERYONE" && self.settings.delivers_public_id;
        let public_from = told.then(|| at.checked_add_signed(delta(self.settings.moderation))).flatten();
        let Some(task) = self.tiktok.tasks.get_mut(publish_id) else {
            return id;
        };
        task.postings.push(Posting { id, at, privacy_level: privacy_level.to_owned(), public_from, public_until: None });
        self.tell(publish_id, "post.publish.complete", json!({}), at);
        if let Some(from) = public_from {
            self.tell(publish_id, "post.publish.publicly_available", json!({"post_id": id}), from);
        }
        id
    }

    /// The bytes of a pull have come, or not: TikTok knows that when the download's time is over.
    pub fn pull_ended(&mut self, publish_id: &str, media: Media, downloaded: u64) {
        let Some(task) = self.tiktok.tasks.get_mut(publish_id) else {
            return;
        };
        let (created, photos) = (task.created, task.form.is_photos());
        let Source::Pull(pull) = &mut task.source else {
            return;
        };
        pull.downloaded = downloaded;
        let failed = if photos { "photo_pull_failed" } else { "video_pull_failed" };
        let (media, takes) = if pull.takes >= PULL_LIMIT { (Media { flaw: Some(failed), ..Media::default() }, PULL_LIMIT) } else { (media, pull.takes) };
        self.finish_task(publish_id, media, created + takes);
    }

    /// Stops a task that is not out yet. False if it is too late.
    pub fn stop_task(&mut self, publish_id: &str, reason: &'static str, now: Now) -> bool {
        let Some(task) = self.tiktok.tasks.get_mut(publish_id) else {
            return false;
        };
        let processed = task.done.as_ref().and_then(|done| done.processed);
        if task.stopped.is_some() || processed.is_some_and(|processed| processed <= now) {
            return false;
        }
        task.stopped = Some((now, reason));
        task.postings.clear();
        self.tiktok.news.retain(|news| news.publish_id.as_deref() != Some(publish_id));
        self.tell(publish_id, "post.publish.failed", json!({"reason": reason}), now);
        true
    }

    /// Whether a pull is still running, with enough left to be stopped.
    pub fn cancellable(&self, publish_id: &str, now: Now) -> bool {
        let Some(task) = self.tiktok.tasks.get(publish_id).filter(|task| task.stopped.is_none()) else {
            return false;
        };
        let Source::Pull(pull) = &task.source else {
            return false;
        };
        // The last tenth is "nearly finished".
        let soon = task.created + pull.takes.min(PULL_LIMIT) - pull.takes / 10;
        if task.done.is_some() { now < soon } else { task.created + TimeDelta::hours(1) > now }
    }
}
