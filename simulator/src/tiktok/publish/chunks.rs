//! The rules of chunking, as `init` enforces them.
//!
//! Always true: what passes here can be uploaded chunk by chunk with `Task::next_chunk`.

use crate::tiktok::error::Refusal;

const SMALLEST: u64 = 5_242_880;
const LARGEST: u64 = 64_000_000;
const LARGEST_LAST: u64 = 128_000_000;
const LARGEST_FILE: u64 = 4_000_000_000;
const MOST: u64 = 1_000;

pub fn check(size: u64, chunk: u64, count: u64) -> Result<(), Refusal> {
    let chunk_invalid = || Err(Refusal::params("The chunk size is invalid"));
    let count_invalid = || Err(Refusal::params("The total chunk count is invalid"));
    if size == 0 || size > LARGEST_FILE {
        return Err(Refusal::params("The video size is invalid"));
    }
    if chunk == 0 || chunk > size {
        return chunk_invalid();
    }
    if count == 0 || count > MOST || count != size / chunk {
        return count_invalid();
    }
    // One chunk, and only one, is the whole video.
    if count == 1 && chunk != size {
        return chunk_invalid();
    }
    let whole_and_small = count == 1 && size <= SMALLEST;
    if !whole_and_small && !(SMALLEST..=LARGEST).contains(&chunk) {
        return chunk_invalid();
    }
    if size - chunk * (count - 1) > LARGEST_LAST {
        return chunk_invalid();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_documented_table_passes() {
        for (size, chunk, count) in [
            (3_145_728, 3_145_728, 1),
            (5_000_000, 5_000_000, 1),
            (64_000_000, 64_000_000, 1),
            (64_000_001, 10_000_000, 6),
            (66_259_900, 10_000_000, 6),
            (150_000_000, 10_000_000, 15),
            (4_000_000_000, 10_000_000, 400),
            (50_000_123, 10_000_000, 5),
        ] {
            assert!(check(size, chunk, count).is_ok(), "{size} {chunk} {count}");
        }
    }

    #[test]
    fn every_rule_refuses_with_its_message() {
        for (size, chunk, count, message) in [
            (50_000_123, 10_000_000, 6, "The total chunk count is invalid"),
            (66_000_000, 64_000_000, 1, "The chunk size is invalid"),
            (65_000_000, 65_000_000, 1, "The chunk size is invalid"),
            (20_000_000, 5_000_000, 4, "The chunk size is invalid"),
            (3_000_000, 1_000_000, 3, "The chunk size is invalid"),
            (4_000_000_001, 10_000_000, 400, "The video size is invalid"),
            (0, 0, 0, "The video size is invalid"),
            (10_000_000, 20_000_000, 0, "The chunk size is invalid"),
        ] {
            assert_eq!(check(size, chunk, count).map_err(|refusal| refusal.message), Err(message.to_owned()), "{size} {chunk} {count}");
        }
    }
}
