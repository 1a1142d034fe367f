//! A client of resumable uploads that says exactly what a test wants it to say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::api::{Reply, Served};

pub const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");
pub const VERSION: (&str, &str) = ("tus-resumable", "1.0.0");

/// `Upload-Metadata` of a file.
pub fn metadata(name: &str, kind: &str) -> String {
    format!("filename {},filetype {}", STANDARD.encode(name), STANDARD.encode(kind))
}

/// `Upload-Checksum` with SHA-256.
pub fn sum(bytes: &[u8]) -> String {
    format!("sha256 {}", STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(bytes)))
}

/// Begins an upload and returns its address.
#[track_caller]
pub fn create(api: &Served, name: &str, kind: &str, length: usize) -> String {
    let (length, metadata) = (length.to_string(), metadata(name, kind));
    let reply = tus(api, "POST", "/api/v1/uploads", &[("upload-length", &length), ("upload-metadata", &metadata)], b"");
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    assert_eq!(reply.header("upload-offset"), "0");
    let location = reply.header("location").to_owned();
    assert!(location.starts_with("/api/v1/uploads/"), "{location}");
    location
}

pub fn patch(api: &Served, location: &str, offset: usize, bytes: &[u8]) -> Reply {
    tus(api, "PATCH", location, &[PIECE, ("upload-offset", &offset.to_string())], bytes)
}

pub fn head(api: &Served, location: &str) -> Reply {
    tus(api, "HEAD", location, &[], b"")
}

/// Where the upload stands.
#[track_caller]
pub fn offset(api: &Served, location: &str) -> usize {
    let reply = head(api, location);
    assert_eq!(reply.status, 200);
    reply.header("upload-offset").parse().unwrap()
}

pub fn tus(api: &Served, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    tus_as(api, &api.key, method, path, headers, body)
}

pub fn tus_as(api: &Served, key: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let reply = api.send(method, path, Some(key), &[&[VERSION], headers].concat(), body.to_vec());
    assert_eq!(reply.header("tus-resumable"), "1.0.0", "every answer says the version");
    reply
}
