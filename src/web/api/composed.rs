//! A post as JSON, in both directions: what a caller composes, and the same fields in an answer.
//!
//! What must always be true here: everything that is wrong with a request is told at once, each thing with its field.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::input::{self, shown};
use super::problem::{Answer, Problem};
use crate::actions::posts::{self, View};
use crate::actions::{self, FieldProblem};
use crate::kind::Kind;
use crate::model::job::{self, Cut, Fit};

/// A post to be made.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub(super) struct NewPost {
    /// The words for all accounts.
    #[serde(default)]
    #[oai(default)]
    pub caption: String,
    /// Ids of uploaded files, in order.
    #[serde(default)]
    #[oai(default)]
    pub media: Vec<String>,
    pub schedule: Schedule,
    /// The accounts it goes to. Only a draft may have none.
    #[serde(default)]
    #[oai(default)]
    pub targets: Vec<Target>,
}

/// When a post is to be out: exactly one of these.
#[derive(Debug, Default, Object, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields)]
pub(super) struct Schedule {
    /// At this time (RFC 3339, with its offset).
    #[serde(deserialize_with = "time")]
    #[oai(skip_serializing_if_is_none)]
    pub at: Option<DateTime<Utc>>,
    /// At once.
    #[oai(skip_serializing_if_is_none)]
    pub now: Option<bool>,
    /// In the next free slot of its accounts.
    #[oai(skip_serializing_if_is_none)]
    pub queue: Option<bool>,
    /// Not yet.
    #[oai(skip_serializing_if_is_none)]
    pub draft: Option<bool>,
}

/// One account that a post goes to.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub(super) struct Target {
    pub account_id: String,
    /// TikTok: `video`, `draft_video`, `photos`, `draft_photos`. Facebook: `text`, `link`, `photos`, `video`, `reel`, `photo_story`, `video_story`. Instagram:
    /// `image`, `reel`, `carousel`, `story`. It may be left out where the media leaves one choice.
    pub kind: Option<String>,
    /// Words for this account only.
    pub caption: Option<String>,
    /// The platform's own options, in snake case (`privacy_level`, `share_to_feed`, `alt_text`, …).
    #[serde(default)]
    #[oai(default)]
    pub options: BTreeMap<String, Value>,
    /// What may be done to the files for this account, where they do not fit.
    #[serde(default)]
    #[oai(default)]
    pub adjust: Adjust,
}

/// What may be done to files that do not fit. What is left out is not done: such a file is refused, with a problem whose `remedy` names the choice.
#[derive(Debug, Default, Object, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(deny_unknown_fields, default)]
pub(super) struct Adjust {
    /// A picture or video whose shape the platform does not take: `crop` cuts off what lies outside of the nearest shape, `pad` adds bars.
    #[oai(skip_serializing_if_is_none)]
    pub aspect: Option<String>,
    /// A video that is too long: `trim` cuts off its end.
    #[oai(skip_serializing_if_is_none)]
    pub length: Option<String>,
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    read_time(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A moment as callers write it.
pub(super) fn read_time(text: &str) -> Result<DateTime<Utc>, String> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(at.to_utc()),
        Err(_) => Err(format!("{} is not a time with an offset; one looks like 2026-12-01T09:00:00+01:00", shown(text))),
    }
}

/// What the request asks for, in the words of the actions.
pub(super) fn understand(new: NewPost) -> Answer<posts::NewPost> {
    let mut problems = Vec::new();
    let schedule = schedule(&new.schedule).map_err(|problem| problems.push(problem)).ok();
    let media = new.media.iter().enumerate().filter_map(|(i, id)| input::id_in(id, format!("media.{i}"), &mut problems)).collect();
    let targets = new.targets.into_iter().enumerate().filter_map(|(i, target)| understand_target(i, target, &mut problems)).collect();
    match schedule {
        Some(schedule) if problems.is_empty() => Ok(posts::NewPost { caption: new.caption, media, schedule, targets }),
        _ => Err(Problem::fields(problems)),
    }
}

fn schedule(schedule: &Schedule) -> Result<posts::Schedule, FieldProblem> {
    match (schedule.at, schedule.now, schedule.queue, schedule.draft) {
        (Some(at), None, None, None) => Ok(posts::Schedule::At(at)),
        (None, Some(true), None, None) => Ok(posts::Schedule::Now),
        (None, None, None, Some(true)) => Ok(posts::Schedule::Draft),
        (None, None, Some(true), None) => {
            let message = "The accounts of this workspace have no weekly posting times, so there is no next free slot. Give a time: {\"at\": …}.";
            Err(FieldProblem::new("schedule.queue", "no_slots", message))
        }
        _ => {
            let message = "Give exactly one of {\"at\": time}, {\"now\": true}, {\"queue\": true} and {\"draft\": true}.";
            Err(FieldProblem::new("schedule", "invalid", message))
        }
    }
}

fn understand_target(i: usize, target: Target, problems: &mut Vec<FieldProblem>) -> Option<posts::Target> {
    let account_id = input::id_in(&target.account_id, format!("targets.{i}.account_id"), problems);
    let kind: Option<Kind> = match target.kind.as_deref().map(|word| (word, word.parse())) {
        None => None,
        Some((_, Ok(kind))) => Some(kind),
        Some((word, Err(e))) => {
            problems.push(FieldProblem::new(format!("targets.{i}.kind"), "unknown", format!("There is no kind {}; it {e}.", shown(word))));
            return None;
        }
    };
    let aspect = choice(&target.adjust.aspect, format!("targets.{i}.adjust.aspect"), &[("crop", Fit::Crop), ("pad", Fit::Pad)], problems);
    let length = choice(&target.adjust.length, format!("targets.{i}.adjust.length"), &[("trim", Cut::Trim)], problems);
    let adjust = job::Adjust { aspect, length };
    Some(posts::Target { account_id: account_id?, kind, caption: target.caption, options: target.options.into_iter().collect(), adjust })
}

/// One of a few words, where one is given.
fn choice<T: Copy>(given: &Option<String>, field: String, known: &[(&str, T)], problems: &mut Vec<FieldProblem>) -> Option<T> {
    let given = given.as_deref()?;
    let found = known.iter().find(|(word, _)| *word == given).map(|(_, choice)| *choice);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        problems.push(FieldProblem::new(field, "unknown", format!("There is no choice {}; leave it out, or write {}.", shown(given), words.join(" or "))));
    }
    found
}

/// A refusal whose problems name the fields of the request that was sent: a target's files are the post's, and so are its words where it has none of its own.
pub(super) fn placed(mut refusal: actions::Error, new: &posts::NewPost) -> actions::Error {
    if let actions::Error::Invalid(problems) = &mut refusal {
        for problem in problems {
            if let Some(place) = place(&problem.field, new) {
                problem.field = place;
            }
        }
    }
    refusal
}

fn place(field: &str, new: &posts::NewPost) -> Option<String> {
    let (index, inside) = field.strip_prefix("targets.")?.split_once('.')?;
    let target = new.targets.get(index.parse::<usize>().ok()?)?;
    match inside {
        "account" => Some(format!("targets.{index}.account_id")),
        "caption" if target.caption.is_none() => Some(inside.to_owned()),
        files if files == "media" || files.starts_with("media.") => Some(files.to_owned()),
        _ => None,
    }
}

/// The composed part of an answer: the fields that a request has.
pub(super) fn composed(view: &View) -> NewPost {
    let schedule = match view.post.scheduled_at {
        Some(at) => Schedule { at: Some(at), ..Schedule::default() },
        None => Schedule { draft: Some(true), ..Schedule::default() },
    };
    let targets = view.jobs.iter().map(|job| Target {
        account_id: job.account_id.to_string(),
        kind: Some(job.kind.to_string()),
        caption: job.caption.clone(),
        options: job.options.clone().into_iter().collect(),
        adjust: Adjust { aspect: job.adjust.aspect.map(|fit| fit.as_str().to_owned()), length: job.adjust.length.map(|cut| cut.as_str().to_owned()) },
    });
    NewPost { caption: view.post.caption.clone(), media: view.media.iter().map(|media| media.id.to_string()).collect(), schedule, targets: targets.collect() }
}
