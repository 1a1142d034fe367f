//! Composing a post. What is wrong with it comes back beside its field; nothing typed and nothing uploaded is lost on the way.

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::compose_form::{Typed, TypedTarget, kinds, suggestion};
use super::{Face, Page, pictures};
use crate::actions::posts::{self, Schedule};
use crate::actions::{self, FieldProblem, media as media_actions};
use crate::ids::{AccountId, MediaId};
use crate::kind::Platform;
use crate::model::account::{self, Account, Status};
use crate::model::media::{self, Media};
use crate::model::workspace::{Role, Workspace};
use crate::secret;
use crate::web::error::{Error, html, see_other};
use crate::web::upload::file_detail;
use crate::web::visit::Visit;
use crate::web::when;

#[derive(Template)]
#[template(path = "compose.html")]
struct Compose<'a> {
    page: Page,
    typed: &'a Typed,
    files: Vec<File>,
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

struct File {
    id: MediaId,
    name: String,
    detail: String,
    icon: &'static str,
    picture: bool,
    on_disk: bool,
}

struct Target<'a> {
    face: Face,
    typed: &'a TypedTarget,
    kinds: &'static [(&'static str, &'static str)],
    needs_reconnect: bool,
    /// What is wrong here: the field's name within the target, and the sentence.
    problems: Vec<(String, String)>,
}

/// Fields of a target that show their own problem; every other one is shown above them.
const SHOWN: [&str; 4] = ["kind", "caption", "options.privacy_level", "options.commercial"];

impl Target<'_> {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(found, _)| found == field).map(|(_, message)| message.as_str())
    }

    fn others(&self) -> Vec<&str> {
        self.problems.iter().filter(|(field, _)| !SHOWN.contains(&field.as_str())).map(|(_, message)| message.as_str()).collect()
    }
}

/// What the form is made with, read in one go.
struct Ground<'a> {
    visit: &'a Visit,
    workspace: &'a Workspace,
    accounts: Vec<Account>,
    audited: bool,
}

impl Ground<'_> {
    fn read(visit: &Visit) -> Result<Ground<'_>, Error> {
        visit.may(Role::Contributor)?;
        let workspace = visit.workspace()?;
        let accounts = visit.app().db.read(|db| account::list(db, Some(workspace.id), AccountId(0), 100).map_err(Error::from))?;
        Ok(Ground { visit, workspace, accounts, audited: visit.app().config.tiktok.audited })
    }

    fn files(&self, ids: &[MediaId]) -> Result<Vec<Media>, Error> {
        let found =
            self.visit.app().db.read(|db| ids.iter().map(|id| media::in_workspace(db, self.workspace.id, *id)).collect::<rusqlite::Result<Vec<_>>>())?;
        Ok(found.into_iter().flatten().collect())
    }

    fn form(&self, typed: &Typed, problems: Vec<FieldProblem>, twice: Option<[String; 2]>) -> Result<Response, Error> {
        let visit = self.visit;
        let chosen: Vec<AccountId> = self.accounts.iter().zip(&typed.targets).filter(|(_, target)| target.on).map(|(account, _)| account.id).collect();
        let targets = self.accounts.iter().zip(&typed.targets).map(|(account, target)| Target {
            face: Face::of(account),
            typed: target,
            kinds: kinds(account.platform),
            needs_reconnect: account.status == Status::NeedsReconnect,
            problems: of_target(&problems, chosen.iter().position(|id| *id == account.id)),
        });
        let offset = when::when(&visit.app().zones, &self.workspace.time_zone, visit.now, visit.now).offset;
        let refused = !problems.is_empty();
        let mut answer = html(&Compose {
            page: Page::new(visit, "posts", "New post"),
            typed,
            files: self.files(&typed.media)?.iter().map(file).collect(),
            targets: targets.collect(),
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
}

/// A target's problems, told by its place among the chosen ones.
fn of_target(problems: &[FieldProblem], place: Option<usize>) -> Vec<(String, String)> {
    let Some(place) = place else { return Vec::new() };
    let prefix = format!("targets.{place}.");
    problems.iter().filter_map(|problem| Some((problem.field.strip_prefix(&prefix)?.to_owned(), problem.message.clone()))).collect()
}

fn file(media: &Media) -> File {
    File {
        id: media.id,
        name: media.file_name.clone(),
        detail: file_detail(media),
        icon: if media.kind == "video" { "film" } else { "image" },
        picture: pictures::can_be_shown(media),
        on_disk: media.is_ready(),
    }
}

pub fn show(visit: &Visit) -> Result<Response, Error> {
    let ground = Ground::read(visit)?;
    let typed = Typed {
        mode: if visit.may(Role::Publisher).is_ok() { "at" } else { "draft" }.to_owned(),
        at: suggestion(&visit.app().zones, &ground.workspace.time_zone, visit.now),
        once: secret::random_word(),
        targets: ground.accounts.iter().map(|account| TypedTarget::fresh(account.platform, ground.audited)).collect(),
        ..Typed::default()
    };
    ground.form(&typed, Vec::new(), None)
}

pub fn submit(visit: &Visit) -> Result<Response, Error> {
    let ground = Ground::read(visit)?;
    let mut typed = Typed::read(&visit.form, &ground.accounts);
    let mut problems = Vec::new();
    for taken in &visit.files {
        match &taken.stored {
            Ok(id) => typed.media.push(*id),
            Err(why) => problems.push(FieldProblem::new("media", "not_taken", format!("{}: {why}", taken.file_name))),
        }
    }
    if rearranged(visit, &mut typed)? || !problems.is_empty() {
        return ground.form(&typed, problems, None);
    }
    let mut twice = None;
    let schedule = match typed.schedule(&visit.app().zones, &ground.workspace.time_zone) {
        Ok(schedule) => schedule,
        Err(time) => {
            problems.push(time.problem);
            twice = time.twice;
            Schedule::Draft
        }
    };
    if typed.mode != "draft" {
        if let Err(Error::Forbidden(why)) = visit.may(Role::Publisher) {
            problems.push(FieldProblem::new("schedule.at", "not_allowed", format!("{why} Save it as a draft.")));
        }
        problems.extend(typed.undisclosed(&ground.accounts));
    }
    let post = typed.post(&ground.accounts, &ground.files(&typed.media)?, ground.audited, schedule);
    if !problems.is_empty() {
        // Everything that is wrong is told at once.
        problems.extend(posts::check(visit.app(), ground.workspace.id, &post, visit.now)?);
        return ground.form(&typed, problems, twice);
    }
    let written: String = visit.form.iter().filter(|(name, _)| *name != "once").map(|(name, value)| format!("{name}={value}\n")).collect();
    // The same form sent twice makes one post; a form that was changed and sent again makes another.
    let hash = secret::fingerprint(&written);
    let key = format!("form {} {}", typed.once, secret::hex(&hash));
    match posts::create(visit.app(), visit.actor()?, ground.workspace.id, &post, Some((&key, hash)), visit.now) {
        Ok(id) => {
            let done = match post.schedule {
                Schedule::At(_) => "scheduled",
                Schedule::Now => "now",
                Schedule::Draft => "draft",
            };
            Ok(see_other(&format!("/posts/{id}?done={done}")))
        }
        Err(actions::Error::Invalid(problems)) => ground.form(&typed, problems, None),
        Err(actions::Error::Refused(why) | actions::Error::NoRoom(why)) => ground.form(&typed, vec![FieldProblem::new("", "refused", why)], None),
        Err(other) => Err(other.into()),
    }
}

/// The buttons beside a file, for browsers without script: take it away, or move it up.
fn rearranged(visit: &Visit, typed: &mut Typed) -> Result<bool, Error> {
    let named = |button: &str| visit.form.find(button).and_then(|id| id.parse::<MediaId>().ok());
    if let Some(id) = named("remove") {
        typed.media.retain(|kept| *kept != id);
        match media_actions::remove(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now) {
            // Gone already, or another post has it too: it is off this form either way.
            Ok(()) | Err(actions::Error::NotFound(_) | actions::Error::Refused(_)) => return Ok(true),
            Err(other) => return Err(other.into()),
        }
    }
    if let Some(place) = named("earlier").and_then(|id| typed.media.iter().position(|kept| *kept == id)) {
        typed.media.swap(place, place.saturating_sub(1));
        return Ok(true);
    }
    Ok(visit.form.has("upload"))
}
