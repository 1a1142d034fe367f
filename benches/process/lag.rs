//! How long after its second a post's last call arrives, held against what the same threads could do at best.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::Schedule;
use pm3k::ids::{AccountId, PostId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::job;
use simulator::{Fault, FaultKind, Grant};

use crate::place::{Place, connect, photo, schedule};
use crate::{verdict, wait_until};

pub const LATENCY: Duration = Duration::from_millis(20);
const WORKERS: usize = 16;

/// From the due second to the arrival of each last call, for 1 and for 200 staged jobs; and the same calls made by 16 threads that do nothing else.
pub fn lag() {
    let place = Place::new();
    let (app, workspace) = place.open();
    place.simulator.fault(Fault { times: u32::MAX, ..Fault::next("facebook.feed", FaultKind::Delay(LATENCY)) });
    let grants: Vec<Grant> = (0..200).map(|n| place.simulator.add_page(&format!("page{n}"))).collect();
    let accounts: Vec<AccountId> = grants.iter().map(|grant| connect(&app, workspace, (Platform::Facebook, Login::Facebook), grant, Utc::now())).collect();
    let server = place.serve();
    server.ready();
    for count in [1, 200] {
        let (mut worst, mut best_possible) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let due = Utc::now() + TimeDelta::seconds(if count == 1 { 4 } else { 15 });
            let posts: Vec<PostId> =
                accounts[..count].iter().map(|account| schedule(&app, workspace, *account, Kind::Photos, photo(&app, workspace), Schedule::At(due))).collect();
            let before = place.simulator.calls().len();
            wait_until("staging", Duration::from_secs(60), || Utc::now() > due);
            wait_until("publishing", Duration::from_secs(60), || {
                place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed" && call.status == 200).count() >= count
            });
            let staged = posts.iter().all(|post| app.db.read(|db| job::of_post(db, *post)).unwrap()[0].called_at.is_some());
            assert!(staged, "not every job was called");
            let arrivals = place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed").map(|call| since(call.arrived, due)).collect();
            worst.push(percentiles(arrivals));
            best_possible.push(percentiles(reference(&place, &grants[0].remote_id, count)));
        }
        worst.sort_by_key(|(_, p99)| *p99);
        best_possible.sort_by_key(|(_, p99)| *p99);
        let ((p50, p99), (reference50, reference99)) = (worst[1], best_possible[1]);
        let ratio = p99.as_secs_f64() / reference99.as_secs_f64();
        let goal = if count == 1 { String::new() } else { format!(" (goal: at most 1.3, {})", verdict(ratio <= 1.3)) };
        println!(
            "{count} job(s) due in one second, {LATENCY:?} latency, median of 3: lag p50 {p50:?}, p99 {p99:?}; {WORKERS} bare threads: p50 {reference50:?}, p99 {reference99:?}; ratio of p99 {ratio:.2}{goal}"
        );
    }
}

fn since(arrived: SystemTime, due: DateTime<Utc>) -> Duration {
    // Times are stored in whole milliseconds, so a call may come a fraction of one before.
    arrived.duration_since(due.into()).unwrap_or_default()
}

pub fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[(times.len() * 99).div_ceil(100).saturating_sub(1)])
}

/// What the workers can do at best: threads that only make the same call, each on a fresh connection, as a visible call is made. The calls are
/// refused after the same latency (their token is unknown), so the world stays as it is.
fn reference(place: &Place, page: &str, count: usize) -> Vec<Duration> {
    let url = format!("{}/v26.0/{page}/feed", place.simulator.base_urls().facebook_graph_url);
    let before = place.simulator.calls().len();
    let queue = std::sync::Mutex::new(0..count);
    let begun = SystemTime::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build());
                while queue.lock().unwrap().next().is_some() {
                    agent.post(&url).send_form([("message", "x"), ("access_token", "nobody")]).unwrap();
                }
            });
        }
    });
    place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed").map(|call| call.arrived.duration_since(begun).unwrap()).collect()
}
