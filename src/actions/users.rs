//! Making users, signing in and out. Passwords are hashed with Argon2id; a wrong address costs the same time as a wrong password.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use chrono::{DateTime, Utc};

use super::{Actor, Error, FieldProblem};
use crate::app::App;
use crate::ids::{SessionId, UserId};
use crate::model::workspace::{self, Role};
use crate::model::{audit, session, user};
use crate::secret::{self, Secret};

/// Shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 10;
/// Longest input that is hashed, in bytes: more would only cost time.
const LONGEST_PASSWORD: usize = 1024;

/// A person to be made.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub email: &'a str,
    /// Empty: the part of the address before the @.
    pub name: &'a str,
    pub password: &'a Secret,
    pub is_admin: bool,
}

/// Makes a user, who becomes a member of the first workspace (admin there if an instance admin, publisher otherwise).
pub fn create(app: &App, actor: Actor, new: &NewUser<'_>, now: DateTime<Utc>) -> Result<UserId, Error> {
    create_if(app, actor, new, false, now)
}

/// The first-run set-up: as [`create`], but only while there is nobody.
pub fn create_first(app: &App, new: &NewUser<'_>, now: DateTime<Utc>) -> Result<UserId, Error> {
    create_if(app, Actor::Cli, new, true, now)
}

fn create_if(app: &App, actor: Actor, new: &NewUser<'_>, only_first: bool, now: DateTime<Utc>) -> Result<UserId, Error> {
    let email = new.email.trim();
    let name = match new.name.trim() {
        "" => email.split('@').next().unwrap_or(email),
        name => name,
    };
    let problems = problems(email, name, new.password);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let password_hash = hash(new.password)?;
    let time_zone = app.zones.system_name();
    app.db.write(|tx| {
        if only_first && user::any(tx)? {
            return Err(Error::Refused("Somebody has set up this installation already. Sign in instead.".into()));
        }
        let made = user::create(tx, &user::NewUser { email, name, password_hash: &password_hash, is_admin: new.is_admin }, now)?;
        let id = made.ok_or_else(|| Error::invalid("email", "taken", "There is a user with this e-mail address already."))?;
        let workspace = workspace::first_or_create(tx, &time_zone, now)?;
        workspace::add_member(tx, workspace.id, id, if new.is_admin { Role::Admin } else { Role::Publisher })?;
        audit::note(tx, None, &actor.to_string(), "user.create", &id.to_string(), if new.is_admin { "admin" } else { "" }, now)?;
        Ok(id)
    })
}

fn problems(email: &str, name: &str, password: &Secret) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let looks_right = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if !looks_right || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        problems.push(FieldProblem::new("email", "invalid", "This is not an e-mail address; one looks like name@example.org."));
    }
    if name.chars().count() > 100 || name.chars().any(char::is_control) {
        problems.push(FieldProblem::new("name", "invalid", "A name has at most 100 characters, on one line."));
    }
    let length = password.expose().chars().count();
    if length < SHORTEST_PASSWORD {
        problems.push(FieldProblem::new("password", "too_short", format!("A password has at least {SHORTEST_PASSWORD} characters; this one has {length}.")));
    }
    if password.expose().len() > LONGEST_PASSWORD {
        problems.push(FieldProblem::new("password", "too_long", format!("A password has at most {LONGEST_PASSWORD} bytes.")));
    }
    problems
}

/// Sign-ins that may wait for their turn: each holds a thread that pages, API and media need too.
const MOST_WAITING: usize = 16;
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// One of those that wait.
struct Waiting;

impl Waiting {
    fn begin() -> Option<Waiting> {
        let waiting = Waiting;
        (WAITING.fetch_add(1, Ordering::SeqCst) < MOST_WAITING).then_some(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Signs in: the cookie's word and the session, or none if address and password do not fit.
pub fn sign_in(app: &App, email: &str, password: &Secret, user_agent: &str, now: DateTime<Utc>) -> Result<Option<(Secret, SessionId)>, Error> {
    let Some(_waiting) = Waiting::begin() else {
        return Err(Error::Refused("Too many people are signing in at this moment. Try again in a few seconds.".into()));
    };
    let found = app.db.read(|db| user::by_email(db, email.trim()))?;
    let stored = found.as_ref().map_or(DECOY.as_str(), |user| user.password_hash.as_str());
    let fits = password.expose().len() <= LONGEST_PASSWORD && verify(password, stored);
    match found {
        Some(user) if fits && user.disabled_at.is_none() => start_session(app, user.id, user_agent, now).map(Some),
        _ => Ok(None),
    }
}

/// Starts a session for somebody whose identity is known.
pub fn start_session(app: &App, user: UserId, user_agent: &str, now: DateTime<Utc>) -> Result<(Secret, SessionId), Error> {
    let word = Secret::new(secret::random_word());
    let id = app.db.write(|tx| {
        let id = session::create(tx, user, word.expose(), user_agent, now)?;
        audit::note(tx, None, &user.to_string(), "session.start", &id.to_string(), "", now)?;
        Ok::<_, Error>(id)
    })?;
    Ok((word, id))
}

/// Signs out.
pub fn end_session(app: &App, id: SessionId) -> Result<(), Error> {
    app.db.write(|tx| Ok(session::delete(tx, id)?))
}

/// What an unknown address is checked against, so that its answer takes as long as a known one's.
static DECOY: LazyLock<String> = LazyLock::new(|| hash(&Secret::new(secret::random_word())).unwrap_or_default());

/// Hashing takes 19 MiB and tens of milliseconds: one at a time, so that many sign-ins at once cannot fill the memory or the processors.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn hash(password: &Secret) -> Result<String, Error> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let salt = secret::random::<16>();
    match Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt) {
        Ok(hash) => Ok(hash.to_string()),
        Err(e) => Err(Error::Internal(anyhow::anyhow!("the password could not be hashed: {e}"))),
    }
}

fn verify(password: &Secret, stored: &str) -> bool {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}
