using StepDpo.Core.Auditing;

namespace StepDpo.Web.Hosting;

/// <summary>Signed digests of what people said: made in the background, and the verb <c>audit</c> of the site's program.</summary>
public static class Auditing
{
    private const string Section = "StepDpo:Audit";

    private const string Usage =
        """
        audit verify      compare the database with its signed digests; 1 when anything differs
        audit sign        sign at once what no digest covers yet
        audit change-key  sign from now on with a new key, which the old one's last digest names
        """;

    /// <summary>Registers signing; this process makes what is due unless <c>StepDpo:RunsHere</c> is false.</summary>
    public static void AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        var data = Path.GetFullPath(configuration["StepDpo:DataFolder"] ?? "data");
        var options = new AuditOptions { Folder = Path.Combine(data, "audit") };
        configuration.GetSection(Section).Bind(options);
        services.AddAuditing(options);
        if (configuration.GetValue("StepDpo:RunsHere", true))
            services.AddAuditRounds();
    }

    /// <summary>Runs the verb instead of the site, if the arguments name it.</summary>
    /// <returns>The exit code, or null where the site is to run.</returns>
    public static async Task<int?> AuditAsync(this WebApplication app, string[] args)
    {
        if (args is not ["audit", ..])
            return null;
        switch (args)
        {
            case [_, "verify"]:
                return Tell(await app.Services.GetRequiredService<AuditVerification>().VerifyAsync());
            case [_, "sign"]:
                Console.WriteLine($"{await app.Services.GetRequiredService<AuditSigning>().SignAllAsync()} digests made.");
                return 0;
            case [_, "change-key"]:
                Console.WriteLine($"Key {await app.Services.GetRequiredService<AuditSigning>().ChangeKeyAsync()} signs from now on.");
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static int Tell(AuditReport report)
    {
        foreach (var finding in report.Findings)
            Console.WriteLine($"{finding.Fault}: {finding.Words}");
        Console.WriteLine($"{report.Digests} digests, {report.Rows} rows, {report.Unsigned} rows not signed yet: {(report.Findings.Count == 0 ? "everything is as it was signed" : $"{report.Findings.Count} things are not as they were signed")}.");
        return report.Findings.Count == 0 ? 0 : 1;
    }
}
