//! The configuration: what is right in form and still will not work.

use super::report::Report;
use crate::address::is_loopback;
use crate::config::{Config, Origin, Settings};

pub(super) fn check(config: &Config, settings: &Settings, report: &mut Report) {
    match &settings.file {
        Some(file) => report.fine("configuration", format!("{}", file.display())),
        None => report.note("configuration", "there is no file; the defaults and the environment count"),
    }
    public_url(config, report);
    proxies(config, report);
    apps(config, settings, report);
    legal_pages(config, report);
    if config.media.max_upload > config.media.quota {
        report.warning("media", "media.max_upload is larger than media.quota", "Lower the one or raise the other.");
    }
}

/// Are real platforms to be spoken to (and not simulators on this machine)?
fn speaks_to_platforms(config: &Config) -> bool {
    let real = |is_on: bool, url: &str| is_on && !is_loopback(url);
    real(config.tiktok.is_on(), &config.tiktok.api_url)
        || real(config.facebook.is_on(), &config.facebook.graph_url)
        || real(config.instagram.is_on(), &config.instagram.graph_url)
}

fn public_url(config: &Config, report: &mut Report) {
    let url = &config.server.public_url;
    let mend = "Set server.public_url to the https address that people use, and put a reverse proxy with a certificate there.";
    if is_loopback(url) {
        let message = format!("{url} is known on this machine only: no platform can fetch media from it or send its callbacks to it");
        if speaks_to_platforms(config) {
            report.warning("public address", message, mend);
        } else {
            report.note("public address", message);
        }
    } else if url.starts_with("http://") {
        let message = format!("{url} is not encrypted: passwords can be read on the way, and the platforms accept no redirect URI there");
        report.warning("public address", message, mend);
    } else {
        report.fine("public address", url.clone());
    }
}

fn proxies(config: &Config, report: &mut Report) {
    let listen = config.server.listen;
    if listen.ip().is_loopback() {
        if config.server.public_url.starts_with("https://") && config.server.trusted_proxies.is_empty() {
            report.warning(
                "reverse proxy",
                "server.trusted_proxies is empty, so all visitors seem to come from the proxy, and one who guesses passwords slows down everybody",
                "Set server.trusted_proxies = [\"127.0.0.1/32\"] (the address that the proxy connects from).",
            );
        }
    } else {
        report.note("listening", format!("{listen} can be reached from other machines, unencrypted; let only the reverse proxy reach it"));
    }
}

fn apps(config: &Config, settings: &Settings, report: &mut Report) {
    let apps = [
        ("TikTok", "tiktok", config.tiktok.is_on(), config.tiktok.client_secret.is_empty()),
        ("Facebook", "facebook", config.facebook.is_on(), config.facebook.app_secret.is_empty()),
        ("Instagram", "instagram", config.instagram.is_on(), config.instagram.app_secret.is_empty()),
    ];
    for (name, section, is_on, no_secret) in apps {
        match (is_on, no_secret) {
            (true, _) => report.fine("apps", format!("{name} is configured")),
            (false, true) => report.note("apps", format!("{name} is off: the id in [{section}] is empty")),
            (false, false) => report.warning("apps", format!("{name} is off, although its secret is set"), format!("Set the id in [{section}] too.")),
        }
    }
    if apps.iter().all(|(_, _, is_on, _)| !is_on) {
        report.warning(
            "apps",
            "no platform is configured, so no account can be connected",
            "Make an app in a platform's developer portal and enter its id and secret.",
        );
    }
    if config.tiktok.is_on() && !config.tiktok.audited && matches!(settings.setting("tiktok.audited").map(|setting| &setting.origin), Some(Origin::Default)) {
        report.note("apps", "TikTok posts go to the inbox as drafts until tiktok.audited is true; direct posts need TikTok's audit of the app");
    }
}

fn legal_pages(config: &Config, report: &mut Report) {
    let operator = &config.operator;
    let fields = [
        ("name", &operator.name),
        ("contact_email", &operator.contact_email),
        ("address", &operator.address),
        ("country", &operator.country),
        ("hosting", &operator.hosting),
    ];
    let missing: Vec<&str> = fields.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        report.fine("legal pages", "the operator's details are complete");
        return;
    }
    let message = format!("[operator] lacks {}", missing.join(", "));
    if speaks_to_platforms(config) {
        report.warning("legal pages", message, "Fill them in: the platforms' reviewers read the privacy policy and the terms that are made from them.");
    } else {
        report.note("legal pages", message);
    }
}
