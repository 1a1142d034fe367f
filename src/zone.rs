//! Time zones: the one place that knows their rules. They come from the machine's zoneinfo, or from the copy in the program where there is none.
//! Times are stored in UTC; a wall time is turned into a moment here, and what daylight saving makes of it is told openly.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The zones this program knows.
#[derive(Debug, Clone, Default)]
pub struct Zones;

/// What a wall time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    One(DateTime<Utc>),
    /// The clocks go forward over it: it does not happen. The moment is as much later as the clocks jump.
    Skipped(DateTime<Utc>),
    /// The clocks go back over it: it happens twice.
    Twice(DateTime<Utc>, DateTime<Utc>),
}

impl Zones {
    /// The machine's own zone, as an IANA name; UTC when it has none.
    pub fn system_name(&self) -> String {
        match TimeZone::system().iana_name() {
            None | Some("Etc/UTC" | "Etc/UCT" | "Etc/Zulu") => "UTC".to_owned(),
            Some(name) => name.to_owned(),
        }
    }

    pub fn exists(&self, name: &str) -> bool {
        TimeZone::get(name).is_ok()
    }

    /// A moment as the clocks of a zone show it; UTC for an unknown zone.
    pub fn local(&self, name: &str, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        let seconds = TimeZone::get(name).ok().and_then(|zone| Some(zone.to_offset(jiff::Timestamp::from_second(at.timestamp()).ok()?).seconds())).unwrap_or(0);
        let offset = FixedOffset::east_opt(seconds).unwrap_or_else(|| chrono::Offset::fix(&Utc));
        at.with_timezone(&offset)
    }

    /// A wall time of a zone as a moment; none for an unknown zone or a time outside the calendar.
    pub fn moment(&self, name: &str, wall: NaiveDateTime) -> Option<Moment> {
        let zone = TimeZone::get(name).ok()?;
        let civil: jiff::civil::DateTime = wall.format("%Y-%m-%dT%H:%M:%S").to_string().parse().ok()?;
        let at = |offset: jiff::tz::Offset| {
            let timestamp = offset.to_timestamp(civil).ok()?;
            DateTime::from_timestamp(timestamp.as_second(), 0)
        };
        match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => Some(Moment::One(at(offset)?)),
            AmbiguousOffset::Gap { before, .. } => Some(Moment::Skipped(at(before)?)),
            AmbiguousOffset::Fold { before, after } => Some(Moment::Twice(at(before)?, at(after)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn wall_times_become_moments_and_daylight_saving_is_told() {
        let zones = Zones;
        let berlin = |text| zones.moment("Europe/Berlin", wall(text)).unwrap();
        assert_eq!(berlin("2026-12-01T09:00:00"), Moment::One(utc("2026-12-01T08:00:00Z")));
        assert_eq!(berlin("2026-03-29T02:30:00"), Moment::Skipped(utc("2026-03-29T01:30:00Z")));
        assert_eq!(berlin("2026-10-25T02:30:00"), Moment::Twice(utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")));
        assert_eq!(zones.moment("Nowhere/Land", wall("2026-12-01T09:00:00")), None);
    }

    #[test]
    fn moments_are_shown_as_the_zone_shows_them() {
        assert_eq!(Zones.local("Asia/Kathmandu", utc("2026-12-01T08:00:00Z")).to_rfc3339(), "2026-12-01T13:45:00+05:45");
        assert_eq!(Zones.local("Nowhere/Land", utc("2026-12-01T08:00:00Z")).to_rfc3339(), "2026-12-01T08:00:00+00:00");
    }
}
