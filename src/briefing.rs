//! What an adapter is told: rows turned into the platform layer's own types, which know nothing of tables.

use std::path::{Path, PathBuf};

use crate::media::{MediaKind, Probe};
use crate::model;
use crate::platform;

/// An account row as adapters see it.
pub fn account(row: &model::account::Account) -> platform::Account {
    platform::Account {
        platform: row.platform,
        login: row.login,
        remote_id: row.remote_id.clone(),
        username: row.username.clone(),
        scopes: row.scopes.clone(),
        standing: row.standing.clone(),
    }
}

/// A media row as adapters see it. `folder` is where the files are; `public_url` is where the platform could fetch this one.
pub fn item(row: &model::media::Media, folder: &Path, public_url: Option<String>) -> platform::Item {
    let path = folder.join(row.stored_name.as_deref().unwrap_or("cleared"));
    match &row.probe {
        Some(probe) => of_probe(probe, row.bytes, path, public_url),
        // A row of another version, whose probe cannot be read: what is not known is not held against the file.
        None => platform::Item {
            path,
            is_video: row.kind == "video",
            mime: row.mime.clone(),
            bytes: row.bytes,
            width: row.width.unwrap_or(0),
            height: row.height.unwrap_or(0),
            duration_ms: row.duration_ms,
            public_url,
            ..platform::Item::default()
        },
    }
}

/// A file that was looked at, or one that is still to be made and will be so.
pub fn of_probe(probe: &Probe, bytes: u64, path: PathBuf, public_url: Option<String>) -> platform::Item {
    let (video, audio) = (probe.video.as_ref(), probe.audio.as_ref());
    let is_video = probe.kind() == MediaKind::Video;
    platform::Item {
        path,
        is_video,
        mime: probe.mime().to_owned(),
        bytes,
        width: probe.width,
        height: probe.height,
        duration_ms: probe.duration_ms,
        video_codec: video.map(|track| track.codec.clone()),
        audio_codec: audio.map(|track| track.codec.clone()),
        // The probe writes 0 where a file does not say.
        frame_rate: video.map(|track| track.fps).filter(|rate| *rate > 0.0),
        video_bit_rate: video.map(|track| track.bitrate).filter(|rate| *rate > 0),
        audio_channels: audio.map(|track| track.channels).filter(|channels| *channels > 0),
        audio_rate: audio.map(|track| track.sample_rate).filter(|rate| *rate > 0),
        index_last: is_video && !probe.fast_start,
        edit_list: probe.edit_list,
        multi_picture: probe.multi_picture,
        orientation: probe.orientation,
        fragmented: probe.fragmented,
        animated: probe.animated,
        silent: video.is_some() && audio.is_none(),
        video_profile: video.and_then(|track| track.profile.clone()),
        pixel_depth: video.and_then(|track| track.bit_depth),
        chroma: video.and_then(|track| track.chroma.clone()),
        interlaced: video.is_some_and(|track| track.interlaced),
        public_url,
    }
}
