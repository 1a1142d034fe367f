//! What will become of a file, reckoned and not tried: the platforms' rules are asked about this before anything is made.
//!
//! What must always be true: pure; the bytes are an upper bound that the making keeps to; sides and length are those of the result.

use super::{Picture, Recipe, Unmade, Video, picture, video};
use crate::media::{AudioTrack, Format, MediaKind, Probe, VideoTrack};

/// The file as it will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted {
    pub probe: Probe,
    /// The most that it can have.
    pub bytes: u64,
}

/// The file as it will be, where `bytes` is the source's size.
///
/// # Errors
/// [`Unmade`] where the recipe cannot be applied to such a file.
pub fn predict(recipe: &Recipe, probe: &Probe, bytes: u64) -> Result<Predicted, Unmade> {
    match recipe {
        Recipe::Picture(picture) => of_picture(picture, probe),
        Recipe::FastStart => of_fast_start(probe, bytes),
        Recipe::Video(video) => of_video(video, probe),
    }
}

fn of_picture(picture: &Picture, probe: &Probe) -> Result<Predicted, Unmade> {
    if probe.kind() != MediaKind::Image {
        return Err(Unmade::new("not_a_picture", "This is a video, and no picture can be made of it this way."));
    }
    let layout = picture::plan(picture, probe)?;
    let probe = Probe::plain(Format::Jpeg, layout.width, layout.height);
    Ok(Predicted { bytes: picture.max_bytes.min(picture::at_best(&layout)), probe })
}

/// Addresses of eight bytes instead of four: more than the index can grow by, as it is at most 64 MiB.
const GROWTH: u64 = 64 << 20;

fn of_fast_start(probe: &Probe, bytes: u64) -> Result<Predicted, Unmade> {
    if !matches!(probe.format, Format::Mp4 | Format::Mov) || probe.fragmented {
        return Err(Unmade::new("no_single_index", "The video has no single index that could be moved to its front. It must be converted as a whole."));
    }
    let large = bytes.saturating_add(GROWTH) > u64::from(u32::MAX);
    Ok(Predicted { probe: Probe { fast_start: true, ..probe.clone() }, bytes: if large { bytes.saturating_add(GROWTH) } else { bytes } })
}

fn of_video(recipe: &Video, probe: &Probe) -> Result<Predicted, Unmade> {
    let plan = video::plan(recipe, probe)?;
    let sound = (probe.audio.is_some() || recipe.silent_track).then(|| AudioTrack {
        codec: "aac".to_owned(),
        channels: recipe.channels,
        sample_rate: recipe.audio_rate,
        bitrate: recipe.audio_bits,
    });
    let probe = Probe {
        duration_ms: Some(plan.length_ms),
        video: Some(VideoTrack {
            codec: "h264".to_owned(),
            // High profile; the level is the encoder's to choose.
            codec_string: "avc1.640028".to_owned(),
            fps: plan.rate.fps(),
            bitrate: plan.video_bits,
            profile: Some("high".to_owned()),
            level: None,
            bit_depth: Some(8),
            chroma: Some("4:2:0".to_owned()),
            interlaced: false,
        }),
        audio: sound,
        fast_start: true,
        ..Probe::plain(Format::Mp4, plan.layout.width, plan.layout.height)
    };
    Ok(Predicted { probe, bytes: plan.bytes })
}
