//! The schema: a new file is brought to the newest version, an old one after a backup, a later one is refused; and the rules of the tables hold.

use chrono::{DateTime, Utc};
use pm3k::db::{Db, Unready};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[test]
fn a_new_database_is_made_and_opening_it_again_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pm3k.db");
    let (db, first) = Db::open(&path, now()).unwrap();
    assert!(first.applied >= 1 && first.backup.is_none());
    drop(db);
    let (_, again) = Db::open(&path, now()).unwrap();
    assert_eq!((again.applied, again.backup), (0, None));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

/// Sample rows for each migration: what an installation of that version holds. They must go in, and must come through every later migration.
#[test]
fn sample_rows_of_each_version_survive() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pm3k.db");
    let (db, _) = Db::open(&path, now()).unwrap();
    db.write(|tx| tx.execute_batch(include_str!("../data/migrations/V1.sql"))).unwrap();
    db.write(|tx| tx.execute_batch(include_str!("../data/migrations/V2.sql"))).unwrap();
    db.write(|tx| tx.execute_batch(include_str!("../data/migrations/V3.sql"))).unwrap();
    let tables: Vec<String> = db
        .read(|db| {
            db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'refinery_%'")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()
        })
        .unwrap();
    for table in tables {
        let rows: i64 = db.read(|db| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))).unwrap();
        assert!(rows > 0, "{table} has no sample row");
    }
    let broken: i64 = db.read(|db| db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))).unwrap();
    assert_eq!(broken, 0);
}

#[test]
fn a_database_of_a_later_version_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pm3k.db");
    let (db, _) = Db::open(&path, now()).unwrap();
    db.write(|tx| tx.execute_batch("INSERT INTO refinery_schema_history VALUES (9999, 'later', '2099-01-01T00:00:00Z', '1')")).unwrap();
    drop(db);
    let refused = Db::open(&path, now()).unwrap_err();
    assert!(matches!(refused, Unready::Newer { found: 9999, .. }), "{refused}");
    assert!(refused.to_string().contains("later version"), "{refused}");
}

/// A database without its key is not given a new one: nothing that is stored would open, and every job would fail.
#[test]
fn a_lost_key_file_is_told_and_not_replaced() {
    let house = crate::support::house::House::build();
    drop(house.enter());
    let key = house.dir.path().join("key");
    std::fs::remove_file(&key).unwrap();
    let refused = pm3k::app::App::open(house.config(), house.clock.clone()).unwrap_err();
    assert!(refused.to_string().contains("key file"), "{refused}");
    assert!(!key.exists());
}

#[test]
fn readers_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = Db::open(&dir.path().join("pm3k.db"), now()).unwrap();
    let refused = db.read(|db| db.execute("INSERT INTO setting (key, value) VALUES ('a', 'b')", [])).unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
}
