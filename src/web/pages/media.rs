//! The files on this server: what each is kept for, when it goes, and how much room there is.

use askama::Template;
use poem::Response;

use super::{Page, pictures};
use crate::actions::{self, disk};
use crate::ids::{MediaId, PostId};
use crate::model::media::usage::{self, Held, Kept};
use crate::model::workspace::Role;
use crate::web::error::{Error, html, see_other};
use crate::web::upload::file_detail;
use crate::web::visit::Visit;
use crate::web::when::{When, when};

const PER_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "media.html")]
struct MediaPage {
    page: Page,
    files: Vec<File>,
    next: Option<MediaId>,
    is_first: bool,
    shares: Vec<Share>,
    used: String,
    quota: String,
    percent: u64,
    room: String,
    free: String,
    may_write: bool,
}

struct Share {
    words: &'static str,
    files: u64,
    size: String,
}

struct File {
    id: MediaId,
    name: String,
    detail: String,
    copies: Option<String>,
    icon: &'static str,
    picture: Option<String>,
    opens: bool,
    kept: &'static str,
    post: Option<PostId>,
    uploaded: When,
    clears_at: Option<When>,
    removable: bool,
}

pub fn list(visit: &Visit) -> Result<Response, Error> {
    let workspace = visit.workspace()?;
    let before: Option<MediaId> = visit.query.get("before").parse().ok();
    let mut held = visit.app().db.read(|db| usage::list(db, Some(workspace.id), false, before, PER_PAGE + 1).map_err(Error::from))?;
    let more = held.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    held.truncate(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let usage = disk::usage(visit.app(), Some(workspace.id))?;
    let size = |bytes: u64| bytesize::ByteSize(bytes).display().si().to_string();
    html(&MediaPage {
        page: Page::new(visit, "media", "Media"),
        next: held.last().filter(|_| more).map(|held| held.media.id),
        is_first: before.is_none(),
        files: held.iter().map(|held| file(visit, held, &workspace.time_zone)).collect(),
        shares: usage.shares.iter().map(|share| Share { words: share.kept.words(), files: share.files, size: size(share.bytes + share.copies) }).collect(),
        used: size(usage.used),
        quota: size(usage.quota),
        percent: (usage.used.saturating_mul(100) / usage.quota.max(1)).min(100),
        room: size(usage.room()),
        free: size(usage.free),
        may_write: visit.may(Role::Contributor).is_ok(),
    })
}

fn file(visit: &Visit, held: &Held, zone: &str) -> File {
    let media = &held.media;
    let at = |at| when(&visit.app().zones, zone, at, visit.now);
    File {
        id: media.id,
        name: media.file_name.clone(),
        detail: file_detail(media),
        copies: (held.copies > 0).then(|| bytesize::ByteSize(held.copies).display().si().to_string()),
        icon: if media.kind == "video" { "film" } else { "image" },
        picture: pictures::small(media),
        opens: pictures::can_be_shown(media),
        kept: held.kept.words(),
        post: held.post,
        uploaded: at(media.created_at),
        clears_at: actions::media::clears_at(visit.app(), media).map(at),
        removable: held.kept == Kept::Unused,
    }
}

/// `POST /media/remove`.
pub fn remove(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Contributor)?;
    let id: MediaId = visit.form.get("id").parse().map_err(|_| Error::NotFound("media"))?;
    actions::media::remove(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other("/media?done=removed"))
}
