using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StepDpo.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "protection_key",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true),
                    xml = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_protection_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    display_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    is_admin = table.Column<bool>(type: "boolean", nullable: false),
                    disabled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    user_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    normalized_user_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    email = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    normalized_email = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    email_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    security_stamp = table.Column<string>(type: "text", nullable: true),
                    concurrency_stamp = table.Column<string>(type: "text", nullable: true),
                    phone_number = table.Column<string>(type: "text", nullable: true),
                    phone_number_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    lockout_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    access_failed_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_users", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "allowed_endpoint",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    base_url = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_allowed_endpoint", x => x.id);
                    table.ForeignKey(
                        name: "fk_allowed_endpoint_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "one_time_link",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    purpose = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    token_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    closed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_one_time_link", x => x.id);
                    table.CheckConstraint("ck_one_time_link_purpose_names", "purpose IN ('Invitation', 'Reset')");
                    table.ForeignKey(
                        name: "fk_one_time_link_user_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_one_time_link_user_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "project",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    archived_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_project", x => x.id);
                    table.ForeignKey(
                        name: "fk_project_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "user_claim",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    claim_type = table.Column<string>(type: "text", nullable: true),
                    claim_value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_claim", x => x.id);
                    table.ForeignKey(
                        name: "fk_user_claim_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "user_login",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "text", nullable: false),
                    provider_key = table.Column<string>(type: "text", nullable: false),
                    provider_display_name = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_login", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "fk_user_login_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "user_token",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    login_provider = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_token", x => new { x.user_id, x.login_provider, x.name });
                    table.ForeignKey(
                        name: "fk_user_token_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "audit_event",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    project_id = table.Column<long>(type: "bigint", nullable: true),
                    action = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    subject = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    subject_id = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    old = table.Column<string>(type: "jsonb", nullable: true),
                    @new = table.Column<string>(name: "new", type: "jsonb", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_event", x => x.id);
                    table.ForeignKey(
                        name: "fk_audit_event_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_audit_event_users_actor_id",
                        column: x => x.actor_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "export",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    options = table.Column<string>(type: "jsonb", nullable: false),
                    pair_count = table.Column<int>(type: "integer", nullable: false),
                    byte_count = table.Column<long>(type: "bigint", nullable: false),
                    sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_export", x => x.id);
                    table.UniqueConstraint("ak_export_id_project_id", x => new { x.id, x.project_id });
                    table.ForeignKey(
                        name: "fk_export_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_export_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "problem",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    statement = table.Column<string>(type: "text", nullable: false),
                    statement_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    answer = table.Column<string>(type: "text", nullable: false),
                    answer_version = table.Column<int>(type: "integer", nullable: false),
                    worked_solution = table.Column<string>(type: "text", nullable: true),
                    source = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    source_id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    split = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_problem", x => x.id);
                    table.UniqueConstraint("ak_problem_id_project_id_split", x => new { x.id, x.project_id, x.split });
                    table.CheckConstraint("ck_problem_answer_version", "answer_version >= 1");
                    table.CheckConstraint("ck_problem_split_names", "split IN ('Pool', 'Validation', 'Test')");
                    table.ForeignKey(
                        name: "fk_problem_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "project_member",
                columns: table => new
                {
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    added_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_project_member", x => new { x.project_id, x.user_id });
                    table.CheckConstraint("ck_project_member_role_names", "role IN ('Annotator', 'Reviewer', 'Lead')");
                    table.ForeignKey(
                        name: "fk_project_member_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_project_member_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "project_revision",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    settings = table.Column<string>(type: "jsonb", nullable: false),
                    reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_project_revision", x => x.id);
                    table.CheckConstraint("ck_project_revision_number", "number >= 1");
                    table.ForeignKey(
                        name: "fk_project_revision_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_project_revision_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "reference_answer",
                columns: table => new
                {
                    problem_id = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    answer = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reference_answer", x => new { x.problem_id, x.version });
                    table.ForeignKey(
                        name: "fk_reference_answer_problem_problem_id",
                        column: x => x.problem_id,
                        principalTable: "problem",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_reference_answer_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "assignment",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    annotator_id = table.Column<Guid>(type: "uuid", nullable: false),
                    slot = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    leased_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_assignment", x => x.id);
                    table.UniqueConstraint("ak_assignment_id_solution_id_annotator_id", x => new { x.id, x.solution_id, x.annotator_id });
                    table.CheckConstraint("ck_assignment_slot", "slot BETWEEN 1 AND 9");
                    table.CheckConstraint("ck_assignment_state_names", "state IN ('Leased', 'Submitted', 'Released', 'Skipped')");
                    table.ForeignKey(
                        name: "fk_assignment_users_annotator_id",
                        column: x => x.annotator_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "continuation",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    prefix_id = table.Column<long>(type: "bigint", nullable: false),
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    sample_index = table.Column<int>(type: "integer", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    first_step_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    finish_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    token_count = table.Column<int>(type: "integer", nullable: true),
                    log_probability_sum = table.Column<double>(type: "double precision", nullable: true),
                    extracted_answer = table.Column<string>(type: "text", nullable: true),
                    answer_check = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answer_version = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_continuation", x => x.id);
                    table.CheckConstraint("ck_continuation_answer_check_names", "answer_check IN ('NoAnswer', 'Right', 'Wrong')");
                    table.CheckConstraint("ck_continuation_finish_reason_names", "finish_reason IN ('Stop', 'Length', 'Invalid')");
                    table.CheckConstraint("ck_continuation_sample_index", "sample_index >= 0");
                });

            migrationBuilder.CreateTable(
                name: "evaluation_item",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    problem_id = table.Column<long>(type: "bigint", nullable: false),
                    split = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    finish_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    token_count = table.Column<int>(type: "integer", nullable: true),
                    extracted_answer = table.Column<string>(type: "text", nullable: true),
                    answer_check = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answer_version = table.Column<int>(type: "integer", nullable: false),
                    overruled_check = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    overruled_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_evaluation_item", x => x.id);
                    table.CheckConstraint("ck_evaluation_item_answer_check_names", "answer_check IN ('NoAnswer', 'Right', 'Wrong')");
                    table.CheckConstraint("ck_evaluation_item_finish_reason_names", "finish_reason IN ('Stop', 'Length', 'Invalid')");
                    table.CheckConstraint("ck_evaluation_item_overruled", "(overruled_check IS NULL) = (overruled_by_id IS NULL)");
                    table.CheckConstraint("ck_evaluation_item_overruled_check_names", "overruled_check IN ('NoAnswer', 'Right', 'Wrong')");
                    table.CheckConstraint("ck_evaluation_item_split_names", "split IN ('Pool', 'Validation', 'Test')");
                    table.ForeignKey(
                        name: "fk_evaluation_item_problem_problem_id_project_id_split",
                        columns: x => new { x.problem_id, x.project_id, x.split },
                        principalTable: "problem",
                        principalColumns: new[] { "id", "project_id", "split" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_evaluation_item_users_overruled_by_id",
                        column: x => x.overruled_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "export_pair",
                columns: table => new
                {
                    export_id = table.Column<long>(type: "bigint", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    pair_id = table.Column<long>(type: "bigint", nullable: false),
                    project_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_export_pair", x => new { x.export_id, x.position });
                    table.CheckConstraint("ck_export_pair_position", "position >= 0");
                    table.ForeignKey(
                        name: "fk_export_pair_export_export_id_project_id",
                        columns: x => new { x.export_id, x.project_id },
                        principalTable: "export",
                        principalColumns: new[] { "id", "project_id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "first_error_annotation",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    assignment_id = table.Column<long>(type: "bigint", nullable: false),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    annotator_id = table.Column<Guid>(type: "uuid", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    answer_check = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    outcome = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    grade = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    active_milliseconds = table.Column<int>(type: "integer", nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    client_key = table.Column<Guid>(type: "uuid", nullable: false),
                    supersedes_id = table.Column<long>(type: "bigint", nullable: true),
                    surplus = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_first_error_annotation", x => x.id);
                    table.UniqueConstraint("ak_first_error_annotation_id_assignment_id", x => new { x.id, x.assignment_id });
                    table.CheckConstraint("ck_first_error_annotation_active", "active_milliseconds >= 0");
                    table.CheckConstraint("ck_first_error_annotation_answer_check_names", "answer_check IN ('NoAnswer', 'Right', 'Wrong')");
                    table.CheckConstraint("ck_first_error_annotation_cannot_judge", "outcome <> 'CannotJudge' OR reason IS NOT NULL");
                    table.CheckConstraint("ck_first_error_annotation_first_error", "(outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
                    table.CheckConstraint("ck_first_error_annotation_grade_names", "grade IN ('Incorrect', 'Neutral')");
                    table.CheckConstraint("ck_first_error_annotation_no_error", "outcome <> 'NoError' OR answer_check <> 'Wrong' OR coalesce(reason, '') IN ('WrongReference', 'EquivalentAnswer')");
                    table.CheckConstraint("ck_first_error_annotation_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
                    table.CheckConstraint("ck_first_error_annotation_outcome_names", "outcome IN ('FirstError', 'NoError', 'CannotJudge', 'Undone')");
                    table.CheckConstraint("ck_first_error_annotation_reason_names", "reason IN ('BadProblem', 'WrongReference', 'BadStepSplit', 'EquivalentAnswer', 'Unsure', 'Other')");
                    table.CheckConstraint("ck_first_error_annotation_step", "step BETWEEN 1 AND step_count");
                    table.CheckConstraint("ck_first_error_annotation_undone", "outcome <> 'Undone' OR supersedes_id IS NOT NULL");
                    table.ForeignKey(
                        name: "fk_first_error_annotation_assignment_assignment_id_solution_id",
                        columns: x => new { x.assignment_id, x.solution_id, x.annotator_id },
                        principalTable: "assignment",
                        principalColumns: new[] { "id", "solution_id", "annotator_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_first_error_annotation_first_error_annotation_supersedes_id",
                        columns: x => new { x.supersedes_id, x.assignment_id },
                        principalTable: "first_error_annotation",
                        principalColumns: new[] { "id", "assignment_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_first_error_annotation_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_first_error_annotation_users_annotator_id",
                        column: x => x.annotator_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "first_error_verdict",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    outcome = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    grade = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    provenance = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    adjudicator_id = table.Column<Guid>(type: "uuid", nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    superseded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    superseded_reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_first_error_verdict", x => x.id);
                    table.CheckConstraint("ck_first_error_verdict_adjudicated", "(provenance = 'Adjudicated') = (adjudicator_id IS NOT NULL)");
                    table.CheckConstraint("ck_first_error_verdict_first_error", "outcome <> 'Undone' AND (outcome = 'FirstError') = (step IS NOT NULL) AND (outcome = 'FirstError') = (grade IS NOT NULL)");
                    table.CheckConstraint("ck_first_error_verdict_grade_names", "grade IN ('Incorrect', 'Neutral')");
                    table.CheckConstraint("ck_first_error_verdict_outcome_names", "outcome IN ('FirstError', 'NoError', 'CannotJudge', 'Undone')");
                    table.CheckConstraint("ck_first_error_verdict_provenance_names", "provenance IN ('Single', 'Agreed', 'Majority', 'Adjudicated')");
                    table.CheckConstraint("ck_first_error_verdict_reason_names", "reason IN ('BadProblem', 'WrongReference', 'BadStepSplit', 'EquivalentAnswer', 'Unsure', 'Other')");
                    table.CheckConstraint("ck_first_error_verdict_step", "step BETWEEN 1 AND step_count");
                    table.CheckConstraint("ck_first_error_verdict_superseded", "(superseded_at IS NULL) = (superseded_reason IS NULL)");
                    table.ForeignKey(
                        name: "fk_first_error_verdict_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_first_error_verdict_users_adjudicator_id",
                        column: x => x.adjudicator_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "language_model",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    imported_from = table.Column<string>(type: "text", nullable: true),
                    folder = table.Column<string>(type: "text", nullable: true),
                    weights_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    architecture = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    parameters = table.Column<long>(type: "bigint", nullable: true),
                    context_length = table.Column<int>(type: "integer", nullable: true),
                    dtype = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    endpoint_url = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    endpoint_model = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    parent_id = table.Column<long>(type: "bigint", nullable: true),
                    training_run_id = table.Column<long>(type: "bigint", nullable: true),
                    training_step = table.Column<int>(type: "integer", nullable: true),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    retired_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_language_model", x => x.id);
                    table.CheckConstraint("ck_language_model_endpoint", "(kind = 'Endpoint') = (endpoint_url IS NOT NULL)");
                    table.CheckConstraint("ck_language_model_kind_names", "kind IN ('Folder', 'Endpoint')");
                    table.CheckConstraint("ck_language_model_ready", "kind = 'Endpoint' OR state <> 'Ready' OR (folder IS NOT NULL AND weights_sha256 IS NOT NULL)");
                    table.CheckConstraint("ck_language_model_state_names", "state IN ('Requested', 'Ready', 'Failed')");
                    table.CheckConstraint("ck_language_model_training", "(training_run_id IS NULL) = (training_step IS NULL)");
                    table.ForeignKey(
                        name: "fk_language_model_language_model_parent_id",
                        column: x => x.parent_id,
                        principalTable: "language_model",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_language_model_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "run",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    model_id = table.Column<long>(type: "bigint", nullable: true),
                    options = table.Column<string>(type: "jsonb", nullable: false),
                    round = table.Column<int>(type: "integer", nullable: false),
                    parent_id = table.Column<long>(type: "bigint", nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    pause_requested = table.Column<bool>(type: "boolean", nullable: false),
                    progress_done = table.Column<int>(type: "integer", nullable: false),
                    progress_total = table.Column<int>(type: "integer", nullable: false),
                    progress_note = table.Column<string>(type: "text", nullable: true),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    failures_in_a_row = table.Column<int>(type: "integer", nullable: false),
                    lease_owner = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    heartbeat_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true),
                    client_key = table.Column<Guid>(type: "uuid", nullable: true),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_run", x => x.id);
                    table.UniqueConstraint("ak_run_id_project_id", x => new { x.id, x.project_id });
                    table.CheckConstraint("ck_run_ended", "(state IN ('Succeeded', 'Failed', 'Cancelled')) = (ended_at IS NOT NULL)");
                    table.CheckConstraint("ck_run_error", "state <> 'Failed' OR error IS NOT NULL");
                    table.CheckConstraint("ck_run_kind_names", "kind IN ('Sampling', 'Rectification', 'Suggestion', 'Evaluation', 'Training')");
                    table.CheckConstraint("ck_run_lease", "state NOT IN ('Running', 'Cancelling') OR (lease_owner IS NOT NULL AND lease_until IS NOT NULL AND attempt >= 1)");
                    table.CheckConstraint("ck_run_progress", "progress_done >= 0 AND progress_total >= 0");
                    table.CheckConstraint("ck_run_state_names", "state IN ('Queued', 'Running', 'Paused', 'Cancelling', 'Succeeded', 'Failed', 'Cancelled')");
                    table.ForeignKey(
                        name: "fk_run_language_model_model_id",
                        column: x => x.model_id,
                        principalTable: "language_model",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_run_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_run_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_run_run_parent_id",
                        column: x => x.parent_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_run_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "run_event",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    message = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_run_event", x => x.id);
                    table.CheckConstraint("ck_run_event_kind_names", "kind IN ('State', 'Note', 'Warning', 'Error')");
                    table.ForeignKey(
                        name: "fk_run_event_run_run_id",
                        column: x => x.run_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "slot",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    host = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    device = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    run_id = table.Column<long>(type: "bigint", nullable: true),
                    taken_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_slot", x => x.id);
                    table.CheckConstraint("ck_slot_taken", "(run_id IS NULL) = (taken_at IS NULL)");
                    table.ForeignKey(
                        name: "fk_slot_run_run_id",
                        column: x => x.run_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "solution",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    problem_id = table.Column<long>(type: "bigint", nullable: false),
                    split = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    sample_index = table.Column<int>(type: "integer", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    text_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    step_offsets = table.Column<int[]>(type: "integer[]", nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    finish_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    token_count = table.Column<int>(type: "integer", nullable: true),
                    log_probability_sum = table.Column<double>(type: "double precision", nullable: true),
                    extracted_answer = table.Column<string>(type: "text", nullable: true),
                    answer_check = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answer_version = table.Column<int>(type: "integer", nullable: false),
                    same_text_as_id = table.Column<long>(type: "bigint", nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_solution", x => x.id);
                    table.UniqueConstraint("ak_solution_id_problem_id_split", x => new { x.id, x.problem_id, x.split });
                    table.UniqueConstraint("ak_solution_id_step_count", x => new { x.id, x.step_count });
                    table.CheckConstraint("ck_solution_answer_check_names", "answer_check IN ('NoAnswer', 'Right', 'Wrong')");
                    table.CheckConstraint("ck_solution_finish_reason_names", "finish_reason IN ('Stop', 'Length', 'Invalid')");
                    table.CheckConstraint("ck_solution_pool", "split = 'Pool' OR state IN ('Sampled', 'Waiting', 'Adjudication', 'Closed')");
                    table.CheckConstraint("ck_solution_same_text", "same_text_as_id IS NULL OR (same_text_as_id <> id AND state = 'Sampled')");
                    table.CheckConstraint("ck_solution_sample_index", "sample_index >= 0");
                    table.CheckConstraint("ck_solution_split_names", "split IN ('Pool', 'Validation', 'Test')");
                    table.CheckConstraint("ck_solution_state_names", "state IN ('Sampled', 'Waiting', 'Adjudication', 'Rectifying', 'InReview', 'Paired', 'NoCandidate', 'Closed')");
                    table.CheckConstraint("ck_solution_steps", "step_count >= 1 AND step_count = cardinality(step_offsets)");
                    table.ForeignKey(
                        name: "fk_solution_problem_problem_id_project_id_split",
                        columns: x => new { x.problem_id, x.project_id, x.split },
                        principalTable: "problem",
                        principalColumns: new[] { "id", "project_id", "split" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_solution_run_run_id_project_id",
                        columns: x => new { x.run_id, x.project_id },
                        principalTable: "run",
                        principalColumns: new[] { "id", "project_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_solution_solution_same_text_as_id",
                        column: x => x.same_text_as_id,
                        principalTable: "solution",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "training_input",
                columns: table => new
                {
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    export_id = table.Column<long>(type: "bigint", nullable: false),
                    validation_export_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_training_input", x => x.run_id);
                    table.CheckConstraint("ck_training_input_held_out", "validation_export_id <> export_id");
                    table.ForeignKey(
                        name: "fk_training_input_export_export_id",
                        column: x => x.export_id,
                        principalTable: "export",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_training_input_export_validation_export_id",
                        column: x => x.validation_export_id,
                        principalTable: "export",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_training_input_run_run_id",
                        column: x => x.run_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "training_metric",
                columns: table => new
                {
                    run_id = table.Column<long>(type: "bigint", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    metrics = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_training_metric", x => new { x.run_id, x.step });
                    table.CheckConstraint("ck_training_metric_step", "step >= 1");
                    table.ForeignKey(
                        name: "fk_training_metric_run_run_id",
                        column: x => x.run_id,
                        principalTable: "run",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "prefix",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    solution_id = table.Column<long>(type: "bigint", nullable: false),
                    problem_id = table.Column<long>(type: "bigint", nullable: false),
                    split = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    step_count = table.Column<int>(type: "integer", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_prefix", x => x.id);
                    table.CheckConstraint("ck_prefix_pool", "split = 'Pool'");
                    table.CheckConstraint("ck_prefix_split_names", "split IN ('Pool', 'Validation', 'Test')");
                    table.CheckConstraint("ck_prefix_step", "step BETWEEN 1 AND step_count");
                    table.ForeignKey(
                        name: "fk_prefix_solution_solution_id_problem_id_split",
                        columns: x => new { x.solution_id, x.problem_id, x.split },
                        principalTable: "solution",
                        principalColumns: new[] { "id", "problem_id", "split" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_prefix_solution_solution_id_step_count",
                        columns: x => new { x.solution_id, x.step_count },
                        principalTable: "solution",
                        principalColumns: new[] { "id", "step_count" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rectification",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    prefix_id = table.Column<long>(type: "bigint", nullable: false),
                    step_text = table.Column<string>(type: "text", nullable: false),
                    step_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    origin = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    written_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rectification", x => x.id);
                    table.CheckConstraint("ck_rectification_origin_names", "origin IN ('Sampled', 'Written')");
                    table.CheckConstraint("ck_rectification_state_names", "state IN ('Proposed', 'Approved', 'Rejected')");
                    table.CheckConstraint("ck_rectification_written", "(origin = 'Written') = (written_by_id IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_rectification_prefix_prefix_id",
                        column: x => x.prefix_id,
                        principalTable: "prefix",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rectification_users_written_by_id",
                        column: x => x.written_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "preference_pair",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<long>(type: "bigint", nullable: false),
                    rectification_id = table.Column<long>(type: "bigint", nullable: true),
                    problem_id = table.Column<long>(type: "bigint", nullable: true),
                    split = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    statement_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    dataset = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    prompt = table.Column<string>(type: "text", nullable: false),
                    initial_reason_steps = table.Column<string>(type: "text", nullable: false),
                    chosen = table.Column<string>(type: "text", nullable: false),
                    rejected = table.Column<string>(type: "text", nullable: false),
                    full_chosen = table.Column<string>(type: "text", nullable: false),
                    full_rejected = table.Column<string>(type: "text", nullable: false),
                    answer = table.Column<string>(type: "text", nullable: false),
                    sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: true),
                    template_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    origin = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    winner_model_id = table.Column<long>(type: "bigint", nullable: true),
                    loser_model_id = table.Column<long>(type: "bigint", nullable: true),
                    revision_id = table.Column<long>(type: "bigint", nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_preference_pair", x => x.id);
                    table.UniqueConstraint("ak_preference_pair_id_project_id", x => new { x.id, x.project_id });
                    table.CheckConstraint("ck_preference_pair_differs", "chosen <> rejected");
                    table.CheckConstraint("ck_preference_pair_numbers", "version >= 1 AND step >= 1");
                    table.CheckConstraint("ck_preference_pair_origin_names", "origin IN ('Sampled', 'Written')");
                    table.CheckConstraint("ck_preference_pair_pool", "split = 'Pool'");
                    table.CheckConstraint("ck_preference_pair_problem", "(problem_id IS NULL) = (split IS NULL)");
                    table.CheckConstraint("ck_preference_pair_source", "rectification_id IS NULL OR (problem_id IS NOT NULL AND step IS NOT NULL AND template_sha256 IS NOT NULL)");
                    table.CheckConstraint("ck_preference_pair_split_names", "split IN ('Pool', 'Validation', 'Test')");
                    table.ForeignKey(
                        name: "fk_preference_pair_language_model_loser_model_id",
                        column: x => x.loser_model_id,
                        principalTable: "language_model",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_language_model_winner_model_id",
                        column: x => x.winner_model_id,
                        principalTable: "language_model",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_problem_problem_id_project_id_split",
                        columns: x => new { x.problem_id, x.project_id, x.split },
                        principalTable: "problem",
                        principalColumns: new[] { "id", "project_id", "split" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_rectification_rectification_id",
                        column: x => x.rectification_id,
                        principalTable: "rectification",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_preference_pair_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rectification_review",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    rectification_id = table.Column<long>(type: "bigint", nullable: false),
                    reviewer_id = table.Column<Guid>(type: "uuid", nullable: true),
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
                    table.PrimaryKey("pk_rectification_review", x => x.id);
                    table.CheckConstraint("ck_rectification_review_active", "active_milliseconds >= 0");
                    table.CheckConstraint("ck_rectification_review_decision_names", "decision IN ('Approved', 'Rejected', 'Reopened')");
                    table.CheckConstraint("ck_rectification_review_other", "coalesce(reason, '') <> 'Other' OR note <> ''");
                    table.CheckConstraint("ck_rectification_review_person", "decision = 'Reopened' OR reviewer_id IS NOT NULL");
                    table.CheckConstraint("ck_rectification_review_reason", "(decision = 'Rejected') = (reason IS NOT NULL)");
                    table.CheckConstraint("ck_rectification_review_reason_names", "reason IN ('RightAnswerWrongStep', 'SkipsWork', 'Restates', 'PrefixWrong', 'Other')");
                    table.ForeignKey(
                        name: "fk_rectification_review_project_revision_revision_id",
                        column: x => x.revision_id,
                        principalTable: "project_revision",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rectification_review_rectification_rectification_id",
                        column: x => x.rectification_id,
                        principalTable: "rectification",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rectification_review_users_reviewer_id",
                        column: x => x.reviewer_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "pair_withdrawal",
                columns: table => new
                {
                    pair_id = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pair_withdrawal", x => x.pair_id);
                    table.CheckConstraint("ck_pair_withdrawal_reason_names", "reason IN ('Mistake', 'VerdictReopened', 'AnswerCorrected', 'ReviewReopened')");
                    table.ForeignKey(
                        name: "fk_pair_withdrawal_preference_pair_pair_id",
                        column: x => x.pair_id,
                        principalTable: "preference_pair",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_pair_withdrawal_users_created_by_id",
                        column: x => x.created_by_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_allowed_endpoint_base_url",
                table: "allowed_endpoint",
                column: "base_url",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_allowed_endpoint_created_by_id",
                table: "allowed_endpoint",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_assignment_annotator_id_state_id",
                table: "assignment",
                columns: new[] { "annotator_id", "state", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_assignment_leased_until",
                table: "assignment",
                column: "leased_until",
                filter: "state = 'Leased'");

            migrationBuilder.CreateIndex(
                name: "ix_assignment_solution_id_annotator_id",
                table: "assignment",
                columns: new[] { "solution_id", "annotator_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_assignment_solution_id_slot",
                table: "assignment",
                columns: new[] { "solution_id", "slot" },
                unique: true,
                filter: "state IN ('Leased', 'Submitted')");

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_actor_id",
                table: "audit_event",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_project_id_id",
                table: "audit_event",
                columns: new[] { "project_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_subject_subject_id_id",
                table: "audit_event",
                columns: new[] { "subject", "subject_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_continuation_prefix_id_first_step_sha256",
                table: "continuation",
                columns: new[] { "prefix_id", "first_step_sha256" });

            migrationBuilder.CreateIndex(
                name: "ix_continuation_prefix_id_run_id_sample_index",
                table: "continuation",
                columns: new[] { "prefix_id", "run_id", "sample_index" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_continuation_run_id",
                table: "continuation",
                column: "run_id");

            migrationBuilder.CreateIndex(
                name: "ix_evaluation_item_overruled_by_id",
                table: "evaluation_item",
                column: "overruled_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_evaluation_item_problem_id_project_id_split",
                table: "evaluation_item",
                columns: new[] { "problem_id", "project_id", "split" });

            migrationBuilder.CreateIndex(
                name: "ix_evaluation_item_run_id_problem_id",
                table: "evaluation_item",
                columns: new[] { "run_id", "problem_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_evaluation_item_run_id_project_id",
                table: "evaluation_item",
                columns: new[] { "run_id", "project_id" });

            migrationBuilder.CreateIndex(
                name: "ix_export_created_by_id",
                table: "export",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_export_project_id",
                table: "export",
                column: "project_id");

            migrationBuilder.CreateIndex(
                name: "ix_export_pair_export_id_pair_id",
                table: "export_pair",
                columns: new[] { "export_id", "pair_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_export_pair_export_id_project_id",
                table: "export_pair",
                columns: new[] { "export_id", "project_id" });

            migrationBuilder.CreateIndex(
                name: "ix_export_pair_pair_id_project_id",
                table: "export_pair",
                columns: new[] { "pair_id", "project_id" });

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_annotator_id_id",
                table: "first_error_annotation",
                columns: new[] { "annotator_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_assignment_id",
                table: "first_error_annotation",
                column: "assignment_id",
                unique: true,
                filter: "supersedes_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_assignment_id_solution_id_annotator_",
                table: "first_error_annotation",
                columns: new[] { "assignment_id", "solution_id", "annotator_id" });

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_client_key",
                table: "first_error_annotation",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_revision_id",
                table: "first_error_annotation",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_solution_id_step_count",
                table: "first_error_annotation",
                columns: new[] { "solution_id", "step_count" });

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_supersedes_id",
                table: "first_error_annotation",
                column: "supersedes_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_first_error_annotation_supersedes_id_assignment_id",
                table: "first_error_annotation",
                columns: new[] { "supersedes_id", "assignment_id" });

            migrationBuilder.CreateIndex(
                name: "ix_first_error_verdict_adjudicator_id",
                table: "first_error_verdict",
                column: "adjudicator_id");

            migrationBuilder.CreateIndex(
                name: "ix_first_error_verdict_revision_id",
                table: "first_error_verdict",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_first_error_verdict_solution_id",
                table: "first_error_verdict",
                column: "solution_id",
                unique: true,
                filter: "superseded_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_first_error_verdict_solution_id_step_count",
                table: "first_error_verdict",
                columns: new[] { "solution_id", "step_count" });

            migrationBuilder.CreateIndex(
                name: "ix_language_model_created_by_id",
                table: "language_model",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_language_model_name",
                table: "language_model",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_language_model_parent_id",
                table: "language_model",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "ix_language_model_training_run_id_training_step",
                table: "language_model",
                columns: new[] { "training_run_id", "training_step" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_one_time_link_created_by_id",
                table: "one_time_link",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_one_time_link_token_sha256",
                table: "one_time_link",
                column: "token_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_one_time_link_user_id",
                table: "one_time_link",
                column: "user_id",
                unique: true,
                filter: "closed_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_pair_withdrawal_created_by_id",
                table: "pair_withdrawal",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_created_by_id",
                table: "preference_pair",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_loser_model_id",
                table: "preference_pair",
                column: "loser_model_id");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_problem_id",
                table: "preference_pair",
                column: "problem_id");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_problem_id_project_id_split",
                table: "preference_pair",
                columns: new[] { "problem_id", "project_id", "split" });

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_project_id_sha256_version",
                table: "preference_pair",
                columns: new[] { "project_id", "sha256", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_rectification_id_version",
                table: "preference_pair",
                columns: new[] { "rectification_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_revision_id",
                table: "preference_pair",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_statement_sha256",
                table: "preference_pair",
                column: "statement_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_preference_pair_winner_model_id",
                table: "preference_pair",
                column: "winner_model_id");

            migrationBuilder.CreateIndex(
                name: "ix_prefix_solution_id_problem_id_split",
                table: "prefix",
                columns: new[] { "solution_id", "problem_id", "split" });

            migrationBuilder.CreateIndex(
                name: "ix_prefix_solution_id_step",
                table: "prefix",
                columns: new[] { "solution_id", "step" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_prefix_solution_id_step_count",
                table: "prefix",
                columns: new[] { "solution_id", "step_count" });

            migrationBuilder.CreateIndex(
                name: "ix_problem_project_id_split",
                table: "problem",
                columns: new[] { "project_id", "split" });

            migrationBuilder.CreateIndex(
                name: "ix_problem_project_id_statement_sha256",
                table: "problem",
                columns: new[] { "project_id", "statement_sha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_project_created_by_id",
                table: "project",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_project_name",
                table: "project",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_project_member_user_id",
                table: "project_member",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_project_revision_created_by_id",
                table: "project_revision",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_project_revision_project_id_number",
                table: "project_revision",
                columns: new[] { "project_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rectification_prefix_id",
                table: "rectification",
                column: "prefix_id",
                filter: "state = 'Proposed'");

            migrationBuilder.CreateIndex(
                name: "ix_rectification_prefix_id_step_sha256",
                table: "rectification",
                columns: new[] { "prefix_id", "step_sha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rectification_written_by_id",
                table: "rectification",
                column: "written_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_rectification_review_client_key",
                table: "rectification_review",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rectification_review_rectification_id_id",
                table: "rectification_review",
                columns: new[] { "rectification_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_rectification_review_reviewer_id_id",
                table: "rectification_review",
                columns: new[] { "reviewer_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_rectification_review_revision_id",
                table: "rectification_review",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_reference_answer_created_by_id",
                table: "reference_answer",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_run_client_key",
                table: "run",
                column: "client_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_run_created_by_id",
                table: "run",
                column: "created_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_run_model_id",
                table: "run",
                column: "model_id");

            migrationBuilder.CreateIndex(
                name: "ix_run_parent_id",
                table: "run",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "ix_run_project_id",
                table: "run",
                column: "project_id",
                unique: true,
                filter: "kind = 'Training' AND state IN ('Queued', 'Running', 'Paused', 'Cancelling')");

            migrationBuilder.CreateIndex(
                name: "ix_run_project_id_kind_id",
                table: "run",
                columns: new[] { "project_id", "kind", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_run_revision_id",
                table: "run",
                column: "revision_id");

            migrationBuilder.CreateIndex(
                name: "ix_run_state_id",
                table: "run",
                columns: new[] { "state", "id" },
                filter: "state IN ('Queued', 'Running', 'Cancelling')");

            migrationBuilder.CreateIndex(
                name: "ix_run_event_run_id_id",
                table: "run_event",
                columns: new[] { "run_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_slot_host_device",
                table: "slot",
                columns: new[] { "host", "device" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_slot_run_id",
                table: "slot",
                column: "run_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_solution_problem_id_project_id_split",
                table: "solution",
                columns: new[] { "problem_id", "project_id", "split" });

            migrationBuilder.CreateIndex(
                name: "ix_solution_problem_id_text_sha256",
                table: "solution",
                columns: new[] { "problem_id", "text_sha256" },
                unique: true,
                filter: "same_text_as_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_solution_project_id_state_id",
                table: "solution",
                columns: new[] { "project_id", "state", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_solution_run_id_problem_id_sample_index",
                table: "solution",
                columns: new[] { "run_id", "problem_id", "sample_index" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_solution_run_id_project_id",
                table: "solution",
                columns: new[] { "run_id", "project_id" });

            migrationBuilder.CreateIndex(
                name: "ix_solution_same_text_as_id",
                table: "solution",
                column: "same_text_as_id");

            migrationBuilder.CreateIndex(
                name: "ix_training_input_export_id",
                table: "training_input",
                column: "export_id");

            migrationBuilder.CreateIndex(
                name: "ix_training_input_validation_export_id",
                table: "training_input",
                column: "validation_export_id");

            migrationBuilder.CreateIndex(
                name: "ix_user_claim_user_id",
                table: "user_claim",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_user_login_user_id",
                table: "user_login",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_users_normalized_user_name",
                table: "users",
                column: "normalized_user_name",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_assignment_solution_solution_id",
                table: "assignment",
                column: "solution_id",
                principalTable: "solution",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_continuation_prefix_prefix_id",
                table: "continuation",
                column: "prefix_id",
                principalTable: "prefix",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_continuation_run_run_id",
                table: "continuation",
                column: "run_id",
                principalTable: "run",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_evaluation_item_run_run_id_project_id",
                table: "evaluation_item",
                columns: new[] { "run_id", "project_id" },
                principalTable: "run",
                principalColumns: new[] { "id", "project_id" },
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_export_pair_preference_pair_pair_id_project_id",
                table: "export_pair",
                columns: new[] { "pair_id", "project_id" },
                principalTable: "preference_pair",
                principalColumns: new[] { "id", "project_id" },
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_first_error_annotation_solution_solution_id_step_count",
                table: "first_error_annotation",
                columns: new[] { "solution_id", "step_count" },
                principalTable: "solution",
                principalColumns: new[] { "id", "step_count" },
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_first_error_verdict_solution_solution_id_step_count",
                table: "first_error_verdict",
                columns: new[] { "solution_id", "step_count" },
                principalTable: "solution",
                principalColumns: new[] { "id", "step_count" },
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "fk_language_model_run_training_run_id",
                table: "language_model",
                column: "training_run_id",
                principalTable: "run",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_language_model_users_created_by_id",
                table: "language_model");

            migrationBuilder.DropForeignKey(
                name: "fk_project_users_created_by_id",
                table: "project");

            migrationBuilder.DropForeignKey(
                name: "fk_project_revision_users_created_by_id",
                table: "project_revision");

            migrationBuilder.DropForeignKey(
                name: "fk_run_users_created_by_id",
                table: "run");

            migrationBuilder.DropForeignKey(
                name: "fk_project_revision_project_project_id",
                table: "project_revision");

            migrationBuilder.DropForeignKey(
                name: "fk_run_project_project_id",
                table: "run");

            migrationBuilder.DropForeignKey(
                name: "fk_language_model_run_training_run_id",
                table: "language_model");

            migrationBuilder.DropTable(
                name: "allowed_endpoint");

            migrationBuilder.DropTable(
                name: "audit_event");

            migrationBuilder.DropTable(
                name: "continuation");

            migrationBuilder.DropTable(
                name: "evaluation_item");

            migrationBuilder.DropTable(
                name: "export_pair");

            migrationBuilder.DropTable(
                name: "first_error_annotation");

            migrationBuilder.DropTable(
                name: "first_error_verdict");

            migrationBuilder.DropTable(
                name: "one_time_link");

            migrationBuilder.DropTable(
                name: "pair_withdrawal");

            migrationBuilder.DropTable(
                name: "project_member");

            migrationBuilder.DropTable(
                name: "protection_key");

            migrationBuilder.DropTable(
                name: "rectification_review");

            migrationBuilder.DropTable(
                name: "reference_answer");

            migrationBuilder.DropTable(
                name: "run_event");

            migrationBuilder.DropTable(
                name: "slot");

            migrationBuilder.DropTable(
                name: "training_input");

            migrationBuilder.DropTable(
                name: "training_metric");

            migrationBuilder.DropTable(
                name: "user_claim");

            migrationBuilder.DropTable(
                name: "user_login");

            migrationBuilder.DropTable(
                name: "user_token");

            migrationBuilder.DropTable(
                name: "assignment");

            migrationBuilder.DropTable(
                name: "preference_pair");

            migrationBuilder.DropTable(
                name: "export");

            migrationBuilder.DropTable(
                name: "rectification");

            migrationBuilder.DropTable(
                name: "prefix");

            migrationBuilder.DropTable(
                name: "solution");

            migrationBuilder.DropTable(
                name: "problem");

            migrationBuilder.DropTable(
                name: "users");

            migrationBuilder.DropTable(
                name: "project");

            migrationBuilder.DropTable(
                name: "run");

            migrationBuilder.DropTable(
                name: "language_model");

            migrationBuilder.DropTable(
                name: "project_revision");
        }
    }
}
