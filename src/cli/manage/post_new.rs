//! `pm3k post create`: media files are taken in as uploads are, then the post is made as the pages and the API make it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{post_view, when, workspace_or_first};
use crate::actions::media::{self, Arrived, Halted};
use crate::actions::posts::{self, NewPost, Schedule, Target};
use crate::actions::{self, Actor};
use crate::app::App;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::ids::{AccountId, MediaId, WorkspaceId};
use crate::kind::Kind;
use crate::model::account;
use crate::model::job::{Adjust, Cut, Fit};

/// Make a post for one or more accounts
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("when").required(true).args(["at", "now", "queue", "draft"])), after_help = "\
Examples:
  pm3k post create --account acct_1 acct_2 --caption 'Open on Sunday' --media shop.jpg \\
      --at '2026-12-01 09:00'
  pm3k post create --account acct_3 --media clip.mp4 --kind video --now \\
      --options '{\"privacy_level\": \"SELF_ONLY\"}'

`pm3k account list` shows the accounts. A time without an offset is one of the workspace's zone.")]
pub struct Args {
    /// The accounts it goes to, such as acct_1
    #[arg(long = "account", value_name = "ID", required = true, num_args = 1.., value_delimiter = ',')]
    accounts: Vec<AccountId>,
    /// The words
    #[arg(long, value_name = "T", default_value = "", hide_default_value = true)]
    caption: String,
    /// The pictures or videos, in order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    media: Vec<PathBuf>,
    /// The kind of post, where the media leaves a choice: video, draft_video, photos, draft_photos, text, link, reel, photo_story, video_story, image, carousel, story
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Publish at this time: "2026-12-01 09:00" or 2026-12-01T09:00:00+01:00
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Publish at once
    #[arg(long)]
    now: bool,
    /// Publish in the next free slot (not in this version yet)
    #[arg(long)]
    queue: bool,
    /// Keep it as a draft
    #[arg(long)]
    draft: bool,
    /// The platforms' own options as a JSON object, for all its accounts
    #[arg(long, value_name = "JSON", value_parser = object)]
    options: Option<Map<String, Value>>,
    /// Let pictures and videos whose shape an account does not take be cut, or get bars
    #[arg(long, value_enum, value_name = "HOW")]
    fit: Option<FitArg>,
    /// Let videos that are too long for an account be cut at their end
    #[arg(long)]
    trim: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FitArg {
    Crop,
    Pad,
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|e| format!("it must be a JSON object, such as {{\"privacy_level\": \"SELF_ONLY\"}}: {e}"))
}

pub fn run(context: &Context, args: Args) -> Result<Output, Failure> {
    if args.queue {
        return Err(Failure::Refused("accounts have no weekly slots in this version yet, so there is no next free one; give a time with --at".into()));
    }
    let app = context.existing_app()?;
    let workspace = workspace_or_first(&app, Some(workspace_of(&app, &args.accounts)?))?;
    let schedule = match &args.at {
        Some(text) => Schedule::At(when::moment(&app.zones, &workspace.time_zone, text)?),
        None if args.draft => Schedule::Draft,
        None => Schedule::Now,
    };
    let stored = take_in(context, &app, workspace.id, &args.media)?;
    let options = args.options.unwrap_or_default();
    let aspect = args.fit.map(|fit| match fit {
        FitArg::Crop => Fit::Crop,
        FitArg::Pad => Fit::Pad,
    });
    let adjust = Adjust { aspect, length: args.trim.then_some(Cut::Trim) };
    let targets = args.accounts.iter().map(|account| Target { account_id: *account, kind: args.kind, caption: None, options: options.clone(), adjust });
    let new = NewPost { caption: args.caption, media: stored.clone(), schedule, targets: targets.collect() };
    match posts::create(&app, Actor::Cli, workspace.id, &new, None, context.now()) {
        Ok(id) => {
            let view = posts::view(&app, workspace.id, id)?;
            context.note(&post_view::promise(&app, &workspace, &view));
            Ok(Output::new(format!("{id}\n"), post_view::json(&app, &view)?))
        }
        Err(e) => {
            drop_again(context, &app, workspace.id, &stored);
            Err(e.into())
        }
    }
}

/// The workspace of the accounts: that of the first one. The action refuses accounts of another.
fn workspace_of(app: &App, accounts: &[AccountId]) -> Result<WorkspaceId, Failure> {
    let found = app.db.read(|db| accounts.iter().map(|id| account::get(db, *id)).collect::<rusqlite::Result<Vec<_>>>())?;
    let living = accounts.iter().zip(found).map(|(id, account)| (id, account.filter(|account| account.status != account::Status::Disconnected)));
    let mut first = None;
    for (id, account) in living {
        let account = account.ok_or_else(|| Failure::NotFound(format!("there is no account {id}; `pm3k account list` shows them")))?;
        first = first.or(Some(account.workspace_id));
    }
    first.ok_or_else(|| Failure::Usage("name at least one account".into()))
}

/// Stores the files; all of them, or none.
fn take_in(context: &Context, app: &App, workspace: WorkspaceId, files: &[PathBuf]) -> Result<Vec<MediaId>, Failure> {
    let mut stored = Vec::new();
    for path in files {
        match take_in_one(context, app, workspace, path) {
            Ok(id) => stored.push(id),
            Err(failure) => {
                drop_again(context, app, workspace, &stored);
                return Err(named(path, failure));
            }
        }
    }
    Ok(stored)
}

fn take_in_one(context: &Context, app: &App, workspace: WorkspaceId, path: &Path) -> Result<MediaId, Failure> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => Failure::NotFound("there is no such file".into()),
        _ => Failure::Failed(anyhow::Error::new(e).context("it cannot be read")),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(Failure::Usage("it is not a file".into()));
    }
    let mut incoming = media::begin(app, Some(about.len()))?;
    media::pour(app, &mut file, &mut incoming).map_err(|cut| match cut {
        Halted::Source(e) => actions::Error::from(e),
        Halted::Here(e) => e,
    })?;
    let received = incoming.finish().map_err(actions::Error::from)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let arrived = Arrived { workspace, file_name: &name, declared: None, idempotency_key: None };
    Ok(media::store(app, Actor::Cli, &arrived, received, context.now())?)
}

/// Says which file a failure is about.
fn named(path: &Path, failure: Failure) -> Failure {
    let name = path.display();
    match failure {
        Failure::NotFound(text) => Failure::NotFound(format!("{name}: {text}")),
        Failure::Usage(text) => Failure::Usage(format!("{name}: {text}")),
        Failure::Refused(text) => Failure::Refused(format!("{name}: {text}")),
        Failure::Invalid(mut problems) => {
            problems.iter_mut().for_each(|problem| problem.message = format!("{name}: {}", problem.message));
            Failure::Invalid(problems)
        }
        Failure::Failed(e) => Failure::Failed(e.context(format!("{name}"))),
        config @ Failure::Config(_) => config,
    }
}

/// Removes the files of a post that was not made.
fn drop_again(context: &Context, app: &App, workspace: WorkspaceId, stored: &[MediaId]) {
    for id in stored {
        if let Err(e) = media::remove(app, Actor::Cli, workspace, *id, context.now()) {
            // The sweep removes what is never used.
            tracing::warn!(media = %id, "a file of the post that was not made is left for the sweep: {e}");
        }
    }
}
