//! The kinds of post as a person chooses them: what each one is, which files it takes, how long its caption may be, and which of its files the
//! platform fetches from this installation.
//!
//! Always true: of the kinds that some files fit, the first in a platform's list is the one that is taken where nobody chose.

use crate::kind::{Kind, Login, Platform};

/// A kind that can be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub kind: Kind,
    pub label: &'static str,
    pub what: &'static str,
    pub files: Files,
    /// UTF-16 units of its caption at the most; none where it shows no caption.
    pub caption: Option<u32>,
    fetched: Fetched,
}

/// Which files a kind takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// `none`, `images`, `videos` or `any`.
    pub of: &'static str,
    pub least: usize,
    pub most: usize,
}

impl Files {
    pub fn fit(self, images: usize, videos: usize) -> bool {
        let right = match self.of {
            "images" => videos == 0,
            "videos" => images == 0,
            _ => true,
        };
        right && (self.least..=self.most).contains(&(images + videos))
    }
}

/// Which files the platform fetches by itself, rather than being sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetched {
    None,
    Images,
}

const NO_FILES: Files = Files { of: "none", least: 0, most: 0 };
const ONE_IMAGE: Files = Files { of: "images", least: 1, most: 1 };
const ONE_VIDEO: Files = Files { of: "videos", least: 1, most: 1 };
const PHOTOS: Files = Files { of: "images", least: 1, most: 35 };
const PAGE_PHOTOS: Files = Files { of: "images", least: 1, most: 10 };
const CAROUSEL: Files = Files { of: "any", least: 2, most: 10 };
const ONE_OF_EITHER: Files = Files { of: "any", least: 1, most: 1 };

const fn choice(kind: Kind, files: Files, caption: Option<u32>, fetched: Fetched, label: &'static str, what: &'static str) -> Choice {
    Choice { kind, label, what, files, caption, fetched }
}

const VIDEO: Choice =
    choice(Kind::Video, ONE_VIDEO, Some(2200), Fetched::None, "Video, posted directly", "One video, on the profile at its time, for the audience you choose.");
const DRAFT_VIDEO: Choice = choice(
    Kind::DraftVideo,
    ONE_VIDEO,
    None,
    Fetched::None,
    "Draft video",
    "One video in the inbox of the creator's TikTok app at its time; the creator finishes it there.",
);
const TIKTOK_PHOTOS: Choice = choice(
    Kind::Photos,
    PHOTOS,
    Some(4000),
    Fetched::Images,
    "Photos, posted directly",
    "1 to 35 pictures to swipe through, on the profile at its time, for the audience you choose.",
);
const DRAFT_PHOTOS: Choice = choice(
    Kind::DraftPhotos,
    PHOTOS,
    Some(4000),
    Fetched::Images,
    "Draft photos",
    "1 to 35 pictures with title and caption in the inbox of the creator's TikTok app; the creator finishes them there.",
);

const FACEBOOK: &[Choice] = &[
    choice(Kind::Photos, PAGE_PHOTOS, Some(63_206), Fetched::None, "Photos", "1 to 10 pictures in one post of the Page."),
    choice(Kind::PhotoStory, ONE_IMAGE, None, Fetched::None, "Photo story", "One picture over the whole screen for 24 hours, without words."),
    choice(Kind::Reel, ONE_VIDEO, Some(63_206), Fetched::None, "Reel", "One upright video of 3 to 90 seconds, shown among the reels."),
    choice(
        Kind::Video,
        ONE_VIDEO,
        Some(63_206),
        Fetched::None,
        "Video",
        "One wide or long video in the Page's feed. Upright ones of 3 to 90 seconds are reels.",
    ),
    choice(Kind::VideoStory, ONE_VIDEO, None, Fetched::None, "Video story", "One video of up to 60 seconds over the whole screen for 24 hours, without words."),
    choice(Kind::Text, NO_FILES, Some(63_206), Fetched::None, "Text", "Words alone."),
    choice(Kind::Link, NO_FILES, Some(63_206), Fetched::None, "Link", "A card that leads to a page on the web, with words of yours."),
];

const INSTAGRAM: &[Choice] = &[
    choice(Kind::Image, ONE_IMAGE, Some(2200), Fetched::Images, "Image", "One picture in the feed."),
    choice(Kind::Reel, ONE_VIDEO, Some(2200), Fetched::None, "Reel", "One video of 3 seconds to 15 minutes."),
    choice(
        Kind::Carousel,
        CAROUSEL,
        Some(2200),
        Fetched::Images,
        "Carousel",
        "2 to 10 pictures and videos to swipe through, all cut to the shape of the first.",
    ),
    choice(Kind::Story, ONE_OF_EITHER, None, Fetched::Images, "Story", "One picture, or one video of up to 60 seconds, for 24 hours, without a caption."),
];

/// What can be chosen for an account of this platform. Until TikTok has audited the app, drafts come first: they are what works without.
pub fn choices(platform: Platform, tiktok_audited: bool) -> &'static [Choice] {
    match platform {
        Platform::Tiktok if tiktok_audited => &[VIDEO, DRAFT_VIDEO, TIKTOK_PHOTOS, DRAFT_PHOTOS],
        Platform::Tiktok => &[DRAFT_VIDEO, VIDEO, DRAFT_PHOTOS, TIKTOK_PHOTOS],
        Platform::Facebook => FACEBOOK,
        Platform::Instagram => INSTAGRAM,
    }
}

/// What is taken where nobody chose. Without files that is what a Page can do with words.
pub fn without_choice(platform: Platform, tiktok_audited: bool, images: usize, videos: usize, has_link: bool) -> Option<Kind> {
    if images + videos == 0 && has_link && platform == Platform::Facebook {
        return Some(Kind::Link);
    }
    choices(platform, tiktok_audited).iter().find(|choice| choice.files.fit(images, videos)).map(|choice| choice.kind)
}

/// What has to be fetched of a kind's files; empty: nothing.
pub fn fetched(choice: &Choice, login: Login) -> &'static str {
    match (login, choice.fetched, choice.files.of) {
        // Instagram takes no upload from an account that was connected without Facebook.
        (Login::Instagram, _, "videos") => "the video",
        (Login::Instagram, _, "any") => "the files",
        (_, Fetched::Images, "any") => "pictures (but no videos)",
        (_, Fetched::Images, _) => "the pictures",
        (_, Fetched::None, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::only_kind;

    #[test]
    fn what_nobody_chose_is_the_same_here_and_in_the_api() {
        for platform in Platform::ALL.iter().copied() {
            for audited in [true, false] {
                for (images, videos) in (0..=11).flat_map(|images| (0..=3).map(move |videos| (images, videos))) {
                    let here = without_choice(platform, audited, images, videos, false);
                    let there = only_kind(platform, audited, images, videos);
                    let fits = |kind: Kind| choices(platform, audited).iter().any(|choice| choice.kind == kind && choice.files.fit(images, videos));
                    match there.filter(|kind| fits(*kind)) {
                        Some(_) => assert_eq!(here, there, "{platform} {images} {videos}"),
                        None => assert!(here.is_none_or(|kind| kind == Kind::Text), "{platform} {images} {videos}: {here:?}"),
                    }
                }
            }
        }
        assert_eq!(without_choice(Platform::Facebook, true, 0, 0, true), Some(Kind::Link));
        assert_eq!(without_choice(Platform::Instagram, true, 0, 0, true), None);
    }

    #[test]
    fn every_kind_of_the_api_can_be_chosen_once() {
        for (platform, kinds) in [
            (Platform::Tiktok, vec![Kind::Video, Kind::DraftVideo, Kind::Photos, Kind::DraftPhotos]),
            (Platform::Facebook, vec![Kind::Text, Kind::Link, Kind::Photos, Kind::Video, Kind::Reel, Kind::PhotoStory, Kind::VideoStory]),
            (Platform::Instagram, vec![Kind::Image, Kind::Reel, Kind::Carousel, Kind::Story]),
        ] {
            for audited in [true, false] {
                let mut found: Vec<Kind> = choices(platform, audited).iter().map(|choice| choice.kind).collect();
                found.sort();
                let mut kinds = kinds.clone();
                kinds.sort();
                assert_eq!(found, kinds);
            }
        }
    }

    #[test]
    fn what_is_fetched_follows_from_the_login() {
        let of = |platform, kind| choices(platform, true).iter().find(|choice| choice.kind == kind).unwrap();
        for (platform, kind, login, expected) in [
            (Platform::Tiktok, Kind::Video, Login::Tiktok, ""),
            (Platform::Tiktok, Kind::Photos, Login::Tiktok, "the pictures"),
            (Platform::Facebook, Kind::Photos, Login::Facebook, ""),
            (Platform::Instagram, Kind::Image, Login::Facebook, "the pictures"),
            (Platform::Instagram, Kind::Reel, Login::Facebook, ""),
            (Platform::Instagram, Kind::Story, Login::Facebook, "pictures (but no videos)"),
            (Platform::Instagram, Kind::Reel, Login::Instagram, "the video"),
            (Platform::Instagram, Kind::Story, Login::Instagram, "the files"),
        ] {
            assert_eq!(fetched(of(platform, kind), login), expected, "{platform} {kind}");
        }
    }
}
