//! The page of what is on the disk, and the small pictures of uploads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use pm3k::actions::{self, Actor};
use pm3k::ids::MediaId;
use pm3k::publisher::maker::{self, Lane};

use crate::support::site::{CLIP, PHOTO, Site, now, workspace_of};

fn upload(site: &Site, name: &str, bytes: &[u8]) -> MediaId {
    let mut incoming = actions::media::begin(&site.app, None).unwrap();
    std::io::Write::write_all(&mut incoming, bytes).unwrap();
    let arrived = actions::media::Arrived { workspace: workspace_of(site), file_name: name, declared: None, idempotency_key: None };
    actions::media::store(&site.app, Actor::Cli, &arrived, incoming.finish().unwrap(), now()).unwrap()
}

fn frame() -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(PHOTO))
}

#[test]
fn the_page_tells_what_is_there_and_what_for_and_an_unused_file_can_be_removed() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let empty = browser.get("/media");
    assert!(empty.body.contains("Nothing is on this server at the moment"), "{}", empty.body);
    let id = upload(&site, "sunday.jpg", PHOTO);
    let page = browser.get("/media");
    assert_eq!(page.status, 200);
    for said in ["sunday.jpg", "In no post yet", "are used by this installation", "free on the server"] {
        assert!(page.body.contains(said), "{said}");
    }
    let gone = browser.post("/media/remove", &[("form_token", &*page.token()), ("id", &id.to_string())]);
    assert_eq!((gone.status, gone.header("location")), (303, "/media?done=removed"));
    assert!(browser.get("/media?done=removed").body.contains("The file is gone from this server."));
    assert!(!browser.get("/media").body.contains("sunday.jpg"));
}

#[test]
fn a_videos_picture_is_made_anew_from_what_the_browser_drew() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let id = upload(&site, "clip.mp4", CLIP);
    let path = format!("/thumbnails/{id}");
    assert_eq!(browser.get(&path).status, 404);
    let token = browser.get("/media").token();
    for bad in ["", "data:image/png;base64,AAAA", "data:image/jpeg;base64,AAAA", "data:image/jpeg;base64,!"] {
        assert_eq!(browser.post(&path, &[("form_token", &*token), ("frame", bad)]).status, 400, "{bad}");
    }
    assert_ne!(browser.post(&path, &[("frame", &*frame())]).status, 204, "without the form's token");
    assert_eq!(browser.post(&path, &[("form_token", &*token), ("frame", &frame())]).status, 204);
    let picture = browser.get(&path);
    assert_eq!(picture.status, 200);
    let (mime, bytes) = site.app.db.read(|db| pm3k::model::media::thumbnail::of(db, workspace_of(&site), id)).unwrap().unwrap();
    assert_eq!(mime, "image/jpeg");
    assert!(bytes.len() <= 20_000 && bytes != PHOTO, "{} bytes", bytes.len());
    assert!(browser.get("/media").body.contains(&format!("src=\"{path}\"")));
    assert_eq!(browser.post("/thumbnails/media_99", &[("form_token", &*token), ("frame", &frame())]).status, 404);
}

#[test]
fn a_pictures_picture_is_made_here_and_outlives_its_file() {
    let site = Site::new();
    let id = upload(&site, "sunday.jpg", PHOTO);
    let engine = site.app.engine();
    assert!(maker::make_next(&engine, Lane::Light, &|| false).unwrap());
    assert!(!maker::make_next(&engine, Lane::Light, &|| false).unwrap(), "there is nothing else to make");
    actions::media::remove(&site.app, Actor::Cli, workspace_of(&site), id, now() + TimeDelta::minutes(1)).unwrap();
    let mut browser = site.signed_in();
    assert_eq!(browser.get(&format!("/media/{id}")).status, 404, "the file is gone");
    assert_eq!(browser.get(&format!("/thumbnails/{id}")).status, 200);
}
