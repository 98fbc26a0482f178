using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class ExamAndGold : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_split_names",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_problem_split_names",
                table: "problem");

            migrationBuilder.DropCheckConstraint(
                name: "ck_prefix_split_names",
                table: "prefix");

            migrationBuilder.DropCheckConstraint(
                name: "ck_preference_pair_split_names",
                table: "preference_pair");

            migrationBuilder.DropCheckConstraint(
                name: "ck_evaluation_item_split_names",
                table: "evaluation_item");

            migrationBuilder.DropIndex(
                name: "ix_assignment_solution_id_slot",
                table: "assignment");

            migrationBuilder.DropCheckConstraint(
                name: "ck_assignment_slot",
                table: "assignment");

            migrationBuilder.CreateTable(
                name: "annotator_pause",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    right = table.Column<int>(type: "integer", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    requeued = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    lifted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lifted_by_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_annotator_pause", x => x.id);
                    table.CheckConstraint("ck_annotator_pause_numbers", "\"right\" BETWEEN 0 AND total AND requeued >= 0");
                    table.ForeignKey(
                        name: "fk_annotator_pause_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_annotator_pause_users_lifted_by_id",
                        column: x => x.lifted_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_annotator_pause_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "exam_answer",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    item = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    is_right = table.Column<bool>(type: "boolean", nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exam_answer", x => x.id);
                    table.CheckConstraint("ck_exam_answer_numbers", "attempt >= 0 AND coalesce(step, 0) >= 0 AND active_milliseconds >= 0");
                    table.ForeignKey(
                        name: "fk_exam_answer_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_answer_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "exam_result",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    right = table.Column<int>(type: "integer", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    passed = table.Column<bool>(type: "boolean", nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    excused_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exam_result", x => x.id);
                    table.CheckConstraint("ck_exam_result_numbers", "attempt >= 1 AND \"right\" BETWEEN 0 AND total AND (total = 0) = (excused_by_id IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_exam_result_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_result_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_result_users_excused_by_id",
                        column: x => x.excused_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_result_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "exam_retake",
                columns: table => new
                {
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    allowed_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exam_retake", x => new { x.project_id, x.user_id, x.attempt });
                    table.ForeignKey(
                        name: "fk_exam_retake_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_retake_users_allowed_by_id",
                        column: x => x.allowed_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_exam_retake_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "gold_item",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    why = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    retired_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gold_item", x => x.id);
                    table.CheckConstraint("ck_gold_item_step", "step BETWEEN 1 AND step_count");
                    table.ForeignKey(
                        name: "fk_gold_item_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_gold_item_solution_solution_id_step_count",
                        columns: x => new { x.solution_id, x.step_count },
                        principalTable: "solution",
                        principalColumns: new[] { "id", "step_count" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_gold_item_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "guidelines_reading",
                columns: table => new
                {
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_guidelines_reading", x => new { x.user_id, x.revision_id });
                    table.ForeignKey(
                        name: "fk_guidelines_reading_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_guidelines_reading_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_split_names",
                table: "solution",
                sql: "split IN ('Pool', 'Validation', 'Test', 'Gold')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_problem_split_names",
                table: "problem",
                sql: "split IN ('Pool', 'Validation', 'Test', 'Gold')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_prefix_split_names",
                table: "prefix",
                sql: "split IN ('Pool', 'Validation', 'Test', 'Gold')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_preference_pair_split_names",
                table: "preference_pair",
                sql: "split IN ('Pool', 'Validation', 'Test', 'Gold')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_evaluation_item_split_names",
                table: "evaluation_item",
                sql: "split IN ('Pool', 'Validation', 'Test', 'Gold')");

            migrationBuilder.CreateIndex(
                name: "ix_assignment_annotator_id_id",
                table: "assignment",
                columns: new[] { "annotator_id", "id" },
                filter: "slot = 0");

            migrationBuilder.CreateIndex(
                name: "ix_assignment_solution_id_slot",
                table: "assignment",
                columns: new[] { "solution_id", "slot" },
                unique: true,
                filter: "state IN ('Leased', 'Submitted') AND slot > 0");

            migrationBuilder.AddCheckConstraint(
                name: "ck_assignment_slot",
                table: "assignment",
                sql: "slot BETWEEN 0 AND 9");

            migrationBuilder.CreateIndex(
                name: "ix_annotator_pause_lifted_by_id",
                table: "annotator_pause",
                column: "lifted_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_annotator_pause_project_id_user_id",
                table: "annotator_pause",
                columns: new[] { "project_id", "user_id" },
                unique: true,
                filter: "lifted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_annotator_pause_user_id",
                table: "annotator_pause",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_answer_project_id_user_id_attempt_item",
                table: "exam_answer",
                columns: new[] { "project_id", "user_id", "attempt", "item" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_exam_answer_user_id",
                table: "exam_answer",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_result_excused_by_id",
                table: "exam_result",
                column: "excused_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_result_project_id_user_id_attempt",
                table: "exam_result",
                columns: new[] { "project_id", "user_id", "attempt" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_exam_result_revision_id",
                table: "exam_result",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_result_user_id",
                table: "exam_result",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_retake_allowed_by_id",
                table: "exam_retake",
                column: "allowed_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_exam_retake_user_id",
                table: "exam_retake",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_gold_item_created_by_id",
                table: "gold_item",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_gold_item_project_id",
                table: "gold_item",
                column: "project_id");

            migrationBuilder.CreateIndex(
                name: "ix_gold_item_solution_id",
                table: "gold_item",
                column: "solution_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_gold_item_solution_id_step_count",
                table: "gold_item",
                columns: new[] { "solution_id", "step_count" });

            migrationBuilder.CreateIndex(
                name: "ix_guidelines_reading_revision_id",
                table: "guidelines_reading",
                column: "revision_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "annotator_pause");

            migrationBuilder.DropTable(
                name: "exam_answer");

            migrationBuilder.DropTable(
                name: "exam_result");

            migrationBuilder.DropTable(
                name: "exam_retake");

            migrationBuilder.DropTable(
                name: "gold_item");

            migrationBuilder.DropTable(
                name: "guidelines_reading");

            migrationBuilder.DropCheckConstraint(
                name: "ck_solution_split_names",
                table: "solution");

            migrationBuilder.DropCheckConstraint(
                name: "ck_problem_split_names",
                table: "problem");

            migrationBuilder.DropCheckConstraint(
                name: "ck_prefix_split_names",
                table: "prefix");

            migrationBuilder.DropCheckConstraint(
                name: "ck_preference_pair_split_names",
                table: "preference_pair");

            migrationBuilder.DropCheckConstraint(
                name: "ck_evaluation_item_split_names",
                table: "evaluation_item");

            migrationBuilder.DropIndex(
                name: "ix_assignment_annotator_id_id",
                table: "assignment");

            migrationBuilder.DropIndex(
                name: "ix_assignment_solution_id_slot",
                table: "assignment");

            migrationBuilder.DropCheckConstraint(
                name: "ck_assignment_slot",
                table: "assignment");

            migrationBuilder.AddCheckConstraint(
                name: "ck_solution_split_names",
                table: "solution",
                sql: "split IN ('Pool', 'Validation', 'Test')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_problem_split_names",
                table: "problem",
                sql: "split IN ('Pool', 'Validation', 'Test')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_prefix_split_names",
                table: "prefix",
                sql: "split IN ('Pool', 'Validation', 'Test')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_preference_pair_split_names",
                table: "preference_pair",
                sql: "split IN ('Pool', 'Validation', 'Test')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_evaluation_item_split_names",
                table: "evaluation_item",
                sql: "split IN ('Pool', 'Validation', 'Test')");

            migrationBuilder.CreateIndex(
                name: "ix_assignment_solution_id_slot",
                table: "assignment",
                columns: new[] { "solution_id", "slot" },
                unique: true,
                filter: "state IN ('Leased', 'Submitted')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_assignment_slot",
                table: "assignment",
                sql: "slot BETWEEN 1 AND 9");
        }
    }
}
