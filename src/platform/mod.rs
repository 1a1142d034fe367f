//! The platforms. Everything that knows TikTok, Facebook or Instagram lives below this folder, and nothing else does.
//!
//! Invariants: an adapter is a leaf. It sees one job's [`Work`], speaks HTTP and tells what happened; it never sees the database or the web,
//! never sleeps, never retries, never reads a clock. One call of [`Publish::advance`] makes at most one remote change, so that a crash between
//! two calls leaves at most one change whose outcome is not stored. What it must remember is its `Progress`, stored (sealed) with the job.

mod content;
mod error;
pub mod facebook;
mod finding;
pub mod http;
pub mod instagram;
pub mod meta;
pub mod oauth;
mod registry;
pub mod rules;
pub mod tiktok;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::content::{Account, Content, Item, Problem, Remedy, Work};
pub use self::error::{ErrorClass, PlatformError};
pub use self::finding::{Finding, Verdict};
pub use self::registry::{Platforms, only_kind};
use crate::kind::{Kind, Login, Platform};
use crate::secret::{self, Secret};

/// What lets an installation act for one account. Sealed as a whole wherever it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The token that calls are made with (for Pages, and Instagram through Facebook Login, the Page token).
    #[serde(serialize_with = "secret::seal_field")]
    pub token: Secret,
    /// Facebook Login: the person's long-lived token behind the Page token; some reads need it (instagram.md §1).
    #[serde(default, serialize_with = "secret::seal_option")]
    pub user_token: Option<Secret>,
    #[serde(default, serialize_with = "secret::seal_option")]
    pub refresh_token: Option<Secret>,
    pub issued_at: DateTime<Utc>,
    /// When `token` ends; none where the platform gives it no end.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When renewing ends and a person has to connect again.
    #[serde(default)]
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

/// A platform account that a finished consent gives access to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    pub platform: Platform,
    pub login: Login,
    pub remote_id: String,
    pub username: String,
    pub display_name: String,
    /// The picture's bytes, fetched when the account was found: platforms' picture addresses expire.
    pub avatar: Option<Avatar>,
    pub access: Access,
    pub scopes: Vec<String>,
    /// Scopes that publishing here needs and that were not granted.
    pub missing_scopes: Vec<String>,
    /// Why this account cannot be published to at all, in a sentence; none when it can.
    pub blocked: Option<String>,
    /// The person's id in the platform's callbacks (Meta's app-scoped id); TikTok's `open_id`.
    pub person_id: Option<String>,
}

/// A small picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Avatar {
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// What one step led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<P> {
    /// Go on at once.
    Next(P),
    /// Look again then.
    Wait(P, DateTime<Utc>),
    /// The post is out.
    Done(Published<P>),
}

/// The post is out (for drafts: delivered). `follow` keeps looking for what is still missing (a link); it can no longer fail the job.
#[derive(Debug, Clone, PartialEq)]
pub struct Published<P> {
    pub remote_id: Option<String>,
    pub permalink: Option<String>,
    pub follow: Option<(P, DateTime<Utc>)>,
}

/// What asking the platform told about a call whose answer is not stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled<P> {
    /// It acted, and the post is out.
    Published(Published<P>),
    /// It did not make the post public (or the call can be repeated without harm): go on from here.
    Continue(P),
    /// Not clear yet: ask again then.
    LookAgain(P, DateTime<Utc>),
    /// It cannot be told by asking: a person has to look. The sentence says what is known.
    Unknown(String),
}

/// What the publisher must know of a progress without understanding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stage {
    /// The step's name in the timeline, as words: `create container`.
    pub name: &'static str,
    /// Does the next call make the post public?
    pub irreversible: bool,
    /// May the next call take minutes (an upload)? Such steps have their own share of the workers.
    pub long: bool,
    /// Does the irreversible call let the platform fetch the media by itself afterwards? Then, before it is settled, the addresses it was given are
    /// closed unless one was asked for already: see [`Work::addresses_closed`].
    pub pulls: bool,
    /// The limits that the next call counts against.
    pub spends: &'static [Budget],
}

/// A limit of one account that the platform documents: so many calls in a moving window. The publisher keeps a ledger and waits, rather than be refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its word in the ledger and, after `limit:`, in `held_by`: `tiktok_inits`.
    pub name: &'static str,
    pub most: u32,
    pub window: TimeDelta,
    /// What is limited, as the middle of a sentence: `TikTok takes 6 new posts a minute from an account`.
    pub rule: &'static str,
}

/// How one platform publishes.
pub trait Publish: Send + Sync {
    /// Where a job is on its way; the default is *not begun*.
    type Progress: Serialize + DeserializeOwned + Default + Clone;

    /// Every problem that the platform would raise later. Pure.
    fn check(&self, account: &Account, content: &Content) -> Vec<Problem>;

    /// How long before its time a job of this kind may begin, at the most: what is staged must not expire before it is used.
    fn longest_staging(&self, kind: Kind) -> TimeDelta;

    fn stage(&self, progress: &Self::Progress) -> Stage;

    /// Does the next thing: at most one remote change.
    fn advance(&self, work: &Work<'_>, progress: Self::Progress) -> Result<Step<Self::Progress>, PlatformError>;

    /// Finds out what became of an irreversible call whose answer is not stored. Reads only.
    fn reconcile(&self, work: &Work<'_>, progress: Self::Progress) -> Result<Settled<Self::Progress>, PlatformError>;

    /// What the platform lets this account do at the moment (TikTok: the creator's settings), in the adapter's own form: it comes back as
    /// [`Account::standing`]. None where a platform tells nothing of the kind. Reads only.
    fn standing(&self, _account: &Account, _access: &Access, _now: DateTime<Utc>) -> Result<Option<Value>, PlatformError> {
        Ok(None)
    }

    /// Is there anything to ask with [`Publish::standing`]?
    fn has_standing(&self, _account: &Account) -> bool {
        false
    }

    /// How long a video of this kind may last on this account, in milliseconds, where that is not a matter of the kind alone.
    fn longest_video_ms(&self, _account: &Account, _kind: Kind) -> Option<u64> {
        None
    }

    /// Tries a post without posting: access, permissions, limits, the account's own state. Reads only. What [`Publish::check`] finds, and whether
    /// the platform could reach the media, is not its business.
    fn rehearse(&self, _work: &Work<'_>) -> Vec<Finding> {
        Vec::new()
    }

    /// Comments on a post that is out, and tells the comment's id. A visible call: never made blindly a second time.
    fn comment(&self, work: &Work<'_>, remote_id: &str, _text: &str) -> Result<String, PlatformError> {
        Err(PlatformError::bug(format!("{} takes no comments ({remote_id})", work.account.platform.name())))
    }

    /// The id of the account's own comment with this text, if it is there. Reads only; an error is no answer.
    fn find_comment(&self, work: &Work<'_>, remote_id: &str, _text: &str) -> Result<Option<String>, PlatformError> {
        Err(PlatformError::bug(format!("{} takes no comments ({remote_id})", work.account.platform.name())))
    }
}

/// How one login connects accounts and keeps their access alive.
pub trait Connect: Send + Sync {
    /// The address of the consent page. `verifier` is the PKCE verifier, for logins that use one.
    fn authorize_url(&self, redirect_uri: &str, state: &str, verifier: &Secret) -> Result<String, PlatformError>;

    /// Trades the code of a finished consent for the accounts it gives access to.
    fn exchange(&self, redirect_uri: &str, code: &Secret, verifier: &Secret, now: DateTime<Utc>) -> Result<Vec<Found>, PlatformError>;

    /// Is it time to renew this access (before a publish, and in the daily look)?
    fn renewal_due(&self, access: &Access, now: DateTime<Utc>) -> bool;

    /// New access for old. The caller runs one renewal at a time for an account, and stores the result before it uses it.
    fn renew(&self, access: &Access, now: DateTime<Utc>) -> Result<Access, PlatformError>;
}

/// [`Publish`] with its progress as JSON, which is what the publisher stores.
pub trait Adapter: Send + Sync {
    fn check(&self, account: &Account, content: &Content) -> Vec<Problem>;
    fn longest_staging(&self, kind: Kind) -> TimeDelta;
    fn stage(&self, progress: &Value) -> Result<Stage, PlatformError>;
    fn advance(&self, work: &Work<'_>, progress: Value) -> Result<Step<Value>, PlatformError>;
    fn reconcile(&self, work: &Work<'_>, progress: Value) -> Result<Settled<Value>, PlatformError>;
    fn standing(&self, account: &Account, access: &Access, now: DateTime<Utc>) -> Result<Option<Value>, PlatformError>;
    fn has_standing(&self, account: &Account) -> bool;
    fn longest_video_ms(&self, account: &Account, kind: Kind) -> Option<u64>;
    fn rehearse(&self, work: &Work<'_>) -> Vec<Finding>;
    fn comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<String, PlatformError>;
    fn find_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<Option<String>, PlatformError>;
}

impl<T: Publish> Adapter for T {
    fn check(&self, account: &Account, content: &Content) -> Vec<Problem> {
        Publish::check(self, account, content)
    }

    fn longest_staging(&self, kind: Kind) -> TimeDelta {
        Publish::longest_staging(self, kind)
    }

    fn stage(&self, progress: &Value) -> Result<Stage, PlatformError> {
        Ok(Publish::stage(self, &read::<T::Progress>(progress.clone())?))
    }

    fn advance(&self, work: &Work<'_>, progress: Value) -> Result<Step<Value>, PlatformError> {
        Ok(match Publish::advance(self, work, read(progress)?)? {
            Step::Next(p) => Step::Next(write(&p)?),
            Step::Wait(p, until) => Step::Wait(write(&p)?, until),
            Step::Done(published) => Step::Done(erase(published)?),
        })
    }

    fn reconcile(&self, work: &Work<'_>, progress: Value) -> Result<Settled<Value>, PlatformError> {
        Ok(match Publish::reconcile(self, work, read(progress)?)? {
            Settled::Published(published) => Settled::Published(erase(published)?),
            Settled::Continue(p) => Settled::Continue(write(&p)?),
            Settled::LookAgain(p, until) => Settled::LookAgain(write(&p)?, until),
            Settled::Unknown(known) => Settled::Unknown(known),
        })
    }

    fn standing(&self, account: &Account, access: &Access, now: DateTime<Utc>) -> Result<Option<Value>, PlatformError> {
        Publish::standing(self, account, access, now)
    }

    fn has_standing(&self, account: &Account) -> bool {
        Publish::has_standing(self, account)
    }

    fn longest_video_ms(&self, account: &Account, kind: Kind) -> Option<u64> {
        Publish::longest_video_ms(self, account, kind)
    }

    fn rehearse(&self, work: &Work<'_>) -> Vec<Finding> {
        Publish::rehearse(self, work)
    }

    fn comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<String, PlatformError> {
        Publish::comment(self, work, remote_id, text)
    }

    fn find_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<Option<String>, PlatformError> {
        Publish::find_comment(self, work, remote_id, text)
    }
}

/// Version of the stored progress; a row of another version is not guessed at.
const PROGRESS_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored<P> {
    v: u32,
    at: P,
}

fn read<P: DeserializeOwned + Default>(stored: Value) -> Result<P, PlatformError> {
    if stored.is_null() {
        return Ok(P::default());
    }
    match serde_json::from_value::<Stored<P>>(stored) {
        Ok(Stored { v: PROGRESS_VERSION, at }) => Ok(at),
        Ok(Stored { v, .. }) => Err(PlatformError::bug(format!("the job's progress has version {v}, this program knows {PROGRESS_VERSION}"))),
        Err(e) => Err(PlatformError::bug(format!("the job's progress cannot be read: {e}"))),
    }
}

fn write<P: Serialize>(progress: &P) -> Result<Value, PlatformError> {
    serde_json::to_value(Stored { v: PROGRESS_VERSION, at: progress }).map_err(|e| PlatformError::bug(format!("the job's progress cannot be stored: {e}")))
}

fn erase<P: Serialize>(published: Published<P>) -> Result<Published<Value>, PlatformError> {
    let follow = match published.follow {
        Some((progress, at)) => Some((write(&progress)?, at)),
        None => None,
    };
    Ok(Published { remote_id: published.remote_id, permalink: published.permalink, follow })
}
