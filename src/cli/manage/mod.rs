//! The commands that manage what is in the database, one file for each group; `when` reads the times people write.

pub mod account;
pub mod api_key;
pub mod media;
pub mod post;
mod post_check;
mod post_decide;
mod post_new;
mod post_view;
pub mod user;
mod when;

use super::failure::Failure;
use crate::app::App;
use crate::ids::WorkspaceId;
use crate::model::workspace::{self, Workspace};

/// The workspace of this id, or the first one, which is made where there is none.
fn workspace_or_first(app: &App, id: Option<WorkspaceId>) -> Result<Workspace, Failure> {
    match id {
        Some(id) => app.db.read(|db| workspace::get(db, id))?.ok_or_else(|| Failure::NotFound(format!("there is no workspace {id}"))),
        None => {
            let time_zone = app.zones.system_name();
            Ok(app.db.write(|tx| workspace::first_or_create(tx, &time_zone, app.clock.now()))?)
        }
    }
}
