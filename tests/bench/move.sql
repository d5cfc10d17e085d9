-- The limit of a move: the rows that one move reads, locks and writes, by prepared statements.
-- bench_case numbers the cases of this database, so that one is drawn in no time.
\set n random(1, :cases)
BEGIN;
SELECT c.id AS case_id FROM bench_case AS b JOIN cases AS c ON c.id = b.id WHERE b.n = :n FOR NO KEY UPDATE OF c \gset
SELECT * FROM step WHERE case_id = :case_id::uuid ORDER BY seq;
SELECT channel, address, person, language FROM chat WHERE person IN ('collector01') ORDER BY person, channel;
INSERT INTO step (id, case_id, seq, action, at, person, post, note, media, changes) SELECT gen_random_uuid(), id, version + 1, 'ask_verify', clock_timestamp(), 'acceptor1', 'acceptor', '', '[]', '{"stage": "to_verify","collector": "collector01","light": "green","stage_since": "2026-11-22T160000Z","stage_yellow": "2026-11-22T162400Z","stage_due": "2026-11-22T163000Z"}' FROM cases WHERE id = :case_id::uuid;
UPDATE cases SET version = version + 1, stage = 'to_verify', collector = 'collector01', light = 'green', stage_since = clock_timestamp(), stage_yellow = clock_timestamp(), stage_due = clock_timestamp() WHERE id = :case_id::uuid;
DELETE FROM job AS j USING notice AS n WHERE n.case_id = :case_id::uuid AND n.person = 'acceptor1' AND n.state = 'waiting' AND j.queue = 'notices' AND j.ref = n.id::text;
DELETE FROM job WHERE case_id = :case_id::uuid AND queue = 'lights';
INSERT INTO job (queue, ref, lane, case_id, body, due, tries, holder, state, reason, since) VALUES ('lights', gen_random_uuid()::text, '', :case_id::uuid, '{"schema": 1, "light": "yellow"}', clock_timestamp(), 0, '', 'waiting', '', clock_timestamp()), ('lights', gen_random_uuid()::text, '', :case_id::uuid, '{"schema": 1, "light": "red"}', clock_timestamp(), 0, '', 'waiting', '', clock_timestamp());
INSERT INTO change (id, kind, ref, at, before, after) VALUES (gen_random_uuid(), 'case', '00000018', clock_timestamp(), '{"stage": "reported", "light": "green", "verified": null, "filed": false, "department": null, "collector": null, "reporter": null}', '{"stage": "verifying", "light": "green", "verified": null, "filed": false, "department": null, "collector": "collector01", "reporter": null}');
COMMIT;
