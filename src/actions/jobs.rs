//! What people decide about a job: whether a post whose outcome nobody could tell is there, and that something is to be tried again.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use super::{Actor, Error};
use crate::app::App;
use crate::ids::{JobId, PostId, WorkspaceId};
use crate::model::job::{self, Job, JobState};
use crate::model::media::rendition;
use crate::model::{audit, comment, media, post};
use crate::platform::Finding;
use crate::rehearsal;

/// What a person saw on the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is there; perhaps with its link.
    There { permalink: Option<String> },
    /// It is not: publish it again.
    NotThere,
}

const MEDIA_GONE: &str = "The media of this post was cleared meanwhile. Make the post again with its files.";

/// Settles an unconfirmed job by what a person saw.
pub fn confirm(app: &App, actor: Actor, workspace: WorkspaceId, id: JobId, seen: &Seen, now: DateTime<Utc>) -> Result<PostId, Error> {
    if let Seen::There { permalink: Some(link) } = seen
        && !is_web_address(link)
    {
        return Err(Error::invalid("permalink", "invalid", "The link must begin with https:// and lead to the post."));
    }
    let (post, names) = app.db.write(|tx| {
        let job = find(tx, workspace, id)?;
        if job.state != JobState::Unconfirmed {
            return Err(Error::Refused("This is known already: only a post whose outcome nobody could tell can be confirmed.".into()));
        }
        let names = match seen {
            Seen::There { permalink } => {
                job::is_there(tx, id, permalink.as_deref(), now)?;
                if let Some(text) = job.first_comment() {
                    comment::want(tx, id, text, now)?;
                }
                media::clear_unneeded(tx, job.post_id, now)?
            }
            Seen::NotThere => {
                must_have_media(tx, job.post_id)?;
                job::publish_again(tx, id, now)?;
                rendition::want_again(tx, job.post_id, now)?;
                Vec::new()
            }
        };
        let detail = if *seen == Seen::NotThere { "not there, publish again" } else { "there" };
        audit::note(tx, Some(workspace), &actor.to_string(), "job.confirm", &id.to_string(), detail, now)?;
        Ok::<_, Error>((job.post_id, names))
    })?;
    for name in names {
        app.store.remove(&name)?;
    }
    app.publisher.wake();
    Ok(post)
}

fn is_web_address(link: &str) -> bool {
    link.len() <= 2048 && url::Url::parse(link).is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some())
}

/// Begins a post's failed and missed jobs anew, due now.
pub fn retry(app: &App, actor: Actor, workspace: WorkspaceId, id: PostId, now: DateTime<Utc>) -> Result<(), Error> {
    app.db.write(|tx| {
        post::in_workspace(tx, workspace, id)?.ok_or(Error::NotFound("post"))?;
        let jobs = job::of_post(tx, id)?;
        if !jobs.iter().any(|job| matches!(job.state, JobState::Failed | JobState::Missed)) {
            let unconfirmed = jobs.iter().any(|job| job.state == JobState::Unconfirmed);
            return Err(Error::Refused(if unconfirmed {
                "Nobody could tell whether this post is out. Look at the account, then say whether it is there.".into()
            } else {
                "Nothing of this post has failed or was missed, so there is nothing to try again.".into()
            }));
        }
        must_have_media(tx, id)?;
        job::retry(tx, id, now)?;
        rendition::want_again(tx, id, now)?;
        Ok(audit::note(tx, Some(workspace), &actor.to_string(), "post.retry", &id.to_string(), "", now)?)
    })?;
    app.publisher.wake();
    Ok(())
}

/// Makes a scheduled post due now.
pub fn publish_now(app: &App, actor: Actor, workspace: WorkspaceId, id: PostId, now: DateTime<Utc>) -> Result<(), Error> {
    app.db.write(|tx| {
        post::in_workspace(tx, workspace, id)?.ok_or(Error::NotFound("post"))?;
        if job::publish_now(tx, id, now)? == 0 {
            return Err(Error::Refused("Nothing of this post waits for its time.".into()));
        }
        Ok(audit::note(tx, Some(workspace), &actor.to_string(), "post.publish_now", &id.to_string(), "", now)?)
    })?;
    app.publisher.wake();
    Ok(())
}

/// Tries a first comment again that failed, or that a person looked for and did not find.
pub fn retry_comment(app: &App, actor: Actor, workspace: WorkspaceId, id: JobId, now: DateTime<Utc>) -> Result<PostId, Error> {
    let post = app.db.write(|tx| {
        let job = find(tx, workspace, id)?;
        if !comment::retry(tx, id, now)? {
            return Err(Error::Refused("This post has no first comment that failed.".into()));
        }
        audit::note(tx, Some(workspace), &actor.to_string(), "job.retry_comment", &id.to_string(), "", now)?;
        Ok::<_, Error>(job.post_id)
    })?;
    app.publisher.wake();
    Ok(post)
}

/// Tries the jobs of a post without posting: those that are still to go out.
pub fn rehearse(app: &App, workspace: WorkspaceId, id: PostId, now: DateTime<Utc>) -> Result<Vec<(Job, Vec<Finding>)>, Error> {
    let jobs = app.db.read(|db| {
        post::in_workspace(db, workspace, id)?.ok_or(Error::NotFound("post"))?;
        Ok::<_, Error>(job::of_post(db, id)?)
    })?;
    let ahead: Vec<Job> =
        jobs.into_iter().filter(|job| matches!(job.state, JobState::Draft | JobState::Scheduled | JobState::Failed | JobState::Missed)).collect();
    if ahead.is_empty() {
        return Err(Error::Refused("This post is on its way already, or has ended: there is nothing to rehearse.".into()));
    }
    let tried = ahead.into_iter().map(|job| rehearsal::rehearse(app.installation(), &job, now).map(|findings| (job, findings)));
    Ok(tried.collect::<rusqlite::Result<Vec<_>>>()?)
}

fn find(tx: &Transaction<'_>, workspace: WorkspaceId, id: JobId) -> Result<Job, Error> {
    job::in_workspace(tx, workspace, id)?.ok_or(Error::NotFound("job"))
}

fn must_have_media(tx: &Transaction<'_>, post: PostId) -> Result<(), Error> {
    if media::of_post(tx, post)?.iter().all(|file| file.is_ready()) { Ok(()) } else { Err(Error::Refused(MEDIA_GONE.into())) }
}
