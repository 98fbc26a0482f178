using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class ServingOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<double>(
                name: "usefulness",
                table: "solution",
                type: "double precision",
                nullable: false,
                defaultValue: 1.0);

            migrationBuilder.AddColumn<int>(
                name: "shuffle",
                table: "solution",
                type: "integer",
                nullable: false,
                computedColumnSql: "('x' || substr(md5(id::text), 1, 8))::bit(32)::int",
                stored: true);

            migrationBuilder.CreateIndex(
                name: "ix_solution_project_id_shuffle_id",
                table: "solution",
                columns: new[] { "project_id", "shuffle", "id" },
                filter: "state = 'Waiting'");

            migrationBuilder.CreateIndex(
                name: "ix_solution_project_id_usefulness_id",
                table: "solution",
                columns: new[] { "project_id", "usefulness", "id" },
                descending: new[] { false, true, false },
                filter: "state = 'Waiting'");

            // "One solution of a problem" became a number, and solutions sampled before get their value.
            migrationBuilder.Sql(
                """
                UPDATE project_revision
                SET settings = (settings - 'oneSolutionPerProblem') || jsonb_build_object('judgedPerProblem', CASE WHEN (settings ->> 'oneSolutionPerProblem')::boolean THEN 1 ELSE 0 END)
                WHERE settings ? 'oneSolutionPerProblem';
                UPDATE solution s SET usefulness = 4 * u.p * (1 - u.p)
                FROM run r, (
                    SELECT o.problem_id, t.model_id, (count(*) FILTER (WHERE o.answer_check = 'Right') + 1.0::float8) / (count(*) + 2) AS p
                    FROM solution o JOIN run t ON t.id = o.run_id GROUP BY o.problem_id, t.model_id) u
                WHERE r.id = s.run_id AND s.problem_id = u.problem_id AND r.model_id IS NOT DISTINCT FROM u.model_id AND s.answer_check <> 'Right' AND s.same_text_as_id IS NULL;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_solution_project_id_shuffle_id",
                table: "solution");

            migrationBuilder.DropIndex(
                name: "ix_solution_project_id_usefulness_id",
                table: "solution");

            migrationBuilder.DropColumn(
                name: "shuffle",
                table: "solution");

            migrationBuilder.DropColumn(
                name: "usefulness",
                table: "solution");
        }
    }
}
