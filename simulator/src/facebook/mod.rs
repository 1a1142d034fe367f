pub mod accounts;
pub mod dialog;
pub mod feed;
pub mod login;
pub mod photos;
pub mod posts;
pub mod reels;
