//! Instagram: its own login, and publishing on both hosts.
//!
//! Always true: the two hosts take their own kind of token; on Facebook's host an account is reached through its Page and the
//! person's grant, on its own host through itself alone.

pub mod create;
pub mod login;
pub mod publish;
pub mod reads;

use crate::{
    graph::{
        auth::{Auth, authenticate, grant_of},
        error::GraphError,
    },
    http::request::Ask,
    world::{Now, World, instagram::Account, token::Kind},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// The account that the token may use for this.
fn reach(world: &World, ask: &Ask, now: Now, id: &str, access: Access) -> Result<Account, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let account = world.instagram.accounts.get(id).ok_or_else(|| GraphError::unseen(id))?;
    if !visible(world, &auth, account) {
        return Err(GraphError::unseen(id));
    }
    if access == Access::Read && auth.token.kind == Kind::FacebookPage && world.settings.page_token_reads_fail {
        return Err(GraphError::unseen(id));
    }
    let scope = match (access, ask.is_instagram_host()) {
        (Access::Read, true) => "instagram_business_basic",
        (Access::Write, true) => "instagram_business_content_publish",
        (Access::Read, false) => "instagram_basic",
        (Access::Write, false) => "instagram_content_publish",
    };
    if !auth.has(scope) {
        return Err(GraphError::new(10, format!("(#10) Application does not have permission for this action: {scope}")));
    }
    let page = account.page.as_ref().and_then(|page| world.facebook.pages.get(page));
    if access == Access::Write && !ask.is_instagram_host() && !page.is_some_and(|page| page.may_create()) {
        return Err(GraphError::new(10, "(#10) The user must have a role on the linked Page that may create content"));
    }
    Ok(account.clone())
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
