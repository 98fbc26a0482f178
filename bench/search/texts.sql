-- Words for the project :project, which bench/cockpit/seed.sql has filled: some occur in a tenth of its texts, some in three or four, and
-- each formula in about one of two thousand. Notes on a tenth of the judgements, some flags, some gold items. By the owner of the tables.
SET LOCAL maintenance_work_mem = '512MB';

SELECT setseed(0.42);

DROP INDEX ix_solution_text;
DROP INDEX ix_problem_statement;
DROP INDEX IF EXISTS ix_solution_fragments;
DROP INDEX IF EXISTS ix_problem_fragments;

CREATE TEMP TABLE phrase ON COMMIT DROP AS
SELECT n, string_agg('word' || floor(20000 * random() ^ 4)::int, ' ') AS words FROM generate_series(0, 20000) AS n, generate_series(1, 15) GROUP BY n;
CREATE UNIQUE INDEX ON phrase (n);

UPDATE solution SET text = text || ' ' || words || ' $\frac{' || id % 47 || '}{' || id % 43 || '}$' FROM phrase WHERE n = (id * 7919) % 20001;
UPDATE problem SET statement = statement || ' ' || words FROM phrase WHERE n = (id * 104729) % 20001;
UPDATE first_error_annotation SET note = words FROM phrase WHERE id % 10 = 0 AND n = (id * 31) % 20001;

INSERT INTO flag (solution_id, asked_by_id, question, client_key, asked_at)
SELECT solution_id, annotator_id, 'Is rounding an error?', gen_random_uuid(), created_at FROM first_error_annotation WHERE id % 500 = 0;

INSERT INTO gold_item (project_id, solution_id, step_count, step, why, created_at)
SELECT :project, id, step_count, 1, '', now() FROM solution WHERE project_id = :project AND state = 'Closed' AND id % 100 = 0;

CREATE INDEX ix_solution_text ON solution USING gin (to_tsvector('simple', text));
CREATE INDEX ix_problem_statement ON problem USING gin (to_tsvector('simple', statement));
CREATE INDEX ix_solution_fragments ON solution USING gin (text gin_trgm_ops);
CREATE INDEX ix_problem_fragments ON problem USING gin (statement gin_trgm_ops);
