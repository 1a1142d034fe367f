//! `pm3k demo`: a whole installation in a temporary folder, with the three platforms simulated in the same process.
//!
//! It does what a person would do, over HTTP and with real files: signs in, connects three accounts through the consent pages, uploads media
//! through the API, schedules posts, and tells what happens to them. Nothing leaves this machine, and nothing is left on it.

mod script;
pub mod visitor;
mod watch;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use simulator::{Options, Simulator};

use crate::actions::{self, Actor};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{self, Sources};
use crate::model::workspace;
use crate::publisher::Publisher;
use crate::secret::{self, Secret};
use crate::web::Server;

/// Where the demo listens if nothing was said and nobody else does.
const USUAL: &str = "127.0.0.1:8080";
/// How long the simulated platforms work on what they were given.
const PROCESSING: Duration = Duration::from_secs(3);
const EMAIL: &str = "demo@example.org";

/// Runs the demo until it is stopped, or with `exit_when_done` until every post is out. True if all are.
pub fn run(listen: Option<SocketAddr>, exit_when_done: bool) -> anyhow::Result<bool> {
    let listen = free_address(listen)?;
    let folder = Folder::make()?;
    let simulator = Simulator::start(Options { auto_consent: true, processing: PROCESSING, ..Options::default() })
        .context("the simulated platforms could not be started")?;
    let public_url = format!("http://{listen}");
    let file = folder.0.join("config.toml");
    let toml = format!(
        "data_dir = {:?}\n\n[server]\nlisten = \"{listen}\"\npublic_url = \"{public_url}\"\n\n[operator]\nname = \"The demo\"\ncontact_email = \"{EMAIL}\"\n\n{}",
        folder.0.join("data"),
        simulator.config_toml(&public_url)
    );
    fs::write(&file, toml)?;
    let config = config::load(&Sources { file: Some(file), ..Sources::default() }).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the demo's own configuration is wrong: {}", lines.join("; "))
    })?;
    let data_dir = config.data_dir.clone();
    let (app, _) = App::open(config, Clock::system())?;
    let app = Arc::new(app);
    let (password, key) = people(&app)?;
    let publisher = Publisher::start(app.engine(), app.publisher.clone(), &data_dir)?;
    let server = Server::bind(Arc::clone(&app))?;
    let stopper = server.stopper();
    let serving = std::thread::Builder::new().name("server".into()).spawn(move || server.run())?;

    println!("PM3K is running with TikTok, Facebook and Instagram simulated on this machine. Nothing is sent anywhere.\n");
    println!("  open      {public_url}");
    println!("  sign in   {EMAIL}");
    println!("  password  {}", password.expose());
    println!("  platforms {}   what the simulated platforms hold: their accounts, the posts as they would look, each call\n", simulator.url());

    let running = || !serving.is_finished();
    let done = script::play(&app, &public_url, EMAIL, &password, &key, &running)?;
    if exit_when_done {
        stopper.stop();
    } else if running() {
        println!("\nLook around, connect more, post more. Ctrl-C ends the demo and removes its folder.");
    }
    serving.join().map_err(|_| anyhow::anyhow!("the server failed"))??;
    publisher.stop();
    Ok(done)
}

/// The demo's user and API key.
fn people(app: &App) -> anyhow::Result<(Secret, Secret)> {
    let now = app.clock.now();
    let password = Secret::new(secret::random_word().chars().take(12).collect::<String>());
    actions::users::create(app, Actor::Cli, &actions::users::NewUser { email: EMAIL, name: "Demo", password: &password, is_admin: true }, now)?;
    let workspace = app.db.read(workspace::first)?.context("there is no workspace")?;
    let (_, key) = actions::api_keys::create(app, Actor::Cli, workspace.id, "demo", &[], None, now)?;
    Ok((password, key))
}

/// The address asked for, or the usual one, or any that is free.
fn free_address(asked: Option<SocketAddr>) -> anyhow::Result<SocketAddr> {
    if let Some(asked) = asked {
        let listener = TcpListener::bind(asked).with_context(|| format!("{asked} cannot be used; give another one with --listen"))?;
        return Ok(listener.local_addr()?);
    }
    let listener = TcpListener::bind(USUAL).or_else(|_| TcpListener::bind("127.0.0.1:0")).context("no address on this machine is free")?;
    Ok(listener.local_addr()?)
}

/// A folder that goes when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("pm3k-demo-{}", secret::random_word().chars().take(8).collect::<String>()));
        fs::create_dir(&path).with_context(|| format!("the temporary folder {} cannot be made", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(e) = remove(&self.0) {
            eprintln!("the demo's folder {} could not be removed: {e}", self.0.display());
        }
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    fs::remove_dir_all(path)
}
