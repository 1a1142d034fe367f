//! What the forms of the world's own pages do.
//!
//! Always true: a form that comes from another site is refused; each leads back to the page that it was on. Nothing here is a platform's
//! call, and none of it is in the list of calls.

use std::time::Duration;

use super::{
    faults::KINDS,
    plain, secured,
    switches::{Setting, TABLE},
};
use crate::{
    calls::CALLS,
    fault::Fault,
    http::{answer::Answer, request::Ask},
    running::Shared,
    world::{Now, World, instagram::SOMEBODY_ELSES},
};

/// The longest step of the clock, so that it cannot be moved out of what can be counted.
const LONGEST: u64 = 366 * 86_400;

pub fn act(shared: &Shared, ask: &Ask) -> Answer {
    // The page may be looked at under any name of this machine.
    let own = format!("http://{}", ask.header("host").unwrap_or_default());
    let foreign = ask.header("origin").is_some_and(|origin| origin != own);
    if foreign || ask.header("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return refused(403, "This form came from another site.");
    }
    let now = shared.clock.now();
    let done = match ask.segments().as_slice() {
        ["simulator", "faults"] => set_fault(&mut shared.world(), ask).map(|()| "/simulator/faults"),
        ["simulator", "clear"] => {
            shared.world().faults.clear();
            Some("/simulator/faults")
        }
        ["simulator", "switches"] => throw(&mut shared.world(), ask).map(|()| "/simulator/faults"),
        ["simulator", "clock"] => ask.params.text("seconds").parse().ok().filter(|seconds| *seconds <= LONGEST).map(|seconds| {
            shared.clock.advance(Duration::from_secs(seconds));
            "/simulator/faults"
        }),
        ["simulator", "account"] => account(&mut shared.world(), ask, now).map(|()| "/simulator/accounts"),
        _ => None,
    };
    match done {
        Some(back) => Answer { status: 303, ..Answer::redirect(back.to_owned()) },
        None => refused(400, "This form says nothing that can be done."),
    }
}

fn refused(status: u16, why: &str) -> Answer {
    secured(Answer::html(status, plain("Not done", &format!("<h1>Not done</h1><p>{why}</p><p><a href=\"/\">The simulated world</a></p>"))), true)
}

fn set_fault(world: &mut World, ask: &Ask) -> Option<()> {
    let call = CALLS.iter().find(|row| row.0 == ask.params.text("call"))?.0;
    let kind = KINDS.iter().find(|kind| kind.0 == ask.params.text("kind"))?.2();
    let number = |name: &str| ask.params.text(name).parse::<u32>().ok().filter(|number| (1..=99).contains(number));
    let account = ask.params.get("account").filter(|id| !id.is_empty()).map(str::to_owned);
    world.faults.add(Fault { call: call.to_owned(), account, nth: number("nth")?, times: number("times")?, kind });
    Some(())
}

/// All of the form or nothing of it.
fn throw(world: &mut World, ask: &Ask) -> Option<()> {
    let mut settings = world.settings.clone();
    for switch in TABLE {
        let given = ask.params.get(switch.name);
        match switch.setting {
            Setting::Flag(of) => *of(&mut settings) = given.is_some(),
            Setting::Seconds(of) => *of(&mut settings) = Duration::from_secs(given?.parse().ok().filter(|seconds| *seconds <= LONGEST)?),
            Setting::Number(of) => *of(&mut settings) = given?.parse().ok()?,
        }
    }
    world.settings = settings;
    Some(())
}

fn account(world: &mut World, ask: &Ask, now: Now) -> Option<()> {
    let id = ask.params.text("account");
    match ask.params.text("do") {
        "expire" => world.expire(id, now),
        "private" => world.tiktok.creators.get_mut(id)?.private = true,
        "public" => world.tiktok.creators.get_mut(id)?.private = false,
        "restrict" => world.instagram.accounts.get_mut(id)?.gates.restricted = true,
        "release" => world.instagram.accounts.get_mut(id)?.gates.restricted = false,
        "personal" => world.instagram.accounts.get_mut(id)?.gates.personal = true,
        "professional" => world.instagram.accounts.get_mut(id)?.gates.personal = false,
        "somebody" => drop(world.foreign_instagram(id, SOMEBODY_ELSES, now)?),
        _ => return None,
    }
    Some(())
}
