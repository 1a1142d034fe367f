//! What a text may hold: lengths in UTF-16 units, hashtags, mentions, links.
//!
//! Always true: counts are never smaller than Instagram's; whatever it does not document is counted each time that it occurs.

use super::refuse;
use crate::graph::error::GraphError;

const CAPTION_UNITS: usize = 2_200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;
const COMMENT_UNITS: usize = 300;
const COMMENT_HASHTAGS: usize = 4;
const COMMENT_LINKS: usize = 1;

pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// How often a mark stands before a letter, a digit or an underscore.
fn marked(text: &str, mark: char) -> usize {
    let followers = text.match_indices(mark).filter_map(|(at, _)| text.get(at + mark.len_utf8()..)?.chars().next());
    followers.filter(|letter| letter.is_alphanumeric() || *letter == '_').count()
}

pub fn check_caption(caption: &str) -> Result<(), GraphError> {
    if units(caption) > CAPTION_UNITS || marked(caption, '#') > HASHTAGS {
        return Err(refuse(36_004, 2_207_010, "The caption was too long.").user("Caption too long", "The caption was too long."));
    }
    if marked(caption, '@') > MENTIONS {
        return Err(refuse(100, 2_207_040, "The caption has too many @ tags.").user("Too many tags", "You can tag at most 20 accounts."));
    }
    Ok(())
}

/// The limits are those of older pages of Meta's; the switch takes them away.
pub fn check_comment(text: &str, limited: bool) -> Result<(), GraphError> {
    if text.trim().is_empty() {
        return Err(GraphError::missing("message"));
    }
    let links = text.matches("http://").count() + text.matches("https://").count();
    if limited && (units(text) > COMMENT_UNITS || marked(text, '#') > COMMENT_HASHTAGS || links > COMMENT_LINKS) {
        return Err(GraphError::bad("The comment is too long, or has more than 4 hashtags or 1 link"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_counted_as_the_contract_says() {
        let fine = |text: &str| check_caption(text).is_ok();
        assert!(fine(&"x".repeat(2_200)) && !fine(&"x".repeat(2_201)));
        // An emoji is two units.
        assert!(fine(&"😀".repeat(1_100)) && !fine(&"😀".repeat(1_101)));
        assert!(fine(&"#é ".repeat(30)) && !fine(&"#a".repeat(31)));
        assert!(fine(&"# ".repeat(50)) && fine(&"@a ".repeat(20)) && !fine(&"@a ".repeat(21)));
        let comment = |text: &str| check_comment(text, true).is_ok();
        assert!(comment(&"x".repeat(300)) && !comment(&"x".repeat(301)) && !comment(" ") && check_comment(&"x".repeat(301), false).is_ok());
        assert!(comment("#a #b #c #d https://a.example") && !comment("#a #b #c #d #e") && !comment("https://a.example http://b.example"));
    }
}
