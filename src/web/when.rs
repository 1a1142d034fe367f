//! Moments as people read them: in the workspace's zone, with the zone named.

use chrono::{DateTime, Offset, TimeDelta, Utc};

use crate::zone::Zones;

/// One moment on a page.
#[derive(Debug, Clone)]
pub struct When {
    /// For `<time datetime>`.
    pub iso: String,
    /// `Tue 1 Dec 2026, 09:00`
    pub text: String,
    /// `UTC+1`
    pub offset: String,
    /// `in 3 days`, `2 hours ago`
    pub relative: String,
    /// `09:00:27`
    pub clock: String,
}

pub fn when(zones: &Zones, zone: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> When {
    let local = zones.local(zone, at);
    When {
        iso: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        text: local.format("%a %-d %b %Y, %H:%M").to_string(),
        offset: offset(local.offset().fix().local_minus_utc()),
        relative: relative(at - now),
        clock: local.format("%H:%M:%S").to_string(),
    }
}

/// `UTC+5:45`
pub fn offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

fn relative(to: TimeDelta) -> String {
    let seconds = to.num_seconds().abs();
    let (count, unit) = match seconds {
        0..45 => return "now".to_owned(),
        45..3_570 => ((seconds + 30) / 60, "minute"),
        3_570..84_600 => ((seconds + 1_800) / 3_600, "hour"),
        _ => ((seconds + 43_200) / 86_400, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    if to > TimeDelta::zero() { format!("in {count} {unit}{s}") } else { format!("{count} {unit}{s} ago") }
}

/// How long something took: `420 ms`, `3.2 s`, `4 min 12 s`.
pub fn duration(took: TimeDelta) -> String {
    let millis = took.num_milliseconds().max(0);
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// A span of the configuration: `30 days`.
pub fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 && s > 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 && s > 0 => (s / 3_600, "hour"),
        s => (s / 60, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_the_zone_shows_them() {
        let at: DateTime<Utc> = "2026-12-01T08:00:00Z".parse().unwrap();
        let when = when(&Zones, "Asia/Kathmandu", at, at - TimeDelta::hours(3));
        assert_eq!((when.text.as_str(), when.offset.as_str(), when.relative.as_str()), ("Tue 1 Dec 2026, 13:45", "UTC+5:45", "in 3 hours"));
        assert_eq!(offset(-12_600), "UTC-3:30");
        assert_eq!(offset(0), "UTC");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        assert_eq!(relative(TimeDelta::seconds(10)), "now");
        assert_eq!(relative(TimeDelta::seconds(-61)), "1 minute ago");
        assert_eq!(relative(TimeDelta::minutes(60)), "in 1 hour");
        assert_eq!(relative(TimeDelta::hours(24)), "in 1 day");
        assert_eq!(duration(TimeDelta::milliseconds(3_240)), "3.2 s");
        assert_eq!(duration(TimeDelta::seconds(252)), "4 min 12 s");
        assert_eq!(span(TimeDelta::days(365)), "365 days");
        assert_eq!(span(TimeDelta::hours(1)), "1 hour");
    }
}
