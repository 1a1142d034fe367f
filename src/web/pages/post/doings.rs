//! What a person can do with a post, each with a sentence that says what it will do; and the handlers behind the buttons.
//!
//! Always true: a button is shown only to those who may press it, and only while it would do something.

use poem::Response;
use poem::http::StatusCode;

use crate::actions::jobs::{self, Seen};
use crate::actions::posts::{self, View};
use crate::actions::{self};
use crate::ids::{JobId, PostId};
use crate::model::job::{Job, JobState};
use crate::model::workspace::Role;
use crate::web::error::{Error, see_other};
use crate::web::visit::Visit;

/// One button.
pub struct Doing {
    pub path: String,
    pub label: &'static str,
    pub icon: &'static str,
    pub tone: &'static str,
    pub says: String,
}

/// What can be done with the post as it stands, cancelling aside.
pub fn of(visit: &Visit, view: &View) -> Vec<Doing> {
    let mut doings = Vec::new();
    let count = |wanted: &dyn Fn(&Job) -> bool| view.jobs.iter().filter(|job| wanted(job)).count();
    let mut add = |path: &str, label, icon, tone, says: String| doings.push(Doing { path: format!("/posts/{}/{path}", view.post.id), label, icon, tone, says });
    if visit.may(Role::Publisher).is_ok() {
        let again = count(&|job| matches!(job.state, JobState::Failed | JobState::Missed) && !job.unsettled);
        if again > 0 && view.media.iter().all(|file| file.is_ready()) {
            let says = format!("Begins anew, now, on {}. What is out already stays as it is.", accounts(again, "where it failed or was missed"));
            add("retry", "Try again now", "rotate-ccw", "primary", says);
        }
        let ahead = count(&|job| job.state.is_live() && job.publish_at.is_some_and(|at| at > visit.now) && !job.unsettled && job.called_at.is_none());
        if ahead > 0 {
            let says = format!("Goes out as soon as it is ready, instead of at its time, on {}.", accounts(ahead, "that it is planned for"));
            add("publish-now", "Publish now", "zap", "", says);
        }
    }
    if visit.may(Role::Contributor).is_ok() {
        let to_try = count(&|job| matches!(job.state, JobState::Draft | JobState::Scheduled | JobState::Failed | JobState::Missed));
        if to_try > 0 {
            let says = "Tries everything without posting: access, permissions, limits, the files and their address. It takes some seconds.";
            add("rehearse", "Rehearse now", "list-checks", "", says.into());
        }
    }
    doings
}

fn accounts(count: usize, which: &str) -> String {
    if count == 1 { format!("the account {which}") } else { format!("the {count} accounts {which}") }
}

/// How many jobs cancelling would end; none: there is nothing to cancel, or the person may not.
pub fn can_cancel(visit: &Visit, jobs: &[Job]) -> Option<usize> {
    use JobState::{Draft, Failed, Missed, Publishing, Scheduled};
    let can_end = |job: &&Job| matches!(job.state, Draft | Scheduled | Publishing | Missed | Failed) && !job.unsettled && job.called_at.is_none();
    let ends = jobs.iter().filter(can_end).count();
    (ends > 0 && visit.may(Role::Publisher).is_ok()).then_some(ends)
}

pub fn cancel(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: PostId = visit.param("id", "post")?;
    posts::cancel(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{id}?done=cancelled")))
}

pub fn retry(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: PostId = visit.param("id", "post")?;
    jobs::retry(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{id}?done=again")))
}

pub fn publish_now(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: PostId = visit.param("id", "post")?;
    jobs::publish_now(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{id}?done=now")))
}

pub fn rehearse(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Contributor)?;
    let id: PostId = visit.param("id", "post")?;
    jobs::rehearse(visit.app(), visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{id}?done=rehearsed")))
}

/// What a person saw on the account. An answer that cannot be taken comes back with the page, and what was typed stays.
pub fn confirm(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: JobId = visit.param("id", "job")?;
    let link = visit.form.get("permalink").trim();
    let seen = match visit.form.get("seen") {
        "there" => Seen::There { permalink: (!link.is_empty()).then(|| link.to_owned()) },
        "not-there" => Seen::NotThere,
        _ => return Err(Error::BadRequest("Say whether the post is there.".into())),
    };
    match jobs::confirm(visit.app(), visit.actor()?, visit.workspace()?.id, id, &seen, visit.now) {
        Ok(post) => Ok(see_other(&format!("/posts/{post}?done={}", if seen == Seen::NotThere { "again" } else { "there" }))),
        Err(actions::Error::Invalid(problems)) => {
            let why = problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(" ");
            let mut answer = super::show_job(visit, id, link, why)?;
            answer.set_status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(answer)
        }
        Err(other) => Err(other.into()),
    }
}

pub fn retry_comment(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: JobId = visit.param("id", "job")?;
    let post = jobs::retry_comment(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{post}?done=comment")))
}
