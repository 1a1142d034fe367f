//! Times as people write them on the command line: with an offset they are taken as they are, without one the clocks of the workspace count.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::cli::failure::Failure;
use crate::zone::{Moment, Zones};

/// A moment: `2026-12-01T09:00:00+01:00`, or `2026-12-01 09:00` in `zone`.
pub fn moment(zones: &Zones, zone: &str, text: &str) -> Result<DateTime<Utc>, Failure> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let wall = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let wall = wall.ok_or_else(|| {
        Failure::Usage(format!("{text:?} is not a time; write it like \"2026-12-01 09:00\" (in the workspace's zone, {zone}) or \"2026-12-01T09:00:00+01:00\""))
    })?;
    resolve(zones, zone, wall)
}

/// When something ends: a length of time from `now`, a day, or a moment.
pub fn end(zones: &Zones, zone: &str, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let text = text.trim();
    if let Ok(span) = humantime::parse_duration(text) {
        let end = TimeDelta::from_std(span).ok().and_then(|span| now.checked_add_signed(span));
        return end.ok_or_else(|| Failure::Usage(format!("{text:?} is longer than any calendar")));
    }
    if let Some(midnight) = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0)) {
        return resolve(zones, zone, midnight);
    }
    moment(zones, zone, text).map_err(|failure| match failure {
        Failure::Usage(_) => Failure::Usage(format!("{text:?} is neither a length of time (90d) nor a day (2027-01-31)")),
        other => other,
    })
}

/// A wall time as a moment. Where daylight saving leaves it unclear, the person has to choose.
fn resolve(zones: &Zones, zone: &str, wall: NaiveDateTime) -> Result<DateTime<Utc>, Failure> {
    let shown = wall.format("%Y-%m-%d %H:%M");
    let local = |at: DateTime<Utc>| zones.local(zone, at);
    match zones.moment(zone, wall) {
        None => Err(Failure::Usage(format!("{shown} is not a time in {zone}"))),
        Some(Moment::One(at)) => Ok(at),
        Some(Moment::Skipped(later)) => {
            let jump = local(later).naive_local() - wall;
            Err(Failure::Refused(format!(
                "{shown} does not happen in {zone}: the clocks go forward over it. Write {} or {}",
                local(later - jump).to_rfc3339(),
                local(later).to_rfc3339()
            )))
        }
        Some(Moment::Twice(first, second)) => Err(Failure::Refused(format!(
            "{shown} happens twice in {zone}: the clocks go back over it. Write {} for the first time or {} for the second",
            local(first).to_rfc3339(),
            local(second).to_rfc3339()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "Europe/Berlin";

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_taken_with_their_offset_or_in_the_workspaces_zone() {
        for (text, expected) in [
            ("2026-12-01T09:00:00+01:00", "2026-12-01T08:00:00Z"),
            ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
            ("2026-12-01 09:00", "2026-12-01T08:00:00Z"),
            (" 2026-07-01 09:00:30 ", "2026-07-01T07:00:30Z"),
            ("2026-07-01T09:00", "2026-07-01T07:00:00Z"),
        ] {
            assert_eq!(moment(&Zones, BERLIN, text).unwrap(), utc(expected), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01 09:00", "09:00", "2026-12-01"] {
            assert_eq!(moment(&Zones, BERLIN, text).unwrap_err().status(), 2, "{text}");
        }
    }

    #[test]
    fn unclear_times_are_refused_with_both_choices() {
        let gap = moment(&Zones, BERLIN, "2026-03-29 02:30").unwrap_err();
        assert_eq!(gap.status(), 4);
        let text = gap.to_string();
        assert!(text.contains("2026-03-29T01:30:00+01:00") && text.contains("2026-03-29T03:30:00+02:00"), "{text}");
        let twice = moment(&Zones, BERLIN, "2026-10-25 02:30").unwrap_err().to_string();
        assert!(twice.contains("2026-10-25T02:30:00+02:00") && twice.contains("2026-10-25T02:30:00+01:00"), "{twice}");
    }

    #[test]
    fn an_end_is_a_span_a_day_or_a_moment() {
        let now = utc("2026-11-22T10:00:00Z");
        for (text, expected) in [
            ("90d", "2027-02-20T10:00:00Z"),
            ("2027-01-31", "2027-01-30T23:00:00Z"),
            ("2027-01-31 12:00", "2027-01-31T11:00:00Z"),
            ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
        ] {
            assert_eq!(end(&Zones, BERLIN, text, now).unwrap(), utc(expected), "{text}");
        }
        assert_eq!(end(&Zones, BERLIN, "next year", now).unwrap_err().status(), 2);
        assert_eq!(end(&Zones, BERLIN, "9999999999999999d", now).unwrap_err().status(), 2);
    }
}
