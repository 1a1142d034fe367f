//! What an adapter is told: rows turned into the platform layer's own types, which know nothing of tables.

use std::path::Path;

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
    let probe = row.probe.as_ref();
    let (video, audio) = (probe.and_then(|p| p.video.as_ref()), probe.and_then(|p| p.audio.as_ref()));
    platform::Item {
        path: folder.join(row.stored_name.as_deref().unwrap_or("cleared")),
        is_video: row.kind == "video",
        mime: row.mime.clone(),
        bytes: row.bytes,
        width: row.width.unwrap_or(0),
        height: row.height.unwrap_or(0),
        duration_ms: row.duration_ms,
        video_codec: video.map(|track| track.codec.clone()),
        audio_codec: audio.map(|track| track.codec.clone()),
        // The probe writes 0 where a file does not say.
        frame_rate: video.map(|track| track.fps).filter(|rate| *rate > 0.0),
        video_bit_rate: video.map(|track| track.bitrate).filter(|rate| *rate > 0),
        audio_channels: audio.map(|track| track.channels).filter(|channels| *channels > 0),
        audio_rate: audio.map(|track| track.sample_rate).filter(|rate| *rate > 0),
        index_last: row.kind == "video" && probe.is_some_and(|probe| !probe.fast_start),
        edit_list: probe.is_some_and(|probe| probe.edit_list),
        multi_picture: probe.is_some_and(|probe| probe.multi_picture),
        orientation: probe.map_or(0, |probe| probe.orientation),
        fragmented: probe.is_some_and(|probe| probe.fragmented),
        animated: probe.is_some_and(|probe| probe.animated),
        silent: video.is_some() && audio.is_none(),
        public_url,
        ..platform::Item::default()
    }
}
