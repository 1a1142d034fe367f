//! Whether this creator may post through this app now.
//!
//! Always true: `creator_info` and the inits ask the same question here, and answer it with the same codes.

use std::collections::BTreeSet;

use crate::{
    tiktok::error::Refusal,
    world::{Now, World, tiktok::Creator},
};

const DRAFTS_PER_DAY: usize = 5;
const USERS_PER_DAY_UNAUDITED: usize = 5;

/// Privacy, audit, users of the day, ban, posts of the day.
pub fn direct(world: &World, open_id: &str, privacy_level: &str, now: Now) -> Result<(), Refusal> {
    let creator = world.tiktok.creators.get(open_id).ok_or_else(gone)?;
    if !creator.privacy_options().contains(&privacy_level) {
        return Err(Refusal::guidelines("privacy_level_option_mismatch"));
    }
    let private_only = !world.settings.audited || world.settings.tiktok.sandbox.is_some();
    if private_only && (!creator.private || privacy_level != "SELF_ONLY") {
        return Err(Refusal::guidelines("unaudited_client_can_only_post_to_private_accounts"));
    }
    match cannot_post(world, creator, now) {
        Some(code) => Err(Refusal::guidelines(code)),
        None => Ok(()),
    }
}

/// Drafts know neither audit nor users of the day.
pub fn draft(world: &World, open_id: &str, now: Now) -> Result<(), Refusal> {
    let creator = world.tiktok.creators.get(open_id).ok_or_else(gone)?;
    if creator.banned {
        return Err(Refusal::guidelines("spam_risk_user_banned_from_posting"));
    }
    if world.settings.quotas && world.tiktok.drafts_of_the_day(open_id, now) + creator.drafts_elsewhere >= DRAFTS_PER_DAY {
        return Err(Refusal::guidelines("spam_risk_too_many_pending_share"));
    }
    Ok(())
}

fn gone() -> Refusal {
    Refusal::new(401, "access_token_invalid", "The user is gone.")
}

/// Why this creator cannot post directly now. Users first, then ban, then the day's posts.
pub fn cannot_post(world: &World, creator: &Creator, now: Now) -> Option<&'static str> {
    let cap = if world.settings.audited { world.settings.tiktok.user_cap } else { Some(USERS_PER_DAY_UNAUDITED) };
    let others: BTreeSet<&str> = world.tiktok.posts_of_the_day(now).map(|task| task.open_id.as_str()).filter(|id| *id != creator.open_id).collect();
    if world.settings.quotas && cap.is_some_and(|cap| others.len() >= cap) {
        return Some("reached_active_user_cap");
    }
    if creator.banned {
        return Some("spam_risk_user_banned_from_posting");
    }
    let posts = world.tiktok.posts_of_the_day(now).filter(|task| task.open_id == creator.open_id).count();
    (world.settings.quotas && posts + creator.posts_elsewhere >= creator.posts_per_day).then_some("spam_risk_too_many_posts")
}
