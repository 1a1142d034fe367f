//! Connecting a TikTok account through the simulated Login Kit, and keeping its access alive.

use chrono::TimeDelta;
use pm3k::config::TiktokApp;
use pm3k::platform::http::Http;
use pm3k::platform::tiktok::Tiktok;
use pm3k::platform::{Access, Connect, ErrorClass, Found, PlatformError};
use pm3k::secret::Secret;
use simulator::{Fault, FaultKind, Simulator, TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET};

use crate::support::tiktok::{app, simulator};

const WEB: &str = "https://pm3k.example/accounts/callback/tiktok";
const HERE: &str = "http://localhost:8080/accounts/callback/tiktok";

fn verifier() -> Secret {
    Secret::new("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")
}

fn world() -> (Simulator, Tiktok) {
    let simulator = simulator();
    simulator.register_redirects("https://pm3k.example");
    simulator.register_redirects("http://localhost:8080");
    let tiktok = Tiktok::new(app(&simulator), Http::default());
    (simulator, tiktok)
}

fn browser() -> ureq::Agent {
    ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false).build())
}

/// The value of `name` in the address that the browser is sent to.
fn sent_back(answer: &ureq::http::Response<ureq::Body>, name: &str) -> Option<String> {
    let location = answer.headers().get("location")?.to_str().unwrap();
    url::Url::parse(location).unwrap().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn consent(tiktok: &Tiktok, redirect: &str) -> Secret {
    let url = tiktok.authorize_url(redirect, "state-1", &verifier()).unwrap();
    let answer = browser().get(&url).call().unwrap();
    assert_eq!(sent_back(&answer, "state").as_deref(), Some("state-1"));
    Secret::new(sent_back(&answer, "code").unwrap())
}

fn connect(simulator: &Simulator, tiktok: &Tiktok) -> Found {
    let code = consent(tiktok, WEB);
    tiktok.exchange(WEB, &code, &verifier(), simulator.clock().now()).unwrap().remove(0)
}

fn renew(simulator: &Simulator, tiktok: &Tiktok, access: &Access) -> Result<Access, PlatformError> {
    tiktok.renew(access, simulator.clock().now())
}

#[test]
fn an_account_is_connected_with_all_that_identifies_it() {
    for redirect in [WEB, HERE] {
        let (simulator, tiktok) = world();
        let code = consent(&tiktok, redirect);
        assert!(code.expose().contains('*') && code.expose().contains('!'), "decoded once");
        let found = tiktok.exchange(redirect, &code, &verifier(), simulator.clock().now()).unwrap();
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((found.username.as_str(), found.display_name.as_str()), ("sim.creator", "Sim Creator"));
        assert_eq!((found.remote_id.as_str(), found.person_id.as_deref()), ("-000SimCreatorOpenId000000000000000001", Some(found.remote_id.as_str())));
        assert_eq!(found.scopes, ["user.info.basic", "video.upload", "video.publish"]);
        assert!(found.missing_scopes.is_empty() && found.blocked.is_none());
        assert!(found.avatar.as_ref().is_some_and(|avatar| avatar.mime.starts_with("image/") && !avatar.bytes.is_empty()));
        assert_eq!(found.access.expires_at, Some(simulator.clock().now() + TimeDelta::days(1)));
        assert_eq!(found.access.refresh_expires_at, Some(simulator.clock().now() + TimeDelta::days(365)));
        let foreign: Vec<_> = simulator.calls().into_iter().filter(|call| call.undocumented).collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
    }
}

#[test]
fn a_code_works_once_for_its_own_redirect_and_verifier() {
    for with_200 in [true, false] {
        let (simulator, tiktok) = world();
        simulator.set(|settings| settings.tiktok_oauth_errors_with_200 = with_200);
        let now = simulator.clock().now();
        let refused = |redirect, code: &Secret, verifier: &Secret| {
            let error = tiktok.exchange(redirect, code, verifier, now).unwrap_err();
            assert_eq!(error.class, ErrorClass::Rejected);
            assert!(!error.remedy.is_empty() && error.trace_id.is_some(), "{error:?}");
            error.code
        };
        let code = consent(&tiktok, WEB);
        tiktok.exchange(WEB, &code, &verifier(), now).unwrap();
        assert_eq!(refused(WEB, &code, &verifier()), "invalid_grant");
        assert_eq!(refused(HERE, &consent(&tiktok, WEB), &verifier()), "invalid_request");
        assert_eq!(refused(HERE, &consent(&tiktok, HERE), &Secret::new("x".repeat(43))), "invalid_request");
        assert_eq!(refused(WEB, &Secret::new("no%2Asuch"), &verifier()), "invalid_grant");
    }
}

#[test]
fn a_wrong_secret_blames_the_app_and_not_the_account() {
    let (simulator, right) = world();
    let wrong = Tiktok::new(TiktokApp { client_secret: Secret::new("other"), ..app(&simulator) }, Http::default());
    let access = connect(&simulator, &right).access;
    let error = renew(&simulator, &wrong, &access).unwrap_err();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Bug, "invalid_client"));
    renew(&simulator, &right, &access).unwrap();
}

#[test]
fn a_scope_that_was_not_allowed_is_named() {
    let (simulator, tiktok) = world();
    simulator.set(|settings| settings.auto_consent = false);
    let url = url::Url::parse(&tiktok.authorize_url(WEB, "state-1", &verifier()).unwrap()).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (name, value) in [("as", "-000SimCreatorOpenId000000000000000001"), ("allow", "user.info.basic"), ("allow", "video.upload"), ("decision", "allow")] {
        form.push((name.into(), value.into()));
    }
    let page = app(&simulator).authorize_url;
    let answer = browser().post(&page).send_form(form).unwrap();
    let code = Secret::new(sent_back(&answer, "code").unwrap());
    let found = tiktok.exchange(WEB, &code, &verifier(), simulator.clock().now()).unwrap().remove(0);
    assert_eq!(
        (found.scopes.as_slice(), found.missing_scopes.as_slice()),
        (["user.info.basic", "video.upload"].map(String::from).as_slice(), ["video.publish".to_owned()].as_slice())
    );
    // Without video.publish nobody tells the user name.
    assert_eq!((found.username.as_str(), found.display_name.as_str()), ("", "Sim Creator"));
}

#[test]
fn connecting_needs_the_token_alone() {
    let (simulator, tiktok) = world();
    for call in ["tiktok.user_info", "tiktok.creator_info"] {
        simulator.fault(Fault::next(call, FaultKind::Answer { status: 401, body: String::new() }));
    }
    let found = connect(&simulator, &tiktok);
    assert_eq!((found.remote_id.as_str(), found.display_name.as_str()), ("-000SimCreatorOpenId000000000000000001", "TikTok account"));
    assert!(found.avatar.is_none() && found.blocked.is_none() && found.missing_scopes.is_empty());
    simulator.fault(Fault::next("tiktok.user_info", FaultKind::DropBefore));
    assert_eq!(connect(&simulator, &tiktok).username, "sim.creator");
}

#[test]
fn a_renewal_rotates_and_the_old_pair_is_dead() {
    let (simulator, tiktok) = world();
    let first = connect(&simulator, &tiktok).access;
    simulator.clock().advance(std::time::Duration::from_secs(23 * 3600));
    assert!(tiktok.renewal_due(&first, simulator.clock().now()));
    let second = renew(&simulator, &tiktok, &first).unwrap();
    assert!(second.token != first.token && second.refresh_token != first.refresh_token);
    assert!(!tiktok.renewal_due(&second, simulator.clock().now()));
    // The year counts from the first consent.
    assert_eq!(second.refresh_expires_at, first.refresh_expires_at);
    let error = renew(&simulator, &tiktok, &first).unwrap_err();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::NeedsReconnect, "invalid_grant"));
    renew(&simulator, &tiktok, &second).unwrap();
}

#[test]
fn a_lost_answer_to_a_renewal_is_tried_once_more_before_a_person_is_asked() {
    let (simulator, tiktok) = world();
    let access = connect(&simulator, &tiktok).access;
    simulator.fault(Fault::next("tiktok.refresh", FaultKind::Answer { status: 503, body: "<html>".into() }));
    assert_eq!(renew(&simulator, &tiktok, &access).unwrap_err().class, ErrorClass::Transient);
    simulator.fault(Fault::next("tiktok.refresh", FaultKind::ActThenDrop));
    assert_eq!(renew(&simulator, &tiktok, &access).unwrap_err().class, ErrorClass::Transient);
    assert_eq!(renew(&simulator, &tiktok, &access).unwrap_err().class, ErrorClass::NeedsReconnect);
}

#[test]
fn revoked_access_needs_a_person() {
    let (simulator, tiktok) = world();
    let access = connect(&simulator, &tiktok).access;
    let revoke = format!("{}/v2/oauth/revoke/", app(&simulator).api_url);
    let form = [("client_key", TIKTOK_CLIENT_KEY), ("client_secret", TIKTOK_CLIENT_SECRET), ("token", access.token.expose())];
    assert_eq!(browser().post(&revoke).send_form(form).unwrap().status(), 200);
    assert_eq!(renew(&simulator, &tiktok, &access).unwrap_err().class, ErrorClass::NeedsReconnect);
}
