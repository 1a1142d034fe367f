//! First comments on Instagram: made once, and found again by their words and author.

use pm3k::kind::Login;
use pm3k::platform::{Access, Account, Adapter, Content, ErrorClass, Work};
use simulator::{Fault, FaultKind};

use crate::support::instagram::{Form, LOGINS, adapter, post, professional, publish};
use crate::support::meta::{World, faults, world};

const TEXT: &str = "First!  #more 😀\nand a line";

struct Posted {
    world: World,
    account: Account,
    access: Access,
    content: Content,
    media: String,
}

fn posted(login: Login) -> Posted {
    let mut world = world();
    let (account, access) = professional(&world, login);
    let content = post(&mut world, Form::Image, login);
    let pair = (account, access);
    let media = publish(&world, &pair, &content, 60).published.unwrap().remote_id.unwrap();
    Posted { world, account: pair.0, access: pair.1, content, media }
}

impl Posted {
    fn with<T>(&self, act: impl FnOnce(&dyn Adapter, &Work<'_>) -> T) -> T {
        let (adapter, now) = (adapter(&self.world), self.world.clock.now());
        let (account, access, content) = (&self.account, &self.access, &self.content);
        act(&adapter, &Work { account, access, content, publish_at: now, called_at: Some(now), taken: &[], addresses_closed: false, now })
    }

    fn comments(&self) -> Vec<String> {
        self.world.posts(&self.account)[0].comments.iter().map(|comment| comment.id.clone()).collect()
    }
}

#[test]
fn a_comment_is_made_once_and_found_by_its_words_and_author() {
    for login in LOGINS {
        let mut posted = posted(login);
        assert_eq!(posted.with(|adapter, work| adapter.find_comment(work, &posted.media, TEXT)).unwrap(), None);
        let other = posted.with(|adapter, work| adapter.comment(work, &posted.media, "Something else")).unwrap();
        let ours = posted.with(|adapter, work| adapter.comment(work, &posted.media, TEXT)).unwrap();
        assert_eq!(posted.comments(), [other, ours.clone()]);
        let found = |posted: &Posted| posted.with(|adapter, work| adapter.find_comment(work, &posted.media, " First! #more 😀 and a line")).unwrap();
        assert_eq!(found(&posted), Some(ours.clone()), "white space is folded");
        assert_eq!(posted.with(|adapter, work| adapter.find_comment(work, &posted.media, "First!")).unwrap(), None);
        posted.account.username = "an.older.name".into();
        assert_eq!(found(&posted), Some(ours), "the account was renamed since it was connected");
        posted.world.assert_documented();
    }
}

#[test]
fn somebody_elses_comment_with_the_same_words_is_not_ours() {
    let posted = posted(Login::Facebook);
    let theirs = r#"{"data":[{"id":"178","text":"First!","username":"somebody.else","timestamp":"2026-12-01T08:02:00+0000"}]}"#;
    posted.world.sim.fault(Fault::next("instagram.comments", FaultKind::Answer { status: 200, body: theirs.into() }));
    assert_eq!(posted.with(|adapter, work| adapter.find_comment(work, &posted.media, "First!")).unwrap(), None);
}

#[test]
fn a_comment_is_found_among_many() {
    let posted = posted(Login::Instagram);
    let ours = posted.with(|adapter, work| adapter.comment(work, &posted.media, TEXT)).unwrap();
    for number in 0..120 {
        posted.with(|adapter, work| adapter.comment(work, &posted.media, &format!("Answer {number}"))).unwrap();
    }
    assert_eq!(posted.with(|adapter, work| adapter.find_comment(work, &posted.media, TEXT)).unwrap(), Some(ours));
    assert_eq!(posted.world.calls("instagram.comments").len(), 3);
}

#[test]
fn every_fault_leaves_the_outcome_open_and_reading_settles_it() {
    for login in LOGINS {
        for (fault, acted) in faults() {
            let posted = posted(login);
            posted.world.sim.fault(Fault::next("instagram.comment", fault.clone()));
            let error = posted.with(|adapter, work| adapter.comment(work, &posted.media, TEXT)).unwrap_err();
            assert_eq!(error.class, ErrorClass::UnknownOutcome, "{fault:?}");
            assert_eq!(posted.comments().len(), usize::from(acted), "{fault:?}");
            let found = posted.with(|adapter, work| adapter.find_comment(work, &posted.media, TEXT)).unwrap();
            assert_eq!(found, posted.comments().first().cloned(), "{fault:?}");
        }
    }
}

#[test]
fn a_suspicion_of_spam_is_of_the_whole_account() {
    for fault in [FaultKind::graph(4, Some(2_207_051)), FaultKind::act_then_graph(4, Some(2_207_051))] {
        let posted = posted(Login::Instagram);
        posted.world.sim.fault(Fault::next("instagram.comment", fault));
        let error = posted.with(|adapter, work| adapter.comment(work, &posted.media, TEXT)).unwrap_err();
        let until = Some(posted.world.later(3 * 3600));
        assert_eq!((error.class, error.of_the_account), (ErrorClass::RateLimited { until }, true));
    }
}

#[test]
fn a_read_that_fails_is_no_answer_and_a_refusal_is_a_refusal() {
    let posted = posted(Login::Facebook);
    for fault in [FaultKind::DropBefore, FaultKind::Answer { status: 503, body: String::new() }, FaultKind::graph(100, Some(33))] {
        // Both tokens are tried where the first one does not see the post.
        posted.world.sim.clear_faults();
        posted.world.sim.fault(Fault { call: "instagram.comments".into(), account: None, nth: 1, times: 2, kind: fault.clone() });
        let error = posted.with(|adapter, work| adapter.find_comment(work, &posted.media, TEXT)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient, "{fault:?}");
    }
    posted.world.sim.clear_faults();
    posted.world.sim.fault(Fault::next("instagram.comment", FaultKind::graph(10, None)));
    let error = posted.with(|adapter, work| adapter.comment(work, &posted.media, TEXT)).unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsReconnect);
    assert_eq!(posted.comments(), [""; 0]);
}
