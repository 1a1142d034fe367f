//! A file as ffprobe sees it: its streams, and the trace of its walk through the boxes.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

pub struct Theirs {
    json: Value,
    /// What it tells of boxes and edit lists while it reads; videos in MP4 and MOV only.
    trace: String,
}

impl Theirs {
    pub fn of(path: &Path) -> Result<Theirs> {
        let run = |args: &[&str]| Command::new("ffprobe").args(args).arg(path).output();
        let told = run(&["-v", "trace", "-of", "json", "-count_packets", "-show_streams", "-show_format"])?;
        let trace = String::from_utf8_lossy(&told.stderr).into_owned();
        ensure!(told.status.success(), "ffprobe cannot read it:\n{}", trace.lines().last().unwrap_or_default());
        let mut json: Value = serde_json::from_slice(&told.stdout)?;
        if json["format"]["duration"].is_null() || json["streams"][0]["codec_name"] == "mjpeg" {
            // Only a decoded picture brings its EXIF tags.
            let frame = run(&["-v", "quiet", "-of", "json", "-show_frames", "-read_intervals", "%+#1"])?;
            let frame: Value = serde_json::from_slice(&frame.stdout)?;
            json["frame"] = frame["frames"][0].clone();
        }
        Ok(Theirs { json, trace })
    }

    fn streams(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.json["streams"].as_array().into_iter().flatten().filter(move |stream| stream["codec_type"] == kind)
    }

    /// Of several, the longest picture and the first sound.
    fn stream(&self, kind: &str) -> &Value {
        let packets = |stream: &&Value| number(&stream["nb_read_packets"]).unwrap_or_default() as u64;
        let first = self.streams(kind).next();
        let longest = self.streams(kind).max_by_key(packets).filter(|longest| first.is_none_or(|first| packets(longest) > packets(&first)));
        (if kind == "video" { longest.or(first) } else { first }).unwrap_or(&Value::Null)
    }

    pub fn format(&self) -> String {
        let format = &self.json["format"];
        let names = format["format_name"].as_str().unwrap_or_default();
        match names {
            _ if names.starts_with("mov,") => if format["tags"]["major_brand"] == "qt  " { "mov" } else { "mp4" }.to_owned(),
            "matroska,webm" => "webm".to_owned(),
            "png_pipe" | "apng" => "png".to_owned(),
            "webp_pipe" => "webp".to_owned(),
            "image2" | "jpeg_pipe" => match self.stream("video")["codec_name"].as_str() {
                Some("mjpeg") => "jpg".to_owned(),
                other => other.unwrap_or_default().to_owned(),
            },
            other => other.to_owned(),
        }
    }

    /// Turned as `orientation` says, which is compared by itself.
    pub fn size(&self, orientation: u8) -> String {
        let video = self.stream("video");
        let (width, height) = (number(&video["width"]).unwrap_or_default(), number(&video["height"]).unwrap_or_default());
        let shape = video["sample_aspect_ratio"].as_str().and_then(|text| fraction(text, ':')).filter(|shape| *shape > 0.0);
        let wide = (width * shape.unwrap_or(1.0)).floor();
        if orientation >= 5 { format!("{height}x{wide}") } else { format!("{wide}x{height}") }
    }

    /// In EXIF's numbers.
    pub fn orientation(&self) -> u8 {
        let exif = self.json["frame"]["tags"]["Orientation"].as_str().and_then(|text| text.trim().parse().ok());
        let data = self.stream("video")["side_data_list"].as_array().into_iter().flatten();
        let turned = data.filter_map(|data| data["rotation"].as_i64()).next();
        match (exif, turned) {
            (Some(exif), _) => exif,
            (_, Some(90)) => 8,
            (_, Some(180 | -180)) => 3,
            (_, Some(-90)) => 6,
            _ => 1,
        }
    }

    pub fn moves(&self) -> bool {
        number(&self.stream("video")["nb_read_packets"]).is_some_and(|packets| packets > 1.0)
    }

    fn pixels(&self) -> &str {
        self.stream("video")["pix_fmt"].as_str().unwrap_or_default()
    }

    pub fn alpha(&self) -> bool {
        ["rgba", "bgra", "argb", "abgr", "yuva", "ya8", "ya16", "gbrap"].iter().any(|form| self.pixels().starts_with(form))
    }

    pub fn milliseconds(&self) -> Option<f64> {
        number(&self.json["format"]["duration"]).map(|seconds| seconds * 1000.0)
    }

    /// Places of the boxes at the top level, in their order.
    fn top(&self) -> impl Iterator<Item = &str> {
        self.trace.lines().filter(|line| line.contains("parent:'root'")).filter_map(|line| line.split("type:'").nth(1)?.get(..4))
    }

    pub fn fast_start(&self) -> bool {
        let place = |kinds: &[&str]| self.top().position(|kind| kinds.contains(&kind));
        match (place(&["moov"]), place(&["mdat", "moof"])) {
            (Some(index), Some(data)) => index < data,
            _ => true,
        }
    }

    pub fn fragmented(&self) -> bool {
        self.trace.contains("type:'mvex'")
    }

    /// Our own rule, from the list as ffprobe reads it: more than one piece, a gap, another speed, or more than 0.25 s left out.
    pub fn edit_list(&self) -> bool {
        let scale = |track: usize| {
            let base = self.json["streams"][track]["time_base"].as_str().and_then(|base| fraction(base, '/')).unwrap_or(1.0);
            0.25 / base
        };
        let mut track = 0;
        let mut lines = self.trace.lines();
        while let Some(line) = lines.next() {
            let Some((head, count)) = line.split_once("].edit_count = ") else { continue };
            track = head.rsplit_once("track[").and_then(|(_, n)| n.parse().ok()).unwrap_or(track);
            let count: u32 = count.trim().parse().unwrap_or_default();
            if count > 1 {
                return true;
            }
            let edit = lines.next().unwrap_or_default();
            let field = |name: &str| edit.split(name).nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
            let (start, rate) = (field("time=").unwrap_or_default(), field("rate=").unwrap_or(1.0));
            if count == 1 && (start < 0.0 || start > scale(track) || rate != 1.0) {
                return true;
            }
        }
        false
    }

    pub fn codec(&self, kind: &str) -> String {
        match self.stream(kind)["codec_name"].as_str() {
            None => "none".to_owned(),
            Some("pcm_alaw") => "alaw".to_owned(),
            Some(pcm) if pcm.starts_with("pcm_") => "pcm".to_owned(),
            Some(codec) => codec.to_owned(),
        }
    }

    pub fn frame_rate(&self) -> Option<f64> {
        self.stream("video")["avg_frame_rate"].as_str().and_then(|text| fraction(text, '/'))
    }

    /// That of the track, or of the whole file where tracks have none of their own.
    pub fn bit_rate(&self, kind: &str) -> Option<f64> {
        let whole = || number(&self.json["format"]["bit_rate"]).filter(|_| self.format() == "webm");
        number(&self.stream(kind)["bit_rate"]).or_else(whole)
    }

    pub fn number(&self, kind: &str, field: &str) -> String {
        number(&self.stream(kind)[field]).map_or_else(String::new, |n| n.to_string())
    }

    pub fn profile(&self) -> Option<String> {
        let profile = self.stream("video")["profile"].as_str()?;
        let word = match profile {
            "Constrained Baseline" | "Baseline" => "baseline",
            "High 4:4:4 Predictive" => "high444",
            "High 4:2:2" => "high422",
            "Simple Profile" => "simple",
            "Advanced Simple Profile" => "advanced-simple",
            other => return Some(other.to_lowercase().replace(' ', "")).filter(|_| self.codec("video") != "vp8"),
        };
        Some(word.to_owned())
    }

    pub fn level(&self) -> Option<String> {
        let level = self.stream("video")["level"].as_u64()?;
        match self.codec("video").as_str() {
            "h264" if level == 9 => Some("1b".to_owned()),
            "h264" => Some(format!("{}.{}", level / 10, level % 10)),
            "hevc" => Some(format!("{}.{}", level / 30, level % 30 / 3)),
            "av1" => Some(format!("{}.{}", 2 + level / 4, level % 4)),
            "mpeg4" => Some(level.to_string()),
            _ => None,
        }
    }

    pub fn bit_depth(&self) -> Option<u8> {
        let pixels = self.pixels();
        let deep = [("10", 10), ("12", 12), ("16", 16)].into_iter().find(|(digits, _)| pixels.trim_end_matches("le").trim_end_matches("be").ends_with(digits));
        (!pixels.is_empty()).then(|| deep.map_or(8, |(_, depth)| depth))
    }

    pub fn chroma(&self) -> Option<&'static str> {
        let pixels = self.pixels();
        let forms = [("420", "4:2:0"), ("422", "4:2:2"), ("444", "4:4:4"), ("gray", "4:0:0")];
        forms.into_iter().find(|(form, _)| pixels.contains(form)).map(|(_, chroma)| chroma)
    }

    pub fn interlaced(&self) -> bool {
        matches!(self.stream("video")["field_order"].as_str(), Some("tt" | "bb" | "tb" | "bt"))
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn fraction(text: &str, between: char) -> Option<f64> {
    let (over, under) = text.split_once(between)?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    (under != 0.0).then_some(over / under)
}
