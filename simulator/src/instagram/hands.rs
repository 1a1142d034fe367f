//! What a test or a demo does to Instagram's part of the world: as Instagram, as somebody else with access to the account.
//!
//! Always true: nothing here makes a container; what somebody else posts is marked as such.

use crate::{running::Simulator, world::instagram::Gates};

impl Simulator {
    /// Changes what keeps an Instagram account from publishing.
    pub fn set_instagram(&self, remote_id: &str, change: impl FnOnce(&mut Gates)) {
        if let Some(account) = self.shared.world().instagram.accounts.get_mut(remote_id) {
            change(&mut account.gates);
        }
    }

    /// Somebody else posts a picture to this Instagram account now. Its media id.
    pub fn post_as_somebody_else(&self, remote_id: &str, caption: &str) -> Option<String> {
        let now = self.shared.clock.now();
        self.shared.world().foreign_instagram(remote_id, caption, now)
    }
}
