//! The list of calls: what was asked of the platforms, and what they said.
//!
//! Always true: a call is shown without its query and its headers, which hold tokens.

use super::html::{chip, escape, frame, nothing, owner, time};
use crate::{
    calls::Call,
    http::request::Ask,
    world::{Now, World},
};

const PAGE: usize = 250;

fn answer(call: &Call) -> String {
    match call.status {
        0 => chip("bad", "none"),
        200..400 => chip("good", &call.status.to_string()),
        400..500 => chip("wait", &call.status.to_string()),
        _ => chip("bad", &call.status.to_string()),
    }
}

/// Whether one call is like the other: polling makes many of the same.
fn alike(one: &Call, other: &Call) -> bool {
    let said = |call: &Call| (call.name, call.status, call.undocumented, call.fault);
    said(one) == said(other) && one.path == other.path && one.method == other.method && one.note == other.note
}

fn row(world: &World, call: &Call, times: usize, now: Now) -> String {
    let who = call.account.as_deref().map_or(String::new(), |id| {
        let (name, handle) = owner(world, id);
        escape(if handle.starts_with('@') { &handle } else { &name })
    });
    let fault = call.fault.map_or(String::new(), |fault| chip("bad", &format!("fault: {fault}")));
    let odd = if call.undocumented { chip("bad", "undocumented") } else { String::new() };
    // A fault says itself what became of the call.
    let note = if call.fault.is_some() && matches!(call.note.as_str(), "fault" | "connection dropped") { "" } else { call.note.as_str() };
    format!(
        "<tr><td>{}</td><td><b>{}{}</b><code>{} {}</code></td><td>{}</td><td>{}</td><td>{} {odd}{fault}</td></tr>",
        time(call.at, now),
        escape(call.name),
        if times > 1 { format!(" <span class=\"soft\">× {times}</span>") } else { String::new() },
        escape(&call.method),
        escape(&call.path),
        answer(call),
        who,
        escape(note),
    )
}

pub fn table<'a>(world: &World, calls: impl Iterator<Item = &'a Call>, now: Now) -> String {
    // Each with how many like it follow each other; the time is that of the newest.
    let mut runs: Vec<(&Call, usize)> = Vec::new();
    for call in calls {
        match runs.last_mut() {
            Some((newest, times)) if alike(newest, call) => *times += 1,
            _ => runs.push((call, 1)),
        }
    }
    let rows: String = runs.into_iter().map(|(call, times)| row(world, call, times, now)).collect();
    if rows.is_empty() {
        return nothing("Nobody has called yet.");
    }
    format!(
        "<div class=\"scroll\"><table class=\"calls\"><thead><tr><th>Time</th><th>Call</th><th>Answer</th><th>For</th><th>Note</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

pub fn page(world: &World, ask: &Ask, now: Now) -> String {
    let only = ask.query.text("only");
    let wanted = |call: &&Call| match only {
        "" => true,
        "undocumented" => call.undocumented,
        "refused" => call.status == 0 || call.status >= 400,
        "faults" => call.fault.is_some(),
        platform => call.name.starts_with(platform),
    };
    let found: Vec<&Call> = world.calls.iter().filter(wanted).collect();
    let skipped: usize = ask.query.text("skip").parse().unwrap_or(0);
    let pill = |name: &str, title: &str| {
        let current = if only == name { " aria-current=\"true\"" } else { "" };
        let query = if name.is_empty() { String::new() } else { format!("?only={name}") };
        format!("<a href=\"/simulator/calls{query}\"{current}>{title}</a>")
    };
    let filters = [
        ("", "All"),
        ("tiktok", "TikTok"),
        ("facebook", "Facebook"),
        ("instagram", "Instagram"),
        ("refused", "Refused"),
        ("faults", "Faults"),
        ("undocumented", "Undocumented"),
    ];
    let pills: String = filters.iter().map(|(name, title)| pill(name, title)).collect();
    let older = if found.len() > skipped.saturating_add(PAGE) {
        format!("<p><a href=\"/simulator/calls?only={}&amp;skip={}\">Older calls</a></p>", escape(only), skipped + PAGE)
    } else {
        String::new()
    };
    let html = format!(
        "<h1>Calls</h1><p class=\"lead\">{} of {} calls, newest first. Queries and headers are left out: they hold secrets.</p>\
         <nav class=\"pills\" aria-label=\"Which calls\">{pills}</nav>{}{older}{}",
        found.len(),
        world.calls.len(),
        table(world, found.into_iter().rev().skip(skipped).take(PAGE), now),
        super::tiktok::events(world, now),
    );
    frame("Calls to the simulated world", "/simulator/calls", now, &html)
}
