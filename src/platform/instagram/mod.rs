//! Instagram: images, reels, carousels and stories, for accounts connected through Facebook Login or through Instagram Login; and Instagram Login.
//!
//! Invariants: nothing is visible before `Publish`, and one container serves one job until it is gone: the container is what settles a publish
//! that was cut off. A new container after an unknown publish is made only when the old one is gone and the account's media twice clearly lack the post.

mod carousel;
mod check;
mod comment;
mod connect;
mod container;
mod errors;
mod limits;
mod options;
mod publish;
mod rehearse;
mod settle;
mod watch;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::carousel::{Child, Need, need};
pub use self::connect::InstagramLogin;
use self::limits::CONTAINERS;
use super::http::Http;
use super::meta::errors::Speaker;
use super::meta::pace::{next_look, stretched};
use super::meta::{Allowance, Caller, Graph};
use super::{Account, Budget, Content, ErrorClass, Finding, PlatformError, Problem, Publish, Settled, Stage, Step, Work};
use crate::config::{FacebookApp, InstagramApp};
use crate::kind::{Kind, Login, Platform};
use crate::secret::{Secret, seal_field};

const SPEAKER: Speaker = Speaker { platform: Platform::Instagram, rows: errors::TABLE };

/// Publishing, for both logins.
#[derive(Debug, Clone)]
pub struct Instagram {
    http: Http,
    /// Through Facebook Login: the Graph API's own host, and where videos are uploaded to.
    facebook: Option<(Graph, FacebookApp)>,
    /// Through Instagram Login.
    instagram: Option<Graph>,
}

impl Instagram {
    pub fn new(facebook: Option<FacebookApp>, instagram: Option<InstagramApp>, http: Http) -> Instagram {
        let facebook = facebook.map(|app| (Graph::new(http.clone(), SPEAKER, &app.graph_url, &app.graph_version, Some(app.app_secret.clone())), app));
        let instagram = instagram.map(|app| login_graph(&app, &http));
        Instagram { http, facebook, instagram }
    }

    /// With an adapter that calls as the same Meta app: what one is told of its allowance, the other knows.
    pub fn sharing(mut self, allowance: &Allowance) -> Instagram {
        self.facebook = self.facebook.map(|(graph, app)| (graph.sharing(allowance), app));
        self
    }

    /// Calls for the account.
    fn caller<'a>(&'a self, work: &'a Work<'_>) -> Result<Caller<'a>, PlatformError> {
        Ok(self.graph(work)?.with(&work.access.token, work.now).of(&work.account.remote_id))
    }

    /// Calls that prepare a post. Long before it is due they can wait.
    fn ahead<'a>(&'a self, work: &'a Work<'_>) -> Result<Caller<'a>, PlatformError> {
        let caller = self.caller(work)?;
        Ok(if work.now + SOON < work.publish_at { caller.in_the_background() } else { caller })
    }

    /// When to look again at something that is processed.
    fn next_look(&self, work: &Work<'_>, looks: u32) -> Result<DateTime<Utc>, PlatformError> {
        let next = next_look(looks, &PAUSES, work.now, work.publish_at);
        Ok(stretched(next, self.caller(work)?.patience(), work.now, work.publish_at))
    }

    fn graph(&self, work: &Work<'_>) -> Result<&Graph, PlatformError> {
        let graph = match work.account.login {
            Login::Instagram => self.instagram.as_ref(),
            _ => self.facebook.as_ref().map(|(graph, _)| graph),
        };
        graph.ok_or_else(|| {
            let message = format!("The login that this account was connected with ({}) is switched off.", work.account.login);
            PlatformError::new(ErrorClass::Rejected, "login_off", message).remedy("Enter the app's id and secret in the settings again.")
        })
    }

    fn begin(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        self.ask_limit(work)?;
        match work.content.kind {
            Kind::Carousel => self.carousel(work, vec![Child::default(); work.content.media.len()], 0, 0),
            _ => self.create(work, 0),
        }
    }

    /// A read. Through Facebook Login the Page's token at times does not see what the person's token does.
    fn read<T: DeserializeOwned>(&self, work: &Work<'_>, path: &str, fields: &[(&str, &str)]) -> Result<T, PlatformError> {
        let id = &work.account.remote_id;
        let answer = self.caller(work)?.get(path, fields);
        match (answer, &work.access.user_token) {
            (Err(error), Some(user_token)) if error.code == NOT_SEEN => match self.graph(work)?.with(user_token, work.now).of(id).get(path, fields) {
                // The person's token ends long before the Page's: that it has ended tells nothing about this account.
                Err(other) if other.class == ErrorClass::NeedsReconnect => Err(error),
                answer => answer,
            },
            (answer, _) => answer,
        }
    }
}

/// Instagram's own host; whether it takes `appsecret_proof` is not documented, so none is sent.
fn login_graph(app: &InstagramApp, http: &Http) -> Graph {
    Graph::new(http.clone(), SPEAKER, &app.graph_url, &app.graph_version, None)
}

/// The object does not exist, or the token does not see it, or not yet.
const NOT_SEEN: &str = "100/33";

/// Where a post is on its way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Progress {
    #[default]
    Begin,
    /// The container failed; another one is made.
    Again {
        remakes: u32,
    },
    /// A carousel whose whole is not made yet.
    Carousel {
        children: Vec<Child>,
        looks: u32,
        /// How often the container of the whole failed.
        remakes: u32,
    },
    /// A container that waits for its bytes.
    Upload {
        container: String,
        #[serde(serialize_with = "seal_field")]
        upload_url: Secret,
        since: DateTime<Utc>,
        #[serde(default)]
        remakes: u32,
    },
    Processing {
        container: String,
        looks: u32,
        since: DateTime<Utc>,
        #[serde(default)]
        remakes: u32,
        /// A carousel's, for another container of the whole.
        #[serde(default)]
        children: Vec<Child>,
    },
    Publish {
        container: String,
        since: DateTime<Utc>,
        settling: Settling,
    },
    /// A repeated call met a limit, which does not settle whether the one before it acted: the post is looked for, and published again after a rest.
    Resting {
        container: String,
        since: DateTime<Utc>,
        settling: Settling,
        /// The word: `9/2207042`.
        code: String,
        until: DateTime<Utc>,
    },
    /// Out; its link is still missing.
    Link {
        media_id: String,
        tries: u32,
    },
    /// Out, but under which id is not known yet.
    Find {
        from: DateTime<Utc>,
        tries: u32,
    },
}

/// What has been done to settle a publish whose answer is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settling {
    /// Looks in a row that saw the container ready and unpublished.
    pub ready: u32,
    /// Looks in a row that saw the container gone, and no such post.
    pub gone: u32,
    /// Looks that did not see the container at all.
    pub unseen: u32,
    /// How often the call was found not to have acted.
    pub repeats: u32,
}

/// Seconds between looks.
const PAUSES: [i64; 7] = [2, 5, 10, 15, 30, 30, 60];
/// So long before it is due a post's preparation does not wait any more.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// A container lives 24 hours.
const STAGED_FOR: TimeDelta = TimeDelta::minutes(23 * 60 + 30);
const LONGEST_STAGING: TimeDelta = TimeDelta::hours(20);

impl Publish for Instagram {
    type Progress = Progress;

    fn check(&self, account: &Account, content: &Content) -> Vec<Problem> {
        check::check(account, content)
    }

    fn longest_staging(&self, _kind: Kind) -> TimeDelta {
        LONGEST_STAGING
    }

    fn stage(&self, progress: &Progress) -> Stage {
        let stage = |name, long, spends: &'static [Budget]| Stage { name, long, spends, ..Stage::default() };
        match progress {
            // Instagram fetches an image within the call that creates its container.
            Progress::Begin => stage("create container", true, CONTAINERS),
            Progress::Again { .. } => stage("create another container", true, CONTAINERS),
            Progress::Carousel { children, .. } => match need(children) {
                Need::Container(_) => stage("create container of a file", true, CONTAINERS),
                Need::Bytes(_) => stage("upload video", true, &[]),
                Need::Patience(_) => stage("wait for processing", false, &[]),
                Need::Whole => stage("create container of the carousel", false, CONTAINERS),
            },
            Progress::Upload { .. } => stage("upload video", true, &[]),
            Progress::Processing { .. } => stage("wait for processing", false, &[]),
            Progress::Publish { .. } => Stage { irreversible: true, ..stage("publish", false, &[]) },
            Progress::Resting { .. } => stage("look whether it is out", false, &[]),
            Progress::Link { .. } => stage("read link", false, &[]),
            Progress::Find { .. } => stage("find the post", false, &[]),
        }
    }

    fn advance(&self, work: &Work<'_>, progress: Progress) -> Result<Step<Progress>, PlatformError> {
        match progress {
            Progress::Begin => self.begin(work),
            Progress::Again { remakes } => self.create(work, remakes),
            Progress::Carousel { children, looks, remakes } => self.carousel(work, children, looks, remakes),
            Progress::Upload { container, upload_url, since, remakes } => self.upload(work, container, &upload_url, since, remakes),
            Progress::Processing { container, looks, since, remakes, children } => self.process(work, container, looks, since, remakes, children),
            Progress::Publish { container, since, settling } => self.publish(work, container, since, settling),
            Progress::Resting { container, since, settling, code, until } => self.rest(work, container, since, settling, code, until),
            Progress::Link { media_id, tries } => Ok(Step::Done(self.link(work, media_id, tries))),
            Progress::Find { from, tries } => Ok(Step::Done(self.find(work, from, tries))),
        }
    }

    fn reconcile(&self, work: &Work<'_>, progress: Progress) -> Result<Settled<Progress>, PlatformError> {
        match progress {
            Progress::Publish { container, since, settling } => self.settle(work, container, since, settling),
            // Every other call can be made again without harm.
            other => Ok(Settled::Continue(other)),
        }
    }

    fn rehearse(&self, work: &Work<'_>) -> Vec<Finding> {
        self.try_out(work)
    }

    fn comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<String, PlatformError> {
        self.post_comment(work, remote_id, text)
    }

    fn find_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<Option<String>, PlatformError> {
        self.own_comment(work, remote_id, text)
    }
}
