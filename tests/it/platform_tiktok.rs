//! TikTok's adapter against the simulated TikTok: the ordinary way, staging, every fault at every call, and what a person must be told.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::{Adapter, Connect, ErrorClass};
use pm3k::secret::hex;
use serde_json::json;
use sha2::{Digest, Sha256};
use simulator::{Fault, FaultKind};

use crate::support::tiktok::{End, Job, World, clip, item, map};

fn sha256(path: &Path) -> String {
    hex(&Sha256::digest(fs::read(path).unwrap()))
}

/// A file of six chunks: the beginning of a real video, then nothing.
fn large(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("large.mp4");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&fs::read(clip()).unwrap()).unwrap();
    file.set_len(64_000_001).unwrap();
    path
}

#[test]
fn a_direct_video_goes_out_once_with_its_bytes_its_caption_and_its_link() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    let published = job.run().published();
    let posts = world.simulator.posts();
    let [post] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!((post.kind, post.caption.as_str()), ("video", "hello #cats 😀"));
    assert_eq!(post.media_sha256, [sha256(&clip())]);
    assert_eq!(published.remote_id.as_ref(), Some(&post.remote_id));
    assert_eq!(published.permalink, Some(format!("https://www.tiktok.com/@studio/video/{}", post.remote_id)));
    assert_eq!(published.follow, None);
    assert!(job.errors.is_empty(), "{:?}", job.errors);
    world.assert_visible(1);
}

#[test]
fn a_draft_goes_to_the_inbox_once() {
    let world = World::new();
    let mut job = world.job(Kind::DraftVideo, &clip());
    let published = job.run().published();
    let posts = world.simulator.posts();
    let [post] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!((post.kind, &post.media_sha256), ("draft_video", &vec![sha256(&clip())]));
    assert_eq!(published.remote_id.as_ref(), Some(&post.remote_id));
    assert_eq!(world.count("tiktok.creator_info"), 0);
    // The creator never posts it: the looks for a public id end by themselves.
    let followed = job.follow(published);
    assert_eq!((followed.permalink, followed.follow), (None, None));
    world.assert_visible(1);
}

#[test]
fn all_but_the_last_chunk_is_there_before_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = large(&folder);
    let world = World::new();
    let mut job = world.job(Kind::Video, &file);
    job.stage();
    assert!(world.now() < job.publish_at);
    assert_eq!((world.count("tiktok.upload"), world.count("tiktok.upload_last")), (5, 0));
    world.simulator.clock().set(job.publish_at);
    assert_eq!(world.simulator.posts(), []);
    job.run().published();
    assert_eq!((world.count("tiktok.upload"), world.count("tiktok.upload_last")), (5, 1));
    assert_eq!(world.simulator.posts()[0].media_sha256, [sha256(&file)]);
    world.assert_visible(1);
}

#[test]
fn nothing_begins_before_an_upload_could_last_until_the_time() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.publish_at = world.now() + TimeDelta::hours(5);
    job.step();
    assert_eq!((world.now(), world.simulator.calls().len()), (job.publish_at - TimeDelta::minutes(50), 0));
    job.run().published();
    world.assert_visible(1);
}

fn every_fault() -> Vec<FaultKind> {
    let body = || "<html>oops</html>".to_owned();
    vec![
        FaultKind::DropBefore,
        FaultKind::ActThenDrop,
        FaultKind::ActThenStatus { status: 500, body: body() },
        FaultKind::ActThenStatus { status: 404, body: body() },
        FaultKind::ActThenEmpty200,
        FaultKind::Answer { status: 502, body: body() },
        FaultKind::Answer { status: 403, body: body() },
        FaultKind::Answer { status: 404, body: body() },
        FaultKind::Answer { status: 200, body: String::new() },
        FaultKind::Answer { status: 429, body: String::new() },
        FaultKind::BreakBody { after: 1000 },
    ]
}

#[test]
fn every_fault_on_the_last_chunk_ends_in_exactly_one_post() {
    for kind in [Kind::Video, Kind::DraftVideo] {
        for fault in every_fault() {
            // Also three times in a row, and with reads that lag behind what happened.
            for (times, lag) in [(1, 0), (3, 0), (1, 60)] {
                let world = World::new();
                world.simulator.set(|settings| settings.read_lag = std::time::Duration::from_secs(lag));
                world.simulator.fault(Fault { call: "tiktok.upload_last".into(), account: None, nth: 1, times, kind: fault.clone() });
                let mut job = world.job(kind, &clip());
                let end = job.run();
                assert!(matches!(end, End::Published(_)), "{kind} {fault:?} × {times}, lag {lag}: {end:?} after {:#?}", job.errors);
                if matches!(fault, FaultKind::ActThenDrop | FaultKind::ActThenStatus { .. } | FaultKind::ActThenEmpty200) {
                    assert_eq!(world.count("tiktok.upload_last"), 1, "{fault:?}: what acted is not repeated");
                }
                if !matches!(fault, FaultKind::Answer { status: 403 | 404, .. }) {
                    let inits = world.count("tiktok.video_init") + world.count("tiktok.inbox_init");
                    assert_eq!(inits, 1, "{fault:?}: a last chunk that may be there is never followed by a new upload");
                }
                world.assert_visible(1);
            }
        }
    }
}

#[test]
fn every_fault_on_any_other_call_ends_in_exactly_one_post() {
    let folder = tempfile::tempdir().unwrap();
    for call in ["tiktok.creator_info", "tiktok.video_init", "tiktok.status"] {
        for fault in every_fault().into_iter().filter(|fault| !matches!(fault, FaultKind::BreakBody { .. })) {
            // A clear refusal of the first two is final until a person changes something.
            let refused =
                matches!(fault, FaultKind::Answer { status: 403 | 404, .. } | FaultKind::ActThenStatus { status: 404, .. }) && call != "tiktok.status";
            let world = World::new();
            world.simulator.fault(Fault { call: call.into(), account: None, nth: 1, times: 2, kind: fault.clone() });
            let mut job = world.job(Kind::Video, &clip());
            let end = job.run();
            assert_eq!(matches!(end, End::Published(_)), !refused, "{call} {fault:?}: {end:?} after {:#?}", job.errors);
            world.assert_visible(usize::from(!refused));
        }
    }
    // Chunks are large: one world for all of their faults.
    let file = large(&folder);
    let world = World::new();
    for (nth, fault) in (1..).step_by(2).zip(every_fault()) {
        world.simulator.fault(Fault { call: "tiktok.upload".into(), account: None, nth, times: 1, kind: fault });
    }
    let mut job = world.job(Kind::Video, &file);
    let end = job.run();
    assert!(matches!(end, End::Published(_)), "{end:?} after {:#?}", job.errors);
    assert!(!job.errors.is_empty());
    assert_eq!(world.simulator.posts()[0].media_sha256, [sha256(&file)]);
    world.assert_visible(1);
}

#[test]
fn a_crash_between_any_two_commits_leaves_exactly_one_post() {
    // Before each step and after it, before its outcome is stored. A step that is not irreversible is made again; one that is, is settled.
    for kind in [Kind::Video, Kind::DraftVideo] {
        for crash_at in 0..8 {
            let world = World::new();
            let mut job = world.job(kind, &clip());
            let mut ended = None;
            for step in 0..crash_at {
                ended = job.step();
                if ended.is_some() {
                    break;
                }
                assert!(step < 100);
            }
            if ended.is_none() {
                let stored = job.progress.clone();
                let irreversible = job.is_irreversible();
                let _lost = job.step();
                (job.progress, job.unsettled) = (stored, irreversible);
                job.run().published();
            }
            world.assert_visible(1);
        }
    }
}

#[test]
fn a_last_chunk_that_was_never_sent_is_sent_after_two_looks() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.stage();
    world.simulator.clock().set(job.publish_at);
    job.unsettled = true;
    job.run().published();
    assert_eq!(world.count("tiktok.upload_last"), 1);
    assert!(world.count("tiktok.status") >= 3);
    world.assert_visible(1);
}

#[test]
fn tiktoks_ways_to_tell_the_progress_are_all_understood() {
    for (last_index, refused) in [(false, false), (false, true), (true, false), (true, true)] {
        let world = World::new();
        world.simulator.set(|settings| (settings.progress_as_last_index, settings.repeated_chunk_refused) = (last_index, refused));
        let mut job = world.job(Kind::Video, &clip());
        // The chunk is sent a second time, as if the first answer had been lost.
        job.stage();
        let stored = job.progress.clone();
        assert!(job.step().is_none());
        job.progress = stored;
        let end = job.run();
        assert!(matches!(end, End::Published(_)), "{last_index} {refused}: {end:?}");
        world.assert_visible(1);
    }
}

#[test]
fn a_repeated_chunk_counts_and_a_missing_one_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let mut job = world.job(Kind::Video, &large(&folder));
    let mut stored = Vec::new();
    while !job.is_irreversible() {
        stored.push(job.progress.clone());
        assert!(job.step().is_none());
    }
    let at_last = job.progress.clone();
    // Back to the second chunk: TikTok has it, and all that follow.
    job.progress = stored[3].clone();
    job.stage();
    assert_eq!(job.progress, at_last);
    // A job that believes in more than TikTok has: a new upload, and the last chunk first.
    let mut other = world.job(Kind::Video, &job.content.media[0].path);
    while other.progress["at"]["step"] != "uploading" {
        assert!(other.step().is_none());
    }
    other.progress["at"]["step"] = json!("last_chunk");
    other.run().published();
    assert_eq!(world.simulator.posts().len(), 1);
    job.run().published();
    world.assert_visible(2);
}

/// A job whose last chunk was sent to an upload that has nothing yet: TikTok's progress leads it back to the first chunk.
fn led_back<'a>(world: &'a World, folder: &tempfile::TempDir) -> Job<'a> {
    let mut job = world.job(Kind::Video, &large(folder));
    while job.progress["at"]["step"] != "uploading" {
        assert!(job.step().is_none());
    }
    job.progress["at"]["step"] = json!("last_chunk");
    assert!(job.step().is_none());
    assert_eq!((&job.progress["at"]["step"], &job.progress["at"]["next"]), (&json!("uploading"), &json!(0)));
    job
}

#[test]
fn an_upload_that_dies_after_a_rewind_from_the_last_chunk_is_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    for (status, changed) in [(Some(404), false), (Some(403), false), (None, false), (Some(500), true)] {
        let world = World::new();
        let mut job = led_back(&world, &folder);
        let sent = world.count("tiktok.upload") + world.count("tiktok.upload_last");
        match status {
            Some(status) => {
                let kind = FaultKind::Answer { status, body: String::new() };
                world.simulator.fault(Fault { call: "tiktok.upload".into(), account: None, nth: 1, times: 99, kind });
            }
            // The machine slept.
            None => world.simulator.clock().advance(std::time::Duration::from_secs(3600)),
        }
        if changed {
            fs::write(&job.content.media[0].path, "shorter").unwrap();
        }
        match job.run() {
            End::Unknown(known) => assert!(known.contains("0 of the video's"), "{known}"),
            other => panic!("{status:?}: {other:?}"),
        }
        let puts = world.count("tiktok.upload") + world.count("tiktok.upload_last") - sent;
        assert_eq!(puts, usize::from(status.is_some() && !changed), "{status:?}: nothing more goes to an address that is dead");
        assert_eq!(world.count("tiktok.video_init"), 1);
        world.assert_visible(0);
    }
}

#[test]
fn a_refused_range_that_tells_no_progress_is_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    world.simulator.fault(Fault { nth: 3, ..Fault::next("tiktok.upload", FaultKind::Answer { status: 416, body: String::new() }) });
    let mut job = world.job(Kind::Video, &large(&folder));
    job.run().published();
    assert!(job.errors.is_empty(), "{:?}", job.errors);
    assert_eq!((world.count("tiktok.video_init"), world.count("tiktok.upload")), (1, 6), "one chunk is sent twice");
    world.assert_visible(1);
}

#[test]
fn an_upload_whose_address_ended_begins_again() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.stage();
    // The machine slept.
    world.simulator.clock().set(job.publish_at + TimeDelta::hours(2));
    job.run().published();
    assert_eq!(job.errors.iter().map(|e| (e.class.as_str(), e.code.as_str(), e.start_over)).collect::<Vec<_>>(), [("transient", "upload_expired", true)]);
    assert_eq!((world.count("tiktok.video_init"), world.count("tiktok.upload_last")), (2, 1));
    world.assert_visible(1);
}

#[test]
fn after_the_last_chunk_was_sent_an_ended_address_never_leads_to_a_second_upload() {
    let world = World::new();
    world.simulator.fault(Fault::next("tiktok.upload_last", FaultKind::DropBefore));
    let mut job = world.job(Kind::Video, &clip());
    job.stage();
    assert!(job.step().is_none() && job.unsettled);
    world.simulator.clock().advance(std::time::Duration::from_secs(2 * 3600));
    match job.run() {
        End::Unknown(known) => assert!(known.contains("0 of the video's"), "{known}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.count("tiktok.video_init"), 1);
    world.assert_visible(0);
}

#[test]
fn a_token_that_ends_while_tiktok_works_is_no_failed_post() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.stage();
    assert!(job.step().is_none());
    world.simulator.expire_token(&world.grant.remote_id);
    let error = job.run().failed();
    assert_eq!((error.class, error.code.as_str(), error.start_over), (ErrorClass::NeedsReconnect, "access_token_invalid", false));
    job.access = world.tiktok.renew(&job.access, world.now()).unwrap();
    job.run().published();
    assert_eq!(world.count("tiktok.video_init"), 1);
    world.assert_visible(1);
}

#[test]
fn what_the_creator_can_no_longer_choose_holds_the_post() {
    let world = World::new();
    world.simulator.set_private(&world.grant.remote_id, true);
    let error = world.job(Kind::Video, &clip()).run().failed();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "not_offered"));
    let mut duet = world.job(Kind::Video, &clip());
    duet.content.options = map(json!({"privacy_level": "SELF_ONLY", "disable_duet": false}));
    assert_eq!(duet.run().failed().code, "disabled_by_creator");
    let mut long = world.job(Kind::Video, &clip());
    long.content.options = map(json!({"privacy_level": "SELF_ONLY"}));
    long.content.media[0].duration_ms = Some(600_001);
    assert_eq!(long.run().failed().code, "too_long");
    assert_eq!(world.count("tiktok.video_init"), 0);
    world.assert_visible(0);
}

#[test]
fn an_unaudited_app_is_explained() {
    let world = World::new();
    world.simulator.set(|settings| settings.audited = false);
    let error = world.job(Kind::Video, &clip()).run().failed();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "unaudited_client_can_only_post_to_private_accounts"));
    assert!(error.trace_id.is_some() && error.remedy.contains("account private"), "{}", error.remedy);
    world.job(Kind::DraftVideo, &clip()).run().published();
    world.assert_visible(1);
}

#[test]
fn a_video_that_tiktok_cannot_use_fails_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-a-video.mp4");
    fs::write(&file, "words").unwrap();
    let world = World::new();
    let mut job = world.job(Kind::Video, &file);
    let error = job.run().failed();
    assert_eq!((error.class, error.code.as_str(), error.start_over), (ErrorClass::Rejected, "file_format_check_failed", true));
    // The person gives another file: the next try begins anew.
    job.content.media = vec![item(&clip())];
    job.run().published();
    world.assert_visible(1);
}

#[test]
fn a_file_that_changed_since_the_upload_began_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    fs::copy(clip(), &file).unwrap();
    let world = World::new();
    let mut job = world.job(Kind::Video, &file);
    job.stage();
    fs::write(&file, "shorter").unwrap();
    assert_eq!(job.run().failed().code, "media_changed");
    world.assert_visible(0);
}

#[test]
fn a_public_id_that_comes_late_or_never_changes_nothing_about_the_post() {
    let world = World::new();
    world.simulator.set(|settings| settings.moderation = std::time::Duration::from_secs(1800));
    let mut job = world.job(Kind::Video, &clip());
    let published = job.run().published();
    assert!(published.permalink.is_none() && published.follow.is_some());
    world.simulator.fault(Fault { call: "tiktok.status".into(), account: None, nth: 1, times: 4, kind: FaultKind::DropBefore });
    let followed = job.follow(published);
    assert_eq!(followed.remote_id.as_ref(), Some(&world.simulator.posts()[0].remote_id));
    assert!(followed.permalink.is_some());

    world.simulator.set(|settings| settings.delivers_public_id = false);
    let mut never = world.job(Kind::Video, &clip());
    let published = never.run().published();
    let since = world.now();
    let followed = never.follow(published);
    assert!(followed.permalink.is_none() && followed.remote_id.is_some_and(|id| id.starts_with("v_pub_file")));
    assert!(world.now() - since >= TimeDelta::hours(24) && world.now() - since < TimeDelta::hours(26));

    let mut private = world.job(Kind::Video, &clip());
    private.content.options = map(json!({"privacy_level": "SELF_ONLY"}));
    private.access = world.tiktok.renew(&private.access, world.now()).unwrap();
    assert_eq!(private.run().published().follow, None);
    world.assert_visible(3);
}

#[test]
fn a_post_that_never_leaves_processing_ends_with_a_question_and_never_with_a_second_upload() {
    let world = World::new();
    world.simulator.set(|settings| settings.never_finishes = true);
    let mut job = world.job(Kind::Video, &clip());
    let since = world.now();
    let known = loop {
        match job.step() {
            None => {}
            Some(End::Unknown(known)) => break known,
            Some(other) => panic!("{other:?}"),
        }
        if world.tiktok.renewal_due(&job.access, world.now()) {
            job.access = world.tiktok.renew(&job.access, world.now()).unwrap();
        }
    };
    assert!(known.contains("for a day"), "{known}");
    assert!(world.now() - since >= TimeDelta::hours(24));
    assert_eq!(job.errors[0].code, "still_processing");
    assert_eq!(world.count("tiktok.video_init"), 1);
}

#[test]
fn bytes_never_go_to_an_unexpected_host() {
    let world = World::new();
    let body =
        json!({"data": {"publish_id": "v_pub_file~v2-1.1", "upload_url": "http://localhost:1/upload?upload_token=x"}, "error": {"code": "ok", "log_id": "L"}});
    world.simulator.fault(Fault::next("tiktok.video_init", FaultKind::Answer { status: 200, body: body.to_string() }));
    let error = world.job(Kind::Video, &clip()).run().failed();
    assert_eq!(error.class, ErrorClass::Bug);
    assert!(!format!("{error:?}").contains("upload_token"), "{error:?}");
    assert_eq!(world.count("tiktok.upload_last"), 0);
}

#[test]
fn a_stored_progress_of_another_version_is_not_guessed_at() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.stage();
    job.progress["v"] = json!(99);
    let stage = Adapter::stage(&world.tiktok, &job.progress);
    assert_eq!(stage.map_err(|e| e.class), Err(ErrorClass::Bug));
}
