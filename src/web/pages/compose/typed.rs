//! The compose form as it was typed, and what the post is that it describes. Nothing here decides what is allowed: `actions::posts` does.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::creator;
use super::kinds::without_choice;
use super::target::{TypedTarget, text};
use crate::actions::FieldProblem;
use crate::actions::posts::{NewPost, Schedule, Target};
use crate::ids::MediaId;
use crate::kind::{Kind, Platform};
use crate::model::account::Account;
use crate::model::media::Media;
use crate::web::body::Fields;
use crate::web::when;
use crate::zone::{Moment, Zones};

/// What `datetime-local` sends and takes.
const WALL: &str = "%Y-%m-%dT%H:%M";

/// The form's fields that belong to the post as a whole.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub caption: String,
    pub media: Vec<MediaId>,
    /// What files were described as, whether they are still in the form or not.
    pub alt_texts: Vec<(MediaId, String)>,
    /// `at`, `now` or `draft`.
    pub mode: String,
    /// The wall time, as `datetime-local` writes it.
    pub at: String,
    /// Which of two, where the wall time happens twice: `first` or `second`.
    pub fold: String,
    /// The same for every sending of one form, so that a double click makes one post.
    pub once: String,
    pub targets: Vec<TypedTarget>,
}

impl Typed {
    pub fn read(form: &Fields, accounts: &[Account]) -> Typed {
        Typed {
            caption: text(form.get("caption")),
            media: form.all("media").filter_map(|id| id.parse().ok()).collect(),
            alt_texts: form.iter().filter_map(|(name, value)| Some((name.strip_prefix("alt.")?.parse().ok()?, text(value)))).collect(),
            mode: form.get("when").to_owned(),
            at: form.get("at").to_owned(),
            fold: form.get("fold").to_owned(),
            once: form.get("once").to_owned(),
            targets: accounts.iter().map(|account| TypedTarget::read(form, account.id)).collect(),
        }
    }

    /// When it is to be out. A wall time that daylight saving skips or doubles is not decided here but asked about: `at` then holds the time to use
    /// instead, and the choices are given back.
    pub fn schedule(&mut self, zones: &Zones, zone: &str) -> Result<Schedule, Box<TimeProblem>> {
        match self.mode.as_str() {
            "now" => return Ok(Schedule::Now),
            "draft" => return Ok(Schedule::Draft),
            _ => {}
        }
        let parsed = NaiveDateTime::parse_from_str(&self.at, WALL).or_else(|_| NaiveDateTime::parse_from_str(&self.at, "%Y-%m-%dT%H:%M:%S"));
        let Ok(wall) = parsed else { return Err(TimeProblem::new("required", "Choose a day and a time.")) };
        match zones.moment(zone, wall) {
            None => Err(TimeProblem::new("invalid", format!("This time does not exist in the zone {zone}."))),
            Some(Moment::One(at)) => Ok(Schedule::At(at)),
            Some(Moment::Skipped(at)) => {
                let instead = zones.local(zone, at);
                self.at = instead.format(WALL).to_string();
                let (asked, used) = (wall.format("%H:%M"), instead.format("%H:%M"));
                Err(TimeProblem::new(
                    "skipped",
                    format!("The clocks in {zone} go forward over {asked} on that day, so it does not happen. {used} is set instead: check it and send again."),
                ))
            }
            Some(Moment::Twice(first, second)) => match self.fold.as_str() {
                "first" => Ok(Schedule::At(first)),
                "second" => Ok(Schedule::At(second)),
                _ => {
                    let mut problem = TimeProblem::new(
                        "twice",
                        format!("The clocks in {zone} go back on that day, so {} happens twice. Choose which one.", wall.format("%H:%M")),
                    );
                    problem.twice = Some([first, second].map(|at| offset_of(zones, zone, at)));
                    Err(problem)
                }
            },
        }
    }

    /// What a person described of a file; empty: nothing.
    pub fn alt_text(&self, file: MediaId) -> &str {
        self.alt_texts.iter().find(|(id, _)| *id == file).map_or("", |(_, text)| text)
    }

    /// The kind of a target: the chosen one, or what the files leave.
    pub fn kind(&self, target: &TypedTarget, platform: Platform, audited: bool, files: &[Media]) -> Option<Kind> {
        let videos = files.iter().filter(|file| file.kind == "video").count();
        target.kind.parse().ok().or_else(|| without_choice(platform, audited, files.len() - videos, videos, !target.link.is_empty()))
    }

    /// The post, with the accounts that were chosen, and what could not be read of their fields.
    pub fn post(&self, accounts: &[Account], files: &[Media], audited: bool, schedule: Schedule) -> (NewPost, Vec<FieldProblem>) {
        let alt_texts: Vec<&str> = files.iter().map(|file| self.alt_text(file.id)).collect();
        let (mut targets, mut problems) = (Vec::new(), Vec::new());
        for (i, (account, target)) in self.chosen(accounts).enumerate() {
            let kind = self.kind(target, account.platform, audited, files);
            let (options, misread) = kind.map(|kind| target.options(account.platform, kind, files, &alt_texts)).unwrap_or_default();
            problems.extend(misread.into_iter().map(|(option, message)| problem(i, account, &format!("options.{option}"), "invalid", message)));
            let caption = (!target.caption.is_empty()).then(|| target.caption.clone());
            targets.push(Target { account_id: account.id, kind, caption, options, adjust: target.adjust() });
        }
        (NewPost { caption: self.caption.clone(), media: self.media.clone(), schedule, targets }, problems)
    }

    /// What TikTok wants of direct posts and only this form can notice: disclosure is on, and nothing is disclosed; the creator can post nothing now, and
    /// now it is to be.
    pub fn tiktok_problems(&self, accounts: &[Account], files: &[Media], audited: bool) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for (i, (account, target)) in self.chosen(accounts).enumerate().filter(|(_, (account, _))| account.platform == Platform::Tiktok) {
            if !matches!(self.kind(target, account.platform, audited, files), Some(Kind::Video | Kind::Photos)) {
                continue;
            }
            if target.commercial && !target.your_brand && !target.branded {
                problems.push(problem(i, account, "options.commercial", "required", UNDISCLOSED));
            }
            if let Some(why) = creator::barred(account).filter(|_| self.mode == "now") {
                problems.push(problem(i, account, "account", "cannot_post_now", &format!("{why} Try again later, or choose a later time.")));
            }
        }
        problems
    }

    /// The chosen accounts with their fields, in the form's order.
    fn chosen<'a>(&'a self, accounts: &'a [Account]) -> impl Iterator<Item = (&'a Account, &'a TypedTarget)> {
        accounts.iter().zip(&self.targets).filter(|(_, target)| target.on)
    }
}

/// TikTok's words.
pub const UNDISCLOSED: &str = "You need to indicate if your content promotes yourself, a third party, or both.";

fn problem(place: usize, account: &Account, field: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem { account_id: Some(account.id), ..FieldProblem::new(format!("targets.{place}.{field}"), code, message) }
}

/// Why a time cannot be used as it is.
#[derive(Debug)]
pub struct TimeProblem {
    pub problem: FieldProblem,
    /// The offsets of the two moments that the wall time stands for.
    pub twice: Option<[String; 2]>,
}

impl TimeProblem {
    fn new(code: &str, message: impl Into<String>) -> Box<TimeProblem> {
        Box::new(TimeProblem { problem: FieldProblem::new("schedule.at", code, message), twice: None })
    }
}

/// The next full hour that is at least an hour away, as the form's first suggestion.
pub fn suggestion(zones: &Zones, zone: &str, now: DateTime<Utc>) -> String {
    zones.local(zone, now + chrono::TimeDelta::minutes(119)).format("%Y-%m-%dT%H:00").to_string()
}

fn offset_of(zones: &Zones, zone: &str, at: DateTime<Utc>) -> String {
    when::offset(zones.local(zone, at).offset().local_minus_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str, fold: &str) -> (Typed, Result<Schedule, Box<TimeProblem>>) {
        let mut typed = Typed { mode: "at".into(), at: wall.into(), fold: fold.into(), ..Typed::default() };
        let schedule = typed.schedule(&Zones, "Europe/Berlin");
        (typed, schedule)
    }

    fn utc(text: &str) -> Schedule {
        Schedule::At(text.parse().unwrap())
    }

    #[test]
    fn daylight_saving_is_resolved_openly() {
        assert_eq!(at("2026-12-01T09:00", "").1.unwrap(), utc("2026-12-01T08:00:00Z"));
        let (typed, skipped) = at("2026-03-29T02:30", "");
        assert_eq!(skipped.unwrap_err().problem.code, "skipped");
        assert_eq!(typed.at, "2026-03-29T03:30");
        let twice = at("2026-10-25T02:30", "").1.unwrap_err();
        assert_eq!(twice.twice, Some(["UTC+2".to_owned(), "UTC+1".to_owned()]));
        assert_eq!(at("2026-10-25T02:30", "first").1.unwrap(), utc("2026-10-25T00:30:00Z"));
        assert_eq!(at("2026-10-25T02:30", "second").1.unwrap(), utc("2026-10-25T01:30:00Z"));
        assert_eq!(at("", "").1.unwrap_err().problem.code, "required");
    }

    #[test]
    fn the_suggestion_is_a_full_hour() {
        let now = "2026-12-01T08:20:00Z".parse().unwrap();
        assert_eq!(suggestion(&Zones, "Europe/Berlin", now), "2026-12-01T11:00");
    }
}
