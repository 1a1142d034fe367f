//! First comments, as the Page.

use std::time::Duration;

use pm3k::kind::Kind;
use pm3k::platform::{Content, ErrorClass, PlatformError, Publish, Work};
use simulator::{Fault, FaultKind};

use crate::support::facebook::{Page, adapter, page, post, publish, world};
use crate::support::meta::World;

const TAKING: [Kind; 5] = [Kind::Text, Kind::Link, Kind::Photos, Kind::Video, Kind::Reel];
const WORDS: &str = "The first words, with é & #";

/// A post that is out.
struct Out {
    world: World,
    page: Page,
    content: Content,
    id: String,
}

fn out(kind: Kind) -> Out {
    let world = world();
    let page = page(&world);
    let content = post(&world, kind);
    let id = publish(&world, &page, &content, 0).published.unwrap().remote_id.unwrap();
    Out { world, page, content, id }
}

impl Out {
    fn with<T>(&self, ask: impl FnOnce(&pm3k::platform::facebook::Facebook, &Work<'_>) -> Result<T, PlatformError>) -> Result<T, PlatformError> {
        let now = self.world.clock.now();
        let (account, access) = &self.page;
        let work = Work { account, access, content: &self.content, publish_at: now, called_at: Some(now), taken: &[], addresses_closed: false, now };
        ask(&adapter(&self.world), &work)
    }

    fn say(&self, text: &str) -> Result<String, PlatformError> {
        self.with(|adapter, work| adapter.comment(work, &self.id, text))
    }

    fn find(&self, text: &str) -> Result<Option<String>, PlatformError> {
        let seen = self.world.sim.calls().len();
        let found = self.with(|adapter, work| adapter.find_comment(work, &self.id, text));
        assert!(self.world.sim.calls().iter().skip(seen).all(|call| call.method == "GET"), "looking only reads");
        found
    }

    fn said(&self) -> Vec<(String, String)> {
        self.world.posts(&self.page.0)[0].comments.iter().map(|comment| (comment.by.clone(), comment.text.clone())).collect()
    }
}

#[test]
fn every_kind_that_takes_a_comment_gets_one_and_finds_it() {
    for kind in TAKING {
        let out = out(kind);
        assert_eq!(out.find(WORDS).unwrap(), None, "{kind}");
        let id = out.say(WORDS).unwrap();
        assert_eq!(out.said(), [(out.page.0.remote_id.clone(), WORDS.to_owned())], "{kind}");
        assert_eq!(out.find(WORDS).unwrap(), Some(id), "{kind}");
        assert_eq!(out.find("The first words").unwrap(), None, "{kind}: the same words, not some of them");
        out.world.assert_documented();
    }
}

#[test]
fn the_same_words_of_somebody_else_are_not_the_pages() {
    for kind in [Kind::Text, Kind::Reel] {
        let out = out(kind);
        for number in 0..60 {
            out.world.sim.add_visitor_comment(&out.id, "A visitor", &format!("comment {number}"));
        }
        out.world.sim.add_visitor_comment(&out.id, "A visitor", WORDS);
        assert_eq!(out.find(WORDS).unwrap(), None, "{kind}");
        let id = out.say(WORDS).unwrap();
        assert_eq!(out.find(WORDS).unwrap(), Some(id), "{kind}: among more than one page of comments");
    }
}

#[test]
fn a_lost_answer_leaves_the_comment_open_and_looking_tells() {
    let acted = [FaultKind::ActThenDrop, FaultKind::ActThenEmpty200, FaultKind::act_then_graph(1, Some(99)), FaultKind::act_then_graph(2, None)];
    for (fault, there) in acted.map(|fault| (fault, true)).into_iter().chain([(FaultKind::DropBefore, false)]) {
        for kind in TAKING {
            let out = out(kind);
            out.world.sim.fault(Fault::next("facebook.comment", fault.clone()));
            let error = out.say(WORDS).unwrap_err();
            assert_eq!(error.class, ErrorClass::UnknownOutcome, "{kind} {fault:?}: {error:?}");
            assert_eq!(out.find(WORDS).unwrap().is_some(), there, "{kind} {fault:?}");
            assert_eq!(out.said().len(), usize::from(there), "{kind} {fault:?}: it was said once at the most");
        }
    }
}

#[test]
fn a_look_that_fails_is_no_answer() {
    for kind in TAKING {
        for fault in [FaultKind::DropBefore, FaultKind::Answer { status: 200, body: String::new() }, FaultKind::graph(2, None), FaultKind::graph(100, Some(33))]
        {
            let out = out(kind);
            out.say(WORDS).unwrap();
            out.world.sim.fault(Fault::next("facebook.comments", fault.clone()));
            assert!(out.find(WORDS).is_err(), "{kind} {fault:?}");
        }
        let out = out(kind);
        let nameless = serde_json::json!({"data": [{"id": "1_2", "message": WORDS}]}).to_string();
        out.world.sim.fault(Fault::next("facebook.comments", FaultKind::Answer { status: 200, body: nameless }));
        assert_eq!(out.find(WORDS).unwrap_err().code, "comment_untold", "{kind}");
    }
}

#[test]
fn a_video_is_commented_on_by_its_own_id_while_its_posts_is_not_known() {
    for kind in [Kind::Video, Kind::Reel] {
        let world = world();
        world.sim.set(|settings| settings.facebook.post_id_after = Duration::from_secs(600));
        let page = page(&world);
        let content = post(&world, kind);
        let id = publish(&world, &page, &content, 0).published.unwrap().remote_id.unwrap();
        let out = Out { world, page, content, id };
        let comment = out.say(WORDS).unwrap();
        let path = |name: &str| out.world.calls(name).last().unwrap().path.clone();
        assert!(path("facebook.comment").contains(&out.id), "{kind}");
        out.world.clock.set(out.world.later(700));
        assert_eq!(out.find(WORDS).unwrap(), Some(comment), "{kind}: also when the post's id is known");
        out.say("more").unwrap();
        assert!(path("facebook.comment").contains(&format!("{}_", out.page.0.remote_id)), "{kind}: {}", path("facebook.comment"));
    }
}

#[test]
fn the_second_id_is_tried_only_after_a_clear_refusal() {
    for (fault, said, calls) in [(FaultKind::graph(100, Some(33)), true, 2), (FaultKind::graph(368, None), false, 1), (FaultKind::DropBefore, false, 1)] {
        let out = out(Kind::Reel);
        out.world.sim.fault(Fault::next("facebook.comment", fault.clone()));
        assert_eq!(out.say(WORDS).is_ok(), said, "{fault:?}");
        assert_eq!(out.world.calls("facebook.comment").len(), calls, "{fault:?}");
        assert_eq!(out.said().len(), usize::from(said), "{fault:?}");
    }
}

#[test]
fn without_the_permission_a_person_is_asked() {
    let out = out(Kind::Text);
    out.world.sim.withdraw_scope(&out.page.0.remote_id, "pages_manage_engagement");
    assert_eq!(out.say(WORDS).unwrap_err().class, ErrorClass::NeedsReconnect);
    assert_eq!(out.said(), []);
}
