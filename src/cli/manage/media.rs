//! `pm3k media`: the files on this server, where the bytes are, and what is not needed any more.

use serde_json::{Value, json};

use crate::actions::disk;
use crate::actions::media::clears_at;
use crate::app::App;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, day, plain, utc, utc_option};
use crate::ids::{MediaId, WorkspaceId};
use crate::model::media::usage::{self, Held};
use crate::publisher::sweep;

/// List uploaded files, tell where the bytes are, remove what is not needed any more
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the files on this server, newest first, with what each is kept for
    List {
        /// Only those of this workspace, such as ws_1
        #[arg(long, value_name = "W")]
        workspace: Option<WorkspaceId>,
        /// Also those that are cleared
        #[arg(long)]
        all: bool,
    },
    /// Tell where the bytes are: by workspace and by what they are kept for, with the quota and the disk
    Usage {
        /// Only those of this workspace, such as ws_1
        #[arg(long, value_name = "W")]
        workspace: Option<WorkspaceId>,
    },
    /// Remove now what the server removes by itself every half minute: files of posts that are out, uploads that
    /// nobody used, what crashes left, and the files of failed posts after their notice
    Sweep,
}

/// Files read at once.
const BATCH: u32 = 500;

pub fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    match command {
        Command::List { workspace, all } => list(&app, workspace, all),
        Command::Usage { workspace } => usage(&app, workspace),
        Command::Sweep => sweep_now(context, &app),
    }
}

fn list(app: &App, workspace: Option<WorkspaceId>, gone_too: bool) -> Result<Output, Failure> {
    let mut files: Vec<Held> = Vec::new();
    loop {
        let before: Option<MediaId> = files.last().map(|held| held.media.id);
        let batch = app.db.read(|db| usage::list(db, workspace, gone_too, before, BATCH))?;
        if batch.is_empty() {
            break;
        }
        files.extend(batch);
    }
    let rows = files.iter().map(|held| {
        let media = &held.media;
        let kept = match (media.is_ready(), clears_at(app, media)) {
            (false, _) => format!("{} {}", media.state, media.cleared_at.map(day).unwrap_or_default()),
            (true, Some(at)) => format!("{}, cleared {}", held.kept.words(), day(at)),
            (true, None) => held.kept.words().to_owned(),
        };
        let post = held.post.map(|post| post.to_string()).unwrap_or_default();
        vec![media.id.to_string(), plain(&media.file_name), media.kind.clone(), size(media.bytes + held.copies), kept, post]
    });
    Ok(Output::list(&["id", "file", "kind", "size", "what for", "post"], rows.collect(), files.iter().map(|held| view(app, held)).collect()))
}

fn size(bytes: u64) -> String {
    bytesize::ByteSize(bytes).to_string()
}

fn view(app: &App, held: &Held) -> Value {
    let media = &held.media;
    json!({
        "id": media.id, "workspace_id": media.workspace_id, "kind": media.kind, "mime": media.mime, "file_name": media.file_name, "bytes": media.bytes,
        "rendition_bytes": held.copies, "width": media.width, "height": media.height, "duration_ms": media.duration_ms, "state": media.state,
        "kept_for": media.is_ready().then_some(held.kept), "post_id": held.post, "created_at": utc(media.created_at),
        "cleared_at": utc_option(media.cleared_at), "clears_at": utc_option(clears_at(app, media)),
    })
}

fn usage(app: &App, workspace: Option<WorkspaceId>) -> Result<Output, Failure> {
    let usage = disk::usage(app, workspace)?;
    let mut text = String::new();
    let mut last = None;
    for share in &usage.shares {
        if last != Some(share.workspace_id) {
            text.push_str(&format!("{} ({})\n", plain(&share.workspace), share.workspace_id));
            last = Some(share.workspace_id);
        }
        let copies = if share.copies > 0 { format!(", and {} converted for the platforms", size(share.copies)) } else { String::new() };
        text.push_str(&format!(
            "  {:<30} {:>9} in {} {}{copies}\n",
            share.kept.words(),
            size(share.bytes),
            share.files,
            if share.files == 1 { "file" } else { "files" }
        ));
    }
    text.push_str(&format!("on their way in                {:>9}\n", size(usage.incoming)));
    text.push_str(&format!("used                           {:>9} of {} (media.quota)\n", size(usage.used), size(usage.quota)));
    text.push_str(&format!("free on the disk               {:>9}, of which {} must stay free (media.free_space_floor)\n", size(usage.free), size(usage.floor)));
    text.push_str(&format!("room for uploads               {:>9}\n", size(usage.room())));
    let shares: Vec<Value> = usage
        .shares
        .iter()
        .map(|share| {
            json!({ "workspace_id": share.workspace_id, "workspace": share.workspace, "kept_for": share.kept, "files": share.files, "bytes": share.bytes,
                "rendition_bytes": share.copies })
        })
        .collect();
    let json = json!({
        "shares": shares, "incoming_bytes": usage.incoming, "used_bytes": usage.used, "quota_bytes": usage.quota, "free_bytes": usage.free,
        "floor_bytes": usage.floor, "room_bytes": usage.room(),
    });
    Ok(Output::new(text, json))
}

fn sweep_now(context: &Context, app: &App) -> Result<Output, Failure> {
    let swept = sweep::sweep(&app.engine(), context.now())?;
    let text = format!("{} cleared, {} announced, {} leftovers removed\n", swept.cleared, swept.announced, swept.strays);
    Ok(Output::new(text, serde_json::to_value(&swept).map_err(anyhow::Error::from)?))
}
