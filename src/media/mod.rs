//! Media on the local disk: taken in, looked at, handed out.
//!
//! What must always be true here:
//!
//! - memory does not grow with the size of a file: bytes are streamed, and only bounded headers are held;
//! - a file under its own name is whole: it was hashed, flushed and renamed, never written in place;
//! - what a file is, is read from its bytes. Names and declared types can only make a file be refused.
//!
//! Nothing in here knows the database, the web or a platform. Time is an argument.

pub mod incoming;
pub mod probe;
pub mod public_url;
pub mod remote;
pub mod rendition;
pub mod resumed;
pub mod store;
pub mod thumbnail;
pub mod turns;
pub mod tus_headers;
mod workshop;

pub use incoming::{Incoming, Outside, Received, TooLarge};
pub use probe::{AudioTrack, Broken, Format, MediaKind, Probe, VideoTrack, probe, probe_named};
pub use resumed::Saved;
pub use store::{MediaFile, Store};
pub use turns::{Turn, Turns};
pub use workshop::Workshop;
