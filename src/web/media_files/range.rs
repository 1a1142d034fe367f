//! The header `Range` of a request for a file.
//!
//! What must always be true here: a part lies within the file.

/// Which part of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    All,
    /// From this byte to that, both included.
    Part(u64, u64),
    /// A range that the file does not have.
    Nothing,
}

/// Reads a `Range` for a file of this many bytes. Several ranges, and what cannot be read, count as no range (RFC 9110 allows it).
pub fn wanted(text: &str, bytes: u64) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.trim().split_once('-')) else { return Wanted::All };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (number(first), number(last)) {
        (Some(first), _) if last.is_empty() => part(first, u64::MAX, bytes),
        (Some(first), Some(last)) if first <= last => part(first, last, bytes),
        (_, Some(0)) if first.is_empty() => Wanted::Nothing,
        (_, Some(tail)) if first.is_empty() => part(bytes.saturating_sub(tail), u64::MAX, bytes),
        _ => Wanted::All,
    }
}

fn part(first: u64, last: u64, bytes: u64) -> Wanted {
    match bytes.checked_sub(1) {
        Some(end) if first <= end => Wanted::Part(first, last.min(end)),
        _ => Wanted::Nothing,
    }
}
