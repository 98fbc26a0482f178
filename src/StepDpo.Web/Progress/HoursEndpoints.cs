using System.Globalization;
using System.Text;
using StepDpo.Core.Data;
using StepDpo.Core.Progress;
using StepDpo.Web.Accounts;
using StepDpo.Web.Security;

namespace StepDpo.Web.Progress;

/// <summary>The hours report as a file for whoever pays.</summary>
public static class HoursEndpoints
{
    /// <summary>Adds the addresses.</summary>
    public static void MapHours(this IEndpointRouteBuilder app)
    {
        app.MapGet("/projects/{ProjectId:long}/hours.csv", async (long projectId, Guid? person, CurrentUser user, WorkRecords records, CancellationToken stop) =>
            Answer(await records.HoursAsync(user.Actor, projectId, person, stop), projectId)).RequireAuthorization(Access.Lead);
        app.MapGet("/projects/{ProjectId:long}/my-hours.csv", async (long projectId, CurrentUser user, WorkRecords records, CancellationToken stop) =>
            Answer(await records.OwnHoursAsync(user.Actor, projectId, stop), projectId)).RequireAuthorization(Access.Annotator);
    }

    private static IResult Answer(Outcome<IReadOnlyList<HoursRow>> rows, long projectId) => rows.Succeeded
        ? Results.File(Encoding.UTF8.GetBytes(Csv(rows.Value)), "text/csv; charset=utf-8", string.Create(CultureInfo.InvariantCulture, $"hours-{projectId}.csv"))
        : rows.Refusal.AsProblem();

    /// <summary>The report: a header, a line a day and person, hours with two decimals.</summary>
    public static string Csv(IEnumerable<HoursRow> rows)
    {
        var text = new StringBuilder("day_utc,account,name,judgements,judging_hours,reviews,reviewing_hours\r\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"{row.Day:yyyy-MM-dd},{Cell(row.UserName)},{Cell(row.Name)},{row.Judgements},{row.JudgingSeconds / 3600.0:F2},{row.Reviews},{row.ReviewingSeconds / 3600.0:F2}\r\n");
        return text.ToString();
    }

    // People choose their names, and a spreadsheet runs what begins like a formula.
    private static string Cell(string words)
    {
        var safe = words.Length > 0 && "=+-@\t\r".Contains(words[0], StringComparison.Ordinal) ? "'" + words : words;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
