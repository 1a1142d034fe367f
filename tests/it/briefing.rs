//! What an adapter is told of a file: the probe's findings, and nothing that it did not find.

use std::path::Path;

use pm3k::briefing;
use pm3k::ids::{MediaId, WorkspaceId};
use pm3k::media::{Probe, probe};
use pm3k::model::media::Media;
use pm3k::platform::Item;

use crate::support::house::{file, start};

fn row(name: &str, probe: Option<Probe>) -> Media {
    let video = name.ends_with(".mp4");
    Media {
        id: MediaId(1),
        workspace_id: WorkspaceId(1),
        state: "ready".into(),
        kind: if video { "video" } else { "image" }.into(),
        mime: String::new(),
        file_name: name.into(),
        stored_name: Some(name.into()),
        bytes: 1,
        sha256: String::new(),
        width: None,
        height: None,
        duration_ms: None,
        probe,
        created_at: start(),
        cleared_at: None,
        announced_at: None,
        has_thumbnail: false,
    }
}

fn told(name: &str) -> Item {
    briefing::item(&row(name, Some(probe(&file(name)).unwrap())), Path::new("/"), None)
}

#[test]
fn the_forms_that_rules_speak_of_are_told() {
    let forms = |name| {
        let item = told(name);
        [item.silent, item.fragmented, item.animated, item.index_last, item.edit_list]
    };
    for (name, expected) in [
        ("clip.mp4", [false; 5]),
        ("photo.jpg", [false; 5]),
        ("noaudio.mp4", [true, false, false, false, false]),
        ("fragmented.mp4", [false, true, false, false, false]),
        ("moving.gif", [false, false, true, false, false]),
        ("moov-last.mp4", [false, false, false, true, false]),
        ("edited.mp4", [true, false, false, false, true]),
    ] {
        assert_eq!(forms(name), expected, "{name}");
    }
    assert_eq!(["photo.jpg", "oriented.jpg", "clip.mp4"].map(|name| told(name).orientation), [1, 6, 1]);
    assert_eq!(told("rotated.mp4").orientation, probe(&file("rotated.mp4")).unwrap().orientation);
}

#[test]
fn what_the_probe_did_not_find_is_not_known() {
    let mut silent_about_it = probe(&file("clip.mp4")).unwrap();
    let (video, audio) = (silent_about_it.video.as_mut().unwrap(), silent_about_it.audio.as_mut().unwrap());
    (video.fps, video.bitrate, audio.channels, audio.sample_rate) = (0.0, 0, 0, 0);
    let item = briefing::item(&row("clip.mp4", Some(silent_about_it)), Path::new("/"), None);
    assert_eq!((item.frame_rate, item.video_bit_rate, item.audio_channels, item.audio_rate), (None, None, None, None));
    let unread = briefing::item(&row("clip.mp4", None), Path::new("/"), None);
    assert_eq!((unread.silent, unread.fragmented, unread.index_last, unread.orientation, unread.frame_rate), (false, false, false, 0, None));
}
