//! The simulator alone: `cargo run -p simulator -- [--listen 127.0.0.1:9090] [--public-url http://localhost:8080]`.
//!
//! Prints the sections of PM3K's configuration that lead to it, then runs until it is stopped.

use std::{net::SocketAddr, process::ExitCode};

use simulator::{Options, Simulator};

const USAGE: &str = "usage: simulator [--listen 127.0.0.1:9090] [--public-url http://localhost:8080] [--auto-consent]";

fn main() -> ExitCode {
    let (options, public_url) = match arguments(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match Simulator::start(options) {
        Ok(simulator) => {
            let webhook = format!("{}/hooks/tiktok", public_url.trim_end_matches('/'));
            simulator.set(|settings| (settings.tiktok.webhook_url, settings.tiktok.webhooks_by_themselves) = (Some(webhook), true));
            println!("# the world is at {}\n\n{}", simulator.url(), simulator.config_toml(&public_url));
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            eprintln!("the simulator cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(Options, String), String> {
    let mut options = Options { listen: SocketAddr::from(([127, 0, 0, 1], 9090)), ..Options::default() };
    let mut public_url = "http://localhost:8080".to_owned();
    while let Some(flag) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--listen" => options.listen = value()?.parse().map_err(|_| "--listen needs an address and a port".to_owned())?,
            "--public-url" => public_url = value()?,
            "--auto-consent" => options.auto_consent = true,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok((options, public_url))
}
