//! Instagram: its own login, and publishing on both hosts.
//!
//! Always true: the two hosts take their own kind of token; on Facebook's host an account is reached through its Page and the
//! person's grant, on its own host through itself alone.

mod captions;
mod carousel;
pub mod comments;
pub mod create;
mod hands;
mod judge;
mod labels;
pub mod login;
pub mod media;
mod people;
pub mod publish;
pub mod reads;
mod rules;
pub mod switches;
pub mod video;

use crate::{
    graph::{
        auth::{Auth, authenticate, grant_of},
        error::GraphError,
    },
    http::request::Ask,
    world::{Now, World, instagram::Account, token::Kind},
};

/// What a call does to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Read,
    /// Like reading, but it fails while the account is restricted.
    Status,
    Publish,
    /// Writing a comment, or switching comments on and off.
    Comment,
    Delete,
}

impl Need {
    fn scope(self, own_host: bool) -> &'static str {
        match (self, own_host) {
            (Need::Read | Need::Status, true) => "instagram_business_basic",
            (Need::Publish, true) => "instagram_business_content_publish",
            (Need::Comment | Need::Delete, true) => "instagram_business_manage_comments",
            (Need::Read | Need::Status, false) => "instagram_basic",
            (Need::Publish, false) => "instagram_content_publish",
            (Need::Comment, false) => "instagram_manage_comments",
            (Need::Delete, false) => "instagram_manage_contents",
        }
    }

    fn writes(self) -> bool {
        !matches!(self, Need::Read | Need::Status)
    }
}

/// The account that the token may use for this.
fn reach(world: &World, ask: &Ask, now: Now, id: &str, need: Need) -> Result<(Auth, Account), GraphError> {
    let auth = authenticate(world, ask, now)?;
    let account = world.instagram.accounts.get(id).ok_or_else(|| GraphError::unseen(id))?;
    if !visible(world, &auth, account) {
        return Err(GraphError::unseen(id));
    }
    if !need.writes() && auth.token.kind == Kind::FacebookPage && world.settings.page_token_reads_fail {
        return Err(GraphError::unseen(id));
    }
    let scope = need.scope(ask.is_instagram_host());
    if !auth.has(scope) {
        return Err(GraphError::new(10, format!("(#10) Application does not have permission for this action: {scope}")));
    }
    if account.gates.restricted && need != Need::Read {
        return Err(refuse(25, 2_207_050, "The user's Instagram account is restricted.")
            .user("Account restricted", "The Instagram account is restricted, inactive or at a checkpoint. Open the Instagram app to solve this."));
    }
    if account.gates.personal {
        return Err(GraphError::new(10, "(#10) The account is not an Instagram Business or Creator account"));
    }
    let page = account.page.as_ref().and_then(|page| world.facebook.pages.get(page));
    if need.writes() && !ask.is_instagram_host() && !page.is_some_and(|page| page.may_create()) {
        return Err(GraphError::new(10, "(#10) The user must have a role on the linked Page that may create content"));
    }
    let account = account.clone();
    Ok((auth, account))
}

/// As `reach`, for an object of the account: whoever may not see the account does not hear its id either.
fn reach_through(world: &World, ask: &Ask, now: Now, account: &str, need: Need) -> Result<(Auth, Account), GraphError> {
    let hide = |error: GraphError| if error.subcode == Some(33) { GraphError::unseen(ask.at(0)) } else { error };
    reach(world, ask, now, account, need).map_err(hide)
}

fn visible(world: &World, auth: &Auth, account: &Account) -> bool {
    match auth.token.kind {
        Kind::Instagram => auth.token.account == account.id,
        Kind::FacebookUser => grant_of(world, &auth.token).is_some_and(|grant| grant.instagram.contains(&account.id)),
        Kind::FacebookPage => {
            let granted = grant_of(world, &auth.token).is_some_and(|grant| grant.instagram.contains(&account.id));
            granted && account.page.as_ref() == Some(&auth.token.account)
        }
        Kind::TikTok | Kind::TikTokRefresh => false,
    }
}

/// Instagram's publishing errors all come with 400.
fn refuse(code: i32, subcode: u32, message: &str) -> GraphError {
    GraphError::new(code, message).at(400).sub(subcode)
}
