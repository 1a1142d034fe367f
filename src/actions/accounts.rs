//! Connecting accounts through the platforms' consent pages.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::{Actor, Error};
use crate::access::Installation;
use crate::app::App;
use crate::ids::{AccountId, ConnectId, SessionId, UserId, WorkspaceId};
use crate::kind::Login;
use crate::model::{account, audit, connect, job};
use crate::platform::{ErrorClass, Found};
use crate::secret::{self, Secret};
use crate::{briefing, standing};

/// Begins: the address of the consent page to send the person to.
pub fn begin(app: &App, session: SessionId, workspace: WorkspaceId, login: Login, now: DateTime<Utc>) -> Result<String, Error> {
    let platform = app.platforms.connect(login).ok_or_else(|| {
        Error::Refused(format!(
            "This login is not configured yet. Fill in the section [{login}] of the configuration with the app's id and secret, then restart."
        ))
    })?;
    let state = secret::random_word();
    // 64 characters of PKCE's alphabet, as RFC 7636 asks for 43 to 128.
    let verifier = Secret::new(secret::hex(&secret::random::<32>()));
    let url = platform
        .authorize_url(&app.config.redirect_uri(login), &state, &verifier)
        .map_err(|e| Error::Refused(format!("The consent page's address could not be made: {e}")))?;
    let sealed = app.keys.seal(&verifier_place(&state), verifier.expose().as_bytes());
    app.db.write(|tx| connect::begin(tx, session, workspace, login, &state, &sealed, now))?;
    Ok(url)
}

fn verifier_place(state: &str) -> String {
    format!("connect:{}:verifier", secret::hex(&secret::fingerprint(state)))
}

fn found_place(id: ConnectId) -> String {
    format!("connect:{}:found", id.0)
}

/// Where a person goes after the consent page.
#[derive(Debug)]
pub enum Returned {
    /// There was one account, and it is connected.
    Connected(AccountId),
    /// There is a choice to make.
    Choose(ConnectId),
}

/// What came back from the consent page. The state is used up whatever happens.
pub fn finish(app: &App, session: SessionId, user: UserId, login: Login, code: &Secret, state: &str, now: DateTime<Utc>) -> Result<Returned, Error> {
    let flow = take_state(app, session, login, state, now)?;
    let platform = app.platforms.connect(login).ok_or(Error::NotFound("login"))?;
    let verifier = app.keys.open(&verifier_place(state), &flow.verifier_sealed).map_err(|e| Error::Internal(e.into()))?;
    let verifier = Secret::new(String::from_utf8_lossy(&verifier).into_owned());
    let found = platform.exchange(&app.config.redirect_uri(login), code, &verifier, now).map_err(|e| match e.class {
        ErrorClass::Bug => Error::Internal(e.into()),
        _ => Error::Refused(format!("{} {} ({})", e.message, e.remedy, e.code)),
    })?;
    match found.as_slice() {
        [] => Err(Error::Refused(
            "The login went well, but it gives access to no account that can be published to. Connect again and tick the Pages and accounts you want.".into(),
        )),
        [only] if only.blocked.is_none() => {
            let id = app.db.write(|tx| {
                connect::delete(tx, flow.id)?;
                store(app, tx, user, flow.workspace_id, only, now)
            })?;
            app.publisher.wake();
            Ok(Returned::Connected(id))
        }
        _ => {
            let plain = serde_json::to_vec(&found).map_err(|e| Error::Internal(e.into()))?;
            let sealed = app.keys.seal(&found_place(flow.id), &plain);
            app.db.write(|tx| connect::keep_found(tx, flow.id, &sealed, now))?;
            Ok(Returned::Choose(flow.id))
        }
    }
}

/// The person said no on the consent page, or the platform did: the state is used up.
pub fn abandon(app: &App, session: SessionId, login: Login, state: &str, now: DateTime<Utc>) -> Result<(), Error> {
    take_state(app, session, login, state, now).map(drop)
}

fn take_state(app: &App, session: SessionId, login: Login, state: &str, now: DateTime<Utc>) -> Result<connect::Connect, Error> {
    app.db.write(|tx| connect::use_state(tx, session, login, state, now))?.ok_or_else(|| {
        Error::Refused("This connecting was begun too long ago, in another browser, or is finished already. Begin again from the accounts page.".into())
    })
}

/// What there is to choose from.
pub fn choices(app: &App, session: SessionId, id: ConnectId, now: DateTime<Utc>) -> Result<Vec<Found>, Error> {
    let flow = app.db.read(|db| connect::open_choice(db, id, session, now))?.ok_or(Error::NotFound("connecting to finish; begin again"))?;
    let sealed = flow.found_sealed.unwrap_or_default();
    let plain = app.keys.open(&found_place(id), &sealed).map_err(|e| Error::Internal(e.into()))?;
    serde_json::from_slice(&plain).map_err(|e| Error::Internal(e.into()))
}

/// Connects the chosen ones (by their place in [`choices`]).
pub fn choose(app: &App, session: SessionId, user: UserId, id: ConnectId, chosen: &[usize], now: DateTime<Utc>) -> Result<Vec<AccountId>, Error> {
    let found = choices(app, session, id, now)?;
    let picked: Vec<&Found> = found.iter().enumerate().filter(|(i, found)| chosen.contains(i) && found.blocked.is_none()).map(|(_, found)| found).collect();
    if picked.is_empty() {
        return Err(Error::invalid("accounts", "required", "Choose at least one account, or go back without connecting."));
    }
    let ids = app.db.write(|tx| {
        let flow = connect::open_choice(tx, id, session, now)?.ok_or(Error::NotFound("connecting to finish; begin again"))?;
        connect::delete(tx, id)?;
        picked.into_iter().map(|found| store(app, tx, user, flow.workspace_id, found, now)).collect::<Result<Vec<_>, Error>>()
    })?;
    app.publisher.wake();
    Ok(ids)
}

/// Connects one account; if it waited for this, its jobs go on.
fn store(app: &App, tx: &rusqlite::Transaction<'_>, user: UserId, workspace: WorkspaceId, found: &Found, now: DateTime<Utc>) -> Result<AccountId, Error> {
    let id = account::connect(
        tx,
        &account::Connected {
            workspace_id: workspace,
            platform: found.platform,
            login: found.login,
            remote_id: &found.remote_id,
            person_id: found.person_id.as_deref(),
            username: &found.username,
            display_name: &found.display_name,
            avatar: found.avatar.as_ref().map(|avatar| (avatar.mime.as_str(), avatar.bytes.as_slice())),
            scopes: &found.scopes,
            missing_scopes: &found.missing_scopes,
            connected_by: Some(user),
        },
        now,
    )?;
    let plain = serde_json::to_vec(&found.access).map_err(|e| Error::Internal(e.into()))?;
    let sealed = app.keys.seal(&account::access_place(id), &plain);
    account::store_access(tx, id, &sealed, found.access.expires_at, found.access.refresh_expires_at)?;
    job::let_go_account(tx, id, job::NEEDS_RECONNECT)?;
    let actor = Actor::User(user).to_string();
    audit::note(tx, Some(workspace), &actor, "account.connect", &id.to_string(), &format!("{} @{}", found.platform, found.username), now)?;
    Ok(id)
}

/// How long a person waits for what platforms let accounts do.
const LONGEST_ASK: Duration = Duration::from_secs(4);
/// Accounts that are asked about at the same time.
const MOST_ASKED: usize = 50;

/// The accounts as their platforms see them at the moment, where there is something to ask (TikTok: the creator's settings). All are asked at the same
/// time; what is not told within [`LONGEST_ASK`], or not at all, stays as it was told last.
pub fn as_of_now(app: &App, mut accounts: Vec<account::Account>, now: DateTime<Utc>) -> Vec<account::Account> {
    let (tell, told) = mpsc::channel();
    let has_standing = |row: &account::Account| app.platforms.adapter(row.platform).is_some_and(|adapter| adapter.has_standing(&briefing::account(row)));
    for (place, row) in accounts.iter().enumerate().filter(|(_, row)| has_standing(row)).take(MOST_ASKED) {
        let (db, keys, store, platforms) = (Arc::clone(&app.db), app.keys.clone(), app.store.clone(), Arc::clone(&app.platforms));
        let (public_url, row, tell) = (app.config.server.public_url.clone(), row.clone(), tell.clone());
        let ask = move || {
            let installation = Installation { db: &db, keys: &keys, store: &store, platforms: &platforms, public_url: &public_url };
            // Nobody listens any more if it took too long; what was told is stored all the same.
            let _ = tell.send((place, standing::refreshed(installation, row, now)));
        };
        if let Err(e) = thread::Builder::new().name("ask".into()).spawn(ask) {
            tracing::warn!("what a platform allows could not be asked: {e}");
        }
    }
    drop(tell);
    let until = Instant::now() + LONGEST_ASK;
    while let Ok((place, row)) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Some(slot) = accounts.get_mut(place) {
            *slot = row;
        }
    }
    accounts
}
