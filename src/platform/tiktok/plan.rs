//! How a video is cut into chunks (tiktok.md §5.5). Pure.
//!
//! Always true of a plan: the chunks cover the file without gap or overlap; their number is `floor(size / chunk_size)`, and 1 only when the one
//! chunk is the whole file; every chunk but the last has `chunk_size` bytes, which lies inside TikTok's limits however it reads "MB".

use serde::{Deserialize, Serialize};

use crate::platform::rules::MOST_TIKTOK_VIDEO;

/// Bytes of the largest video that TikTok takes.
const MAX_VIDEO: u64 = MOST_TIKTOK_VIDEO;
/// Up to this size a file goes whole.
const MAX_SINGLE: u64 = 64_000_000;
const FIRST_SPLIT: u64 = MAX_SINGLE + 1;
/// Bytes in a chunk of a larger file.
const CHUNK: u64 = 10_000_000;

/// A file's division into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub total: u64,
    pub chunk_size: u64,
    pub count: u64,
}

/// One chunk: the bytes from `first` on, `length` of them (never none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub first: u64,
    pub length: u64,
}

impl Plan {
    /// None for an empty file and for one over [`MAX_VIDEO`].
    pub(super) fn of(total: u64) -> Option<Plan> {
        match total {
            0 => None,
            1..=MAX_SINGLE => Some(Plan { total, chunk_size: total, count: 1 }),
            FIRST_SPLIT..=MAX_VIDEO => Some(Plan { total, chunk_size: CHUNK, count: total / CHUNK }),
            _ => None,
        }
    }

    pub(super) fn last(&self) -> u64 {
        self.count.saturating_sub(1)
    }

    /// The last chunk carries the remainder.
    pub(super) fn chunk(&self, index: u64) -> Chunk {
        let first = index.min(self.last()).saturating_mul(self.chunk_size);
        let length = if index >= self.last() { self.total.saturating_sub(first) } else { self.chunk_size };
        Chunk { first, length }
    }

    /// The chunk that comes next when TikTok has the first `stored` bytes; none when that is not where a chunk begins.
    pub(super) fn chunk_at(&self, stored: u64) -> Option<u64> {
        let index = stored.checked_div(self.chunk_size)?;
        (index.checked_mul(self.chunk_size)? == stored && index < self.count).then_some(index)
    }
}

impl Chunk {
    /// The byte behind the chunk.
    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.length)
    }

    /// The value of `Content-Range`; its second number is the chunk's last byte.
    pub(super) fn content_range(&self, total: u64) -> String {
        format!("bytes {}-{}/{total}", self.first, self.end().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_contracts_table() {
        for (size, chunk_size, count, last_range, last_length) in [
            (3_145_728, 3_145_728, 1, "bytes 0-3145727/3145728", 3_145_728),
            (5_000_000, 5_000_000, 1, "bytes 0-4999999/5000000", 5_000_000),
            (64_000_000, 64_000_000, 1, "bytes 0-63999999/64000000", 64_000_000),
            (64_000_001, 10_000_000, 6, "bytes 50000000-64000000/64000001", 14_000_001),
            (66_259_900, 10_000_000, 6, "bytes 50000000-66259899/66259900", 16_259_900),
            (150_000_000, 10_000_000, 15, "bytes 140000000-149999999/150000000", 10_000_000),
            (4_000_000_000, 10_000_000, 400, "bytes 3990000000-3999999999/4000000000", 10_000_000),
        ] {
            let plan = Plan::of(size).unwrap();
            assert_eq!(plan, Plan { total: size, chunk_size, count }, "{size}");
            let last = plan.chunk(plan.last());
            assert_eq!((last.content_range(size).as_str(), last.length), (last_range, last_length), "{size}");
        }
        assert_eq!(Plan::of(0), None);
        assert_eq!(Plan::of(4_000_000_001), None);
    }

    #[test]
    fn the_official_example() {
        let plan = Plan { total: 50_000_123, chunk_size: 10_000_000, count: 5 };
        let last = plan.chunk(4);
        assert_eq!((last.content_range(plan.total).as_str(), last.length), ("bytes 40000000-50000122/50000123", 10_000_123));
    }

    #[test]
    fn a_chunk_is_found_only_where_one_begins() {
        let plan = Plan::of(66_259_900).unwrap();
        for (stored, index) in
            [(0, Some(0)), (1, None), (10_000_000, Some(1)), (10_000_001, None), (50_000_000, Some(5)), (60_000_000, None), (66_259_900, None)]
        {
            assert_eq!(plan.chunk_at(stored), index, "{stored}");
        }
    }

    proptest! {
        #[test]
        fn every_plan_keeps_tiktoks_rules(size in 1..=MAX_VIDEO) {
            let plan = Plan::of(size).unwrap();
            prop_assert_eq!(plan.count, size / plan.chunk_size, "floor");
            prop_assert!((1..=1000).contains(&plan.count));
            prop_assert_eq!(plan.count == 1, plan.chunk_size == size, "one chunk if and only if it is the whole file");
            prop_assert!(plan.chunk_size <= 64_000_000);
            prop_assert!(plan.chunk_size >= 5_242_880 || plan.chunk_size == size);
            prop_assert!(plan.chunk(plan.last()).length <= 128_000_000);
            let mut next = 0;
            for index in 0..plan.count {
                let chunk = plan.chunk(index);
                prop_assert_eq!(chunk.first, next);
                prop_assert!(chunk.length > 0);
                prop_assert!(index == plan.last() || chunk.length == plan.chunk_size);
                prop_assert_eq!(plan.chunk_at(next), Some(index));
                next = chunk.end();
            }
            prop_assert_eq!(next, size);
        }
    }
}
