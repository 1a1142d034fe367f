//! Who a Graph call speaks for.
//!
//! Always true: a token of one host is refused on the other (190); a proof that is sent is checked; the permissions of a Facebook
//! token are those of the person's grant at this moment, not those of the day when the token was made. Instagram's last 90 days.

use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::GraphError;
use crate::{
    address::{FACEBOOK_APP_SECRET, INSTAGRAM_APP_SECRET},
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Page, PersonGrant},
        sink::hex,
        token::{Kind, Token},
    },
};

#[derive(Clone, Debug)]
pub struct Auth {
    pub text: String,
    pub token: Token,
    pub scopes: Vec<String>,
}

impl Auth {
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    pub fn needs(&self, scope: &str) -> Result<(), GraphError> {
        if self.has(scope) { Ok(()) } else { Err(GraphError::permission(scope)) }
    }

    pub fn is_page(&self, page: &str) -> bool {
        self.token.kind == Kind::FacebookPage && self.token.account == page
    }
}

pub fn authenticate(world: &World, ask: &Ask, now: Now) -> Result<Auth, GraphError> {
    let text = ask.authorization("Bearer").or_else(|| ask.params.get("access_token"));
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Err(GraphError::new(2500, "An active access token must be used to query information about the current user."));
    };
    let auth = by_text(world, text, now, ask.is_instagram_host())?;
    check_proof(world, ask, text, now)?;
    Ok(auth)
}

/// Also for the upload host, which has a header of its own.
pub fn by_text(world: &World, text: &str, now: Now, instagram_host: bool) -> Result<Auth, GraphError> {
    let unusable = || GraphError::new(190, "Invalid OAuth access token - Cannot parse access token");
    let token = world.tokens.get(text).ok_or_else(unusable)?;
    let of_host = match token.kind {
        Kind::Instagram => instagram_host,
        Kind::FacebookUser | Kind::FacebookPage => !instagram_host,
        Kind::TikTok | Kind::TikTokRefresh => false,
    };
    if !of_host {
        return Err(unusable());
    }
    if let Some(subcode) = token.dead {
        let message = match subcode {
            458 => "The user has not authorized application.",
            459 | 490 => "The session has been invalidated because the user is enrolled in a blocking, logged-in checkpoint.",
            460 => "The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.",
            463 => "Session has expired.",
            464 => "Sessions for the user are not allowed because the user is not a confirmed user.",
            467 => "The session is invalid because the user logged out.",
            492 => "The user must be an administrator, editor, or moderator of the page in order to impersonate it.",
            _ => "The session is invalid.",
        };
        return Err(GraphError::new(190, format!("Error validating access token: {message}")).sub(subcode));
    }
    if !token.alive(now) {
        return Err(GraphError::new(190, "Error validating access token: Session has expired.").sub(463));
    }
    let mut scopes: Vec<String> = match grant_of(world, token) {
        Some(grant) => grant.scopes.iter().cloned().collect(),
        None => token.scopes.clone(),
    };
    if token.kind == Kind::FacebookPage && data_access_ends(world, token) <= now {
        // The Page permissions do not expire this way, Instagram's do.
        scopes.retain(|scope| !scope.starts_with("instagram_"));
    }
    Ok(Auth { text: text.to_owned(), token: token.clone(), scopes })
}

pub fn grant_of<'a>(world: &'a World, token: &Token) -> Option<&'a PersonGrant> {
    world.facebook.people.get(token.person.as_ref()?)?.grant.as_ref()
}

/// Access to data ends 90 days after the person was last there, whatever the token says: when its user token was made.
pub fn data_access_ends(world: &World, token: &Token) -> Now {
    let user = token.twin.as_ref().filter(|_| token.kind == Kind::FacebookPage).and_then(|twin| world.tokens.get(twin));
    user.unwrap_or(token).issued + TimeDelta::days(90)
}

fn check_proof(world: &World, ask: &Ask, text: &str, now: Now) -> Result<(), GraphError> {
    let Some(proof) = ask.params.get("appsecret_proof") else {
        if world.settings.require_proof && !ask.is_instagram_host() {
            return Err(GraphError::new(100, "API calls from the server require an appsecret_proof argument"));
        }
        return Ok(());
    };
    let code = if world.settings.graph.wrong_proof_is_104 { 104 } else { 100 };
    let invalid = || GraphError::new(code, "Invalid appsecret_proof provided in the API argument");
    let secret = if ask.is_instagram_host() { INSTAGRAM_APP_SECRET } else { FACEBOOK_APP_SECRET };
    let message = match ask.params.get("appsecret_time") {
        None => text.to_owned(),
        Some(time) => {
            let seconds: i64 = time.parse().map_err(|_| invalid())?;
            if now.timestamp().abs_diff(seconds) > 300 {
                return Err(invalid());
            }
            format!("{text}|{time}")
        }
    };
    if hmac_hex(secret, &message) == proof { Ok(()) } else { Err(invalid()) }
}

pub fn hmac_hex(key: &str, message: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mut mac) => {
            mac.update(message.as_bytes());
            hex(&mac.finalize().into_bytes())
        }
        Err(_) => String::new(),
    }
}

/// A write to a Page: its own token, a grant that still holds it, the permissions, and the role.
pub fn page_write<'a>(world: &'a World, auth: &Auth, id: &str) -> Result<&'a Page, GraphError> {
    let page = page_own(world, auth, id)?;
    for scope in ["pages_manage_posts", "pages_read_engagement", "pages_show_list"] {
        permitted(world, auth, scope)?;
    }
    if !page.may_create() {
        return Err(GraphError::new(200, "(#200) The user must have the CREATE_CONTENT task on this Page"));
    }
    Ok(page)
}

/// Comments as the Page.
pub fn page_engage<'a>(world: &'a World, auth: &Auth, id: &str) -> Result<&'a Page, GraphError> {
    let page = page_own(world, auth, id)?;
    for scope in ["pages_manage_engagement", "pages_read_engagement"] {
        permitted(world, auth, scope)?;
    }
    if !page.has_task("MODERATE") {
        return Err(GraphError::new(200, "(#200) The user must have the MODERATE task on this Page"));
    }
    Ok(page)
}

/// Reading what is on a Page: with its own token.
pub fn page_content<'a>(world: &'a World, auth: &Auth, id: &str) -> Result<&'a Page, GraphError> {
    let page = page_own(world, auth, id)?;
    permitted(world, auth, "pages_read_engagement")?;
    Ok(page)
}

pub fn permitted(world: &World, auth: &Auth, scope: &str) -> Result<(), GraphError> {
    if auth.has(scope) {
        return Ok(());
    }
    Err(if world.settings.graph.lacking_permission_is_10 {
        GraphError::new(10, format!("(#10) This endpoint requires the '{scope}' permission or the 'Page Public Content Access' feature"))
    } else if scope == "pages_read_engagement" || scope == "pages_read_user_content" {
        GraphError::new(283, format!("(#283) Requires {scope} permission to access the object"))
    } else {
        GraphError::permission(scope)
    })
}

fn page_own<'a>(world: &'a World, auth: &Auth, id: &str) -> Result<&'a Page, GraphError> {
    let page = page_read(world, auth, id)?;
    if auth.token.kind == Kind::FacebookUser {
        return Err(GraphError::new(190, "This method must be called with a Page Access Token").sub(2_069_032));
    }
    Ok(page)
}

/// A Page that this token may see.
pub fn page_read<'a>(world: &'a World, auth: &Auth, id: &str) -> Result<&'a Page, GraphError> {
    let page = world.facebook.pages.get(id).ok_or_else(|| GraphError::unseen(id))?;
    if auth.token.kind == Kind::FacebookPage && auth.token.account != id {
        return Err(GraphError::new(200, "(#200) The token is that of another Page"));
    }
    let granted = grant_of(world, &auth.token).is_some_and(|grant| grant.pages.contains(id));
    if !granted {
        return Err(GraphError::new(10, "(#10) This Page is not among those that the user has granted to the application"));
    }
    Ok(page)
}
