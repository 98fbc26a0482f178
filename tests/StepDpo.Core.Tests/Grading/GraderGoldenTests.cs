using System.Text.Json;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

/// <summary>Answers rewritten in 150 ways with the meaning of each: <c>golden/grader/pairs.jsonl</c>.</summary>
public class GraderGoldenTests
{
    private static readonly JsonElement[] Rows =
        [.. Shared.ReadLines(Shared.Golden("grader/pairs.jsonl")).Where(row => row.GetProperty("truth").ValueKind != JsonValueKind.Null)];

    /// <summary>Rows that we judge otherwise than their meaning. Change it only together with the grader, and read the printed list.</summary>
    private const int KnownFailures = 8;

    [Fact]
    public void The_grader_is_right_on_nearly_all_rows_with_a_truth()
    {
        var failures = Rows.Where(row => IsRight(row) != row.GetProperty("truth").GetBoolean()).ToArray();

        foreach (var kind in failures.GroupBy(row => Text(row, "kind")).OrderByDescending(kind => kind.Count()))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{kind.Count(),4}  {kind.Key}");
            foreach (var row in kind.Take(5))
                TestContext.Current.TestOutputHelper?.WriteLine($"        {Text(row, "answer")}  |  {Text(row, "prediction")}  |  meant as {row.GetProperty("truth")}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Rows.Length - failures.Length} of {Rows.Length} right");
        Assert.Equal(5449, Rows.Length);
        Assert.Equal(KnownFailures, failures.Length);
    }

    private static bool IsRight(JsonElement row) => AnswerGrading.Grade(Text(row, "completion"), Text(row, "answer")).Check == AnswerCheck.Right;

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;
}
