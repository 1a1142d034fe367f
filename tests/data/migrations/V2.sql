-- What version 2 adds: one row of each new table, and the new columns.
UPDATE account SET standing = '{}', standing_at = 1790000000000 WHERE id = 1;
INSERT INTO comment (job_id, state, text, next_at) VALUES (1, 'waiting', 'A first comment', 1790003601000);
INSERT INTO spend (id, account_id, budget, at) VALUES (1, 1, 'facebook_reels', 1790000000000);
INSERT INTO fetch (job_id, attempt_id, media_id, at) VALUES (1, 1, 1, 1790000900500);
INSERT INTO rehearsal (job_id, at, verdict, findings) VALUES (1, 1790000000000, 'fine', '[]');
