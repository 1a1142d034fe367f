//! Composing a post. What is wrong with it comes back beside its field; nothing typed and nothing uploaded is lost on the way.
//!
//! Always true: the form works without script. What TikTok lets its creators do is asked while the form is made, and the form never waits long for it.

mod creator;
mod form;
mod kinds;
mod tags;
mod target;
mod typed;

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;

use self::form::{of_target, spot};
use self::target::TypedTarget;
use self::typed::{Typed, suggestion};
use super::Page;
use crate::actions::posts::{self, NewPost, Schedule};
use crate::actions::{self, FieldProblem, accounts as account_actions, media as media_actions};
use crate::ids::{AccountId, MediaId, PostId};
use crate::model::account::{self, Account};
use crate::model::media::{self, Media};
use crate::model::workspace::{Role, Workspace};
use crate::platform::Remedy;
use crate::secret;
use crate::web::error::{Error, see_other};
use crate::web::visit::Visit;

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

    /// With the creators' settings of this moment.
    fn asked(visit: &Visit) -> Result<Ground<'_>, Error> {
        let ground = Ground::read(visit)?;
        let accounts = account_actions::as_of_now(&visit.edge.app, ground.accounts, visit.now);
        Ok(Ground { accounts, ..ground })
    }

    fn files(&self, ids: &[MediaId]) -> Result<Vec<Media>, Error> {
        let found =
            self.visit.app().db.read(|db| ids.iter().map(|id| media::in_workspace(db, self.workspace.id, *id)).collect::<rusqlite::Result<Vec<_>>>())?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The post that the form describes, with everything that is wrong with it.
    fn described(&self, typed: &mut Typed) -> Result<Described, Error> {
        let (mut problems, mut twice) = (Vec::new(), None);
        let schedule = match typed.schedule(&self.visit.app().zones, &self.workspace.time_zone) {
            Ok(schedule) => schedule,
            Err(time) => {
                problems.push(time.problem);
                twice = time.twice;
                Schedule::Draft
            }
        };
        let files = self.files(&typed.media)?;
        if typed.mode != "draft" {
            if let Err(Error::Forbidden(why)) = self.visit.may(Role::Publisher) {
                problems.push(FieldProblem::new("schedule.at", "not_allowed", format!("{why} Save it as a draft.")));
            }
            problems.extend(typed.tiktok_problems(&self.accounts, &files, self.audited));
        }
        let (post, misread) = typed.post(&self.accounts, &files, self.audited, schedule);
        problems.extend(misread);
        Ok(Described { post, problems, twice })
    }

    /// The form that describes this post, for composing it anew.
    fn of_post(&self, id: PostId, typed: &mut Typed) -> Result<(), Error> {
        let view = posts::view(self.visit.app(), self.workspace.id, id)?;
        let files: Vec<&Media> = view.media.iter().filter(|file| file.is_ready()).collect();
        typed.caption = view.post.caption;
        typed.media = files.iter().map(|file| file.id).collect();
        for job in &view.jobs {
            if let Some((_, target)) = self.accounts.iter().zip(&mut typed.targets).find(|(account, _)| account.id == job.account_id) {
                *target = TypedTarget::of_job(job.kind, job.caption.as_deref(), &job.options, job.adjust);
            }
            let texts = view.media.iter().map(|file| file.id).zip(target::alt_texts(&job.options));
            typed.alt_texts.extend(texts.filter(|(_, text)| !text.is_empty()).map(|(id, text)| (id, text.to_owned())));
        }
        Ok(())
    }
}

struct Described {
    post: NewPost,
    problems: Vec<FieldProblem>,
    /// The offsets of a wall time that happens twice.
    twice: Option<[String; 2]>,
}

/// An empty form, or with `?from=` one that is filled in as another post was.
pub fn show(visit: &Visit) -> Result<Response, Error> {
    let ground = Ground::asked(visit)?;
    let mut typed = Typed {
        mode: if visit.may(Role::Publisher).is_ok() { "at" } else { "draft" }.to_owned(),
        at: suggestion(&visit.app().zones, &ground.workspace.time_zone, visit.now),
        once: secret::random_word(),
        targets: ground.accounts.iter().map(|_| TypedTarget::fresh()).collect(),
        ..Typed::default()
    };
    if let Some(from) = visit.query.find("from") {
        ground.of_post(from.parse().map_err(|_| Error::NotFound("post"))?, &mut typed)?;
    }
    ground.form(&typed, Vec::new(), None)
}

pub fn submit(visit: &Visit) -> Result<Response, Error> {
    let ground = Ground::asked(visit)?;
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
    let Described { post, mut problems, twice } = ground.described(&mut typed)?;
    if !problems.is_empty() {
        // Everything that is wrong is told at once.
        problems.extend(posts::check(visit.app(), ground.workspace.id, &post, visit.now)?.problems);
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

/// What is wrong with the form as it stands, for its script: each problem with its account and the spot where the form shows it.
pub fn check(visit: &Visit) -> Result<Response, Error> {
    let ground = Ground::read(visit)?;
    let mut typed = Typed::read(&visit.form, &ground.accounts);
    let Described { post, mut problems, .. } = ground.described(&mut typed)?;
    let checked = posts::check(visit.app(), ground.workspace.id, &post, visit.now)?;
    problems.extend(checked.problems);
    let files = ground.files(&post.media)?;
    let conversions = checked.conversions.iter().filter_map(|(place, id, recipe)| {
        let file = files.iter().find(|file| file.id == *id)?;
        Some(json!({ "account": post.targets.get(*place)?.account_id, "media": id, "what": format!("{} is {}.", file.file_name, recipe.in_words()) }))
    });
    let conversions: Vec<serde_json::Value> = conversions.collect();
    let of_targets = post.targets.iter().enumerate().flat_map(|(place, target)| {
        let told = move |(field, problem): (&str, &FieldProblem)| {
            json!({ "account": target.account_id, "spot": spot(field), "field": field, "code": problem.code, "message": problem.message, "remedy": cure(problem) })
        };
        of_target(&problems, place).map(told).collect::<Vec<_>>()
    });
    let others = problems.iter().filter(|problem| !problem.field.starts_with("targets."));
    let others = others.map(
        |problem| json!({ "account": null, "spot": "", "field": problem.field, "code": problem.code, "message": problem.message, "remedy": cure(problem) }),
    );
    let body = json!({ "problems": of_targets.chain(others).collect::<Vec<_>>(), "conversions": conversions });
    Ok(Response::builder().status(StatusCode::OK).content_type("application/json").body(body.to_string()))
}

/// What would cure a problem, for the script; null where nothing would.
fn cure(problem: &FieldProblem) -> Option<Remedy> {
    (!problem.remedy.is_none()).then_some(problem.remedy)
}

/// The buttons beside a file, for browsers without script: take it away, or move it up; and the one for another row of tags.
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
    Ok(visit.form.has("upload") || visit.form.has("more"))
}
