//! What people see of the world: consent pages, the world at a glance, and the pages behind permalinks.
//!
//! Always true: every page says at its top that it is simulated; everything foreign is escaped.

mod bytes;
pub mod consent;
mod glance;
mod tiktok;

use crate::{
    http::{answer::Answer, request::Ask, route::nothing_here},
    world::{Now, World, image::avatar},
};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c1e26;--soft:#6a7080;--line:#dfe2ea;--paper:#fff;--back:#f4f5f9;--lead:#3452d9}
@media(prefers-color-scheme:dark){:root{--ink:#e9ebf2;--soft:#9aa1b3;--line:#343846;--paper:#1d2029;--back:#14161d;--lead:#8ea2ff}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:3rem auto;padding:0 1rem}main.wide{max-width:68rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:1.5rem;margin-bottom:1.25rem}
.band{display:inline-block;margin-bottom:.7rem;font-size:.8rem;letter-spacing:.04em;border:1px dashed var(--soft);border-radius:99px;padding:.1rem .8rem;color:var(--soft)}
h1{font-size:1.5rem;margin:.6rem 0}h2{font-size:1.05rem;margin:0 0 .6rem}p{margin:.4rem 0}small,.soft{color:var(--soft)}
label{display:flex;gap:.7rem;align-items:center;padding:.45rem 0}label img{border-radius:50%}
fieldset{border:0;border-top:1px solid var(--line);padding:.8rem 0 0;margin:.8rem 0 0}legend{font-weight:600;padding:0}
.row{display:flex;gap:.8rem;justify-content:flex-end;margin-top:1.2rem}
button{font:inherit;padding:.55rem 1.4rem;border-radius:9px;border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}
button.lead{background:var(--lead);border-color:var(--lead);color:var(--paper);font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}code{font-size:.85em;word-break:break-all}.scroll{overflow-x:auto}a{color:var(--lead)}
";

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A whole page. `band` says what is simulated here; `body` is HTML.
pub fn frame(title: &str, band: &str, wide: bool, body: &str) -> String {
    let width = if wide { " class=\"wide\"" } else { "" };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body><main{width}><span class=\"band\">{}</span>{body}</main></body></html>",
        escape(title),
        escape(band),
    )
}

/// The simulator's own addresses: `/`, avatars, and what permalinks lead to.
pub fn show(world: &mut World, ask: &Ask, now: Now) -> Answer {
    match ask.segments().as_slice() {
        [] => Answer::html(200, glance::world(world, now)),
        ["avatars", file] => picture(file.strip_suffix(".png").unwrap_or(file)),
        ["bytes", sha256] => bytes::show(world, ask, sha256),
        ["p", ..] | ["tiktok", ..] => match glance::permalink(world, &ask.path, now) {
            Some(page) => Answer::html(200, page),
            None => Answer::html(404, frame("Not here", "Simulated", false, "<h1>Nothing to see here</h1>")),
        },
        _ => nothing_here(world, ask, now),
    }
}

fn picture(seed: &str) -> Answer {
    Answer { content_type: "image/png", body: avatar(seed), ..Answer::empty(200) }
}
