namespace StepDpo.Migrations;

/// <summary>
/// The triggers that keep <c>work_day</c> and <c>work_day_step</c>, as the migration <c>WorkDays</c> makes them. They run as the owner:
/// the site's role may only read what they write.
/// </summary>
public static class WorkDayTriggers
{
    /// <summary>Makes functions and triggers, then counts what is there already: by the same triggers, over copies of the tables.</summary>
    public const string Create =
        """
        CREATE FUNCTION count_judgements() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
        BEGIN
            WITH said AS (
                -- What the new rows say counts once more,
                SELECT n.*, 1 AS sign, CASE WHEN n.outcome <> 'Undone' THEN n.active_milliseconds ELSE 0 END AS worked FROM added n
                UNION ALL
                -- what the rows that they replace said counts no longer;
                SELECT o.*, -1, CASE WHEN n.outcome <> 'Undone' AND o.outcome <> 'Undone' THEN -o.active_milliseconds ELSE 0 END
                FROM added n JOIN first_error_annotation o ON o.id = n.supersedes_id
                UNION ALL
                -- and work taken back has counted as time worked until a judgement takes its place.
                SELECT o.*, 0, -o.active_milliseconds
                FROM added n JOIN first_error_annotation u ON u.id = n.supersedes_id AND u.outcome = 'Undone' JOIN first_error_annotation o ON o.id = u.supersedes_id
                WHERE n.outcome <> 'Undone'
            ), change AS (
                SELECT s.project_id, a.annotator_id AS user_id, (a.created_at AT TIME ZONE 'UTC')::date AS day, a.outcome, a.sign, a.worked,
                    a.active_milliseconds::bigint AS milliseconds, a.created_at,
                    CASE WHEN a.surplus OR a.outcome = 'Undone' THEN 0 ELSE a.sign END AS counts,
                    CASE WHEN a.surplus AND a.outcome <> 'Undone' THEN a.sign ELSE 0 END AS surplus,
                    coalesce(a.step, 0) AS step, coalesce(ceil(4.0 * a.step / a.step_count)::int, 0) AS quarter
                FROM said a JOIN solution s ON s.id = a.solution_id
            ), steps AS (
                INSERT INTO work_day_step AS d (project_id, user_id, day, step, quarter, judgements)
                SELECT project_id, user_id, day, step, quarter, sum(counts) FROM change
                WHERE outcome IN ('FirstError', 'NoError') AND counts <> 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
                ON CONFLICT (project_id, user_id, day, step, quarter) DO UPDATE SET judgements = d.judgements + excluded.judgements
            )
            INSERT INTO work_day AS d (project_id, user_id, day, judgements, no_errors, cannot_judge, surplus, undone, worked_milliseconds, judged_milliseconds, judged_squares, last_at)
            SELECT project_id, user_id, day, sum(counts), sum(CASE outcome WHEN 'NoError' THEN counts ELSE 0 END), sum(CASE outcome WHEN 'CannotJudge' THEN counts ELSE 0 END),
                sum(surplus), sum(CASE WHEN outcome = 'Undone' AND sign = 1 THEN 1 ELSE 0 END), sum(worked), sum(counts * milliseconds), sum(counts * milliseconds::numeric * milliseconds), max(created_at)
            -- In one order everywhere: two statements about the same days wait for each other and never for both at once.
            FROM change GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (project_id, user_id, day) DO UPDATE SET
                judgements = d.judgements + excluded.judgements, no_errors = d.no_errors + excluded.no_errors, cannot_judge = d.cannot_judge + excluded.cannot_judge,
                surplus = d.surplus + excluded.surplus, undone = d.undone + excluded.undone, worked_milliseconds = d.worked_milliseconds + excluded.worked_milliseconds,
                judged_milliseconds = d.judged_milliseconds + excluded.judged_milliseconds, judged_squares = d.judged_squares + excluded.judged_squares,
                last_at = greatest(d.last_at, excluded.last_at);
            RETURN NULL;
        END $body$;

        CREATE FUNCTION count_skips() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
        BEGIN
            -- On the day of the first offer, which never changes: what is taken up again is taken off the same day.
            INSERT INTO work_day AS d (project_id, user_id, day, skipped)
            SELECT s.project_id, NEW.annotator_id, (NEW.created_at AT TIME ZONE 'UTC')::date, CASE NEW.state WHEN 'Skipped' THEN 1 ELSE -1 END
            FROM solution s WHERE s.id = NEW.solution_id
            ON CONFLICT (project_id, user_id, day) DO UPDATE SET skipped = d.skipped + excluded.skipped;
            RETURN NULL;
        END $body$;

        CREATE FUNCTION count_reviews() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
        BEGIN
            INSERT INTO work_day AS d (project_id, user_id, day, reviews, review_milliseconds, last_at)
            SELECT s.project_id, r.reviewer_id, (r.created_at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE r.decision <> 'Reopened'), sum(r.active_milliseconds), max(r.created_at)
            FROM added r JOIN rectification c ON c.id = r.rectification_id JOIN prefix p ON p.id = c.prefix_id JOIN solution s ON s.id = p.solution_id
            WHERE r.reviewer_id IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (project_id, user_id, day) DO UPDATE SET
                reviews = d.reviews + excluded.reviews, review_milliseconds = d.review_milliseconds + excluded.review_milliseconds, last_at = greatest(d.last_at, excluded.last_at);
            RETURN NULL;
        END $body$;

        CREATE TRIGGER count_judgements AFTER INSERT ON first_error_annotation REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_judgements();
        CREATE TRIGGER count_reviews AFTER INSERT ON rectification_review REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_reviews();
        CREATE TRIGGER count_skips AFTER INSERT ON assignment FOR EACH ROW WHEN (NEW.state = 'Skipped') EXECUTE FUNCTION count_skips();
        CREATE TRIGGER count_skips_after AFTER UPDATE OF state ON assignment FOR EACH ROW
            WHEN (OLD.state <> NEW.state AND 'Skipped' IN (OLD.state, NEW.state)) EXECUTE FUNCTION count_skips();

        CREATE TEMP TABLE said_before (LIKE first_error_annotation) ON COMMIT DROP;
        CREATE TRIGGER count_judgements AFTER INSERT ON said_before REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_judgements();
        INSERT INTO said_before SELECT * FROM first_error_annotation;
        CREATE TEMP TABLE reviewed_before (LIKE rectification_review) ON COMMIT DROP;
        CREATE TRIGGER count_reviews AFTER INSERT ON reviewed_before REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_reviews();
        INSERT INTO reviewed_before SELECT * FROM rectification_review;
        CREATE TEMP TABLE skipped_before (LIKE assignment) ON COMMIT DROP;
        CREATE TRIGGER count_skips AFTER INSERT ON skipped_before FOR EACH ROW EXECUTE FUNCTION count_skips();
        INSERT INTO skipped_before SELECT * FROM assignment WHERE state = 'Skipped';
        """;

    /// <summary>Takes them away.</summary>
    public const string Drop =
        """
        DROP TRIGGER count_judgements ON first_error_annotation;
        DROP TRIGGER count_reviews ON rectification_review;
        DROP TRIGGER count_skips ON assignment;
        DROP TRIGGER count_skips_after ON assignment;
        DROP FUNCTION count_judgements();
        DROP FUNCTION count_reviews();
        DROP FUNCTION count_skips();
        """;
}
