-- What version 3 adds: one row of each new table, and the new columns.
UPDATE job SET adjust = '{"aspect":"crop"}' WHERE id = 1;
UPDATE media SET announced_at = 1790000000000 WHERE id = 1;
INSERT INTO upload (id, workspace_id, word, actor, file_name, declared, metadata, length, received, created_at, expires_at)
VALUES (1, 1, 'unguessable', 'user_1', 'clip.mp4', 'video/mp4', 'filename Y2xpcC5tcDQ=', 1000, 500, 1790000000000, 1790086400000);
INSERT INTO rendition (id, media_id, recipe, state, created_at) VALUES (1, 1, '{"form":"faststart"}', 'waiting', 1790000000000);
INSERT INTO job_rendition (job_id, media_id, rendition_id) VALUES (1, 1, 1);
INSERT INTO thumbnail (media_id, mime, bytes) VALUES (1, 'image/jpeg', x'ffd8');
