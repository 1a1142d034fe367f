//! The compose form as it was typed, and what the post is that it describes. Nothing here decides what is allowed: `actions::posts` does.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use crate::actions::FieldProblem;
use crate::actions::posts::{NewPost, Schedule, Target};
use crate::ids::{AccountId, MediaId};
use crate::kind::{Kind, Platform};
use crate::model::account::Account;
use crate::model::media::Media;
use crate::platform::only_kind;
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

/// The form's fields for one account, whether it is chosen or not.
#[derive(Debug, Clone, Default)]
pub struct TypedTarget {
    pub on: bool,
    pub kind: String,
    pub caption: String,
    pub privacy_level: String,
    pub allow_comment: bool,
    pub allow_duet: bool,
    pub allow_stitch: bool,
    pub commercial: bool,
    pub your_brand: bool,
    pub branded: bool,
    pub is_aigc: bool,
    pub title: String,
    pub alt_text: String,
    pub share_to_feed: bool,
}

impl Typed {
    pub fn read(form: &Fields, accounts: &[Account]) -> Typed {
        Typed {
            caption: text(form.get("caption")),
            media: form.all("media").filter_map(|id| id.parse().ok()).collect(),
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

    /// The post, with the accounts that were chosen. Where a target leaves its kind open, it is what the files leave.
    pub fn post(&self, accounts: &[Account], files: &[Media], audited: bool, schedule: Schedule) -> NewPost {
        let videos = files.iter().filter(|file| file.kind == "video").count();
        let chosen = accounts.iter().zip(&self.targets).filter(|(_, target)| target.on);
        let targets = chosen.map(|(account, target)| {
            let kind = target.kind.parse().ok().or_else(|| only_kind(account.platform, audited, files.len() - videos, videos));
            Target {
                account_id: account.id,
                kind,
                caption: (!target.caption.is_empty()).then(|| target.caption.clone()),
                options: kind.map(|kind| target.options(account.platform, kind)).unwrap_or_default(),
            }
        });
        NewPost { caption: self.caption.clone(), media: self.media.clone(), schedule, targets: targets.collect() }
    }

    /// What TikTok wants to be told and this form alone can notice: disclosure is on, and nothing is disclosed.
    pub fn undisclosed(&self, accounts: &[Account]) -> Vec<FieldProblem> {
        let chosen = accounts.iter().zip(&self.targets).filter(|(_, target)| target.on).enumerate();
        chosen
            .filter(|(_, (account, target))| {
                account.platform == Platform::Tiktok && target.kind == Kind::Video.as_str() && target.commercial && !target.your_brand && !target.branded
            })
            .map(|(i, (account, _))| FieldProblem {
                field: format!("targets.{i}.options.commercial"),
                account_id: Some(account.id),
                code: "required".into(),
                message: "You need to indicate if your content promotes yourself, a third party, or both.".into(),
            })
            .collect()
    }
}

impl TypedTarget {
    /// An untouched one. TikTok wants every choice made by the person; Instagram shows reels in the feed unless told otherwise.
    pub fn fresh(platform: Platform, audited: bool) -> TypedTarget {
        let kind = if platform == Platform::Tiktok && !audited { Kind::DraftVideo.as_str() } else { "" };
        TypedTarget { kind: kind.to_owned(), share_to_feed: true, ..TypedTarget::default() }
    }

    fn read(form: &Fields, account: AccountId) -> TypedTarget {
        let get = |name: &str| form.get(&format!("{account}.{name}"));
        let ticked = |name: &str| form.has(&format!("{account}.{name}"));
        TypedTarget {
            on: ticked("on"),
            kind: get("kind").to_owned(),
            caption: text(get("caption")),
            privacy_level: get("privacy_level").to_owned(),
            allow_comment: ticked("allow_comment"),
            allow_duet: ticked("allow_duet"),
            allow_stitch: ticked("allow_stitch"),
            commercial: ticked("commercial"),
            your_brand: ticked("your_brand"),
            branded: ticked("branded"),
            is_aigc: ticked("is_aigc"),
            title: text(get("title")),
            alt_text: text(get("alt_text")),
            share_to_feed: ticked("share_to_feed"),
        }
    }

    /// The options that this kind of post has; what the form holds for others is left out.
    fn options(&self, platform: Platform, kind: Kind) -> Map<String, Value> {
        let mut options = Map::new();
        let mut put = |name: &str, value: Value| {
            options.insert(name.to_owned(), value);
        };
        match (platform, kind) {
            (Platform::Tiktok, Kind::Video) => {
                if !self.privacy_level.is_empty() {
                    put("privacy_level", json!(self.privacy_level));
                }
                put("disable_comment", json!(!self.allow_comment));
                put("disable_duet", json!(!self.allow_duet));
                put("disable_stitch", json!(!self.allow_stitch));
                put("brand_organic_toggle", json!(self.commercial && self.your_brand));
                put("brand_content_toggle", json!(self.commercial && self.branded));
                put("is_aigc", json!(self.is_aigc));
            }
            (Platform::Facebook, Kind::Reel) if !self.title.is_empty() => put("title", json!(self.title)),
            (Platform::Facebook, Kind::Photos) | (Platform::Instagram, Kind::Image) if !self.alt_text.is_empty() => put("alt_text", json!(self.alt_text)),
            (Platform::Instagram, Kind::Reel) => put("share_to_feed", json!(self.share_to_feed)),
            _ => {}
        }
        options
    }
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

/// The kinds that a person can choose for a platform, as the form calls them.
pub fn kinds(platform: Platform) -> &'static [(&'static str, &'static str)] {
    match platform {
        Platform::Tiktok => &[("draft_video", "Draft to the TikTok inbox"), ("video", "Direct post")],
        Platform::Facebook => &[("", "As the files say"), ("photos", "Photos"), ("reel", "Reel")],
        Platform::Instagram => &[("", "As the files say"), ("image", "Image"), ("reel", "Reel")],
    }
}

/// The next full hour that is at least an hour away, as the form's first suggestion.
pub fn suggestion(zones: &Zones, zone: &str, now: DateTime<Utc>) -> String {
    zones.local(zone, now + chrono::TimeDelta::minutes(119)).format("%Y-%m-%dT%H:00").to_string()
}

fn offset_of(zones: &Zones, zone: &str, at: DateTime<Utc>) -> String {
    when::offset(zones.local(zone, at).offset().local_minus_utc())
}

/// Browsers send line breaks as CR LF; platforms would count both.
fn text(sent: &str) -> String {
    sent.replace("\r\n", "\n").trim_end().to_owned()
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
    fn tiktok_gets_what_was_ticked_and_nothing_else() {
        let form = Fields::parse(b"acct_1.on=1&acct_1.kind=video&acct_1.allow_comment=1&acct_1.your_brand=1");
        let target = TypedTarget::read(&form, AccountId(1));
        let options = target.options(Platform::Tiktok, Kind::Video);
        let expected = json!({"disable_comment": false, "disable_duet": true, "disable_stitch": true, "brand_organic_toggle": false,
            "brand_content_toggle": false, "is_aigc": false});
        assert_eq!(Value::Object(options), expected, "no audience is preset, and a brand counts only while disclosure is on");
        assert!(target.options(Platform::Tiktok, Kind::DraftVideo).is_empty());
        assert!(target.options(Platform::Instagram, Kind::Image).is_empty());
    }

    #[test]
    fn the_suggestion_is_a_full_hour() {
        let now = "2026-12-01T08:20:00Z".parse().unwrap();
        assert_eq!(suggestion(&Zones, "Europe/Berlin", now), "2026-12-01T11:00");
    }
}
