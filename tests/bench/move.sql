-- The limit of a move: the rows that one move reads, locks and writes, by prepared statements.
-- bench_case numbers the cases of this database, so that one is drawn in no time.
\set n random(1, :cases)
BEGIN;
SELECT c.id AS case_id FROM bench_case AS b JOIN cases AS c ON c.id = b.id WHERE b.n = :n FOR NO KEY UPDATE OF c \gset
SELECT * FROM step WHERE case_id = :case_id::uuid ORDER BY seq;
SELECT channel, address, person, language FROM chat WHERE person IN ('collector01') ORDER BY person, channel;
INSERT INTO step (id, case_id, seq, action, at, person, post, note, media, changes) SELECT gen_random_uuid(), id, version + 1, 'ask_verify', clock_timestamp(), 'acceptor1', 'acceptor', '', '[]', '{"schema": 2, "stage": "verifying", "assignments": {"collector": {"person": "collector01", "since": "2026-11-22T160000Z"}}, "clocks": {"stage": {"started": "2026-11-22T160000Z", "warn_at": "2026-11-22T162400Z", "due_at": "2026-11-22T163000Z", "limit": "30um", "calendar": "demo-2026-11", "stopped": null, "counted_from": null, "added": [], "paused": null, "pauses": []}}}' FROM cases WHERE id = :case_id::uuid;
INSERT INTO move_key (key, case_id) VALUES (gen_random_uuid()::text, :case_id::uuid);
UPDATE cases SET version = version + 1, stage = 'verifying', light = 'green', stage_due = clock_timestamp(), assigned = ARRAY['collector' || chr(58) || 'p' || chr(58) || 'collector01'], assignments = '{"collector": {"person": "collector01", "since": "2026-11-22T160000Z"}}', clocks = '{"stage": {"started": "2026-11-22T160000Z", "warn_at": "2026-11-22T162400Z", "due_at": "2026-11-22T163000Z", "limit": "30um", "calendar": "demo-2026-11", "stopped": null, "counted_from": null, "added": [], "paused": null, "pauses": []}, "whole": {"started": "2026-11-22T160000Z", "warn_at": "2026-12-16T160000Z", "due_at": "2026-12-22T160000Z", "limit": "30ud", "calendar": "demo-2026-11", "stopped": null, "counted_from": null, "added": [], "paused": null, "pauses": []}}' WHERE id = :case_id::uuid;
DELETE FROM job AS j USING notice AS n WHERE n.case_id = :case_id::uuid AND n.person = 'acceptor1' AND n.state = 'waiting' AND j.queue = 'notices' AND j.ref = n.id::text;
DELETE FROM job WHERE case_id = :case_id::uuid AND queue = 'timers';
INSERT INTO job (queue, ref, lane, case_id, body, due, tries, holder, state, reason, since) VALUES ('timers', gen_random_uuid()::text, '', :case_id::uuid, '{"schema": 1, "timer": "light.yellow"}', clock_timestamp(), 0, '', 'waiting', '', clock_timestamp()), ('timers', gen_random_uuid()::text, '', :case_id::uuid, '{"schema": 1, "timer": "light.red"}', clock_timestamp(), 0, '', 'waiting', '', clock_timestamp());
INSERT INTO change (id, kind, ref, at, before, after) VALUES (gen_random_uuid(), 'case', '00000018', clock_timestamp(), '{"stage": "reported", "light": "green", "assigned": [], "area": "", "facets": []}', '{"stage": "verifying", "light": "green", "assigned": ["collector p collector01"], "area": "", "facets": []}');
COMMIT;
