//! TikTok's access that ends at any step of any kind: it is renewed, and the same upload or look goes on.

use std::fs;
use std::io::Write;

use pm3k::kind::Kind;
use pm3k::platform::ErrorClass;
use simulator::{Fault, FaultKind};

use crate::support::tiktok::{End, Job, World, clip};

const KINDS: [Kind; 4] = [Kind::Video, Kind::DraftVideo, Kind::Photos, Kind::DraftPhotos];

fn job(world: &World, kind: Kind) -> Job<'_> {
    let mut job = if matches!(kind, Kind::Photos | Kind::DraftPhotos) { world.photos(kind) } else { world.job(kind, &clip()) };
    job.renews = true;
    job
}

fn inits(world: &World) -> usize {
    ["video_init", "inbox_init", "photos_init", "draft_photos_init"].iter().map(|call| accepted(world, &format!("tiktok.{call}"))).sum()
}

fn accepted(world: &World, name: &str) -> usize {
    world.simulator.calls().iter().filter(|call| call.name == name && call.status == 200).count()
}

#[test]
fn a_token_that_ends_at_any_step_is_renewed_and_the_same_step_taken_again() {
    for kind in KINDS {
        let mut ended = 0;
        for at in 0.. {
            let world = World::new();
            let mut job = job(&world, kind);
            let mut end = None;
            for _ in 0..at {
                end = end.or_else(|| job.step());
            }
            if end.is_some() {
                break;
            }
            world.simulator.expire_token(&world.grant.remote_id);
            let end = job.run();
            assert!(matches!(end, End::Published(_)), "{kind} at step {at}: {end:?} after {:#?}", job.errors);
            assert!(job.errors.iter().all(|e| e.class == ErrorClass::NeedsReconnect && e.code == "access_token_invalid" && !e.start_over), "{:?}", job.errors);
            ended += job.errors.len();
            assert_eq!(inits(&world), 1, "{kind} at step {at}");
            assert!(world.count("tiktok.upload_last") <= 1);
            world.assert_visible(1);
        }
        assert!(ended >= 3, "{kind}: {ended}");
    }
}

#[test]
fn polling_that_is_refused_for_the_access_goes_on_polling() {
    for kind in KINDS {
        let world = World::new();
        let body = r#"{"error":{"code":"access_token_invalid","message":"","log_id":"L"}}"#.to_owned();
        for nth in [1, 3, 5] {
            world.simulator.fault(Fault { nth, ..Fault::next("tiktok.status", FaultKind::Answer { status: 401, body: body.clone() }) });
        }
        world.simulator.set(|settings| settings.processing = std::time::Duration::from_secs(60));
        let mut job = job(&world, kind);
        job.run().published();
        assert_eq!((job.errors.len(), inits(&world)), (3, 1), "{kind}");
        world.assert_visible(1);
    }
}

#[test]
fn an_upload_goes_on_where_it_was_although_the_token_ended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mp4");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&fs::read(clip()).unwrap()).unwrap();
    file.set_len(64_000_001).unwrap();
    let world = World::new();
    let mut job = world.job(Kind::Video, &path);
    job.renews = true;
    while world.count("tiktok.upload") < 3 {
        assert!(job.step().is_none());
    }
    world.simulator.expire_token(&world.grant.remote_id);
    // The next part is refused by a gateway before it is sent again.
    world.simulator.fault(Fault::next("tiktok.upload", FaultKind::Answer { status: 503, body: String::new() }));
    job.run().published();
    let codes: Vec<&str> = job.errors.iter().map(|e| e.code.as_str()).collect();
    assert_eq!(codes, ["http_503", "access_token_invalid"]);
    assert_eq!((inits(&world), world.count("tiktok.upload"), world.count("tiktok.upload_last")), (1, 6, 1));
    world.assert_visible(1);
}

#[test]
fn a_permission_that_was_taken_away_needs_a_person() {
    let body = r#"{"error":{"code":"scope_not_authorized","message":"","log_id":"L"}}"#.to_owned();
    for (kind, call) in [(Kind::Video, "tiktok.video_init"), (Kind::DraftVideo, "tiktok.inbox_init"), (Kind::Photos, "tiktok.photos_init")] {
        let world = World::new();
        world.simulator.fault(Fault::next(call, FaultKind::Answer { status: 401, body: body.clone() }));
        let mut job = job(&world, kind);
        job.renews = false;
        let error = job.run().failed();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::NeedsReconnect, "scope_not_authorized"), "{kind}");
        assert!(error.remedy.contains("Connect the account again"));
        world.assert_visible(0);
    }
}
