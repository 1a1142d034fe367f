//! Over the network: do the platforms answer, does the public address lead here, does the clock agree with theirs.

use chrono::{DateTime, Utc};
use ureq::http::Method;

use super::report::Report;
use crate::config::Config;
use crate::platform::http::{Answer, Body, Call, Http};

pub(super) fn check(config: &Config, now: DateTime<Utc>, report: &mut Report) {
    let http = Http::default();
    let get = |url: &str| http.send(Call { method: Method::GET, url, headers: &[], body: Body::Empty, visible: false });
    let platforms = [
        (config.tiktok.is_on(), "TikTok", &config.tiktok.api_url),
        (config.facebook.is_on(), "Facebook", &config.facebook.graph_url),
        (config.instagram.is_on(), "Instagram", &config.instagram.graph_url),
    ];
    for (_, name, url) in platforms.iter().filter(|(is_on, ..)| *is_on) {
        match get(url) {
            Ok(answer) => {
                report.fine("online", format!("{name} answers at {url}"));
                drift(&answer, now, report);
            }
            Err(e) => report.serious(
                "online",
                format!("{name} ({url}): {}", e.message),
                "See that this machine may open https connections to it, and that DNS and any proxy (HTTPS_PROXY) work.",
            ),
        }
    }
    let health = format!("{}/healthz", config.server.public_url);
    match get(&health) {
        Ok(answer) if answer.is_success() => report.fine("online", format!("the public address leads to a server: {health}")),
        Ok(answer) => {
            report.warning("online", format!("{health} answers {}", answer.status), "See that the reverse proxy passes requests on to server.listen.")
        }
        Err(_) => report.warning(
            "online",
            format!("nothing answers at {health}"),
            "Start the server, and see that the name leads to this machine and the reverse proxy runs.",
        ),
    }
}

/// A signature or a scheduled time that is off by minutes is refused.
fn drift(answer: &Answer, now: DateTime<Utc>, report: &mut Report) {
    let theirs = answer.header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let Some(off) = theirs.map(|theirs| (now - theirs.with_timezone(&Utc)).num_seconds()) else { return };
    // The calls themselves take a while; `now` was read before them.
    if off.abs() > 90 {
        report.serious(
            "clock",
            format!("it is {} seconds {} the platform's", off.abs(), if off > 0 { "ahead of" } else { "behind" }),
            "Set the machine's clock by NTP: posts go out by it.",
        );
    }
}
