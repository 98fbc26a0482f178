using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class Suggestions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "after_suggestion",
                table: "first_error_annotation",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "suggestion",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    source = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    confidence = table.Column<double>(type: "double precision", nullable: true),
                    rationale = table.Column<string>(type: "character varying(10000)", maxLength: 10000, nullable: false),
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_suggestion", x => x.id);
                    table.CheckConstraint("ck_suggestion_confidence", "confidence BETWEEN 0 AND 1");
                    table.CheckConstraint("ck_suggestion_step", "step BETWEEN 1 AND step_count");
                    table.ForeignKey(
                        name: "fk_suggestion_run_run_id",
                        column: x => x.run_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_suggestion_solution_solution_id_step_count",
                        columns: x => new { x.solution_id, x.step_count },
                        principalTable: "solution",
                        principalColumns: new[] { "id", "step_count" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "shown_suggestion",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    annotation_id = table.Column<long>(type: "bigint", nullable: false),
                    assignment_id = table.Column<long>(type: "bigint", nullable: false),
                    suggestion_id = table.Column<long>(type: "bigint", nullable: false),
                    shown_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    kept_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_shown_suggestion", x => x.id);
                    table.ForeignKey(
                        name: "fk_shown_suggestion_first_error_annotation_annotation_id_assig",
                        columns: x => new { x.annotation_id, x.assignment_id },
                        principalTable: "first_error_annotation",
                        principalColumns: new[] { "id", "assignment_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_shown_suggestion_suggestion_suggestion_id",
                        column: x => x.suggestion_id,
                        principalTable: "suggestion",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_shown_suggestion_annotation_id_assignment_id",
                table: "shown_suggestion",
                columns: new[] { "annotation_id", "assignment_id" });

            migrationBuilder.CreateIndex(
                name: "ix_shown_suggestion_assignment_id",
                table: "shown_suggestion",
                column: "assignment_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_shown_suggestion_suggestion_id",
                table: "shown_suggestion",
                column: "suggestion_id");

            migrationBuilder.CreateIndex(
                name: "ix_suggestion_run_id",
                table: "suggestion",
                column: "run_id");

            migrationBuilder.CreateIndex(
                name: "ix_suggestion_solution_id_source",
                table: "suggestion",
                columns: new[] { "solution_id", "source" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_suggestion_solution_id_step_count",
                table: "suggestion",
                columns: new[] { "solution_id", "step_count" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "shown_suggestion");

            migrationBuilder.DropTable(
                name: "suggestion");

            migrationBuilder.DropColumn(
                name: "after_suggestion",
                table: "first_error_annotation");
        }
    }
}
