//! Tells on the terminal what becomes of the posts: every step, every link, every file that goes.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use serde_json::Value;

use crate::app::App;
use crate::ids::{AttemptId, JobId, MediaId, PostId};
use crate::kind::Kind;
use crate::model::comment::{self, Comment, CommentState};
use crate::model::job::{Job, JobState};
use crate::model::media::Media;
use crate::model::{account, attempt, job, media};

const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Told {
    attempts: HashSet<AttemptId>,
    links: HashSet<(JobId, String)>,
    media: HashSet<MediaId>,
    comments: HashSet<JobId>,
}

/// Tells until every job has ended, every comment is written and every file is cleared, or nobody wants to see it any more. True if all are out.
pub(super) fn until_done(app: &App, posts: &[PostId], running: &dyn Fn() -> bool) -> anyhow::Result<bool> {
    let mut told = Told::default();
    while running() {
        let (jobs, files, comments) = look(app, posts)?;
        for job in &jobs {
            tell(app, job, &mut told)?;
        }
        for file in files.iter().filter(|file| file.state == "cleared") {
            if told.media.insert(file.id) {
                println!("{} {:<22} {} is out everywhere it was wanted: cleared from disk", stamp(file.cleared_at), "media", file.file_name);
            }
        }
        for said in comments.iter().filter(|said| said.state == CommentState::Posted && told.comments.insert(said.job_id)) {
            println!("{} {:<22} “{}” is written", stamp(said.posted_at), "first comment", said.text);
        }
        let out = jobs.iter().filter(|job| job.state == JobState::Published).count();
        let is_draft = |job: &Job| matches!(job.kind, Kind::DraftVideo | Kind::DraftPhotos);
        let linked = jobs.iter().all(|job| job.permalink.is_some() || job.next_at.is_none() || is_draft(job));
        let said = comments.iter().all(|comment| comment.state != CommentState::Waiting);
        if jobs.iter().all(|job| !job.state.is_live()) && (out < jobs.len() || (told.media.len() == files.len() && linked && said)) {
            let left = std::fs::read_dir(app.store.root())?.filter_map(Result::ok).filter(|entry| entry.path().is_file()).count();
            println!("\n{out} of {} jobs are out; {left} media files are left on disk.", jobs.len());
            return Ok(out == jobs.len());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(false)
}

fn look(app: &App, posts: &[PostId]) -> rusqlite::Result<(Vec<Job>, Vec<Media>, Vec<Comment>)> {
    app.db.read(|db| {
        let (mut jobs, mut files, mut comments) = (Vec::new(), Vec::new(), Vec::new());
        for post in posts {
            jobs.extend(job::of_post(db, *post)?);
            files.extend(media::of_post(db, *post)?);
            comments.extend(comment::of_post(db, *post)?);
        }
        Ok((jobs, files, comments))
    })
}

fn tell(app: &App, job: &Job, told: &mut Told) -> anyhow::Result<()> {
    let (attempts, account) = app.db.read(|db| Ok::<_, rusqlite::Error>((attempt::of_job(db, job.id)?, account::get(db, job.account_id)?)))?;
    let who = format!("{} {}", job.platform.name(), job.kind.name());
    for attempt in attempts.iter().filter(|attempt| attempt.finished_at.is_some()) {
        if told.attempts.insert(attempt.id) {
            let outcome = attempt.outcome.as_deref().unwrap_or_default();
            let more = attempt.message.as_deref().unwrap_or_default();
            println!("{} {who:<22} {}: {outcome} {more}", stamp(attempt.finished_at), attempt.step);
        }
    }
    if job.state == JobState::Published
        && let Some(link) = &job.permalink
        && told.links.insert((job.id, link.clone()))
    {
        let name = account.map(|account| account_name(&account.display_name, &account.username)).unwrap_or_default();
        println!("{} {who:<22} PUBLISHED on {name}: {link}", stamp(job.published_at));
    }
    Ok(())
}

/// `Name (@username)`, or the one of them that there is.
pub(super) fn account_name(display_name: &str, username: &str) -> String {
    match (display_name, username) {
        (name, "") => name.to_owned(),
        ("", username) => format!("@{username}"),
        (name, username) => format!("{name} (@{username})"),
    }
}

/// A time of the API, on this machine's clock.
pub(super) fn time(value: &Value) -> String {
    let at = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    at.map_or_else(String::new, |at| at.with_timezone(&Local).format("%H:%M:%S").to_string())
}

fn stamp(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| at.with_timezone(&Local).format("%H:%M:%S%.3f").to_string())
}
