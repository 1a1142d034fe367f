//! `pm3k post`: make, list and show posts, rehearse them, and decide about them.

use serde_json::json;

use super::{post_check, post_decide, post_new, post_view, when, workspace_or_first};
use crate::actions::{Actor, posts};
use crate::app::App;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::ids::{AccountId, JobId, PostId, WorkspaceId};
use crate::model::post::{self, Post, Status};
use crate::model::workspace;

/// Make, list, show, rehearse, retry and cancel posts
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Create(Box<post_new::Args>),
    /// List posts, newest first
    #[command(after_help = "Example:\n  pm3k post list --status failed --limit 10")]
    List {
        /// Only those of this status: draft, scheduled, publishing, published, partly_published, failed, cancelled, missed, unconfirmed
        #[arg(long, value_parser = status)]
        status: Option<Status>,
        /// Only those that go to this account, such as acct_1
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// Only those of this workspace [default: the first one]
        #[arg(long, value_name = "W")]
        workspace: Option<WorkspaceId>,
        /// Only those scheduled at or after this time
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Only those scheduled before this time
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// How many at the most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Show a post, its jobs, their first comments, what was tried and what the last rehearsal found
    Show {
        /// The post's id, such as post_1
        id: PostId,
    },
    /// Rehearse a post: try everything but posting, and tell what would fail
    #[command(after_help = post_check::AFTER_HELP)]
    Check {
        /// The post's id, such as post_1
        id: PostId,
    },
    /// Try again what failed or was missed: those jobs begin anew, due now
    #[command(after_help = "\
What is out stays as it is. What is unconfirmed is not tried again before you say that it is not there:
pm3k post confirm.")]
    Retry {
        /// The post's id, such as post_1
        id: PostId,
    },
    /// Publish a scheduled post now instead of at its time
    PublishNow {
        /// The post's id, such as post_1
        id: PostId,
    },
    /// Say whether a post is there that nobody could tell of (state unconfirmed)
    #[command(group(clap::ArgGroup::new("seen").required(true).args(["there", "not_there"])), after_help = "\
Look at the account itself first, in a browser.

Examples:
  pm3k post confirm job_3 --there --link https://www.tiktok.com/@studio/video/7301234567890123456
  pm3k post confirm job_3 --not-there     publishes it again, now")]
    Confirm {
        /// The job's id, such as job_3; `pm3k post show` tells it
        job: JobId,
        /// It is there: the job is published
        #[arg(long)]
        there: bool,
        /// It is not: publish it again
        #[arg(long)]
        not_there: bool,
        /// The post's address, if it is there
        #[arg(long, value_name = "URL", conflicts_with = "not_there")]
        link: Option<String>,
    },
    /// Try a first comment again that failed, or that was looked for and is not there
    RetryComment {
        /// The job's id, such as job_3; `pm3k post show` tells it
        job: JobId,
    },
    /// Cancel a post: every job that is not out yet ends, and media that nothing else needs are removed
    Cancel {
        /// The post's id, such as post_1
        id: PostId,
    },
}

fn status(text: &str) -> Result<Status, String> {
    let names = || Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
    Status::ALL.iter().copied().find(|status| status.as_str() == text).ok_or_else(|| format!("it is one of {}", names()))
}

pub fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    match command {
        Command::Create(args) => post_new::run(context, *args),
        Command::List { status, account, workspace, from, to, limit } => {
            let app = context.existing_app()?;
            let workspace = workspace_or_first(&app, workspace)?;
            let time = |text: Option<String>| text.map(|text| when::moment(&app.zones, &workspace.time_zone, &text)).transpose();
            let filter = post::Filter { workspace_id: Some(workspace.id), from: time(from)?, to: time(to)?, account_id: account, before: None };
            let (views, next) = posts::list(&app, &filter, status, limit)?;
            if next.is_some() {
                context.note("there are more; raise --limit, or ask for a span of time with --from and --to");
            }
            Ok(post_view::list(&app, &workspace, &views))
        }
        Command::Show { id } => {
            let app = context.existing_app()?;
            let post = find(&app, id)?;
            post_view::one(&app, &posts::view(&app, post.workspace_id, id)?)
        }
        Command::Check { id } => post_check::run(context, id),
        Command::Retry { id } => post_decide::retry(context, id),
        Command::PublishNow { id } => post_decide::publish_now(context, id),
        Command::Confirm { job, there, link, not_there: _ } => post_decide::confirm(context, job, there, link),
        Command::RetryComment { job } => post_decide::retry_comment(context, job),
        Command::Cancel { id } => {
            let app = context.existing_app()?;
            let post = find(&app, id)?;
            posts::cancel(&app, Actor::Cli, post.workspace_id, id, context.now())?;
            context.note(&format!("{id} is cancelled"));
            let view = posts::view(&app, post.workspace_id, id)?;
            Ok(Output::new("", json!({ "id": id, "status": view.status().as_str() })))
        }
    }
}

/// The post, in whichever workspace: who runs this command may do everything.
pub(super) fn find(app: &App, id: PostId) -> Result<Post, Failure> {
    app.db.read(|db| post::get(db, id))?.ok_or_else(|| Failure::NotFound(format!("there is no post {id}")))
}

/// The zone in which a post's times are shown.
pub(super) fn zone_of(app: &App, id: WorkspaceId) -> Result<String, Failure> {
    Ok(app.db.read(|db| workspace::get(db, id))?.map_or_else(|| "UTC".to_owned(), |workspace| workspace.time_zone))
}
