//! One job on the post's page: where it stands, what it waits for and what a person can do, in plain words.
//!
//! Always true: whatever a platform gave as a link is shown as one only if it is a web address.

use std::collections::HashMap;

use super::rehearsed::{self, Rehearsed};
use super::tried::{self, Try};
use crate::actions::posts::View;
use crate::ids::{AccountId, JobId};
use crate::kind::{Kind, Login};
use crate::media::rendition::Recipe;
use crate::model::account::Account;
use crate::model::attempt::Attempt;
use crate::model::comment::{Comment, CommentState};
use crate::model::job::{Job, JobState, LIMIT, LastError, NEEDS_RECONNECT};
use crate::model::media::rendition::{MEDIA, Rendition, State};
use crate::web::pages::{Face, Shown, shown_state};
use crate::web::when::When;

/// What the job's card shows.
pub struct JobView {
    pub id: JobId,
    pub face: Option<Face>,
    pub platform: &'static str,
    pub kind: &'static str,
    pub state: Shown,
    /// Where it stands and what happens next.
    pub words: String,
    /// Empty where nothing is waited for.
    pub tone: &'static str,
    /// The login to connect again with, where the account waits for that.
    pub reconnect: Option<Login>,
    pub caption: Option<String>,
    /// A draft's words, to be copied on the phone: TikTok does not take them along.
    pub copy: Option<String>,
    pub permalink: Option<String>,
    pub published_at: Option<When>,
    pub is_draft: bool,
    pub error: Option<LastError>,
    pub comment: Option<CommentView>,
    pub rehearsed: Option<Rehearsed>,
    pub unconfirmed: Option<Unconfirmed>,
    pub attempts: Vec<Try>,
    /// The copies of files that are converted for it.
    pub copies: Vec<Copy>,
}

/// A converted copy of a file: of which one, what is done to it, and how far that is.
pub struct Copy {
    pub file: String,
    pub what: String,
    pub state: String,
    /// While it is made.
    pub percent: Option<u8>,
    pub trouble: Option<String>,
}

impl Copy {
    fn of(rendition: &Rendition, view: &View) -> Copy {
        let file = view.media.iter().find(|file| file.id == rendition.media_id).map(|file| file.file_name.clone()).unwrap_or_default();
        let state = match rendition.state {
            State::Waiting if rendition.error.is_some() => "tried again soon".to_owned(),
            State::Waiting => "begins soon".to_owned(),
            State::Making => format!("{} %", rendition.progress),
            State::Ready => bytesize::ByteSize(rendition.bytes).display().si().to_string(),
            State::Failed => "could not be made".to_owned(),
            State::Cleared => "cleared".to_owned(),
        };
        Copy {
            file,
            what: rendition.recipe.as_ref().map(Recipe::in_words).unwrap_or_default(),
            state,
            percent: (rendition.state == State::Making).then_some(rendition.progress),
            trouble: rendition.error.as_ref().filter(|_| rendition.state == State::Waiting).map(|trouble| trouble.message.clone()),
        }
    }
}

/// The two answers that a person can give, and what was typed already.
#[derive(Default)]
pub struct Unconfirmed {
    pub link: String,
    pub problem: Option<String>,
}

pub struct CommentView {
    pub text: String,
    pub state: Shown,
    pub words: String,
    pub error: Option<LastError>,
    /// Says what pressing the button does; none where there is nothing to try again.
    pub again: Option<&'static str>,
}

/// What a job is shown with.
pub struct Around<'a> {
    pub view: &'a View,
    pub accounts: &'a HashMap<AccountId, Account>,
    pub attempts: &'a HashMap<JobId, Vec<Attempt>>,
    /// A moment in the workspace's zone.
    pub at: &'a dyn Fn(chrono::DateTime<chrono::Utc>) -> When,
    pub now: chrono::DateTime<chrono::Utc>,
    pub may_publish: bool,
    /// The answer that was just refused: the job, what was typed, and why.
    pub refused: Option<&'a (JobId, String, String)>,
}

impl JobView {
    pub fn of(job: &Job, around: &Around<'_>) -> JobView {
        let account = around.accounts.get(&job.account_id);
        let next = job.next_at.map(around.at).map(|next| format!("{} ({})", next.text, next.relative)).unwrap_or_default();
        let is_draft = matches!(job.kind, Kind::DraftVideo | Kind::DraftPhotos);
        let unconfirmed = (job.state == JobState::Unconfirmed && around.may_publish).then(|| match around.refused {
            Some((refused, link, problem)) if *refused == job.id => Unconfirmed { link: link.clone(), problem: Some(problem.clone()) },
            _ => Unconfirmed::default(),
        });
        let words = words(job, &next, around.now);
        let held = job.held_by.as_deref() == Some(NEEDS_RECONNECT) && job.state.is_live();
        JobView {
            id: job.id,
            face: account.map(Face::of),
            platform: job.platform.name(),
            kind: job.kind.name(),
            state: if is_draft && job.state == JobState::Published && job.permalink.is_none() { IN_THE_INBOX } else { shown_state(job.state) },
            tone: match job.state {
                _ if held => "warn",
                JobState::Unconfirmed => "warn",
                state if state.is_live() => "info",
                _ => "",
            },
            words,
            reconnect: account.filter(|_| held && around.may_publish).map(|account| account.login),
            caption: job.caption.clone(),
            copy: (job.kind == Kind::DraftVideo)
                .then(|| job.caption.clone().unwrap_or_else(|| around.view.post.caption.clone()))
                .filter(|text| !text.is_empty()),
            permalink: job.permalink.clone().filter(|link| link.starts_with("https://") || link.starts_with("http://")),
            published_at: job.published_at.filter(|_| job.state == JobState::Published).map(around.at),
            is_draft,
            // A limit's sentence is part of the words already.
            error: job.last_error.clone().filter(|_| !is_waiting_for_limit(job, around.now)),
            comment: comment(job, around.view.comment(job.id), around),
            rehearsed: around.view.rehearsal(job.id).map(|found| rehearsed::of(found, job, account, around)),
            unconfirmed,
            copies: around.view.renditions(job.id).map(|rendition| Copy::of(rendition, around.view)).collect(),
            attempts: around.attempts.get(&job.id).map(|tries| tried::all(tries, around.at)).unwrap_or_default(),
        }
    }
}

fn is_waiting_for_limit(job: &Job, now: chrono::DateTime<chrono::Utc>) -> bool {
    let by_limit = job.held_by.as_deref().is_some_and(|by| by == LIMIT || by.strip_prefix(LIMIT).is_some_and(|rest| rest.starts_with(':')));
    by_limit && job.state.is_live() && !job.is_leased && job.next_at.is_some_and(|at| at > now)
}

/// Where a job stands and what happens next. `next` is when the engine looks next.
fn words(job: &Job, next: &str, now: chrono::DateTime<chrono::Utc>) -> String {
    if job.state.is_live() {
        match job.held_by.as_deref() {
            Some(NEEDS_RECONNECT) => return "Waits until the account is connected again; then it goes on by itself.".into(),
            Some(MEDIA) => return "Its files are being converted for the platform; then it goes on by itself.".into(),
            Some(_) if is_waiting_for_limit(job, now) => {
                match job.held_by.as_deref() {
                    Some("limit:spacing") => return format!("Late, like others of this account: they go out half a minute apart. This one goes out {next}."),
                    Some("limit:account") => {
                        return format!("The platform has blocked the account for a while: nothing of it is sent before then. It goes on by itself, {next}.");
                    }
                    _ => {}
                }
                let why = job.last_error.as_ref().map_or("The account has used up what the platform allows for now.", |error| error.message.as_str());
                return format!("Waits for a limit of the platform: {why} It goes on by itself, {next}.");
            }
            Some(by) if !by.starts_with(LIMIT) => return format!("Waits: {by}."),
            _ => {}
        }
    }
    match job.state {
        JobState::Draft => "A draft: nothing happens with it until it is scheduled.".into(),
        JobState::Scheduled => format!("Preparation begins {next}."),
        JobState::Publishing if job.unsettled && !job.is_leased => {
            format!("The last call had no clear answer. The platform is asked what became of it, {next}; it is not called again before that is known.")
        }
        JobState::Publishing if job.is_leased && job.unsettled => "The last call is being made, or asked about.".into(),
        JobState::Publishing if job.is_leased && !job.step.is_empty() => format!("At work: {}.", job.step),
        JobState::Publishing if job.is_leased => "At work.".into(),
        JobState::Publishing if job.tries > 0 => format!("Tries again {next}."),
        JobState::Publishing if job.irreversible => format!("Everything is ready; goes out {next}."),
        JobState::Publishing => format!("Looks again {next}."),
        JobState::Published => String::new(),
        JobState::Failed => "It failed, and is not tried again by itself.".into(),
        JobState::Cancelled => "Cancelled: it does not go out.".into(),
        JobState::Missed => "Its time passed while nothing could be sent, so it was not sent late.".into(),
        JobState::Unconfirmed => format!(
            "It may be out. {}'s answer to the last call was lost, and asking could not settle it. Look at the account, then say which it is: it is not called again \
             before you do.",
            job.platform.name()
        ),
    }
}

/// The first comment: as its row has it, or as the post wants it while there is no row yet.
fn comment(job: &Job, row: Option<&Comment>, around: &Around<'_>) -> Option<CommentView> {
    let Some(row) = row else {
        let text = job.options.get("first_comment")?.as_str().filter(|text| !text.trim().is_empty())?;
        let waits = job.state.is_live() || matches!(job.state, JobState::Draft | JobState::Published);
        let words = if waits { "Is written as soon as the post is out." } else { "Is not written: the post is not out." };
        return Some(CommentView { text: text.to_owned(), state: WAITS, words: words.into(), error: None, again: None });
    };
    let next = row.next_at.map(around.at).map(|next| next.relative).unwrap_or_default();
    let (state, words, again) = match row.state {
        CommentState::Waiting if row.unsettled => (WAITS, format!("The call had no clear answer; the post is looked at for it, {next}."), None),
        CommentState::Waiting if row.tries > 0 => (WAITS, format!("Is tried again, {next}."), None),
        CommentState::Waiting => (WAITS, "Is written next.".into(), None),
        CommentState::Posted => {
            let at = row.posted_at.map(around.at).map(|at| format!("Written {}, {} {}.", at.relative, at.text, at.offset));
            (Shown { label: "Written", icon: "circle-check", tone: "good" }, at.unwrap_or_default(), None)
        }
        CommentState::Failed => {
            let shown = Shown { label: "Not written", icon: "circle-x", tone: "bad" };
            (shown, "The post itself is out and stays as it is.".into(), Some("Writes the comment once more; the post stays as it is."))
        }
        CommentState::Unconfirmed => {
            let shown = Shown { label: "Unconfirmed", icon: "circle-question-mark", tone: "warn" };
            let words = "It may be there: the call had no clear answer, and looking could not tell. Look at the post first.";
            (shown, words.into(), Some("Only if it is not there: writes the comment once more. If it is there, it would stand there twice."))
        }
    };
    let error = row.last_error.clone().filter(|_| row.state != CommentState::Posted);
    Some(CommentView { text: row.text.clone(), state, words, error, again: again.filter(|_| around.may_publish) })
}

/// A draft is no post before its creator makes it one.
const IN_THE_INBOX: Shown = Shown { label: "In the inbox", icon: "circle-check", tone: "good" };
const WAITS: Shown = Shown { label: "Waits", icon: "clock", tone: "info" };

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use serde_json::Map;

    use super::*;
    use crate::ids::{PostId, WorkspaceId};
    use crate::kind::Platform;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn job(state: JobState) -> Job {
        Job {
            id: JobId(1),
            post_id: PostId(1),
            account_id: AccountId(1),
            workspace_id: WorkspaceId(1),
            platform: Platform::Tiktok,
            kind: Kind::Video,
            caption: None,
            options: Map::new(),
            adjust: Default::default(),
            state,
            held_by: None,
            publish_at: Some(now()),
            next_at: Some(now() + TimeDelta::hours(1)),
            progress_sealed: None,
            step: "open upload".into(),
            irreversible: false,
            long: false,
            unsettled: false,
            called_at: None,
            is_leased: false,
            tries: 0,
            reposts: 0,
            remote_id: None,
            permalink: None,
            published_at: None,
            last_error: None,
        }
    }

    fn held(by: &str) -> Job {
        let error = LastError { class: "limit_reached".into(), code: "x".into(), message: "6 a minute.".into(), remedy: String::new(), trace_id: None };
        Job { held_by: Some(by.into()), last_error: Some(error), ..job(JobState::Publishing) }
    }

    #[test]
    fn every_state_is_told_in_words() {
        use JobState::{Cancelled, Draft, Failed, Missed, Publishing, Scheduled, Unconfirmed};
        for (job, says) in [
            (job(Draft), "until it is scheduled"),
            (job(Scheduled), "Preparation begins NEXT."),
            (job(Publishing), "Looks again NEXT."),
            (Job { is_leased: true, ..job(Publishing) }, "At work: open upload."),
            (Job { tries: 2, ..job(Publishing) }, "Tries again NEXT."),
            (Job { irreversible: true, ..job(Publishing) }, "Everything is ready; goes out NEXT."),
            (Job { irreversible: true, unsettled: true, ..job(Publishing) }, "no clear answer"),
            (Job { irreversible: true, unsettled: true, is_leased: true, ..job(Publishing) }, "is being made"),
            (job(Failed), "is not tried again by itself"),
            (job(Cancelled), "does not go out"),
            (job(Missed), "was not sent late"),
            (job(Unconfirmed), "TikTok's answer to the last call was lost"),
            (held("needs_reconnect"), "connected again"),
            (held("limit:tiktok_inits"), "Waits for a limit of the platform: 6 a minute. It goes on by itself, NEXT."),
            (held("limit"), "6 a minute."),
            (Job { last_error: None, ..held("limit") }, "used up"),
            (held("limit:spacing"), "half a minute apart"),
            (held("limit:account"), "has blocked the account"),
            // The word stays until the post is out; once the window is open, it is no reason any more.
            (Job { next_at: Some(now()), ..held("limit") }, "Looks again NEXT."),
            (Job { is_leased: true, ..held("limit:tiktok_inits") }, "At work"),
            (held("approval"), "Waits: approval."),
            (Job { state: Failed, ..held("needs_reconnect") }, "is not tried again by itself"),
        ] {
            let told = words(&job, "NEXT", now());
            assert!(told.contains(says), "{says}: {told}");
        }
        assert_eq!(words(&job(JobState::Published), "NEXT", now()), "", "its time and link say it");
    }
}
