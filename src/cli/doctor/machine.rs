//! The machine: its clock, and programs that help when they are there.

use std::process::{Command, Stdio};

use chrono::{DateTime, Datelike as _, Utc};

use super::report::Report;

pub(super) fn check(now: DateTime<Utc>, report: &mut Report) {
    let shown = now.format("%Y-%m-%d %H:%M:%S UTC");
    // Machines without a battery wake up in 1970 or in the year of their firmware.
    if (2026..2100).contains(&now.year()) {
        report.fine("clock", format!("{shown}"));
    } else {
        report.serious("clock", format!("it shows {shown}"), "Set the machine's clock by NTP: posts go out by it.");
    }
    match ffmpeg() {
        Some(version) => report.fine("ffmpeg", version),
        None => report
            .note("ffmpeg", "not found; videos are not transcoded: what a platform would refuse is told when composing. Pictures are converted all the same"),
    }
}

/// ffmpeg's own word on its version.
fn ffmpeg() -> Option<String> {
    let output = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let first = String::from_utf8_lossy(&output.stdout).lines().next()?.chars().take(80).collect();
    output.status.success().then_some(first)
}
