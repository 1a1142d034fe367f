//! The platforms' permissions in plain words: what one allows, and what is missing without it.

/// A permission as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The platform's own word.
    pub word: String,
    /// What it allows; empty for one that is not known here.
    pub allows: &'static str,
    /// What does not work without it; empty where nothing is known to.
    pub without: &'static str,
}

const KNOWN: &[(&str, &str, &str)] = &[
    ("user.info.basic", "See name and picture", ""),
    ("user.info.profile", "See the user name and the profile's link", ""),
    ("user.info.stats", "See the numbers of followers and likes", ""),
    ("video.list", "See the public videos", ""),
    ("video.upload", "Send drafts to the TikTok inbox", "no drafts can be sent"),
    ("video.publish", "Post videos and photos directly", "nothing can be posted directly"),
    ("pages_show_list", "See which Pages there are", "the Page cannot be found"),
    ("pages_read_engagement", "Read the Page's posts", "what became of a post cannot be asked"),
    ("pages_manage_posts", "Publish on the Page", "nothing can be published"),
    ("pages_manage_engagement", "Comment as the Page", "no first comments can be written"),
    ("pages_read_user_content", "Read comments on the Page", ""),
    ("business_management", "Find Pages that a business portfolio owns", "such Pages may not be found"),
    ("instagram_basic", "See the Instagram account", "the account cannot be found"),
    ("instagram_content_publish", "Publish on Instagram", "nothing can be published"),
    ("instagram_manage_comments", "Comment as the account", "no first comments can be written"),
    ("instagram_manage_contents", "Delete posts", ""),
    ("instagram_business_basic", "See the Instagram account", "the account cannot be found"),
    ("instagram_business_content_publish", "Publish on Instagram", "nothing can be published"),
    ("instagram_business_manage_comments", "Comment as the account", "no first comments can be written"),
    ("public_profile", "See the name of the person who connected it", ""),
];

pub fn permission(word: &str) -> Permission {
    let (allows, without) = KNOWN.iter().find(|(known, ..)| *known == word).map_or(("", ""), |(_, allows, without)| (allows, without));
    Permission { word: word.to_owned(), allows, without }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_keeps_its_own_word() {
        let found = permission("video.publish");
        assert_eq!((found.allows, found.without), ("Post videos and photos directly", "nothing can be posted directly"));
        assert_eq!(permission("later.scope"), Permission { word: "later.scope".into(), allows: "", without: "" });
    }
}
