//! Rate limits of the Graph hosts: calls are counted, told in headers, and refused when there were too many.
//!
//! Always true: a refused call counts too, so going on while limited makes the block longer. The upload host and the login's own calls
//! are not counted.

use chrono::TimeDelta;
use serde_json::{Map, json};

use super::{error::GraphError, switches::Usage};
use crate::{
    http::{request::Ask, route::account_of},
    world::{Now, World, token::Kind},
};

/// Whom a call is counted for.
#[derive(Debug)]
enum Payer {
    App,
    Account(String),
}

fn payer(world: &World, ask: &Ask) -> Option<Payer> {
    let text = ask.authorization("Bearer").or_else(|| ask.params.get("access_token"))?;
    let token = world.tokens.get(text)?;
    match token.kind {
        Kind::FacebookUser => Some(Payer::App),
        Kind::FacebookPage | Kind::Instagram => Some(Payer::Account(account_of(world, ask).unwrap_or_else(|| token.account.clone()))),
        Kind::TikTok | Kind::TikTokRefresh => None,
    }
}

/// Counts the call, and refuses it where the limit says so.
pub fn admit(world: &mut World, ask: &Ask, now: Now) -> Result<(), GraphError> {
    let Some(payer) = payer(world, ask) else {
        return Ok(());
    };
    let account = match &payer {
        Payer::App => account_of(world, ask),
        Payer::Account(id) => Some(id.clone()),
    };
    let limit = world.settings.graph.limit.clone().filter(|limit| limit.account.is_none() || limit.account == account);
    if let Some(limit) = limit {
        return Err(GraphError { subcode: limit.subcode, ..refusal(limit.code) });
    }
    let used = match &payer {
        Payer::App => world.count("graph app".into(), TimeDelta::hours(1), world.settings.graph.app_calls_per_hour, now),
        Payer::Account(id) => world.count(format!("graph {id}"), TimeDelta::days(1), world.settings.graph.account_calls_per_day, now),
    };
    let told = world.settings.graph.usage.as_ref().map(|usage| match payer {
        Payer::App => usage.app,
        Payer::Account(_) => usage.account,
    });
    if told.unwrap_or(used) < 100 {
        return Ok(());
    }
    Err(match payer {
        Payer::App => refusal(4),
        Payer::Account(id) if world.instagram.accounts.contains_key(&id) => refusal(80_002),
        Payer::Account(_) => refusal(80_001),
    })
}

fn refusal(code: i32) -> GraphError {
    let message = match code {
        4 => "(#4) Application request limit reached",
        17 => "(#17) User request limit reached",
        32 => "(#32) Page request limit reached",
        341 => "(#341) Application limit reached",
        613 => "(#613) Calls to this api have exceeded the rate limit.",
        80_002 => "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
        80_001 => "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
        _ => "Request limit reached",
    };
    GraphError::new(code, message)
}

/// The usage headers of an answer: from one percent on, or what the switch says.
pub fn headers(world: &World, ask: &Ask, now: Now) -> Vec<(&'static str, String)> {
    let Some(payer) = payer(world, ask) else {
        return Vec::new();
    };
    let Some(usage) = &world.settings.graph.usage else {
        let (used, value) = match &payer {
            Payer::App => {
                let used = world.counted("graph app", TimeDelta::hours(1), world.settings.graph.app_calls_per_hour, now);
                (used, ("x-app-usage", app_usage(used)))
            }
            Payer::Account(id) => {
                let used = world.counted(&format!("graph {id}"), TimeDelta::days(1), world.settings.graph.account_calls_per_day, now);
                (used, ("x-business-use-case-usage", account_usage(world, id, used, 0)))
            }
        };
        return if used > 0 { vec![value] } else { Vec::new() };
    };
    told(world, &payer, usage)
}

fn told(world: &World, payer: &Payer, usage: &Usage) -> Vec<(&'static str, String)> {
    let cut = |text: String| if usage.malformed { text.get(..text.len() / 2).unwrap_or("{").to_owned() } else { text };
    let mut headers = vec![("x-app-usage", cut(app_usage(usage.app)))];
    if let Payer::Account(id) = payer {
        headers.push(("x-business-use-case-usage", cut(account_usage(world, id, usage.account, usage.minutes))));
        if usage.page_header {
            headers.push(("x-page-usage", cut(app_usage(usage.account))));
        }
    }
    headers
}

fn app_usage(percent: u32) -> String {
    json!({"call_count": percent, "total_time": percent / 2, "total_cputime": percent / 3}).to_string()
}

fn account_usage(world: &World, id: &str, percent: u32, minutes: u32) -> String {
    let kind = if world.instagram.accounts.contains_key(id) { "instagram" } else { "pages" };
    let mut by_account = Map::new();
    by_account.insert(
        id.to_owned(),
        json!([{"type": kind, "call_count": percent, "total_cputime": percent / 3, "total_time": percent / 2,
            "estimated_time_to_regain_access": minutes}]),
    );
    json!(by_account).to_string()
}
