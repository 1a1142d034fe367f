//! `pm3k user`: the people who sign in.

use serde_json::{Value, json};

use crate::actions::{Actor, users};
use crate::cli::ask;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, day, utc, utc_option};
use crate::model::user::{self, User};

/// Make and list the people who sign in
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a user; the password is asked for, or read from stdin
    #[command(after_help = "\
Examples:
  pm3k user create --email ada@example.org --admin
  pwgen 20 1 | pm3k user create --email ada@example.org --password-stdin")]
    Create {
        /// The address to sign in with
        #[arg(long)]
        email: String,
        /// The name that others see (default: the part of the address before the @)
        #[arg(long, default_value = "", hide_default_value = true)]
        name: String,
        /// May do everything, in every workspace
        #[arg(long)]
        admin: bool,
        /// Read the password from the first line of stdin
        #[arg(long)]
        password_stdin: bool,
        /// Send an invitation instead of setting a password (not in this version yet)
        #[arg(long, conflicts_with = "password_stdin")]
        invite: bool,
    },
    /// List the users
    List,
}

pub fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    match command {
        Command::Create { invite: true, .. } => {
            Err(Failure::Refused("invitations are not in this version yet; set a first password with --password-stdin and hand it over".into()))
        }
        Command::Create { email, name, admin, password_stdin, invite: false } => create(context, &email, &name, admin, password_stdin),
        Command::List => list(context),
    }
}

fn create(context: &Context, email: &str, name: &str, is_admin: bool, password_stdin: bool) -> Result<Output, Failure> {
    let app = context.app()?;
    let password = ask::password(password_stdin)?;
    let id = users::create(&app, Actor::Cli, &users::NewUser { email, name, password: &password, is_admin }, context.now())?;
    let user = app.db.read(|db| user::get(db, id))?.ok_or_else(|| Failure::NotFound(format!("there is no user {id}")))?;
    context.note(&format!("{} can sign in at {}/sign-in", user.email, app.config.server.public_url));
    Ok(Output::new(format!("{id}\n"), view(&user)))
}

fn list(context: &Context) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let users = app.db.read(user::list)?;
    let rows = users.iter().map(|user| {
        let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
        let rights = if user.is_admin { "admin" } else { "" };
        vec![user.id.to_string(), user.email.clone(), user.name.clone(), rights.to_owned(), state.to_owned(), day(user.created_at)]
    });
    Ok(Output::list(&["id", "e-mail", "name", "rights", "state", "since"], rows.collect(), users.iter().map(view).collect()))
}

fn view(user: &User) -> Value {
    json!({
        "id": user.id, "email": user.email, "name": user.name, "admin": user.is_admin,
        "created_at": utc(user.created_at), "disabled_at": utc_option(user.disabled_at),
    })
}
