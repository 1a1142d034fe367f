//! Words and links of a Page: nothing but a look tells whether a call acted, so that look must match exactly.

use std::time::Duration;

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::{Content, ErrorClass, Publish, Published, Settled, Step, Work};
use serde_json::json;
use simulator::{Fault, FaultKind};

use crate::support::facebook::{Page, adapter, assert_published, page, post, publish, world};
use crate::support::meta::{World, content};

/// The visible call of `content` is made and its answer lost; what settling says when these ids belong to other jobs.
fn settled(
    world: &World,
    page: &Page,
    content: &Content,
    lost: FaultKind,
    taken: &[String],
) -> Settled<<pm3k::platform::facebook::Facebook as Publish>::Progress> {
    let adapter = adapter(world);
    let called = world.clock.now();
    let work = |now| Work { account: &page.0, access: &page.1, content, publish_at: called, called_at: Some(called), taken, addresses_closed: false, now };
    let Step::Next(progress) = Publish::advance(&adapter, &work(called), Default::default()).unwrap() else { panic!("the first step leads to the call") };
    assert!(Publish::stage(&adapter, &progress).irreversible);
    world.sim.fault(Fault::next("facebook.feed", lost));
    assert_eq!(Publish::advance(&adapter, &work(called), progress.clone()).unwrap_err().class, ErrorClass::UnknownOutcome);
    world.clock.set(world.later(2));
    Publish::reconcile(&adapter, &work(world.clock.now()), progress).unwrap()
}

fn found<P>(settled: Settled<P>) -> Option<String> {
    match settled {
        Settled::Published(Published { remote_id, .. }) => remote_id,
        _ => None,
    }
}

#[test]
fn only_the_own_post_is_taken_for_it() {
    for kind in [Kind::Text, Kind::Link] {
        let world = world();
        let page = page(&world);
        let words = post(&world, kind);
        // Another job's, another tool's, one of another form.
        let other = publish(&world, &page, &words, 0).published.unwrap().remote_id.unwrap();
        world.sim.add_foreign_post(&page.0.remote_id, &words.caption);
        assert!(publish(&world, &page, &Content { caption: words.caption.clone(), ..post(&world, Kind::Photos) }, 0).published.is_some());
        world.clock.set(world.later(10));

        let taken = [other.clone()];
        assert!(found(settled(&world, &page, &words, FaultKind::DropBefore, &taken)).is_none(), "{kind}: it is not there");
        let own = found(settled(&world, &page, &words, FaultKind::ActThenDrop, &taken)).unwrap_or_else(|| panic!("{kind}"));
        assert!(own != other && world.posts(&page.0).iter().any(|post| post.remote_id == own && post.kind == kind.as_str()), "{kind}");
    }
}

#[test]
fn of_two_that_are_the_same_none_is_taken() {
    let world = world();
    let page = page(&world);
    let words = post(&world, Kind::Text);
    assert!(publish(&world, &page, &words, 0).published.is_some());
    let settled = settled(&world, &page, &words, FaultKind::ActThenDrop, &[]);
    assert!(matches!(&settled, Settled::Unknown(known) if known.contains("Several")), "{settled:?}");
}

#[test]
fn a_link_tells_posts_with_the_same_words_apart() {
    let world = world();
    let page = page(&world);
    let link = |url: &str| content(Kind::Link, "same", vec![], json!({"link": url}));
    assert!(publish(&world, &page, &link("https://example.org/one"), 0).published.is_some());
    let own = found(settled(&world, &page, &link("https://example.org/two"), FaultKind::ActThenDrop, &[])).unwrap();
    let post = world.posts(&page.0).into_iter().find(|post| post.remote_id == own).unwrap();
    assert_eq!(post.link.as_deref(), Some("https://example.org/two"));
}

#[test]
fn a_post_that_agrees_but_for_its_link_or_photos_is_left_to_a_person() {
    for (kind, attachment) in [
        (Kind::Link, json!({"media_type": "link", "url": "https://canonical.example.org/"})),
        (Kind::Photos, json!({"media_type": "album", "target": {"id": "9"}, "subattachments": {"data": [{"target": {"id": "7"}}, {"target": {"id": "8"}}]}})),
    ] {
        let world = world();
        let page = page(&world);
        let post = post(&world, kind);
        world.sim.fault(Fault::next("facebook.feed", FaultKind::ActThenDrop));
        let told = json!({"data": [{
            "id": "5_1", "message": post.caption, "application": {"id": simulator::FACEBOOK_APP_ID}, "attachments": {"data": [attachment]},
            "created_time": world.later(600).format("%Y-%m-%dT%H:%M:%S+0000").to_string(),
        }]});
        world.sim.fault(Fault { times: 20, ..Fault::next("facebook.published_posts", FaultKind::Answer { status: 200, body: told.to_string() }) });
        let ended = publish(&world, &page, &post, 600);
        assert!(ended.unknown.as_deref().is_some_and(|known| known.contains("another link or other photos")), "{kind}: {ended:?}");
        assert_eq!(world.calls("facebook.feed").len(), 1, "{kind}: neither taken for it nor posted again");
        assert_eq!(world.calls("facebook.published_posts").len(), 2, "{kind}: it may only not be listed yet");
    }
}

#[test]
fn the_looks_grow_apart_with_each_repeat_and_end_with_a_person() {
    let world = world();
    let page = page(&world);
    let words = post(&world, Kind::Text);
    world.sim.fault(Fault { times: 20, ..Fault::next("facebook.feed", FaultKind::Answer { status: 500, body: String::new() }) });
    let ended = publish(&world, &page, &words, 0);
    assert!(ended.unknown.is_some() && world.posts(&page.0).is_empty(), "{ended:?}");
    assert_eq!(world.calls("facebook.feed").len(), 6, "the first call and five repeats");
    let calls: Vec<_> = world.calls("facebook.feed").iter().map(|call| call.at).collect();
    let pauses: Vec<i64> = calls.windows(2).map(|pair| (pair[1] - pair[0]).num_seconds()).collect();
    assert_eq!(pauses, [40, 120, 300, 600, 900]);
}

#[test]
fn a_repeat_of_the_previous_post_is_refused_at_once_and_evidence_afterwards() {
    let world = world();
    world.sim.set(|settings| settings.refuse_duplicates = true);
    let page = page(&world);
    let words = post(&world, Kind::Text);
    assert!(publish(&world, &page, &words, 0).published.is_some());
    let error = publish(&world, &page, &words, 0).error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "506"));

    // The first call acted, two looks did not see it, and the repeat is refused: it is there.
    let world = crate::support::facebook::world();
    world.sim.set(|settings| {
        settings.refuse_duplicates = true;
        settings.read_lag = Duration::from_secs(60);
    });
    let page = crate::support::facebook::page(&world);
    world.sim.fault(Fault::next("facebook.feed", FaultKind::ActThenDrop));
    let ended = publish(&world, &page, &words, 0);
    assert!(ended.codes.contains(&"506".to_owned()), "{ended:?}");
    assert_eq!(world.posts(&page.0).len(), 1);
    assert!(ended.published.is_some(), "{ended:?}");
}

#[test]
fn links_that_facebook_does_not_take_are_refused_with_the_reason() {
    for (link, code) in [("https://unscrapable.example/a", "1609005"), ("https://www.facebook.com/somebody", "1609008")] {
        let world = world();
        let page = page(&world);
        let error = publish(&world, &page, &content(Kind::Link, "x", vec![], json!({"link": link})), 0).error.unwrap();
        assert_eq!(error.class, ErrorClass::Rejected, "{error:?}");
        assert!(error.code.ends_with(code) && !error.remedy.is_empty(), "{error:?}");
        assert_eq!(world.posts(&page.0), []);
    }
}

#[test]
fn a_link_without_words_is_a_post_too() {
    for fault in [None, Some(FaultKind::ActThenDrop), Some(FaultKind::DropBefore)] {
        let world = world();
        let page = page(&world);
        let link = content(Kind::Link, "", vec![], json!({"link": "https://example.org/"}));
        if let Some(fault) = fault.clone() {
            world.sim.fault(Fault::next("facebook.feed", fault));
        }
        let started = world.clock.now();
        let ended = publish(&world, &page, &link, 0);
        assert_published(&world, &page.0, &link, &ended);
        assert!(world.clock.now() - started < TimeDelta::minutes(2), "{fault:?}");
    }
}
