//! Videos of Pages: plain ones in all three ways, reels, and the videos of stories.
//!
//! Always true: nothing is visible before the last call; processing looks at the file itself and tells what is wrong in the status.

pub mod chunks;
pub mod files;
pub mod judge;
pub mod node;
pub mod reels;
pub mod whole;
