//! What is on the disk, and how much more may be.

use crate::actions::Error;
use crate::app::App;
use crate::ids::WorkspaceId;
use crate::model::media::{self, usage::Share};

/// Where the bytes are. All sizes in bytes.
#[derive(Debug, Clone)]
pub struct Usage {
    pub shares: Vec<Share>,
    /// Uploads under way, and copies that are being made.
    pub incoming: u64,
    /// Of all workspaces: files and their copies.
    pub used: u64,
    pub quota: u64,
    pub free: u64,
    pub floor: u64,
}

impl Usage {
    /// How much more may be uploaded.
    pub fn room(&self) -> u64 {
        self.quota.saturating_sub(self.used).min(self.free.saturating_sub(self.floor))
    }
}

/// The installation's usage; the shares of one workspace only, if one is named.
pub fn usage(app: &App, workspace: Option<WorkspaceId>) -> Result<Usage, Error> {
    let (shares, used) = app.db.read(|db| Ok::<_, Error>((media::usage::shares(db, workspace)?, media::bytes_on_disk(db)?)))?;
    let settings = &app.config.media;
    let incoming = app.store.incoming()?.iter().map(|file| file.bytes).sum();
    Ok(Usage { shares, incoming, used, quota: settings.quota, free: app.store.free_space()?, floor: settings.free_space_floor })
}
