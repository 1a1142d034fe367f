//! The page of a post, what a person can do there, and the list that shows first what waits for a person.

use chrono::TimeDelta;
use pm3k::actions::Actor;
use pm3k::actions::posts::{self, NewPost, Schedule, Target, View};
use pm3k::actions::users::{self, NewUser};
use pm3k::ids::{AccountId, JobId, PostId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::comment::{self, CommentState};
use pm3k::model::job::JobState;
use pm3k::model::{account, rehearsal};
use pm3k::platform::Finding;
use pm3k::secret::Secret;
use rusqlite::params;
use serde_json::{Map, Value, json};

use crate::support::site::{Browser, PASSWORD, Site, connect_to, now, workspace_of};

/// A site with a text post for each of some Pages, due in two hours.
struct Set {
    site: Site,
    post: PostId,
    accounts: Vec<AccountId>,
}

fn set(pages: &[&str], options: Value) -> Set {
    let site = Site::with_every_platform(|_| {});
    let accounts: Vec<AccountId> = pages.iter().map(|name| connect_to(&site, workspace_of(&site), Platform::Facebook, Login::Facebook, name)).collect();
    let post = schedule(&site, "Words for the Page", &accounts, options.as_object().unwrap());
    Set { site, post, accounts }
}

fn schedule(site: &Site, caption: &str, accounts: &[AccountId], options: &Map<String, Value>) -> PostId {
    let target = |account_id: &AccountId| Target {
        account_id: *account_id,
        kind: Some(Kind::Text),
        caption: None,
        options: options.clone(),
        adjust: Default::default(),
    };
    let targets = accounts.iter().map(target).collect();
    let new = NewPost { caption: caption.into(), media: Vec::new(), schedule: Schedule::At(now() + TimeDelta::hours(2)), targets };
    posts::create(&site.app, Actor::Cli, workspace_of(site), &new, None, now()).unwrap()
}

impl Set {
    fn view(&self) -> View {
        posts::view(&self.site.app, workspace_of(&self.site), self.post).unwrap()
    }

    fn job(&self, place: usize) -> JobId {
        self.view().jobs[place].id
    }

    fn change(&self, place: usize, set: &str) {
        let job = self.job(place);
        self.site.app.db.write(|tx| tx.execute(&format!("UPDATE job SET {set} WHERE id = ?1"), [job])).unwrap();
    }

    /// As the engine leaves a job whose last call nobody could settle.
    fn unconfirmed(&self, place: usize) {
        let error = json!({"class": "unknown_outcome", "code": "no_answer", "message": "The answer was lost.", "remedy": "", "trace_id": "T1"});
        self.change(place, &format!("state = 'unconfirmed', next_at = NULL, unsettled = 1, called_at = {}, last_error = '{error}'", now().timestamp_millis()));
    }

    fn page(&self, browser: &mut Browser<'_>) -> String {
        let page = browser.get(&format!("/posts/{}", self.post));
        assert_eq!(page.status, 200);
        page.body
    }

    fn rehearsed(&self, place: usize, verdict: &str, findings: &[Finding]) {
        let findings = serde_json::to_value(findings).unwrap();
        self.site.app.db.write(|tx| rehearsal::store(tx, self.job(place), verdict, &findings, now())).unwrap();
    }
}

fn token(page: &str) -> String {
    page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn a_post_that_nobody_could_settle_is_settled_by_a_person() {
    let set = set(&["One", "Two"], json!({}));
    set.unconfirmed(0);
    set.unconfirmed(1);
    let mut browser = set.site.signed_in();
    let page = set.page(&mut browser);
    for said in [
        "Facebook&#39;s answer to the last call was lost",
        "The answer was lost.",
        "trace T1",
        "It is there</button>",
        "It is not: publish again</button>",
        "people will see it twice",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains(&format!("id=\"{}-answers\" hx-preserve", set.job(0))), "what is typed there outlives a refresh");
    assert!(!page.contains("Try again now") && !page.contains("Cancel this post"));
    let token = token(&page);
    let confirm = |job: JobId| format!("/jobs/{job}/confirm");

    let link = "http://www.example.org/typed";
    let wrong = browser.post(&confirm(set.job(0)), &[("form_token", &token), ("seen", "there"), ("permalink", link)]);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains(&format!("value=\"{link}\""))
            && wrong.body.contains("must begin with https://")
            && wrong.body.matches("role=\"alert\"").count() == 1
    );
    let right = browser.post(&confirm(set.job(0)), &[("form_token", &token), ("seen", "there"), ("permalink", " https://www.facebook.com/1 ")]);
    assert_eq!((right.status, right.header("location")), (303, &*format!("/posts/{}?done=there", set.post)));
    let again = browser.post(&confirm(set.job(1)), &[("form_token", &token), ("seen", "not-there")]);
    assert_eq!((again.status, again.header("location")), (303, &*format!("/posts/{}?done=again", set.post)));
    let view = set.view();
    assert_eq!((view.jobs[0].state, view.jobs[0].permalink.as_deref()), (JobState::Published, Some("https://www.facebook.com/1")));
    assert_eq!((view.jobs[1].state, view.jobs[1].publish_at, view.jobs[1].unsettled), (JobState::Scheduled, Some(now()), false));
    let late = browser.post(&confirm(set.job(1)), &[("form_token", &token), ("seen", "there")]);
    assert!(late.status == 409 && late.body.contains("known already"));
    assert_eq!(browser.post(&confirm(set.job(0)), &[("form_token", &token)]).status, 400);
    assert_eq!(browser.post("/jobs/job_99/confirm", &[("form_token", &token), ("seen", "there")]).status, 404);
}

#[test]
fn buttons_are_there_while_they_do_something_and_say_what() {
    let set = set(&["One", "Two"], json!({}));
    let mut browser = set.site.signed_in();
    let labels = |page: &str| ["Try again now", "Publish now", "Rehearse now", "Compose it anew", "Cancel this post"].map(|label| page.contains(label));
    let page = set.page(&mut browser);
    assert_eq!(labels(&page), [false, true, true, true, true]);
    assert!(
        page.contains("instead of at its time, on the 2 accounts that it is planned for")
            && page.contains("The 2 accounts it is not out on yet will not get it")
    );
    let token = token(&page);
    let press = |browser: &mut Browser<'_>, what: &str| browser.post(&format!("/posts/{}/{what}", set.post), &[("form_token", &token)]);

    assert_eq!(press(&mut browser, "retry").status, 409, "nothing has failed");
    assert_eq!(press(&mut browser, "publish-now").header("location"), format!("/posts/{}?done=now", set.post));
    assert_eq!(set.view().jobs[1].publish_at, Some(now()));
    assert_eq!(press(&mut browser, "publish-now").status, 409);

    set.change(0, "state = 'failed', next_at = NULL");
    set.change(1, "state = 'missed', next_at = NULL");
    let page = set.page(&mut browser);
    assert_eq!(labels(&page), [true, false, true, true, true]);
    for said in ["It failed, and is not tried again by itself.", "it was not sent late", "on the 2 accounts where it failed or was missed"] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(press(&mut browser, "retry").header("location"), format!("/posts/{}?done=again", set.post));
    assert!(set.view().jobs.iter().all(|job| job.state == JobState::Scheduled && job.publish_at == Some(now())));

    set.change(0, "state = 'published', next_at = NULL, published_at = publish_at");
    set.change(1, "state = 'published', next_at = NULL, published_at = publish_at");
    assert_eq!(labels(&set.page(&mut browser)), [false, false, false, true, false]);
}

#[test]
fn who_may_not_press_a_button_does_not_see_it() {
    let set = set(&["One"], json!({"first_comment": "First"}));
    set.unconfirmed(0);
    let new = NewUser { email: "viewer@example.org", name: "Vera", password: &Secret::new(PASSWORD), is_admin: false };
    let viewer = users::create(&set.site.app, Actor::Cli, &new, now()).unwrap();
    set.site
        .app
        .db
        .write(|tx| {
            tx.execute("DELETE FROM member WHERE user_id = ?1", [viewer])?;
            tx.execute("INSERT INTO member (workspace_id, user_id, role) VALUES (?1, ?2, 'viewer')", params![workspace_of(&set.site), viewer])
        })
        .unwrap();
    let mut browser = set.site.browser();
    assert_eq!(browser.sign_in("viewer@example.org", PASSWORD).status, 303);
    let page = set.page(&mut browser);
    for hidden in ["/confirm", "/retry", "/cancel", "/rehearse", "/publish-now", "/posts/new"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    let token = token(&page);
    let (job, post) = (set.job(0), set.post);
    for path in [
        format!("/jobs/{job}/confirm"),
        format!("/jobs/{job}/retry-comment"),
        format!("/posts/{post}/retry"),
        format!("/posts/{post}/cancel"),
        format!("/posts/{post}/publish-now"),
        format!("/posts/{post}/rehearse"),
        "/posts/check".into(),
    ] {
        assert_eq!(browser.post(&path, &[("form_token", &token), ("seen", "there")]).status, 403, "{path}");
    }
    assert_eq!(set.view().jobs[0].state, JobState::Unconfirmed);
}

#[test]
fn a_first_comment_has_a_state_and_a_button_of_its_own() {
    let set = set(&["One"], json!({"first_comment": "The first <word>"}));
    let mut browser = set.site.signed_in();
    let job = set.job(0);
    assert!(set.page(&mut browser).contains("The first &#60;word&#62;") && set.page(&mut browser).contains("Is written as soon as the post is out."));
    set.change(0, "state = 'published', next_at = NULL, published_at = publish_at");
    set.site.app.db.write(|tx| comment::want(tx, job, "The first <word>", now())).unwrap();
    assert!(set.page(&mut browser).contains("Is written next."));
    let error =
        json!({"class": "rejected", "code": "1404102", "message": "Facebook refused the comment.", "remedy": "Change it.", "trace_id": null}).to_string();
    let state = |state: &str| {
        let change = "UPDATE comment SET state = ?2, next_at = NULL, last_error = ?3 WHERE job_id = ?1";
        set.site.app.db.write(|tx| tx.execute(change, params![job, state, error])).unwrap();
    };
    let path = format!("/jobs/{job}/retry-comment");
    for (word, says) in [("failed", "Writes the comment once more; the post stays as it is."), ("unconfirmed", "If it is there, it would stand there twice.")] {
        state(word);
        let page = set.page(&mut browser);
        for said in [says, "Facebook refused the comment.", "Write the comment again</button>"] {
            assert!(page.contains(said), "{word}: {said}");
        }
        assert_eq!(browser.post(&path, &[("form_token", &token(&page))]).header("location"), format!("/posts/{}?done=comment", set.post));
        let view = set.view();
        assert_eq!((view.comments[0].state, view.jobs[0].state), (CommentState::Waiting, JobState::Published));
    }
    state("posted");
    let page = set.page(&mut browser);
    assert!(page.contains(">Written</span>") && !page.contains("Write the comment again") && !page.contains("Facebook refused the comment."));
    assert_eq!(browser.post(&path, &[("form_token", &token(&page))]).status, 409);
}

#[test]
fn what_holds_a_job_is_explained_with_the_way_out() {
    let set = set(&["One", "Two"], json!({}));
    let mut browser = set.site.signed_in();
    set.site.app.db.write(|tx| account::needs_reconnect(tx, set.accounts[0], 1, "ended")).unwrap();
    set.change(0, "held_by = 'needs_reconnect'");
    let error = json!({"class": "limit_reached", "code": "facebook_reels", "message": "Facebook takes 30 reels from a Page in 24 hours.", "remedy": "", "trace_id": null});
    let next = (now() + TimeDelta::hours(3)).timestamp_millis();
    set.change(1, &format!("held_by = 'limit:facebook_reels', next_at = {next}, state = 'publishing', last_error = '{error}'"));
    let page = set.page(&mut browser);
    for said in [
        "Waits until the account is connected again; then it goes on by itself.",
        "<a href=\"/accounts/connect/facebook\">Connect the account again</a>",
        "Waits for a limit of the platform: Facebook takes 30 reels from a Page in 24 hours. It goes on by itself, Mon 30 Nov 2026, 15:00 (in 3 hours).",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(page.matches("Facebook takes 30 reels").count(), 1, "the reason is said once");
}

#[test]
fn a_rehearsal_shows_each_finding_with_the_link_that_mends_it() {
    let set = set(&["One"], json!({}));
    set.rehearsed(
        0,
        "blocking",
        &[
            Finding::fine("post", "Caption, media and options keep the rules."),
            Finding::blocking("permissions", "missing_scope", "A permission is missing.", "Connect again."),
            Finding::warning("page", "unpublished", "The Page is hidden.", "Show it."),
            Finding::blocking("post", "too_long", "The caption is too long.", "Change the post."),
            Finding::blocking("media_url", "unreachable", "The address does not answer.", "Check server.public_url."),
        ],
    );
    let mut browser = set.site.signed_in();
    let page = set.page(&mut browser);
    assert!(page.contains("Would fail</span>"));
    for (message, remedy) in [
        ("Caption, media and options keep the rules.", ""),
        ("A permission is missing.", "Connect again. <a href=\"/accounts/connect/facebook\">Connect again</a>"),
        ("The Page is hidden.", "Show it. <a href=\"/accounts#acct_1\">To the account</a>"),
        ("The caption is too long.", "Change the post. <a href=\"/posts/new?from=post_1\">Compose it anew</a>"),
        ("The address does not answer.", "Check server.public_url.</p>"),
    ] {
        let finding = page.split(&format!("<p>{message}</p>")).nth(1).unwrap().split("</li>").next().unwrap();
        assert!(finding.contains(remedy) && (finding.contains("class=\"meta\"") || remedy.is_empty()), "{message}: {finding}");
    }
    // Trying it anew replaces what was found. Nobody answers here, and there is no access: that is found.
    let token = token(&page);
    let tried = browser.post(&format!("/posts/{}/rehearse", set.post), &[("form_token", &token)]);
    assert_eq!((tried.status, tried.header("location")), (303, "/posts/post_1?done=rehearsed"));
    let page = set.page(&mut browser);
    assert!(!page.contains("The Page is hidden.") && page.contains("Would fail</span>"));
    set.change(0, "state = 'published', next_at = NULL, published_at = publish_at");
    assert_eq!(browser.post(&format!("/posts/{}/rehearse", set.post), &[("form_token", &token)]).status, 409);
}

#[test]
fn the_list_begins_with_what_waits_for_a_person() {
    let set = set(&["One", "Two"], json!({}));
    let quiet = schedule(&set.site, "Nothing is wrong here", &set.accounts, &Map::new());
    let mut browser = set.site.signed_in();
    assert!(!browser.get("/posts").body.contains("Waiting for you"));
    set.unconfirmed(0);
    set.change(1, "held_by = 'needs_reconnect'");
    for (reason, place) in [("Nobody could tell whether it is out on One.", 0), ("Waits until Two is connected again.", 1)] {
        let page = browser.get("/posts").body;
        let (waiting, others) = page.split_once("All others").unwrap();
        assert!(waiting.contains("Waiting for you") && waiting.contains("Words for the Page") && waiting.contains(reason), "{place}");
        assert!(!waiting.contains("Nothing is wrong here") && others.contains("Nothing is wrong here") && !others.contains("Words for the Page"));
    }
    assert!(!browser.get("/posts?status=scheduled").body.contains("Waiting for you"));
    set.change(0, "state = 'scheduled', unsettled = 0, called_at = NULL, next_at = publish_at");
    set.change(1, "held_by = NULL");
    assert!(!browser.get("/posts").body.contains("Waiting for you"));
    set.rehearsed(0, "blocking", &[Finding::fine("post", "Fine."), Finding::blocking("access", "x", "The access has ended.", "Connect again.")]);
    assert!(browser.get("/posts").body.contains("Would fail on One: The access has ended."));
    set.rehearsed(0, "warning", &[Finding::warning("page", "x", "The Page is hidden.", "")]);
    let page = browser.get("/posts").body;
    assert!(!page.contains("Waiting for you") && page.contains(&quiet.to_string()));
}
