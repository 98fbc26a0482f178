-- :annotators more annotators of the project :project.
INSERT INTO users (id, user_name, normalized_user_name, display_name, is_admin, created_at, email_confirmed, phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count, security_stamp)
SELECT gen_random_uuid(), 'worker' || i, 'WORKER' || i, (ARRAY['Lin Chen', 'Tomás Vidal', 'Ewa Kowalska', 'Sam Otieno', 'Priya Nair'])[1 + i % 5] || CASE WHEN i >= 5 THEN ' ' || i / 5 ELSE '' END,
    false, now(), false, false, false, false, 0, gen_random_uuid()::text
FROM generate_series(0, :annotators - 1) AS i;
INSERT INTO project_member (project_id, user_id, role, added_at)
SELECT :project, id, 'Annotator', now() FROM users WHERE user_name LIKE 'worker%';
