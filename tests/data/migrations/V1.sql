-- One row of each table, as version 1 writes them. Sealed values and fingerprints are placeholders of the right shape.
INSERT INTO setting (key, value) VALUES ('sample', 'value');
INSERT INTO user (id, email, name, password_hash, is_admin, created_at) VALUES (1, 'admin@example.org', 'Admin', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 1, 1790000000000);
INSERT INTO session (id, token_hash, user_id, created_at, last_seen_at, expires_at, user_agent) VALUES (1, x'01', 1, 1790000000000, 1790000000000, 1797776000000, 'Sample/1.0');
INSERT INTO workspace (id, name, time_zone, created_at) VALUES (1, 'Main', 'Europe/Berlin', 1790000000000);
INSERT INTO member (workspace_id, user_id, role) VALUES (1, 1, 'admin');
INSERT INTO api_key (id, workspace_id, name, hint, key_hash, scopes, created_at) VALUES (1, 1, 'sample', 'pm3k_abcd', x'02', 'posts:read posts:write', 1790000000000);
INSERT INTO connect (id, session_id, workspace_id, login, state_hash, verifier_sealed, created_at, expires_at) VALUES (1, 1, 1, 'tiktok', x'03', x'01', 1790000000000, 1790000600000);
INSERT INTO account (id, workspace_id, platform, login, remote_id, username, display_name, status, scopes, access_sealed, expires_at, connected_by, connected_at)
    VALUES (1, 1, 'facebook', 'facebook', '1000000001', 'sample.page', 'Sample Page', 'active', 'pages_show_list pages_manage_posts', x'01', NULL, 1, 1790000000000);
INSERT INTO media (id, workspace_id, state, kind, mime, file_name, stored_name, bytes, sha256, width, height, probe, created_at)
    VALUES (1, 1, 'ready', 'image', 'image/jpeg', 'photo.jpg', 'abcdef.jpg', 1234, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 1080, 1350, '{}', 1790000000000);
INSERT INTO post (id, workspace_id, caption, scheduled_at, created_by, created_at, updated_at) VALUES (1, 1, 'A caption', 1790003600000, 'user_1', 1790000000000, 1790000000000);
INSERT INTO post_media (post_id, position, media_id) VALUES (1, 0, 1);
INSERT INTO job (id, post_id, account_id, kind, options, state, publish_at, next_at) VALUES (1, 1, 1, 'photos', '{}', 'scheduled', 1790003600000, 1790000900000);
INSERT INTO attempt (id, job_id, step, started_at, finished_at, outcome) VALUES (1, 1, 'begin', 1790000900000, 1790000901000, 'ok');
INSERT INTO idempotency (workspace_id, key, request_hash, made, created_at) VALUES (1, 'sample-key', x'04', 'post_1', 1790000000000);
INSERT INTO audit (id, at, workspace_id, actor, action, subject, detail) VALUES (1, 1790000000000, 1, 'user_1', 'post.create', 'post_1', '');
