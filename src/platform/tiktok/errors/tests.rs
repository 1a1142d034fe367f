//! Every code of the documentation, as `tests/data/codes/tiktok.tsv` lists them with the action that is asked for.

use super::*;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/codes/tiktok.tsv"));

fn answer(status: u16, retry_after: Option<&str>) -> Answer {
    let mut headers = ureq::http::HeaderMap::new();
    if let Some(value) = retry_after {
        headers.insert("retry-after", value.parse().unwrap());
    }
    Answer { status, headers, body: Vec::new() }
}

fn error(code: &str, message: &str) -> Option<ApiError> {
    Some(ApiError { code: code.into(), message: message.into(), log_id: Some("20260101".into()) })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// The lines of one part of the table, each with its columns.
fn lines(part: &str) -> Vec<Vec<&'static str>> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let rows: Vec<_> = rows.inspect(|row| assert_eq!(row.len(), 6, "{row:?}")).filter(|row| row[0] == part).collect();
    assert!(!rows.is_empty(), "{part}");
    rows
}

#[test]
fn every_documented_code_has_the_class_that_is_asked_for() {
    for row in lines("code") {
        let [_, status, code, places, class, action] = row.as_slice() else { panic!("{row:?}") };
        for place in places.split_whitespace() {
            let said = if *code == "-" { None } else { error(code, "") };
            let answer = answer(status.parse().unwrap(), None);
            let found = if place == "PH" { of_visible(&answer, said, now()) } else { of_answer(&answer, said, now()) };
            assert_eq!(found.class.as_str(), *class, "{code} at {place}: {action}");
            assert_eq!(found.code, if *code == "-" { format!("http_{status}") } else { (*code).to_owned() });
            assert!(!found.message.is_empty() && found.http_status == status.parse().ok() && !found.start_over, "{found:?}");
            let passes = matches!(*class, "transient" | "rate_limited" | "unknown_outcome");
            assert_eq!(passes, found.remedy.is_empty(), "{code}: what a person can do: {}", found.remedy);
            if let ErrorClass::LimitReached { until } = found.class {
                assert!(until.unwrap() >= now() + TimeDelta::hours(3), "{code}: {action}");
            }
        }
    }
}

#[test]
fn every_documented_reason_has_the_class_that_is_asked_for() {
    for row in lines("reason") {
        let [_, _, reason, _, class, action] = row.as_slice() else { panic!("{row:?}") };
        for photos in [false, true] {
            let found = of_reason(reason, photos, Some("L".into()), now());
            assert_eq!((found.class.as_str(), found.code.as_str()), (*class, *reason), "{action}");
            // FAILED is the one proof that nothing was posted, and ends the post.
            assert!(found.start_over && found.of_the_post && found.trace_id.is_some(), "{reason}");
            if let ErrorClass::LimitReached { until } = found.class {
                assert_eq!(until, Some(now() + TimeDelta::hours(24)), "{action}");
            }
        }
    }
}

#[test]
fn every_code_that_is_known_is_documented() {
    for (part, known) in [("code", CODES), ("reason", REASONS)] {
        let documented: Vec<&str> = lines(part).iter().map(|row| row[2]).collect();
        for row in known {
            assert!(documented.contains(&row.code), "{part} {}", row.code);
        }
    }
}

#[test]
fn what_is_not_in_the_table_goes_by_its_status_and_stays_visible() {
    for (status, class) in [
        (418, ErrorClass::Rejected),
        (401, ErrorClass::NeedsReconnect),
        (429, ErrorClass::RateLimited { until: None }),
        (503, ErrorClass::Transient),
        (302, ErrorClass::Transient),
        (200, ErrorClass::Transient),
    ] {
        let found = of_answer(&answer(status, None), error("a_new_code", ""), now());
        assert_eq!((found.class, found.code.as_str(), found.trace_id.as_deref()), (class.clone(), "a_new_code", Some("20260101")), "{status}");
        let bare = of_answer(&answer(status, None), None, now());
        assert_eq!((bare.class, bare.code), (class, format!("http_{status}")));
    }
    let found = of_reason("a_new_reason", false, None, now());
    assert_eq!((found.class, found.code.as_str(), found.start_over), (ErrorClass::Rejected, "a_new_reason", true));
    assert_eq!(of_reason("", false, None, now()).code, "failed");
}

#[test]
fn a_call_that_makes_a_post_is_refused_only_in_tiktoks_words() {
    for (status, code, class) in [
        (500, Some("internal_error"), "unknown_outcome"),
        (400, Some("internal_error"), "unknown_outcome"),
        (500, Some("invalid_params"), "unknown_outcome"),
        (200, Some("a_new_code"), "unknown_outcome"),
        (200, Some("ok"), "unknown_outcome"),
        (200, None, "unknown_outcome"),
        (302, None, "unknown_outcome"),
        (404, None, "unknown_outcome"),
        (403, None, "unknown_outcome"),
        (502, None, "unknown_outcome"),
        (200, Some("spam_risk_too_many_posts"), "limit_reached"),
        (400, Some("a_new_code"), "rejected"),
        (403, Some("url_ownership_unverified"), "rejected"),
        (401, Some("access_token_invalid"), "needs_reconnect"),
        (401, None, "needs_reconnect"),
        (429, Some("rate_limit_exceeded"), "rate_limited"),
        (429, None, "rate_limited"),
    ] {
        let found = of_visible(&answer(status, None), code.and_then(|code| error(code, "")), now());
        assert_eq!(found.class.as_str(), class, "{status} {code:?}");
    }
    for (status, code) in [(503, ""), (500, "internal_error"), (400, "internal_error"), (200, "ok")] {
        let found = of_visible(&answer(status, Some("120")), error(code, ""), now());
        assert_eq!(found.class, ErrorClass::UnknownOutcome, "{status} {code}: to wait is not to know");
    }
    let until = Some(now() + TimeDelta::minutes(2));
    assert_eq!(of_visible(&answer(429, Some("120")), error("internal_error", ""), now()).class, ErrorClass::RateLimited { until });
}

#[test]
fn tiktoks_own_wait_is_honoured() {
    let until = |status, code: &str, header| match of_answer(&answer(status, header), error(code, ""), now()).class {
        ErrorClass::RateLimited { until } | ErrorClass::LimitReached { until } => until.map(|until| (until - now()).num_seconds()),
        ErrorClass::Transient => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(until(429, "rate_limit_exceeded", Some("120")), Some(120));
    assert_eq!(until(429, "rate_limit_exceeded", Some("Fri, 15 Jan 2027 08:02:00 GMT")), Some(120));
    assert_eq!(until(503, "", Some("120")), Some(120));
    assert_eq!(until(500, "internal_error", Some("7")), Some(7));
    assert_eq!(until(403, "spam_risk_too_many_posts", Some("3600")), Some(3600));
    for nonsense in ["-1", "0", "soon", "99999999999999999999", "999999999", "Fri, 15 Jan 2027 08:00:00 GMT", "Fri, 15 Jan 2030 08:00:00 GMT"] {
        assert_eq!(until(429, "rate_limit_exceeded", Some(nonsense)), None, "{nonsense}");
        assert_eq!(until(503, "", Some(nonsense)), None, "{nonsense}");
    }
}

#[test]
fn tiktoks_words_are_quoted_without_addresses() {
    let found = of_answer(&answer(400, None), error("invalid_params", "The total chunk count is invalid"), now());
    assert_eq!(found.message, "TikTok refused the request's content. It says: The total chunk count is invalid");
    let found = of_answer(&answer(400, None), error("odd\u{0} code", "see https://up.example/?upload_token=abc\nplease"), now());
    assert_eq!((found.code.as_str(), found.message.as_str()), ("oddcode", "TikTok refused the call. It says: see (link) please"));
    assert!(quote(&"x".repeat(5_000)).is_some_and(|text| text.len() == 200));
}
