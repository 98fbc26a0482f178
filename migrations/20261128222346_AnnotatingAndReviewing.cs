using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class AnnotatingAndReviewing : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_pool",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_state_names",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_run_kind_names",
                table: "run");

            migrationBuilder.DropCheckConstraint(
                name: "ck_first_error_verdict_provenance_names",
                table: "first_error_verdict");

            migrationBuilder.AddColumn<int>(
                name: "wanted_judgements",
                table: "solution",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "adjudication",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    reviewer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    verdict_id = table.Column<long>(type: "bigint", nullable: true),
                    because = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    client_key = table.Column<Guid>(type: "uuid", nullable: false),
                    supersedes_id = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_adjudication", x => x.id);
                    table.UniqueConstraint("ak_adjudication_id_solution_id", x => new { x.id, x.solution_id });
                    table.CheckConstraint("ck_adjudication_active", "active_milliseconds >= 0");
                    table.CheckConstraint("ck_adjudication_because_names", "because IN ('Overlooked', 'GuidelinesUnclear')");
                    table.CheckConstraint("ck_adjudication_decision_names", "decision IN ('Verdict', 'OneMore', 'Discard', 'Undone')");
                    table.CheckConstraint("ck_adjudication_undone", "(decision = 'Undone') = (supersedes_id IS NOT NULL)");
                    table.CheckConstraint("ck_adjudication_verdict", "(decision = 'Verdict') = (verdict_id IS NOT NULL) AND (decision = 'Verdict' OR because IS NULL)");
                    table.ForeignKey(
                        name: "fk_adjudication_adjudication_supersedes_id_solution_id",
                        columns: x => new { x.supersedes_id, x.solution_id },
                        principalTable: "adjudication",
                        principalColumns: new[] { "id", "solution_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_adjudication_first_error_verdict_verdict_id",
                        column: x => x.verdict_id,
                        principalTable: "first_error_verdict",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_adjudication_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_adjudication_solution_solution_id",
                        column: x => x.solution_id,
                        principalTable: "solution",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_adjudication_users_reviewer_id",
                        column: x => x.reviewer_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "annotation_export",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    options = table.Column<string>(type: "jsonb", nullable: false),
                    facts = table.Column<string>(type: "jsonb", nullable: false),
                    byte_count = table.Column<long>(type: "bigint", nullable: false),
                    sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_annotation_export", x => x.id);
                    table.ForeignKey(
                        name: "fk_annotation_export_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_annotation_export_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "flag",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    asked_by_id = table.Column<Guid>(type: "uuid", nullable: false),
                    question = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    client_key = table.Column<Guid>(type: "uuid", nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    answer = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    answered_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    read_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_flag", x => x.id);
                    table.CheckConstraint("ck_flag_answered", "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by_id IS NULL)");
                    table.CheckConstraint("ck_flag_read", "read_at IS NULL OR answered_at IS NOT NULL");
                    table.CheckConstraint("ck_flag_step", "step >= 1");
                    table.ForeignKey(
                        name: "fk_flag_solution_solution_id",
                        column: x => x.solution_id,
                        principalTable: "solution",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_flag_users_answered_by_id",
                        column: x => x.answered_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_flag_users_asked_by_id",
                        column: x => x.asked_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "imported_judgement",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    annotator = table.Column<string>(type: "text", nullable: true),
                    outcome = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    grade = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    neutral_steps = table.Column<int[]>(type: "integer[]", nullable: false),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    guideline_version = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_imported_judgement", x => x.id);
                    table.CheckConstraint("ck_imported_judgement_first_error", "outcome <> 'Undone' AND (outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
                    table.CheckConstraint("ck_imported_judgement_grade_names", "grade IN ('Incorrect', 'Neutral')");
                    table.CheckConstraint("ck_imported_judgement_neutral", "1 <= ALL (neutral_steps) AND coalesce(step, step_count + 1) > ALL (neutral_steps)");
                    table.CheckConstraint("ck_imported_judgement_outcome_names", "outcome IN ('FirstError', 'NoError', 'CannotJudge', 'Undone')");
                    table.CheckConstraint("ck_imported_judgement_reason_names", "reason IN ('BadProblem', 'WrongReference', 'BadStepSplit', 'EquivalentAnswer', 'Unsure', 'Other')");
                    table.CheckConstraint("ck_imported_judgement_step", "step BETWEEN 1 AND step_count");
                    table.ForeignKey(
                        name: "fk_imported_judgement_solution_solution_id_step_count",
                        columns: x => new { x.solution_id, x.step_count },
                        principalTable: "solution",
                        principalColumns: new[] { "id", "step_count" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "imported_solution",
                columns: table => new
                {
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    row = table.Column<int>(type: "integer", nullable: false),
                    model = table.Column<string>(type: "text", nullable: true),
                    provenance = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    adjudicator = table.Column<string>(type: "text", nullable: true),
                    guideline_version = table.Column<string>(type: "text", nullable: true),
                    contradiction = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_imported_solution", x => x.solution_id);
                    table.CheckConstraint("ck_imported_solution_provenance_names", "provenance IN ('Single', 'Agreed', 'Majority', 'Adjudicated', 'Imported')");
                    table.ForeignKey(
                        name: "fk_imported_solution_solution_solution_id",
                        column: x => x.solution_id,
                        principalTable: "solution",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "own_key",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    page = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    action = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    key = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_own_key", x => new { x.user_id, x.page, x.action });
                    table.ForeignKey(
                        name: "fk_own_key_user_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "work_day",
                columns: table => new
                {
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    judgements = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    no_errors = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    cannot_judge = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    surplus = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    undone = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    skipped = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    worked_milliseconds = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    judged_milliseconds = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    judged_squares = table.Column<decimal>(type: "numeric", nullable: false, defaultValueSql: "0"),
                    reviews = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    review_milliseconds = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_work_day", x => new { x.project_id, x.user_id, x.day });
                    table.ForeignKey(
                        name: "fk_work_day_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_work_day_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "work_day_step",
                columns: table => new
                {
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    quarter = table.Column<int>(type: "integer", nullable: false),
                    judgements = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_work_day_step", x => new { x.project_id, x.user_id, x.day, x.step, x.quarter });
                    table.ForeignKey(
                        name: "fk_work_day_step_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_work_day_step_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_pool",
                table: "solution",
                sql: "split = 'Pool' OR state IN ('Sampled', 'Waiting', 'Adjudication', 'Closed', 'Discarded')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_state_names",
                table: "solution",
                sql: "state IN ('Sampled', 'Waiting', 'Adjudication', 'Rectifying', 'InReview', 'Paired', 'NoCandidate', 'Closed', 'Discarded')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_wanted_judgements",
                table: "solution",
                sql: "wanted_judgements BETWEEN 0 AND 9");

            migrationBuilder.AddCheckConstraint(
                name: "ck_run_kind_names",
                table: "run",
                sql: "kind IN ('Sampling', 'Rectification', 'Suggestion', 'Evaluation', 'Training', 'Import')");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_project_id_created_at",
                table: "preference_pair",
                columns: new[] { "project_id", "created_at" },
                filter: "rectification_id IS NOT NULL");

            migrationBuilder.AddCheckConstraint(
                name: "ck_first_error_verdict_provenance_names",
                table: "first_error_verdict",
                sql: "provenance IN ('Single', 'Agreed', 'Majority', 'Adjudicated', 'Imported')");

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_client_key",
                table: "adjudication",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_reviewer_id",
                table: "adjudication",
                column: "reviewer_id");

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_revision_id",
                table: "adjudication",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_solution_id_reviewer_id",
                table: "adjudication",
                columns: new[] { "solution_id", "reviewer_id" });

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_supersedes_id",
                table: "adjudication",
                column: "supersedes_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_supersedes_id_solution_id",
                table: "adjudication",
                columns: new[] { "supersedes_id", "solution_id" });

            migrationBuilder.CreateIndex(
                name: "ix_adjudication_verdict_id",
                table: "adjudication",
                column: "verdict_id");

            migrationBuilder.CreateIndex(
                name: "ix_annotation_export_created_by_id",
                table: "annotation_export",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_annotation_export_project_id_id",
                table: "annotation_export",
                columns: new[] { "project_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_flag_answered_by_id",
                table: "flag",
                column: "answered_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_flag_asked_by_id_read_at",
                table: "flag",
                columns: new[] { "asked_by_id", "read_at" });

            migrationBuilder.CreateIndex(
                name: "ix_flag_client_key",
                table: "flag",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_flag_solution_id",
                table: "flag",
                column: "solution_id",
                filter: "answered_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_imported_judgement_solution_id_step_count",
                table: "imported_judgement",
                columns: new[] { "solution_id", "step_count" });

            migrationBuilder.CreateIndex(
                name: "ix_own_key_user_id_page_key",
                table: "own_key",
                columns: new[] { "user_id", "page", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_work_day_user_id",
                table: "work_day",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_work_day_step_user_id",
                table: "work_day_step",
                column: "user_id");

            // Nobody decides on what they have judged, unless the project allows a team of one. A constraint cannot look at other rows.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION refuse_own_item() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE person uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
                BEGIN
                    IF EXISTS (SELECT 1 FROM first_error_annotation a WHERE a.solution_id = NEW.solution_id AND a.annotator_id = person)
                        AND NOT coalesce((SELECT (r.settings ->> 'reviewOfOwnFirstErrors')::boolean FROM solution s JOIN project_revision r ON r.project_id = s.project_id
                                          WHERE s.id = NEW.solution_id ORDER BY r.number DESC LIMIT 1), false)
                    THEN RAISE EXCEPTION 'nobody decides on a solution that they have judged' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER adjudication_not_own BEFORE INSERT ON adjudication FOR EACH ROW WHEN (NEW.decision <> 'Undone') EXECUTE FUNCTION refuse_own_item('reviewer_id');
                CREATE TRIGGER first_error_verdict_not_own BEFORE INSERT ON first_error_verdict FOR EACH ROW
                    WHEN (NEW.adjudicator_id IS NOT NULL) EXECUTE FUNCTION refuse_own_item('adjudicator_id');
                """);
            migrationBuilder.Sql(WorkDayTriggers.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(WorkDayTriggers.Drop);
            migrationBuilder.Sql("DROP TRIGGER first_error_verdict_not_own ON first_error_verdict; DROP TRIGGER adjudication_not_own ON adjudication; DROP FUNCTION refuse_own_item();");

            migrationBuilder.DropTable(
                name: "adjudication");

            migrationBuilder.DropTable(
                name: "annotation_export");

            migrationBuilder.DropTable(
                name: "flag");

            migrationBuilder.DropTable(
                name: "imported_judgement");

            migrationBuilder.DropTable(
                name: "imported_solution");

            migrationBuilder.DropTable(
                name: "own_key");

            migrationBuilder.DropTable(
                name: "work_day");

            migrationBuilder.DropTable(
                name: "work_day_step");

            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_pool",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_state_names",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_wanted_judgements",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_run_kind_names",
                table: "run");

            migrationBuilder.DropIndex(
                name: "ix_preference_pair_project_id_created_at",
                table: "preference_pair");

            migrationBuilder.DropCheckConstraint(
                name: "ck_first_error_verdict_provenance_names",
                table: "first_error_verdict");

            migrationBuilder.DropColumn(
                name: "wanted_judgements",
                table: "solution");

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_pool",
                table: "solution",
                sql: "split = 'Pool' OR state IN ('Sampled', 'Waiting', 'Adjudication', 'Closed')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_state_names",
                table: "solution",
                sql: "state IN ('Sampled', 'Waiting', 'Adjudication', 'Rectifying', 'InReview', 'Paired', 'NoCandidate', 'Closed')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_run_kind_names",
                table: "run",
                sql: "kind IN ('Sampling', 'Rectification', 'Suggestion', 'Evaluation', 'Training')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_first_error_verdict_provenance_names",
                table: "first_error_verdict",
                sql: "provenance IN ('Single', 'Agreed', 'Majority', 'Adjudicated')");
        }
    }
}
