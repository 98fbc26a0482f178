-- Work of :days days in the project :project: :solutions solutions, nine tenths of them judged by :per of its annotators each.
-- One annotator, the last of the list, says "step 1" again and again and is quick about it.
SELECT setseed(0.42);

INSERT INTO project_revision (project_id, number, settings, reason, created_at)
SELECT project_id, number + 1, settings || jsonb_build_object('judgementsPerSolution', :per), 'as many judgements as were made', now()
FROM project_revision WHERE project_id = :project ORDER BY number DESC LIMIT 1;
ANALYZE project_revision;

CREATE TEMP TABLE person ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY m.added_at, u.user_name) - 1 AS i, count(*) OVER () AS people, m.user_id AS id FROM project_member m JOIN users u ON u.id = m.user_id WHERE m.project_id = :project AND m.role = 'Annotator';

CREATE TEMP TABLE item ON COMMIT DROP AS
SELECT s, s / 4 AS p, 4 + floor(9 * random())::int AS n, random() AS place, random() AS dice, s < 0.9 * :solutions AS is_judged,
    CASE WHEN s < 0.9 * :solutions THEN :per WHEN s < 0.93 * :solutions THEN :per / 2 ELSE 0 END AS said,
    date_trunc('day', now(), 'UTC') - make_interval(days => :days - 1 - least(:days - 1, floor(s / (0.93 * :solutions) * :days)::int)) AS day
FROM generate_series(0, :solutions - 1) AS s;
ALTER TABLE item ADD k int;
UPDATE item SET k = 1 + floor(n * place ^ 1.4)::int;
CREATE INDEX ON item (s);
-- A fresh database has no figures of its tables: taken for a few rows, a hundred thousand would be joined row by row, and each foreign
-- key looked for through all of them. So every table is counted when it has been filled (its owner may).
ANALYZE item;
SET LOCAL enable_nestloop = off;

INSERT INTO run (project_id, kind, name, revision_id, options, round, state, pause_requested, progress_done, progress_total, attempt, failures_in_a_row, created_at, started_at, ended_at)
SELECT :project, 'Sampling', 'Pool, seeded', max(id), '{}', 1, 'Succeeded', false, :solutions, :solutions, 1, 0, now(), now(), now() FROM project_revision WHERE project_id = :project;
ANALYZE run;

INSERT INTO problem (project_id, statement, statement_sha256, answer, answer_version, source, source_id, split, created_at)
SELECT :project, 'A train leaves at ' || p % 24 || ':00 and makes $' || 40 + p % 60 || '$ km an hour for $' || 2 + p % 7 || '$ hours, then $' || 20 + p % 50 || '$ km an hour. How far is it after $' || 9 + p || '$ minutes more?',
    encode(sha256(('seeded ' || p)::bytea), 'hex'), (p % 97)::text, 1, 'seeded', 'seeded-' || p, 'Pool', now()
FROM (SELECT DISTINCT p FROM item) AS problems;
ANALYZE problem;

INSERT INTO solution (project_id, run_id, problem_id, split, sample_index, text, text_sha256, step_offsets, step_count, finish_reason, extracted_answer, answer_check, answer_version, state, created_at)
SELECT :project, (SELECT max(id) FROM run WHERE project_id = :project), q.id, 'Pool', s % 4,
    ' 12 + 30 = ' || lpad((s % 1000)::text, 3, '0') || '.' || coalesce((SELECT string_agg(E'\nStep ' || lpad(j::text, 2) || ': 12 + 30 = 42.', '' ORDER BY j) FROM generate_series(2, n) AS j), ''),
    encode(sha256(('seeded text ' || s)::bytea), 'hex'), ARRAY[0] || ARRAY(SELECT 16 + 23 * (j - 2) FROM generate_series(2, n) AS j), n, 'Stop', '98', 'Wrong', 1,
    CASE WHEN NOT is_judged THEN 'Waiting' WHEN dice < 0.02 THEN 'Adjudication' WHEN dice < 0.57 THEN 'Paired' WHEN dice < 0.65 THEN 'InReview' WHEN dice < 0.70 THEN 'Rectifying' WHEN dice < 0.75 THEN 'NoCandidate' ELSE 'Closed' END,
    day
FROM item JOIN problem q ON q.project_id = :project AND q.source_id = 'seeded-' || p;
ANALYZE solution;
ALTER TABLE item ADD solution_id bigint;
UPDATE item SET solution_id = o.id FROM solution o JOIN problem q ON q.id = o.problem_id WHERE o.project_id = :project AND q.source_id = 'seeded-' || item.p AND o.sample_index = item.s % 4;
ANALYZE item;

-- Judged by people that far apart in the list that nobody judges one twice; the one between two of them now and then puts it aside.
INSERT INTO assignment (solution_id, annotator_id, slot, state, leased_until, created_at)
SELECT solution_id, person.id, j + 1, 'Submitted', day + interval '16 h', day + interval '8 h'
FROM item CROSS JOIN LATERAL generate_series(0, said - 1) AS j JOIN person ON i = (s + j * greatest(1, people / :per)) % people;
INSERT INTO assignment (solution_id, annotator_id, slot, state, leased_until, created_at)
SELECT solution_id, person.id, 1, 'Skipped', day + interval '16 h', day + interval '8 h'
FROM item JOIN person ON i = (s + greatest(1, people / :per / 2)) % people WHERE said > 0 AND s % 40 = 7
ON CONFLICT DO NOTHING;
ANALYZE assignment;

INSERT INTO first_error_annotation (assignment_id, solution_id, annotator_id, step_count, answer_check, outcome, step, grade, reason, note, active_milliseconds, revision_id, client_key, surplus, created_at)
SELECT a.id, a.solution_id, a.annotator_id, n, 'Wrong', outcome, step, CASE WHEN step IS NOT NULL THEN 'Incorrect' END,
    CASE outcome WHEN 'NoError' THEN 'WrongReference' WHEN 'CannotJudge' THEN 'Unsure' END, '', (seconds * 1000)::int, (SELECT max(id) FROM project_revision WHERE project_id = :project), gen_random_uuid(), false,
    least(now(), a.created_at + random() * interval '8 h')
FROM assignment a JOIN item ON item.solution_id = a.solution_id JOIN person ON person.id = a.annotator_id
CROSS JOIN LATERAL (SELECT random() AS r, random() AS near, -ln(1 - random()) AS spread WHERE a.id > 0) AS luck
CROSS JOIN LATERAL (SELECT CASE WHEN i = people - 1 AND r < 0.71 OR r < 0.92 THEN 'FirstError' WHEN r < 0.99 THEN 'NoError' ELSE 'CannotJudge' END AS outcome) AS verdict
CROSS JOIN LATERAL (SELECT CASE WHEN outcome = 'FirstError' THEN CASE WHEN i = people - 1 AND r < 0.71 THEN 1 ELSE greatest(1, least(n, k + CASE WHEN near < 0.08 THEN 1 WHEN near < 0.16 THEN -1 ELSE 0 END)) END END AS step,
    CASE WHEN i = people - 1 THEN 6 + 6 * near ELSE 12 + (24 + i % 7) * spread + n END AS seconds) AS choice
WHERE a.state = 'Submitted' ORDER BY a.id;
ANALYZE first_error_annotation;

INSERT INTO first_error_verdict (solution_id, step_count, outcome, step, grade, reason, provenance, adjudicator_id, note, revision_id, created_at)
SELECT solution_id, n, CASE WHEN dice < 0.9 THEN 'FirstError' ELSE 'NoError' END, CASE WHEN dice < 0.9 THEN k END, CASE WHEN dice < 0.9 THEN 'Incorrect' END, CASE WHEN dice < 0.9 THEN NULL ELSE 'WrongReference' END,
    CASE WHEN (dice * 100000)::int % 5 = 0 AND lead.id IS NOT NULL THEN 'Adjudicated' ELSE 'Majority' END, CASE WHEN (dice * 100000)::int % 5 = 0 THEN lead.id END,
    CASE WHEN (dice * 100000)::int % 5 = 0 AND lead.id IS NOT NULL THEN 'The speed of the second part is used for the first part here; see rule 2 of the guidelines.' ELSE '' END,
    (SELECT max(id) FROM project_revision WHERE project_id = :project), day + interval '17 h'
FROM item LEFT JOIN LATERAL (SELECT user_id AS id FROM project_member WHERE project_id = :project AND role = 'Lead' LIMIT 1) AS lead ON true
WHERE is_judged AND dice >= 0.02;
ANALYZE first_error_verdict;

INSERT INTO prefix (solution_id, problem_id, split, step_count, step, text, created_at)
SELECT solution_id, o.problem_id, 'Pool', n, k, 'Step ' || k || ':', day + interval '17 h' FROM item JOIN solution o ON o.id = solution_id WHERE o.state = 'Paired';
ANALYZE prefix;
INSERT INTO rectification (prefix_id, step_text, step_sha256, origin, state, created_at)
SELECT x.id, ' 12 + 30 = 42.', encode(sha256(' 12 + 30 = 42.'), 'hex'), 'Sampled', 'Approved', x.created_at FROM prefix x JOIN item ON item.solution_id = x.solution_id AND item.k = x.step WHERE item.dice BETWEEN 0.02 AND 0.57;
ANALYZE rectification;
INSERT INTO preference_pair (project_id, rectification_id, problem_id, split, statement_sha256, dataset, prompt, initial_reason_steps, chosen, rejected, full_chosen, full_rejected, answer, sha256, version, step, template_sha256, origin, revision_id, created_at)
SELECT :project, c.id, x.problem_id, 'Pool', repeat('0', 64), 'seeded', 'A train leaves.', 'Step 1:', ' 12 + 30 = 42.', ' 12 + 30 = 43.', ' 12 + 30 = 42.', ' 12 + 30 = 43.', '42',
    encode(sha256(('seeded pair ' || c.id)::bytea), 'hex'), 1, x.step, repeat('0', 64), 'Sampled', (SELECT max(id) FROM project_revision WHERE project_id = :project), least(now(), c.created_at)
FROM rectification c JOIN prefix x ON x.id = c.prefix_id JOIN item ON item.solution_id = x.solution_id AND item.k = x.step;
ANALYZE preference_pair;
INSERT INTO pair_withdrawal (pair_id, reason, note, created_at)
SELECT id, 'Mistake', 'Looked again.', now() FROM preference_pair WHERE project_id = :project AND dataset = 'seeded' AND id % 50 = 0;
ANALYZE pair_withdrawal;
