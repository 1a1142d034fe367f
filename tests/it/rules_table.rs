//! The table “What each kind takes” in `docs/platforms.md`: made from the rules themselves, so that it cannot say anything else.
//!
//! `PM3K_WRITE_TABLE=1 cargo nextest run rules_table` writes it; without that the test compares.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pm3k::kind::{Kind, Platform};
use pm3k::platform::rules::{Aspect, ImageRule, MediaRules, Sides, VideoRule, for_kind, words};

const BEGIN: &str = "<!-- the table is made by tests/it/rules_table.rs -->\n";
const END: &str = "<!-- end of the table of rules -->\n";

fn formats(formats: &[&str]) -> String {
    words::either(formats.iter().map(|format| words::format(format)))
}

fn codecs(codecs: &[&str]) -> String {
    words::either(codecs.iter().map(|codec| words::codec(codec)))
}

fn shapes(aspect: Option<Aspect>) -> Option<String> {
    aspect.map(|aspect| format!("{} to {}", words::shape(aspect.narrowest), words::shape(aspect.widest)))
}

fn most(sides: Sides) -> Option<String> {
    (sides != Sides::ANY).then(|| format!("at most {} × {} pixels, whichever way up", sides.short, sides.long))
}

fn told(parts: Vec<Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn count((least, most): (usize, usize)) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

fn image(rule: &ImageRule) -> String {
    let form = rule.form;
    let made = told(vec![
        Some(format!("JPEG of at most {} × {} pixels", form.max_width, form.max_height)),
        (form.min_width > 0).then(|| format!("at least {} across", form.min_width)),
        Some(words::limit(form.bytes)),
    ]);
    let rules = told(vec![
        Some(formats(rule.formats)),
        rule.still.then(|| "no moving pictures".into()),
        rule.single.then(|| "one picture a file (no MPO, no JPS)".into()),
        Some(words::limit(rule.bytes)),
        most(rule.most),
        shapes(rule.aspect),
    ]);
    format!("{rules} | {made}")
}

fn video(rule: &VideoRule) -> String {
    let (length, sides, sound, form) = (rule.length, rule.sides, rule.sound, rule.form);
    let lasts = match length.least_ms {
        0 => format!("up to {}", words::length(length.most_ms)),
        least => format!("{} to {}", words::length(least), words::length(length.most_ms)),
    };
    let sound = told(vec![
        (!sound.codecs.is_empty()).then(|| format!("sound in {}", codecs(sound.codecs))),
        (sound.rate < u32::MAX).then(|| format!("at most {} samples a second", sound.rate)),
        (sound.channels < u16::MAX).then(|| format!("at most {} channels", sound.channels)),
        sound.wanted.then(|| "a track of sound, if only a silent one, is better".into()),
    ]);
    let rules = told(vec![
        Some(formats(rule.formats)),
        (!rule.codecs.is_empty()).then(|| codecs(rule.codecs)),
        rule.progressive.then(|| "whole frames".into()),
        (!rule.chroma.is_empty()).then(|| words::either(rule.chroma.iter().copied())),
        Some(lasts),
        rule.frames.map(|(least, most)| format!("{} to {} frames a second", words::frames(least), words::frames(most))),
        (sides.least != Sides::NONE).then(|| format!("at least {} × {} pixels, whichever way up", sides.least.short, sides.least.long)),
        most(sides.most),
        (sides.widest < u32::MAX).then(|| format!("at most {} pixels across", sides.widest)),
        shapes(rule.aspect),
        (rule.bits < u64::MAX).then(|| format!("{} Mbit/s", rule.bits / 1_000_000)),
        (rule.bytes < u64::MAX).then(|| words::limit(rule.bytes)),
        rule.index_first.then(|| "index in front".into()),
        rule.unedited.then(|| "no edit list".into()),
        (!sound.is_empty()).then_some(sound),
    ]);
    let made = format!(
        "MP4, H.264 and AAC, of at most {} × {} pixels, {} frames a second, {} Mbit/s and {} kbit/s, {}",
        form.short_side,
        form.long_side,
        form.max_fps,
        form.video_bits / 1_000_000,
        form.audio_bits / 1000,
        words::limit(form.bytes)
    );
    format!("{rules} | {made}")
}

fn rows(rules: &MediaRules) -> Vec<String> {
    let (files, mixed) = (count(rules.count), rules.image.is_some() && rules.video.is_some() && rules.count.1 > 1);
    let several = if rules.count.1 > 1 { "s" } else { "" };
    let of = |sort: &str| format!("{files}{}{sort}{several}", if mixed { ", mixed: " } else { " " });
    let (image, video) = (rules.image.as_ref().map(image), rules.video.as_ref().map(video));
    let mut rows: Vec<String> = [(of("picture"), image), (of("video"), video)].into_iter().filter_map(|(of, told)| Some(format!("{of} | {}", told?))).collect();
    if rows.is_empty() {
        rows.push("none | — | —".into());
    }
    rows
}

fn table() -> String {
    let mut text = String::from(BEGIN);
    text.push_str("| kind | files | taken | converted to |\n| --- | --- | --- | --- |\n");
    for platform in Platform::ALL {
        for rules in Kind::ALL.iter().filter_map(|kind| for_kind(*platform, *kind)) {
            for row in rows(rules) {
                let _ = writeln!(text, "| {} `{}` | {row} |", platform.name(), rules.kind);
            }
        }
    }
    text.push_str(END);
    text
}

#[test]
fn the_table_in_the_documentation_is_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/platforms.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the mark of the table's beginning");
    let (_, after) = rest.split_once(END).expect("the mark of the table's end");
    let wanted = format!("{before}{}{after}", table());
    if std::env::var_os("PM3K_WRITE_TABLE").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == wanted,
        "docs/platforms.md tells other rules; write them with: PM3K_WRITE_TABLE=1 cargo nextest run rules_table"
    );
}
