//! Stories of a Page: known by their photo's or video's id, and by nothing else.

use pm3k::kind::Kind;
use simulator::{Fault, FaultKind};

use crate::support::facebook::{assert_published, page, post, publish, world};
use crate::support::meta::content;

const STORIES: [(Kind, &str); 2] = [(Kind::PhotoStory, "facebook.photo_story"), (Kind::VideoStory, "facebook.story_finish")];

#[test]
fn a_story_s_id_is_a_number_and_its_link_is_told_by_the_list() {
    for (kind, _) in STORIES {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        let ended = publish(&world, &page, &content, 60);
        assert_published(&world, &page.0, &content, &ended);
        let published = ended.published.unwrap();
        assert!(published.remote_id.unwrap().bytes().all(|byte| byte.is_ascii_digit()));
        assert!(world.calls("facebook.stories").iter().all(|call| call.status == 200));
    }
}

#[test]
fn other_stories_are_not_taken_for_it() {
    for (kind, call) in STORIES {
        for (fault, calls) in [(FaultKind::DropBefore, 3), (FaultKind::ActThenDrop, 2)] {
            let world = world();
            let page = page(&world);
            let content = post(&world, kind);
            let first = publish(&world, &page, &content, 0).published.unwrap().remote_id;
            world.sim.fault(Fault::next(call, fault.clone()));
            let second = publish(&world, &page, &content, 0).published.unwrap().remote_id;
            assert_ne!(first, second, "{kind} {fault:?}");
            assert_eq!(world.posts(&page.0).len(), 2);
            assert_eq!(world.calls(call).len(), calls, "{kind} {fault:?}");
        }
    }
}

#[test]
fn words_are_not_sent_with_a_story() {
    for (kind, _) in STORIES {
        let world = world();
        let page = page(&world);
        let silent = post(&world, kind);
        let content = content(kind, "words for the other accounts", silent.media, serde_json::json!({}));
        assert!(publish(&world, &page, &content, 0).published.is_some());
        assert_eq!(world.posts(&page.0)[0].caption, "");
        world.assert_documented();
    }
}

#[test]
fn a_list_that_cannot_be_read_is_no_answer() {
    for (kind, call) in STORIES {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.fault(Fault::next(call, FaultKind::ActThenDrop));
        world.sim.fault(Fault { times: 5, ..Fault::next("facebook.stories", FaultKind::Answer { status: 503, body: String::new() }) });
        let ended = publish(&world, &page, &content, 60);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.calls(call).len(), 1, "{kind}");
        assert!(ended.codes.iter().filter(|code| *code == "http_503").count() >= 5, "{ended:?}");
    }
}
