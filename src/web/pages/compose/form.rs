//! The compose form as it is shown: what was typed, what can be chosen, and what is wrong beside the field that it is about.

use std::collections::HashMap;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::creator::{Chosen, Creator};
use super::kinds::{self, Choice};
use super::tags::Tag;
use super::target::TypedTarget;
use super::typed::{Typed, UNDISCLOSED};
use super::{Ground, Page};
use crate::actions::FieldProblem;
use crate::ids::{AccountId, MediaId};
use crate::kind::Platform;
use crate::model::account::{Account, Status};
use crate::model::job;
use crate::model::media::Media;
use crate::model::workspace::Role;
use crate::platform::Remedy;
use crate::web::error::{Error, html};
use crate::web::pages::{Face, pictures};
use crate::web::upload::file_detail;
use crate::web::when;

#[derive(Template)]
#[template(path = "compose.html")]
struct Compose<'a> {
    page: Page,
    typed: &'a Typed,
    files: Vec<File<'a>>,
    targets: Vec<Target<'a>>,
    problems: Vec<FieldProblem>,
    /// The offsets of a wall time that happens twice.
    twice: Option<[String; 2]>,
    zone: String,
    offset: String,
    audited: bool,
    drafts_only: bool,
    max_upload: String,
}

impl Compose<'_> {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// What is wrong with the files, whichever one it is.
    fn media_problems(&self) -> Vec<&str> {
        self.problems.iter().filter(|problem| problem.field == "media" || problem.field.starts_with("media.")).map(|p| p.message.as_str()).collect()
    }

    fn has_tiktok(&self) -> bool {
        self.targets.iter().any(|target| target.face.platform == Platform::Tiktok)
    }
}

struct File<'a> {
    id: MediaId,
    name: String,
    detail: String,
    icon: &'static str,
    kind: String,
    picture: Option<String>,
    opens: bool,
    on_disk: bool,
    alt_text: &'a str,
}

struct Target<'a> {
    face: Face,
    typed: &'a TypedTarget,
    kinds: Vec<KindShown>,
    /// Nothing is chosen yet, and the files leave it open.
    is_open: bool,
    needs_reconnect: bool,
    /// TikTok only.
    creator: Creator,
    /// The rows for tags, with an empty one at the end.
    tags: Vec<Tag>,
    /// What is wrong here: the field's name within the target, and the sentence.
    problems: Vec<(String, String)>,
    undisclosed: &'static str,
    /// A file's shape does not fit, or that was dealt with already.
    asks_fit: bool,
    /// A video is too long, or that was dealt with already.
    asks_trim: bool,
}

struct KindShown {
    choice: &'static Choice,
    chosen: bool,
    fits: bool,
    /// What the platform fetches of it, and whether it can.
    fetched: &'static str,
    reachable: bool,
}

/// Where problems are shown, and the API's fields that they have: a field stands also for what lies below it. Every other one is shown above the fields.
const SPOTS: [(&str, &[&str]); 13] = [
    ("kind", &["kind"]),
    ("caption", &["caption"]),
    ("privacy", &["options.privacy_level"]),
    ("interaction", &["options.disable_comment", "options.disable_duet", "options.disable_stitch"]),
    ("commercial", &["options.commercial", "options.brand_content_toggle", "options.brand_organic_toggle"]),
    ("title", &["options.title"]),
    ("link", &["options.link"]),
    ("cover", &["options.video_cover_timestamp_ms", "options.thumb_offset"]),
    ("photo_cover", &["options.photo_cover_index"]),
    ("first_comment", &["options.first_comment"]),
    ("collaborators", &["options.collaborators"]),
    ("location_id", &["options.location_id"]),
    ("tags", &["options.user_tags"]),
];

/// The spot of a field within a target; empty: above the fields.
pub fn spot(field: &str) -> &'static str {
    let stands = |name: &&str| field == *name || field.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.'));
    SPOTS.iter().find(|(_, fields)| fields.iter().any(stands)).map_or("", |(spot, _)| spot)
}

impl Target<'_> {
    /// What is wrong at this spot, in one text.
    fn problem(&self, at: &str) -> String {
        self.problems.iter().filter(|(field, _)| spot(field) == at).map(|(_, message)| message.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn is_wrong(&self, at: &str) -> bool {
        self.problems.iter().any(|(field, _)| spot(field) == at)
    }

    fn others(&self) -> Vec<&str> {
        self.problems.iter().filter(|(field, _)| spot(field).is_empty()).map(|(_, message)| message.as_str()).collect()
    }
}

/// A target's problems, told by its place among the chosen ones.
pub fn of_target(problems: &[FieldProblem], place: usize) -> impl Iterator<Item = (&str, &FieldProblem)> {
    let prefix = format!("targets.{place}.");
    problems.iter().filter_map(move |problem| Some((problem.field.strip_prefix(&prefix)?, problem)))
}

impl Ground<'_> {
    pub fn form(&self, typed: &Typed, problems: Vec<FieldProblem>, twice: Option<[String; 2]>) -> Result<Response, Error> {
        let visit = self.visit;
        let files = self.files(&typed.media)?;
        let waiting = self.waiting_drafts()?;
        let chosen: Vec<AccountId> = self.accounts.iter().zip(&typed.targets).filter(|(_, target)| target.on).map(|(account, _)| account.id).collect();
        let targets = self.accounts.iter().zip(&typed.targets).map(|(account, target)| {
            let place = chosen.iter().position(|id| *id == account.id);
            let wrong: Vec<_> = place.map(|place| of_target(&problems, place).collect()).unwrap_or_default();
            let drafts = waiting.get(&account.id).copied().unwrap_or_default();
            self.target(account, typed, target, &files, drafts, &wrong)
        });
        let targets = targets.collect();
        let offset = when::when(&visit.app().zones, &self.workspace.time_zone, visit.now, visit.now).offset;
        let refused = !problems.is_empty();
        let mut answer = html(&Compose {
            page: Page::new(visit, "posts", "New post"),
            typed,
            files: files.iter().map(|media| file(media, typed)).collect(),
            targets,
            problems,
            twice,
            zone: self.workspace.time_zone.clone(),
            offset,
            audited: self.audited,
            drafts_only: visit.may(Role::Publisher).is_err(),
            max_upload: bytesize::ByteSize(visit.app().config.media.max_upload).to_string(),
        })?;
        if refused {
            answer.set_status(StatusCode::UNPROCESSABLE_ENTITY);
        }
        Ok(answer)
    }

    fn target<'a>(
        &self,
        account: &Account,
        typed: &Typed,
        target: &'a TypedTarget,
        files: &[Media],
        waiting_drafts: u32,
        wrong: &[(&str, &FieldProblem)],
    ) -> Target<'a> {
        let app = self.visit.app();
        let asks = |remedy| wrong.iter().any(|(_, problem)| problem.remedy == remedy);
        let videos = files.iter().filter(|file| file.kind == "video").count();
        let images = files.len() - videos;
        let reachable = app.platforms.can_fetch(account.login, &app.config.server.public_url);
        // Without files everything is still open: what each kind is and takes can be read.
        let kind = if files.is_empty() { target.kind.parse().ok() } else { typed.kind(target, account.platform, self.audited, files) };
        let shown = kinds::choices(account.platform, self.audited).iter().map(|choice| KindShown {
            choice,
            chosen: kind == Some(choice.kind),
            fits: files.is_empty() || choice.files.fit(images, videos),
            fetched: kinds::fetched(choice, account.login),
            reachable,
        });
        let (privacy_level, allow_comment) = (target.privacy_level.as_str(), target.allow_comment);
        let chosen = Chosen { privacy_level, allow_comment, allow_duet: target.allow_duet, allow_stitch: target.allow_stitch };
        Target {
            face: Face::of(account),
            typed: target,
            kinds: shown.collect(),
            is_open: kind.is_none(),
            needs_reconnect: account.status == Status::NeedsReconnect,
            creator: if account.platform == Platform::Tiktok { Creator::of(account, chosen, waiting_drafts) } else { Creator::default() },
            tags: target.tags.iter().cloned().chain([Tag::default()]).collect(),
            problems: wrong.iter().map(|(field, problem)| ((*field).to_owned(), problem.message.clone())).collect(),
            undisclosed: UNDISCLOSED,
            asks_fit: asks(Remedy::Crop) || !target.fit.is_empty(),
            asks_trim: asks(Remedy::Trim) || target.trim,
        }
    }

    /// How many drafts each TikTok account may still have waiting.
    fn waiting_drafts(&self) -> Result<HashMap<AccountId, u32>, Error> {
        let visit = self.visit;
        let since = visit.now - chrono::TimeDelta::days(1);
        let of_tiktok = self.accounts.iter().filter(|account| account.platform == Platform::Tiktok);
        Ok(visit.app().db.read(|db| of_tiktok.map(|account| Ok((account.id, job::drafts_since(db, account.id, since)?))).collect::<rusqlite::Result<_>>())?)
    }
}

fn file<'a>(media: &Media, typed: &'a Typed) -> File<'a> {
    File {
        id: media.id,
        name: media.file_name.clone(),
        detail: file_detail(media),
        icon: if media.kind == "video" { "film" } else { "image" },
        kind: media.kind.clone(),
        picture: pictures::small(media),
        opens: pictures::can_be_shown(media),
        on_disk: media.is_ready(),
        alt_text: typed.alt_text(media.id),
    }
}

#[cfg(test)]
mod tests {
    use super::spot;

    #[test]
    fn a_problem_stands_at_its_field_or_above_them() {
        for (field, expected) in [
            ("kind", "kind"),
            ("options.privacy_level", "privacy"),
            ("options.brand_content_toggle", "commercial"),
            ("options.user_tags", "tags"),
            ("options.user_tags.1.0", "tags"),
            ("options.title_of_another", ""),
            ("options.alt_text.0", ""),
            ("media.0", ""),
            ("account", ""),
        ] {
            assert_eq!(spot(field), expected, "{field}");
        }
    }
}
