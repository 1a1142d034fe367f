//! ffmpeg on this machine: where it is, and what it can do. Asked once.
//!
//! What must always be true: without an ffmpeg that writes H.264 and AAC there is no transcoding, and that is said, not tried.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::child::{Limits, run};

/// The programs that the workshop may use.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    ffmpeg: Option<Ffmpeg>,
}

#[derive(Debug, Clone)]
struct Ffmpeg {
    path: PathBuf,
    described: String,
    encodes: bool,
    tone_maps: bool,
}

impl Tools {
    /// The `ffmpeg` on the path, if there is one.
    pub fn find() -> Tools {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join("ffmpeg")).find(|path| path.is_file());
        found.map_or_else(Tools::none, Tools::at)
    }

    /// As if there was none.
    pub fn none() -> Tools {
        Tools::default()
    }

    /// The one at this path. A path that does not answer as ffmpeg does is as good as none.
    pub fn at(ffmpeg: PathBuf) -> Tools {
        let Some(version) = ask(&ffmpeg, "-version").and_then(|text| Some(text.lines().next()?.strip_prefix("ffmpeg version ")?.split(' ').next()?.to_owned()))
        else {
            return Tools::none();
        };
        let encoders = ask(&ffmpeg, "-encoders").unwrap_or_default();
        let filters = ask(&ffmpeg, "-filters").unwrap_or_default();
        // Each line has flags, the name, and what it is.
        let has = |list: &str, name: &str| list.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
        let encodes = has(&encoders, "libx264") && has(&encoders, "aac");
        let tone_maps = has(&filters, "zscale") && has(&filters, "tonemap");
        let lacks = match (encodes, tone_maps) {
            (false, _) => ", which lacks libx264 or AAC and cannot convert videos",
            (true, false) => ", which lacks zscale: the colours of HDR videos come out pale",
            (true, true) => "",
        };
        Tools { ffmpeg: Some(Ffmpeg { path: ffmpeg, described: format!("ffmpeg {version}{lacks}"), encodes, tone_maps }) }
    }

    /// Can videos be converted?
    pub fn can_transcode(&self) -> bool {
        self.encoder().is_some()
    }

    /// Its version, and what it lacks, for people.
    pub fn describe(&self) -> Option<&str> {
        self.ffmpeg.as_ref().map(|found| found.described.as_str())
    }

    pub(in crate::media) fn reader(&self) -> Option<&Path> {
        self.ffmpeg.as_ref().map(|found| found.path.as_path())
    }

    pub(super) fn encoder(&self) -> Option<&Path> {
        self.ffmpeg.as_ref().filter(|found| found.encodes).map(|found| found.path.as_path())
    }

    pub(super) fn tone_maps(&self) -> bool {
        self.ffmpeg.as_ref().is_some_and(|found| found.tone_maps)
    }
}

fn ask(ffmpeg: &Path, what: &str) -> Option<String> {
    let mut text = Vec::new();
    let limits = Limits { time: Duration::from_secs(20), silence: Duration::from_secs(20), file_bytes: 0 };
    let arguments = ["-hide_banner", what].map(OsString::from);
    let mut heard = |bytes: &[u8]| {
        text.extend_from_slice(bytes);
        true
    };
    run(ffmpeg, &arguments, &limits, &mut heard, &|| false).ok()?;
    String::from_utf8(text).ok()
}
