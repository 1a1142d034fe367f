//! The frame of all pages, and the small parts that they are made of.
//!
//! Always true: what is called `text` is escaped here; what is called `html` was made here.

use chrono::TimeDelta;

use crate::world::{Now, World};

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The pages of the world, in the order of its menu.
const PLACES: &[(&str, &str)] = &[
    ("/", "Overview"),
    ("/simulator/posts", "Posts"),
    ("/simulator/accounts", "Accounts"),
    ("/simulator/uploads", "Uploads"),
    ("/simulator/calls", "Calls"),
    ("/simulator/faults", "Faults"),
];

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title><link rel=\"stylesheet\" href=\"/simulator/style.css\"></head><body>{body}</body></html>",
        escape(title),
    )
}

/// A page of the world, with its menu.
pub fn frame(title: &str, here: &str, now: Now, html: &str) -> String {
    let link = |(address, name): &(&str, &str)| {
        let current = if *address == here { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{address}\"{current}>{name}</a>")
    };
    let menu: String = PLACES.iter().map(link).collect();
    let body = format!(
        "<header class=\"top\"><div class=\"bar\"><a class=\"brand\" href=\"/\"><span class=\"globe\" aria-hidden=\"true\"></span>Simulated world</a>\
         <nav aria-label=\"The world\">{menu}</nav><time class=\"clock\" datetime=\"{}\" title=\"The world's own time, UTC\">{}</time></div></header>\
         <main><p class=\"band\">TikTok, Facebook and Instagram, simulated on this machine. Nothing here is real.</p>{html}</main>",
        now.to_rfc3339(),
        now.format("%-d %b %Y, %H:%M:%S"),
    );
    document(title, &body)
}

/// A page by itself, as the consent pages are.
pub fn plain(title: &str, html: &str) -> String {
    document(title, &format!("<main class=\"narrow\"><p class=\"band\">Simulated. Nothing here is real.</p>{html}</main>"))
}

/// A time of today without its day.
pub fn time(at: Now, now: Now) -> String {
    let format = if at.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%-d %b, %H:%M" };
    format!("<time datetime=\"{}\">{}</time>", at.to_rfc3339(), at.format(format))
}

/// How long until then, or since then.
pub fn span(from: Now, to: Now) -> String {
    let span: TimeDelta = if to > from { to - from } else { from - to };
    // To the nearest hour, once there are hours.
    let span = if span >= TimeDelta::hours(1) { span + TimeDelta::minutes(30) } else { span };
    match (span.num_days(), span.num_hours(), span.num_minutes()) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 1.., _) => format!("{hours} h"),
        (_, _, minutes @ 1..) => format!("{minutes} min"),
        _ => format!("{} s", span.num_seconds()),
    }
}

pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

/// `tone` is one of good, wait, bad, quiet.
pub fn chip(tone: &str, text: &str) -> String {
    format!("<span class=\"chip {tone}\">{}</span>", escape(text))
}

pub fn avatar(id: &str) -> String {
    format!("<img class=\"avatar\" src=\"/avatars/{}.png\" width=\"40\" height=\"40\" alt=\"\">", escape(id))
}

/// What there is when there is nothing.
pub fn nothing(text: &str) -> String {
    format!("<p class=\"nothing\">{}</p>", escape(text))
}

pub fn section(title: &str, more: Option<(&str, &str)>, html: &str) -> String {
    let more = more.map_or(String::new(), |(address, name)| format!("<a href=\"{address}\">{}</a>", escape(name)));
    format!("<section><div class=\"heading\"><h2>{}</h2>{more}</div>{html}</section>", escape(title))
}

/// Whose account this is: its name, and what it is called there.
pub fn owner(world: &World, id: &str) -> (String, String) {
    let creator = world.tiktok.creators.get(id).map(|creator| (creator.nickname.clone(), format!("@{}", creator.username)));
    let page = || world.facebook.pages.get(id).map(|page| (page.name.clone(), format!("@{}", page.username)));
    let account = || world.instagram.accounts.get(id).map(|account| (account.name.clone(), format!("@{}", account.username)));
    let person = || world.facebook.people.get(id).map(|person| (person.name.clone(), "a person".to_owned()));
    creator.or_else(page).or_else(account).or_else(person).unwrap_or_else(|| (id.to_owned(), String::new()))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(escape("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
        assert!(chip("good", "<b>").contains("&lt;b&gt;") && nothing("<b>").contains("&lt;b&gt;"));
    }

    #[test]
    fn times_and_sizes_are_short() {
        let at = Utc.with_ymd_and_hms(2026, 12, 1, 9, 0, 0).unwrap();
        let later = |seconds| at + TimeDelta::seconds(seconds);
        assert_eq!(
            [span(at, later(5)), span(later(125), at), span(at, later(7_300)), span(at, later(90_000)), span(at, later(200_000))],
            ["5 s", "2 min", "2 h", "25 h", "2 days"]
        );
        assert_eq!([bytes(999), bytes(1_500), bytes(2_340_000), bytes(4_000_000_000)], ["999 B", "1.5 kB", "2.3 MB", "4.00 GB"]);
        assert!(time(at, at).contains(">09:00:00<") && time(at, later(86_400)).contains(">1 Dec, 09:00<"));
    }
}
