using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class AuditAndSearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Fragments of formulas are found by their letters in threes. The extension is trusted (PostgreSQL 13 and later), so the
            // owner may make it; where it is not installed, they are found all the same, without an index.
            migrationBuilder.Sql(
                """
                DO $$
                BEGIN
                    CREATE EXTENSION IF NOT EXISTS pg_trgm;
                    CREATE INDEX ix_solution_fragments ON solution USING gin (text gin_trgm_ops);
                    CREATE INDEX ix_problem_fragments ON problem USING gin (statement gin_trgm_ops);
                    CREATE INDEX ix_first_error_annotation_fragments ON first_error_annotation USING gin (note gin_trgm_ops) WHERE note <> '';
                EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
                    RAISE NOTICE 'pg_trgm is not to be had: %', SQLERRM;
                END
                $$;
                """);

            migrationBuilder.AddColumn<long>(
                name: "id",
                table: "reference_answer",
                type: "bigint",
                nullable: false,
                defaultValue: 0L)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

            migrationBuilder.AddColumn<long>(
                name: "id",
                table: "pair_withdrawal",
                type: "bigint",
                nullable: false,
                defaultValue: 0L)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

            migrationBuilder.AddColumn<long>(
                name: "id",
                table: "imported_solution",
                type: "bigint",
                nullable: false,
                defaultValue: 0L)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

            migrationBuilder.AddColumn<long>(
                name: "id",
                table: "guidelines_reading",
                type: "bigint",
                nullable: false,
                defaultValue: 0L)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

            migrationBuilder.AddColumn<long>(
                name: "id",
                table: "exam_retake",
                type: "bigint",
                nullable: false,
                defaultValue: 0L)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

            migrationBuilder.CreateTable(
                name: "audit_digest",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    signature = table.Column<byte[]>(type: "bytea", nullable: false),
                    key_id = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_digest", x => x.number);
                    table.CheckConstraint("ck_audit_digest_number", "number >= 1");
                });

            migrationBuilder.CreateTable(
                name: "saved_filter",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    filter = table.Column<string>(type: "jsonb", nullable: false),
                    is_shared = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_filter", x => x.id);
                    table.ForeignKey(
                        name: "fk_saved_filter_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_saved_filter_users_owner_id",
                        column: x => x.owner_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_solution_text",
                table: "solution",
                column: "text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:TsVectorConfig", "simple");

            migrationBuilder.CreateIndex(
                name: "ix_reference_answer_id",
                table: "reference_answer",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_problem_statement",
                table: "problem",
                column: "statement")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:TsVectorConfig", "simple");

            migrationBuilder.CreateIndex(
                name: "ix_pair_withdrawal_id",
                table: "pair_withdrawal",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_imported_solution_id",
                table: "imported_solution",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_guidelines_reading_id",
                table: "guidelines_reading",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_note",
                table: "first_error_annotation",
                column: "note",
                filter: "note <> ''")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:TsVectorConfig", "simple");

            migrationBuilder.CreateIndex(
                name: "ix_exam_retake_id",
                table: "exam_retake",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_saved_filter_owner_id",
                table: "saved_filter",
                column: "owner_id");

            migrationBuilder.CreateIndex(
                name: "ix_saved_filter_project_id_owner_id_name",
                table: "saved_filter",
                columns: new[] { "project_id", "owner_id", "name" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX IF EXISTS ix_solution_fragments; DROP INDEX IF EXISTS ix_problem_fragments; DROP INDEX IF EXISTS ix_first_error_annotation_fragments;");

            migrationBuilder.DropTable(
                name: "audit_digest");

            migrationBuilder.DropTable(
                name: "saved_filter");

            migrationBuilder.DropIndex(
                name: "ix_solution_text",
                table: "solution");

            migrationBuilder.DropIndex(
                name: "ix_reference_answer_id",
                table: "reference_answer");

            migrationBuilder.DropIndex(
                name: "ix_problem_statement",
                table: "problem");

            migrationBuilder.DropIndex(
                name: "ix_pair_withdrawal_id",
                table: "pair_withdrawal");

            migrationBuilder.DropIndex(
                name: "ix_imported_solution_id",
                table: "imported_solution");

            migrationBuilder.DropIndex(
                name: "ix_guidelines_reading_id",
                table: "guidelines_reading");

            migrationBuilder.DropIndex(
                name: "ix_first_error_annotation_note",
                table: "first_error_annotation");

            migrationBuilder.DropIndex(
                name: "ix_exam_retake_id",
                table: "exam_retake");

            migrationBuilder.DropColumn(
                name: "id",
                table: "reference_answer");

            migrationBuilder.DropColumn(
                name: "id",
                table: "pair_withdrawal");

            migrationBuilder.DropColumn(
                name: "id",
                table: "imported_solution");

            migrationBuilder.DropColumn(
                name: "id",
                table: "guidelines_reading");

            migrationBuilder.DropColumn(
                name: "id",
                table: "exam_retake");
        }
    }
}
