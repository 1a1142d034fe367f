//! Connecting as a person does it: the accounts page, the platform's consent page, the way back, the choice; over HTTP from end to end.

use chrono::TimeDelta;
use pm3k::actions::{self, Actor};
use pm3k::demo::visitor::{Page, Visitor};
use pm3k::ids::AccountId;
use pm3k::kind::Kind;
use pm3k::model::account::{self, Account};
use pm3k::secret::Secret;

use crate::support::house::{House, Inside, assert_published};

const EMAIL: &str = "a@example.org";
const PASSWORD: &str = "a long enough password";

fn signed_in(inside: &Inside<'_>) -> Visitor {
    let url = &inside.engine.public_url;
    let mut visitor = Visitor::default();
    let page = visitor.open(&format!("{url}/sign-in")).unwrap();
    let page = visitor.submit(&page, &[("email", EMAIL), ("password", PASSWORD)]).unwrap();
    assert_eq!(page.status, 200);
    visitor
}

fn person(inside: &Inside<'_>) {
    let new = actions::users::NewUser { email: EMAIL, name: "", password: &Secret::new(PASSWORD), is_admin: true };
    actions::users::create(&inside.app, Actor::Cli, &new, inside.house.now()).unwrap();
}

fn accounts(inside: &Inside<'_>) -> Vec<Account> {
    inside.app.db.read(|db| account::list(db, None, AccountId(0), 100)).unwrap()
}

/// Goes to the consent page by hand and comes back with the address that the platform sends the browser to.
fn callback(inside: &Inside<'_>, visitor: &mut Visitor, login: &str) -> String {
    let begun = visitor.look(&format!("{}/accounts/connect/{login}", inside.engine.public_url)).unwrap();
    let consent = begun.location.expect("the person is sent to the platform");
    visitor.look(&consent).unwrap().location.expect("the platform sends the person back")
}

fn refused(page: &Page) {
    assert!(page.status >= 400, "{} answered {}", page.url.path(), page.status);
    assert!(page.html.contains("egin again") || page.html.contains("onnect again"), "says what to do: {}", page.html);
}

#[test]
fn tiktok_is_connected_with_its_picture_and_can_publish() {
    let house = House::with_an_address();
    let inside = house.enter();
    person(&inside);
    let page = signed_in(&inside).open(&format!("{}/accounts/connect/tiktok", inside.engine.public_url)).unwrap();
    assert_eq!(page.status, 200);
    let connected = accounts(&inside);
    assert_eq!(connected.len(), 1);
    assert!(connected[0].has_avatar && connected[0].missing_scopes.is_empty(), "{connected:?}");
    assert!(page.html.contains(&connected[0].display_name));
    let media = inside.upload("clip.mp4");
    let post = inside.schedule("x", &[media], house.now() + TimeDelta::minutes(5), &[(connected[0].id, Kind::Video)]);
    assert_published(&inside.run_to_the_end(post));
}

#[test]
fn facebook_login_offers_pages_and_linked_accounts_and_connects_the_chosen_ones() {
    let house = House::with_an_address();
    let inside = house.enter();
    person(&inside);
    let mut visitor = signed_in(&inside);
    let choice = visitor.open(&format!("{}/accounts/connect/facebook", inside.engine.public_url)).unwrap();
    let offered = choice.checkboxes("accounts");
    assert_eq!(offered.len(), 3, "two Pages and the Instagram account of one: {}", choice.html);
    assert!(accounts(&inside).is_empty(), "nothing is connected before the person chose");
    let none = visitor.submit(&choice, &[]).unwrap();
    assert!(none.status >= 400 && none.checkboxes("accounts").len() == 3, "choosing none says so and shows the choice again");
    let done = visitor.submit(&choice, &[("accounts", &offered[0]), ("accounts", &offered[1])]).unwrap();
    assert_eq!(done.status, 200);
    let connected = accounts(&inside);
    assert_eq!(connected.len(), 2);
    let page = connected.iter().find(|account| account.platform == pm3k::kind::Platform::Facebook).unwrap();
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], house.now() + TimeDelta::minutes(5), &[(page.id, Kind::Photos)]);
    assert_published(&inside.run_to_the_end(post));
    // The choice is used up.
    let again = visitor.submit(&choice, &[("accounts", &offered[2])]).unwrap();
    assert_eq!(again.status, 404);
    assert_eq!(accounts(&inside).len(), 2);
}

#[test]
fn instagram_login_connects_an_account_without_a_page_that_can_publish() {
    let house = House::with_an_address();
    let inside = house.enter();
    person(&inside);
    let page = signed_in(&inside).open(&format!("{}/accounts/connect/instagram", inside.engine.public_url)).unwrap();
    assert_eq!(page.status, 200);
    let connected = accounts(&inside);
    assert_eq!((connected.len(), connected[0].login), (1, pm3k::kind::Login::Instagram));
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], house.now() + TimeDelta::minutes(5), &[(connected[0].id, Kind::Image)]);
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 1);
}

#[test]
fn a_state_is_good_once_for_its_own_session_and_for_ten_minutes() {
    let house = House::with_an_address();
    let inside = house.enter();
    person(&inside);
    let (mut visitor, mut other) = (signed_in(&inside), signed_in(&inside));

    let back = callback(&inside, &mut visitor, "tiktok");
    refused(&other.open(&back).unwrap());
    assert!(accounts(&inside).is_empty(), "another session's state connects nothing");
    assert_eq!(visitor.open(&back).unwrap().status, 200);
    assert_eq!(accounts(&inside).len(), 1);
    refused(&visitor.open(&back).unwrap());

    let back = callback(&inside, &mut visitor, "instagram");
    house.go_to(house.now() + TimeDelta::minutes(10) + TimeDelta::seconds(1));
    refused(&visitor.open(&back).unwrap());
    assert_eq!(accounts(&inside).len(), 1, "a state that is too old connects nothing");

    let forged = format!("{}/accounts/callback/tiktok?code=x&state=forged", inside.engine.public_url);
    refused(&visitor.open(&forged).unwrap());
}

#[test]
fn declining_is_told_plainly_and_changes_nothing() {
    let house = House::with_an_address();
    let inside = house.enter();
    person(&inside);
    let mut visitor = signed_in(&inside);
    let back = callback(&inside, &mut visitor, "facebook");
    let state = back.split("state=").nth(1).unwrap().split(['&', '#']).next().unwrap().to_owned();
    let url = format!("{}/accounts/callback/facebook?error=access_denied&error_reason=user_denied&state={state}", inside.engine.public_url);
    let page = visitor.open(&url).unwrap();
    assert!(page.html.contains("nothing was") || page.html.contains("Nothing was"), "{}", page.html);
    assert!(accounts(&inside).is_empty());
    // The state is used up by it.
    refused(&visitor.open(&back).unwrap());
}
