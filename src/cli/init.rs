//! `pm3k init`: a first configuration, the key file, the first admin.
//!
//! Invariant: nothing that is there is overwritten. Everything that can be refused is refused before anything is written.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde_json::json;

use super::ask;
use super::common::Context;
use super::failure::Failure;
use super::output::Output;
use crate::actions::users::{self, NewUser};
use crate::config::value::Type;
use crate::config::{self, FlagValue, example, keys};
use crate::model::user;

/// Make a configuration, the key file and the first admin; asks for what is not given
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is overwritten: where there is a configuration or a user already, it says so and stops.

Examples:
  pm3k init
  echo 'a long password' | pm3k init --email ada@example.org --password-stdin \\
      --public-url https://posts.example.org")]
pub struct Args {
    /// The first admin's address
    #[arg(long)]
    email: Option<String>,
    /// The first admin's name (default: the part of the address before the @)
    #[arg(long)]
    name: Option<String>,
    /// Read the first admin's password from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
    /// The address that people and platforms will use [default: http://localhost:8080]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "A")]
    listen: Option<String>,
    /// Who runs this installation, for the legal pages
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Where people write to about their data, for the legal pages
    #[arg(long, value_name = "E")]
    contact_email: Option<String>,
}

/// The keys that init sets, and its flag for each.
const ASKED: [(&str, &str); 4] =
    [("server.public_url", "--public-url"), ("server.listen", "--listen"), ("operator.name", "--operator"), ("operator.contact_email", "--contact-email")];

pub fn run(context: &Context, args: Args) -> Result<Output, Failure> {
    let (path, _) =
        context.sources().chosen_file().ok_or_else(|| Failure::Usage("this user has no home folder; say with --config where the configuration goes".into()))?;
    if path.exists() {
        return Err(Failure::Refused(format!(
            "{} is there already and is not overwritten. Edit it (`pm3k config check` tells what is wrong), and make users with `pm3k user create`",
            path.display()
        )));
    }
    let args = complete(args)?;
    let email = args.email.clone().unwrap_or_default();
    let given = given(context, &args);
    let config = config::load(&sources(context, &given)).map_err(Failure::Config)?;
    let password = ask::password(args.password_stdin)?;
    let app = context.open(config)?;
    if app.db.read(user::any)? {
        return Err(Failure::Refused(format!(
            "there are users in {} already. To begin again elsewhere give --data-dir; to use this folder write a configuration with `pm3k config example`",
            app.config.data_dir.display()
        )));
    }
    write(&path, &example::first(&given)).map_err(|e| Failure::Failed(anyhow::Error::new(e).context(format!("{} cannot be written", path.display()))))?;
    context.note(&format!("wrote the configuration {}", path.display()));
    let new = NewUser { email: &email, name: args.name.as_deref().unwrap_or_default(), password: &password, is_admin: true };
    let id = users::create_first(&app, &new, context.now()).inspect_err(|_| {
        // So that the next try does not stop at a configuration that nobody got to use.
        let _ = fs::remove_file(&path);
        context.note(&format!("removed {} again", path.display()));
    })?;
    context.note(&format!("made the admin {email}\n\nNow run `pm3k serve` and sign in at {}/sign-in", app.config.server.public_url));
    let key_file = app.config.key_path();
    Ok(Output::new("", json!({ "config": path, "data_dir": app.config.data_dir, "key_file": key_file, "user": { "id": id, "email": email } })))
}

/// Asks for what is missing, if there is somebody to ask.
fn complete(mut args: Args) -> Result<Args, Failure> {
    if !ask::somebody() {
        return match (&args.email, args.password_stdin) {
            (Some(_), true) => Ok(args),
            _ => Err(Failure::Usage("there is no terminal to ask on; give --email and --password-stdin (and the password on stdin)".into())),
        };
    }
    // With the password on stdin there are no answers to read from it.
    if args.password_stdin {
        return if args.email.is_some() { Ok(args) } else { Err(Failure::Usage("--password-stdin needs --email".into())) };
    }
    let fill = |slot: &mut Option<String>, question: &str, usual: &str, check: &dyn Fn(&str) -> Result<(), String>| -> Result<(), Failure> {
        if slot.is_none() {
            *slot = Some(ask::line(question, usual, check)?);
        }
        Ok(())
    };
    let fits = |path: &'static str| move |text: &str| keys::find(path).map_or(Ok(()), |key| key.of.check(&key.of.raw(text)).map(drop));
    let some_email = |text: &str| if text.is_empty() { Err("it is needed to sign in".to_owned()) } else { Type::Email.check(&Type::Email.raw(text)).map(drop) };
    fill(&mut args.public_url, "Address that people and platforms will use", "http://localhost:8080", &fits("server.public_url"))?;
    fill(&mut args.operator, "Company or person that runs this installation (for the legal pages)", "", &fits("operator.name"))?;
    fill(&mut args.contact_email, "E-mail address for questions about data (for the legal pages)", "", &fits("operator.contact_email"))?;
    fill(&mut args.email, "E-mail address of the first admin", "", &some_email)?;
    fill(&mut args.name, "Name of the first admin (empty: the part of the address before the @)", "", &|_| Ok(()))?;
    Ok(args)
}

/// What the configuration will say.
fn given(context: &Context, args: &Args) -> BTreeMap<&'static str, String> {
    let values = [&args.public_url, &args.listen, &args.operator, &args.contact_email];
    let asked = ASKED.iter().zip(values).filter_map(|((key, _), value)| Some((*key, value.clone().filter(|value| !value.is_empty())?)));
    let data_dir =
        context.common.data_dir.as_ref().map(|dir| ("data_dir", std::path::absolute(dir).unwrap_or_else(|_| dir.clone()).to_string_lossy().into_owned()));
    asked.chain(data_dir).collect()
}

/// What the configuration will be read from, with the answers as flags, so that a wrong one is told with its flag.
fn sources(context: &Context, given: &BTreeMap<&'static str, String>) -> config::Sources {
    let mut sources = context.sources();
    sources.file = None;
    sources.usual_file = None;
    sources.env.retain(|(name, _)| name != "PM3K_CONFIG");
    let flags = ASKED.iter().filter_map(|(key, flag)| Some(FlagValue { key, flag, text: given.get(key)?.clone() }));
    sources.flags.extend(flags);
    sources
}

/// Writes a file that is not there yet, for its owner alone: app secrets will stand in it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
