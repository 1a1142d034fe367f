//! What goes wrong: faults that wait for their call, switches, and the world's clock.
//!
//! Always true: everything here is done by plain forms; a fault set here is the same as one that a test sets.

use std::time::Duration;

use super::{
    html::{escape, frame, nothing, owner},
    switches::{Setting, TABLE},
};
use crate::{
    calls::{CALLS, VISIBLE_CALLS},
    fault::FaultKind,
    world::{Now, World},
};

/// One that can be set by hand: its name in the form, what people read, and what it is.
type Choice = (&'static str, &'static str, fn() -> FaultKind);

pub const KINDS: &[Choice] = &[
    ("act-drop", "acts, then the connection drops", || FaultKind::ActThenDrop),
    ("drop", "the connection drops before it acts", || FaultKind::DropBefore),
    ("act-empty", "acts, then answers with an empty 200", || FaultKind::ActThenEmpty200),
    ("act-502", "acts, then a gateway answers 502", || FaultKind::ActThenStatus { status: 502, body: "<html>Bad gateway</html>".into() }),
    ("503", "answers 503 without acting", || FaultKind::Answer { status: 503, body: String::new() }),
    ("slow", "answers only after 10 seconds", || FaultKind::DelayAnswer(Duration::from_secs(10))),
    ("break", "upload breaks off after 100 kB", || FaultKind::BreakBody { after: 100_000 }),
    ("expire", "the access ends right before it", || FaultKind::ExpireToken),
    ("meta-act-2", "Meta: acts, then says code 2", || FaultKind::act_then_graph(2, None)),
    ("meta-act-1", "Meta: acts, then says code 1/99", || FaultKind::act_then_graph(1, Some(99))),
    ("meta-4", "Meta: app limit, code 4", || FaultKind::graph(4, None)),
    ("meta-190", "Meta: password changed, 190/460", || FaultKind::graph(190, Some(460))),
    ("meta-368", "Meta: temporarily blocked, 368", || FaultKind::graph(368, None)),
    ("ig-act-spam", "Instagram: acts, then says spam, 4/2207051", || FaultKind::act_then_graph(4, Some(2_207_051))),
    ("ig-spam", "Instagram: spam, 4/2207051", || FaultKind::graph(4, Some(2_207_051))),
    ("ig-server", "Instagram: server error, -1/2207001", || FaultKind::graph(-1, Some(2_207_001))),
    ("ig-gone", "Instagram: no such container, 24/2207008", || FaultKind::graph(24, Some(2_207_008))),
    ("ig-unready", "Instagram: not ready, 9007/2207027", || FaultKind::graph(9_007, Some(2_207_027))),
    ("ig-limit", "Instagram: daily limit, 9/2207042", || FaultKind::graph(9, Some(2_207_042))),
    ("tiktok-spam", "TikTok: too many posts", || tiktok(403, "spam_risk_too_many_posts")),
    ("tiktok-rate", "TikTok: too many calls", || tiktok(429, "rate_limit_exceeded")),
    ("tiktok-500", "TikTok: internal error", || tiktok(500, "internal_error")),
];

fn tiktok(status: u16, code: &str) -> FaultKind {
    let body = serde_json::json!({"data": {}, "error": {"code": code, "message": "Simulated", "log_id": "202612010000000000000000000000000"}});
    FaultKind::Answer { status, body: body.to_string() }
}

/// The faults that have not acted for the last time.
pub fn waiting(world: &World) -> String {
    let line = |fault: &crate::fault::Fault, seen: u32| {
        let first = fault.nth.max(1) - 1;
        let acts = fault.times.saturating_sub(seen.saturating_sub(first));
        let when = match first.saturating_sub(seen) {
            0 => "from the next call on".to_owned(),
            1 => "after one more call".to_owned(),
            calls => format!("after {calls} more calls"),
        };
        let times = if acts == 1 { "once".to_owned() } else { format!("{acts} times") };
        let whose = fault.account.as_deref().map_or(String::new(), |id| format!(" of {}", owner(world, id).0));
        format!("<li><b>{}</b>{}: {}; {when}, {times}</li>", escape(&fault.call), escape(&whose), fault.kind.in_words())
    };
    let lines: String = world.faults.list().filter(|(fault, seen)| fault.left(*seen)).map(|(fault, seen)| line(fault, *seen)).collect();
    if lines.is_empty() {
        return nothing("All is well: no fault waits.");
    }
    format!("<ul class=\"lines\">{lines}</ul><form method=\"post\" action=\"/simulator/clear\"><button>Forget them all</button></form>")
}

fn options<'a>(choices: impl Iterator<Item = (&'a str, String)>) -> String {
    choices.map(|(value, title)| format!("<option value=\"{}\">{}</option>", escape(value), escape(&title))).collect()
}

fn add(world: &World) -> String {
    let calls = |visible: bool| {
        let rows = CALLS.iter().filter(move |row| VISIBLE_CALLS.contains(&row.0) == visible && row.0.contains('.') && !row.0.starts_with("graph"));
        options(rows.map(|row| (row.0, row.0.to_owned())))
    };
    let accounts = world.tiktok.creators.keys().chain(world.facebook.pages.keys()).chain(world.instagram.accounts.keys());
    let accounts = options(accounts.take(200).map(|id| (id.as_str(), owner(world, id).0)));
    format!(
        "<form class=\"panel fields\" method=\"post\" action=\"/simulator/faults\">\
         <label>Call<select name=\"call\"><optgroup label=\"After which something may be seen\">{}</optgroup>\
         <optgroup label=\"The others\">{}</optgroup></select></label>\
         <label>What goes wrong<select name=\"kind\">{}</select></label>\
         <label>For<select name=\"account\"><option value=\"\">any account</option>{accounts}</select></label>\
         <label>From the<input name=\"nth\" type=\"number\" min=\"1\" max=\"99\" value=\"1\"><span>next call on</span></label>\
         <label>In all<input name=\"times\" type=\"number\" min=\"1\" max=\"99\" value=\"1\"><span>times</span></label>\
         <div class=\"row\"><button class=\"lead\">Set the fault</button></div></form>",
        calls(true),
        calls(false),
        options(KINDS.iter().map(|kind| (kind.0, kind.1.to_owned()))),
    )
}

fn switches(world: &World) -> String {
    let mut settings = world.settings.clone();
    let mut groups: Vec<&str> = TABLE.iter().map(|switch| switch.group).collect();
    groups.dedup();
    let mut html = String::new();
    for group in groups {
        html.push_str(&format!("<fieldset><legend>{group}</legend>"));
        for switch in TABLE.iter().filter(|switch| switch.group == group) {
            let name = switch.name;
            html.push_str(&match switch.setting {
                Setting::Flag(of) => {
                    let checked = if *of(&mut settings) { " checked" } else { "" };
                    format!("<label class=\"tick\"><input type=\"checkbox\" name=\"{name}\"{checked}><span>{}</span></label>", switch.title)
                }
                Setting::Seconds(of) => format!(
                    "<label class=\"number\"><input type=\"number\" name=\"{name}\" min=\"0\" max=\"86400\" value=\"{}\"><span>{}</span></label>",
                    of(&mut settings).as_secs(),
                    switch.title
                ),
                Setting::Number(of) => format!(
                    "<label class=\"number\"><input type=\"number\" name=\"{name}\" min=\"0\" max=\"100000\" value=\"{}\"><span>{}</span></label>",
                    of(&mut settings),
                    switch.title
                ),
            });
        }
        html.push_str("</fieldset>");
    }
    format!(
        "<form class=\"panel switches\" method=\"post\" action=\"/simulator/switches\"><div>{html}</div><div class=\"row\"><button class=\"lead\">Throw the switches</button></div></form>"
    )
}

pub fn page(world: &World, now: Now) -> String {
    let clock = [("60", "1 minute"), ("3600", "1 hour"), ("86400", "1 day"), ("5184000", "60 days")];
    let clock: String = clock.iter().map(|(seconds, title)| format!("<button name=\"seconds\" value=\"{seconds}\">{title} on</button>")).collect();
    let html = format!(
        "<h1>Faults and switches</h1><p class=\"lead\">What the platforms do wrong, and how they behave where their documents leave it open.</p>\
         <section><h2>Set a fault</h2>{}</section><section><h2>Faults that wait</h2><div class=\"panel\">{}</div></section>\
         <section><h2>Switches</h2>{}</section>\
         <section><h2>The world's clock</h2><form class=\"panel row\" method=\"post\" action=\"/simulator/clock\">{clock}</form></section>",
        add(world),
        waiting(world),
        switches(world),
    );
    frame("Faults of the simulated world", "/simulator/faults", now, &html)
}
