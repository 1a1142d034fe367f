//! Containers: made for a file or for a whole post, and filled with bytes where they want them.
//!
//! Invariants: nothing here is visible. The day's limit is asked before anything is staged. Bytes are pushed where the login allows it, and an
//! upload that broke off goes on where it stopped.

use chrono::{DateTime, Utc};

use super::wire::{Condition, Container, ContainerStatus};
use super::{Instagram, NOT_SEEN, Progress, SPEAKER, options, watch};
use crate::kind::{Kind, Login};
use crate::platform::meta::upload::Upload;
use crate::platform::{ErrorClass, Item, PlatformError, Step, Work};
use crate::secret::Secret;

/// A container that was just made; with an address, it waits for its bytes.
pub(super) struct Made {
    pub id: String,
    pub upload_url: Option<Secret>,
}

impl Instagram {
    /// The container of a post of one file.
    pub(super) fn create(&self, work: &Work<'_>, remakes: u32) -> Result<Step<Progress>, PlatformError> {
        let media_type = match work.content.kind {
            Kind::Image => None,
            Kind::Reel => Some("REELS"),
            Kind::Story => Some("STORIES"),
            _ => return Err(PlatformError::bug("this kind of post is not one that can be published to Instagram")),
        };
        let mut fields: Vec<(&str, String)> = media_type.map(|word| ("media_type", word.to_owned())).into_iter().collect();
        fields.extend(options::of_post(work.content));
        match self.make_for_file(work, 0, fields) {
            Ok(Made { id: container, upload_url: Some(upload_url) }) => Ok(Step::Next(Progress::Upload { container, upload_url, since: work.now, remakes })),
            Ok(Made { id: container, upload_url: None }) => {
                Ok(Step::Next(Progress::Processing { container, looks: 0, since: work.now, remakes, children: Vec::new() }))
            }
            Err(error) => Ok(Step::Wait(Progress::Again { remakes: remakes + 1 }, watch::another(error, remakes, work.now)?)),
        }
    }

    /// One call: the container of the file at `index`, with these fields and the file's own.
    pub(super) fn make_for_file(&self, work: &Work<'_>, index: usize, mut fields: Vec<(&str, String)>) -> Result<Made, PlatformError> {
        let item = file(work, index)?;
        let pushed = item.is_video && work.account.login == Login::Facebook;
        fields.push(match item.is_video {
            _ if pushed => ("upload_type", "resumable".into()),
            true => ("video_url", public_url(item)?),
            false => ("image_url", public_url(item)?),
        });
        fields.extend(options::of_file(work.content, index));
        let created = self.make(work, &fields)?;
        let upload_url = match (pushed, created.uri) {
            (false, _) => None,
            (true, Some(uri)) => Some(Secret::new(uri)),
            (true, None) => return Err(PlatformError::new(ErrorClass::Transient, "no_upload_address", "Instagram gave no address for the upload.")),
        };
        if let Some(url) = &upload_url {
            self.target(work, url)?.expected()?;
        }
        Ok(Made { id: created.id.into_string(), upload_url })
    }

    pub(super) fn make(&self, work: &Work<'_>, fields: &[(&str, String)]) -> Result<Container, PlatformError> {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("{}/media", work.account.remote_id);
        self.ahead(work)?.post(&path, &fields)
    }

    fn target<'a>(&'a self, work: &'a Work<'_>, url: &'a Secret) -> Result<Upload<'a>, PlatformError> {
        let Some((_, app)) = &self.facebook else { return Err(PlatformError::bug("an upload without Facebook Login")) };
        Ok(Upload { http: &self.http, speaker: SPEAKER, base_url: &app.upload_url, url, token: &work.access.token })
    }

    /// The bytes of a post's one video.
    pub(super) fn upload(
        &self,
        work: &Work<'_>,
        container: String,
        upload_url: &Secret,
        since: DateTime<Utc>,
        remakes: u32,
    ) -> Result<Step<Progress>, PlatformError> {
        match self.fill(work, 0, &container, upload_url) {
            Ok(()) => Ok(Step::Next(Progress::Processing { container, looks: 0, since, remakes, children: Vec::new() })),
            Err(error) => Ok(Step::Wait(Progress::Again { remakes: remakes + 1 }, watch::another(error, remakes, work.now)?)),
        }
    }

    /// Asks how far the upload got, and sends the rest.
    pub(super) fn fill(&self, work: &Work<'_>, index: usize, container: &str, upload_url: &Secret) -> Result<(), PlatformError> {
        let item = file(work, index)?;
        let status: ContainerStatus = match self.read(work, container, &[("fields", "status_code,status,video_status")]) {
            Ok(status) => status,
            Err(error) if error.code == NOT_SEEN => ContainerStatus::default(),
            Err(error) => return Err(error),
        };
        match status.condition() {
            Condition::Failed(sub, text) => return Err(watch::failed(work, sub, &text)),
            Condition::Expired => return Err(watch::expired()),
            Condition::Finished | Condition::Published => return Ok(()),
            Condition::InProgress => {}
        }
        let sent = status.video_status.unwrap_or_default();
        if sent.is_uploaded() {
            return Ok(());
        }
        let offset = sent.uploading_phase.transferred().filter(|sent| *sent <= item.bytes).unwrap_or(0);
        let pushed = self.target(work, upload_url)?.push(item, offset, work.now);
        // Where it got to is not told for containers everywhere; then only a new one helps.
        let Err(mut error) = pushed else { return Ok(()) };
        error.start_over |= error.code == "OffsetInvalidError";
        // The upload's host does not tell an access that has ended from an upload that went wrong: a read does.
        match error.start_over.then(|| self.condition(work, container)) {
            Some(Err(access)) if access.class == ErrorClass::NeedsReconnect => Err(access),
            _ => Err(error),
        }
    }
}

fn file<'a>(work: &Work<'a>, index: usize) -> Result<&'a Item, PlatformError> {
    work.content.media.get(index).ok_or_else(|| PlatformError::bug("a container without a file"))
}

fn public_url(item: &Item) -> Result<String, PlatformError> {
    item.public_url.clone().ok_or_else(|| {
        PlatformError::new(ErrorClass::Rejected, "needs_public_address", "Instagram fetches this media itself, and this installation has no public address.")
            .remedy("Set server.public_url to an https address that can be reached from outside.")
    })
}
