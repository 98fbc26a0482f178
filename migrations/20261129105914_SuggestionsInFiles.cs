using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class SuggestionsInFiles : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "suggestion",
                table: "imported_judgement",
                type: "jsonb",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "suggestion",
                table: "imported_judgement");
        }
    }
}
