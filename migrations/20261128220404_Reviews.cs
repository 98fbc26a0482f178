using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class Reviews : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "ck_rectification_review_reason_names",
                table: "rectification_review");

            migrationBuilder.DropCheckConstraint(
                name: "ck_pair_withdrawal_reason_names",
                table: "pair_withdrawal");

            migrationBuilder.AddColumn<bool>(
                name: "needs_second",
                table: "preference_pair",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<double>(
                name: "step_log_probability_sum",
                table: "continuation",
                type: "double precision",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "pair_review",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    pair_id = table.Column<long>(type: "bigint", nullable: false),
                    rectification_id = table.Column<long>(type: "bigint", nullable: false),
                    reviewer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    client_key = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pair_review", x => x.id);
                    table.CheckConstraint("ck_pair_review_active", "active_milliseconds >= 0");
                    table.CheckConstraint("ck_pair_review_decision_names", "decision IN ('Approved', 'Rejected', 'Reopened')");
                    table.CheckConstraint("ck_pair_review_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
                    table.CheckConstraint("ck_pair_review_reason", "(decision = 'Rejected') = (reason IS NOT NULL)");
                    table.CheckConstraint("ck_pair_review_reason_names", "reason IN ('RightAnswerWrongStep', 'SkipsWork', 'Restates', 'Other')");
                    table.ForeignKey(
                        name: "fk_pair_review_preference_pair_pair_id",
                        column: x => x.pair_id,
                        principalTable: "preference_pair",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_pair_review_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_pair_review_rectification_rectification_id",
                        column: x => x.rectification_id,
                        principalTable: "rectification",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_pair_review_users_reviewer_id",
                        column: x => x.reviewer_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "prefix_review",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    prefix_id = table.Column<long>(type: "bigint", nullable: true),
                    reviewer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    temperature = table.Column<double>(type: "double precision", nullable: true),
                    rectification_id = table.Column<long>(type: "bigint", nullable: true),
                    takes_back_id = table.Column<long>(type: "bigint", nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    client_key = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_prefix_review", x => x.id);
                    table.CheckConstraint("ck_prefix_review_active", "active_milliseconds >= 0");
                    table.CheckConstraint("ck_prefix_review_decision_names", "decision IN ('SampleMore', 'Discard', 'Reopen', 'Write', 'TakenBack')");
                    table.CheckConstraint("ck_prefix_review_prefix", "prefix_id IS NOT NULL OR decision IN ('Reopen', 'TakenBack')");
                    table.CheckConstraint("ck_prefix_review_taken_back", "(decision = 'TakenBack') = (takes_back_id IS NOT NULL)");
                    table.CheckConstraint("ck_prefix_review_temperature", "temperature IS NULL OR (decision = 'SampleMore' AND temperature BETWEEN 0 AND 5)");
                    table.CheckConstraint("ck_prefix_review_written", "(decision = 'Write') = (rectification_id IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_prefix_review_prefix_prefix_id",
                        column: x => x.prefix_id,
                        principalTable: "prefix",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_review_prefix_review_takes_back_id",
                        column: x => x.takes_back_id,
                        principalTable: "prefix_review",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_review_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_review_rectification_rectification_id",
                        column: x => x.rectification_id,
                        principalTable: "rectification",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_review_solution_solution_id",
                        column: x => x.solution_id,
                        principalTable: "solution",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_review_users_reviewer_id",
                        column: x => x.reviewer_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_rectification_review_reason_names",
                table: "rectification_review",
                sql: "reason IN ('RightAnswerWrongStep', 'SkipsWork', 'Restates', 'Other')");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_project_id",
                table: "preference_pair",
                column: "project_id",
                filter: "needs_second");

            migrationBuilder.AddCheckConstraint(
                name: "ck_pair_withdrawal_reason_names",
                table: "pair_withdrawal",
                sql: "reason IN ('Mistake', 'VerdictReopened', 'AnswerCorrected', 'ReviewReopened', 'Outvoted')");

            migrationBuilder.CreateIndex(
                name: "ix_pair_review_client_key_rectification_id",
                table: "pair_review",
                columns: new[] { "client_key", "rectification_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_pair_review_pair_id_rectification_id_reviewer_id_id",
                table: "pair_review",
                columns: new[] { "pair_id", "rectification_id", "reviewer_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_pair_review_rectification_id",
                table: "pair_review",
                column: "rectification_id");

            migrationBuilder.CreateIndex(
                name: "ix_pair_review_reviewer_id_id",
                table: "pair_review",
                columns: new[] { "reviewer_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_pair_review_revision_id",
                table: "pair_review",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_client_key",
                table: "prefix_review",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_prefix_id_id",
                table: "prefix_review",
                columns: new[] { "prefix_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_rectification_id",
                table: "prefix_review",
                column: "rectification_id");

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_reviewer_id_id",
                table: "prefix_review",
                columns: new[] { "reviewer_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_revision_id",
                table: "prefix_review",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_solution_id_id",
                table: "prefix_review",
                columns: new[] { "solution_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_prefix_review_takes_back_id",
                table: "prefix_review",
                column: "takes_back_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "pair_review");

            migrationBuilder.DropTable(
                name: "prefix_review");

            migrationBuilder.DropCheckConstraint(
                name: "ck_rectification_review_reason_names",
                table: "rectification_review");

            migrationBuilder.DropIndex(
                name: "ix_preference_pair_project_id",
                table: "preference_pair");

            migrationBuilder.DropCheckConstraint(
                name: "ck_pair_withdrawal_reason_names",
                table: "pair_withdrawal");

            migrationBuilder.DropColumn(
                name: "needs_second",
                table: "preference_pair");

            migrationBuilder.DropColumn(
                name: "step_log_probability_sum",
                table: "continuation");

            migrationBuilder.AddCheckConstraint(
                name: "ck_rectification_review_reason_names",
                table: "rectification_review",
                sql: "reason IN ('RightAnswerWrongStep', 'SkipsWork', 'Restates', 'PrefixWrong', 'Other')");

            migrationBuilder.AddCheckConstraint(
                name: "ck_pair_withdrawal_reason_names",
                table: "pair_withdrawal",
                sql: "reason IN ('Mistake', 'VerdictReopened', 'AnswerCorrected', 'ReviewReopened')");
        }
    }
}
