//! A video encoded anew by ffmpeg: what it will be (pure), the arguments that make it so (pure), and the making.
//!
//! What must always be true: the file is no larger than allowed, whatever is in it, as the encoder may not exceed a rate that follows from
//! size and length; it has no edit list, no metadata, and nothing but one picture and one sound track.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::child::{Limits, run};
use super::filters::{Rate, filters};
use super::sides::{Bounds, Layout, lay_out};
use super::{Predicted, Tools, Unmade, Video, Watch};
use crate::media::{Format, MediaKind, Probe, Received, Store};

/// Less is no picture.
const LEAST_VIDEO_BITS: u64 = 100_000;
/// Of index and headers: for each frame, for each packet of sound, and in all.
const PER_FRAME: u64 = 24;
const PER_PACKET: u64 = 16;
const FIXED: u64 = 64_000;

/// What the video will be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) rate: Rate,
    pub(super) length_ms: u64,
    /// The most that the encoder may use, over any second.
    pub(super) video_bits: u64,
    /// The most that the file can have.
    pub(super) bytes: u64,
}

pub(super) fn plan(recipe: &Video, probe: &Probe) -> Result<Plan, Unmade> {
    if probe.kind() != MediaKind::Video {
        return Err(Unmade::new("not_a_video", "This is a picture, and no video can be made of it."));
    }
    let length_ms = probe.duration_ms.unwrap_or_default().min(recipe.trim_ms.unwrap_or(u64::MAX));
    if length_ms == 0 {
        return Err(Unmade::new("no_length", "The video does not say how long it is. Export it again, as MP4 with H.264 if possible."));
    }
    let upright = match &recipe.shape {
        Some(shape) => shape.height > shape.width,
        None => probe.height > probe.width,
    };
    let (short, long) = (recipe.short_side.min(8192), recipe.long_side.min(8192));
    let max = if upright { (short, long) } else { (long, short) };
    let bounds = Bounds { max, min_width: 0, pixels: u64::MAX, even: true };
    let layout = lay_out((probe.width, probe.height), recipe.shape.as_ref(), bounds).ok_or_else(|| {
        Unmade::new("impossible_shape", "The video is too long and narrow to be brought into the wanted form. Crop it by hand and upload it again.")
    })?;
    let rate = Rate::of(probe.video.as_ref().map_or(0.0, |video| video.fps), recipe.max_fps);
    let (video_bits, bytes) = budget(recipe, probe, length_ms, rate.fps())?;
    Ok(Plan { layout, rate, length_ms, video_bits, bytes })
}

/// Bits a second for the picture, and the most bytes of the file. The encoder's buffer is worth one second.
fn budget(recipe: &Video, probe: &Probe, length_ms: u64, fps: f64) -> Result<(u64, u64), Unmade> {
    let seconds = length_ms.div_ceil(1000);
    let sound = if probe.audio.is_some() || recipe.silent_track { recipe.audio_bits + recipe.audio_bits / 8 } else { 0 };
    let packets = u64::from(recipe.audio_rate).div_ceil(1024);
    let beside = (seconds + 1) * (sound / 8 + packets * PER_PACKET + (fps.ceil() as u64) * PER_FRAME) + FIXED;
    let room = recipe.max_bytes.saturating_sub(beside).saturating_mul(8) / 102 * 100;
    let video_bits = recipe.video_bits.min(room / (seconds + 1));
    if video_bits < LEAST_VIDEO_BITS {
        return Err(Unmade::new(
            "too_long_for_its_size",
            format!("A video of {seconds} s cannot be made as small as {} MB. Make it shorter.", recipe.max_bytes / 1_000_000),
        ));
    }
    Ok((video_bits, recipe.max_bytes.min(beside + video_bits * (seconds + 1) / 8 / 100 * 102)))
}

pub(super) fn make(
    recipe: &Video,
    source: &Path,
    probe: &Probe,
    planned: &Predicted,
    store: &Store,
    tools: &Tools,
    watch: &dyn Watch,
) -> Result<Received, Unmade> {
    let ffmpeg = tools.encoder().ok_or_else(Unmade::no_tools)?;
    let plan = plan(recipe, probe)?;
    let outside = store.begin_outside(planned.bytes).map_err(|e| Unmade::disk(&e))?;
    let tone_map = tools.tone_maps() && is_hdr(ffmpeg, source, probe, &|| watch.stopped())?;
    let arguments = arguments(recipe, &plan, source, probe, outside.path(), tone_map)?;
    let limits = Limits {
        time: Duration::from_millis(plan.length_ms.saturating_mul(20)) + Duration::from_secs(600),
        silence: Duration::from_secs(120),
        file_bytes: planned.bytes,
    };
    let mut progress = Progress { line: Vec::new(), reached_us: 0, length_us: plan.length_ms * 1000, watch };
    run(ffmpeg, &arguments, &limits, &mut |bytes| progress.hear(bytes), &|| watch.stopped())?;
    watch.progress(97);
    outside.finish().map_err(|e| Unmade::disk(&e))
}

/// The lines of `-progress`.
struct Progress<'a> {
    line: Vec<u8>,
    reached_us: u64,
    length_us: u64,
    watch: &'a dyn Watch,
}

impl Progress<'_> {
    /// True where it is further than before.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let mut further = false;
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < 200 {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = std::str::from_utf8(&line).unwrap_or_default().trim();
            // The index is moved to the front at the end, without a word but this.
            further |= line == "progress=end";
            let reached = line.strip_prefix("out_time_us=").and_then(|us| us.parse().ok()).unwrap_or_default();
            if reached > self.reached_us {
                self.reached_us = reached;
                further = true;
                self.watch.progress(u8::try_from(reached.saturating_mul(95) / self.length_us.max(1)).unwrap_or(95).min(95));
            }
        }
        further
    }
}

/// How ffmpeg reads a source: its own demuxer only, from a file only.
pub(in crate::media) fn input(source: &Path, probe: &Probe) -> Result<Vec<OsString>, Unmade> {
    let demuxer = match probe.format {
        Format::Mp4 | Format::Mov => "mov",
        Format::Webm => "matroska",
        _ => return Err(Unmade::new("not_a_video", "This is a picture, and no video can be made of it.")),
    };
    let mut arguments = words("-protocol_whitelist file -threads 2 -f");
    arguments.extend([demuxer.into(), "-i".into(), file(source)?]);
    Ok(arguments)
}

/// A path that cannot be taken for anything else.
fn file(path: &Path) -> Result<OsString, Unmade> {
    let mut name = OsString::from("file:");
    name.push(std::path::absolute(path).map_err(|e| Unmade::disk(&e))?);
    Ok(name)
}

pub(in crate::media) fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

/// Asks ffmpeg for the transfer curve: our own probe knows none.
fn is_hdr(ffmpeg: &Path, source: &Path, probe: &Probe, stopped: &dyn Fn() -> bool) -> Result<bool, Unmade> {
    let mut arguments = words("-nostdin -hide_banner -nostats");
    arguments.extend(input(source, probe)?);
    arguments.extend(words("-map 0:V:0 -frames:v 1 -f null -"));
    let limits = Limits { time: Duration::from_secs(60), silence: Duration::from_secs(60), file_bytes: 0 };
    let said = run(ffmpeg, &arguments, &limits, &mut |_| true, stopped)?;
    let described = |line: &&str| line.trim_start().starts_with("Stream #0:") && line.contains(": Video:");
    Ok(said.lines().filter(described).any(|line| ["smpte2084", "arib-std-b67"].iter().any(|curve| line.contains(curve))))
}

fn arguments(recipe: &Video, plan: &Plan, source: &Path, probe: &Probe, to: &Path, tone_map: bool) -> Result<Vec<OsString>, Unmade> {
    let mut arguments = words("-nostdin -hide_banner -nostats -loglevel error -y -progress pipe:1 -stats_period 0.5");
    arguments.extend(input(source, probe)?);
    let layout = if recipe.channels == 1 { "mono" } else { "stereo" };
    let sound = match (&probe.audio, recipe.silent_track) {
        (Some(_), _) => Some("0:a:0"),
        (None, true) => {
            arguments.extend(words(&format!("-f lavfi -i anullsrc=r={}:cl={layout}", recipe.audio_rate)));
            Some("1:a:0")
        }
        (None, false) => None,
    };
    // A cover picture is no video: V leaves it out.
    arguments.extend(words("-map 0:V:0"));
    if let Some(sound) = sound {
        arguments.extend(words(&format!("-map {sound} -c:a aac -b:a {} -ar {} -ac {}", recipe.audio_bits, recipe.audio_rate, recipe.channels)));
        // Sound that begins late keeps its place, without an edit list.
        arguments.extend(words("-af aresample=async=1:first_pts=0"));
    }
    arguments.extend(words(&format!("-t {}.{:03} -filter_threads 2", plan.length_ms / 1000, plan.length_ms % 1000)));
    arguments.extend(["-vf".into(), filters(&plan.layout, recipe.shape.as_ref(), (probe.width, probe.height), plan.rate, tone_map).into()]);
    let group = (plan.rate.fps() * 2.0).round().max(1.0);
    arguments.extend(words(&format!(
        "-c:v libx264 -threads 2 -preset fast -profile:v high -crf 19 -maxrate {bits} -bufsize {bits} -bf 0 -g {group} -flags +cgop -pix_fmt yuv420p",
        bits = plan.video_bits
    )));
    arguments.extend(words("-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"));
    arguments.extend(words("-sn -dn -map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact"));
    arguments.extend(words("-use_editlist 0 -avoid_negative_ts disabled -movflags +faststart -f mp4"));
    arguments.push(file(to)?);
    Ok(arguments)
}
