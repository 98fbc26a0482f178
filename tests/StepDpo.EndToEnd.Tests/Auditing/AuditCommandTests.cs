using System.Diagnostics;
using Npgsql;
using StepDpo.Core.Auditing;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Auditing;

/// <summary>The verb <c>audit</c> of the site's program, as <c>./stepdpo audit</c> calls it.</summary>
public sealed class AuditCommandTests(Database database) : IClassFixture<Database>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_signed_is_verified_and_a_changed_row_is_named_with_exit_code_1()
    {
        var data = Directory.CreateTempSubdirectory("audit").FullName;
        await database.AddAsync(new AuditEvent { At = World.Now, Action = "test", Subject = "Test", SubjectId = "1" });
        Assert.Equal((0, "1 digests made."), await AuditAsync(data, "sign"));
        Assert.Equal((0, "1 digests, 1 rows, 0 rows not signed yet: everything is as it was signed."), await AuditAsync(data, "verify"));
        Assert.Equal(2, (await AuditAsync(data, "burn")).Code);

        await using var owner = new NpgsqlConnection(database.OwnerConnectionString);
        await owner.OpenAsync(Token);
        await using var change = new NpgsqlCommand("UPDATE audit_event SET action = 'nothing'", owner);
        await change.ExecuteNonQueryAsync(Token);
        var (code, words) = await AuditAsync(data, "verify");
        Assert.Equal(1, code);
        Assert.StartsWith("RowChanged: table audit_event, id 1: was changed since digest 1 was signed\n", words, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    private async Task<(int Code, string Words)> AuditAsync(string data, string verb)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Repository.Program("StepDpo.Web"), "audit", verb]) { RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__StepDpo"] = database.ConnectionString;
        start.Environment["StepDpo__DataFolder"] = data;
        using var process = Process.Start(start)!;
        var words = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, words.Trim());
    }
}
