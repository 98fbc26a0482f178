using System.Text.Json;
using System.Text.RegularExpressions;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Tests.Grading;

/// <summary>
/// The Step-DPO reference code's <c>strip_string</c> and <c>extract_math_answer</c> over real texts. Ours is no port of them (decision
/// 0030): it must mean the same by every text, but for the places named here, where theirs is wrong.
/// </summary>
public sealed partial class ReferenceCodeGoldenTests
{
    // Where strip_string changes the meaning: how such texts look, how many there are, and what it does.
    private static readonly (Regex Text, int Count, string What)[] Spoiled =
    [
        (MixedNumber(), 2, "4 2/3 becomes 42/3"),
        (BoxedSquare(), 10, "the square of the unit becomes the square of the number: 10^2 for 10 square inches"),
        (MathUnit(), 13, "the command before the unit goes and its braces stay: 71{~cm}"),
    ];

    // Where their extraction misreads a text: what ours finds there (null: no answer), and why.
    private static readonly Dictionary<string, (string? Ours, string Why)> Misread = new()
    {
        ["\\boxed{25}%"] = ("25", "theirs keeps the closing brace"),
        ["\\boxed{12"] = ("12", "theirs finds nothing in a box that was cut off; the text's last number is 12"),
        ["\\boxed 5"] = ("5", "theirs finds nothing"),
        ["\\boxed{}"] = (null, "theirs is an empty answer, ours none"),
        ["\\boxed{ }"] = (null, "theirs is an empty answer, ours none"),
        ["The number is boxed: 7"] = ("7", "theirs takes the word for the command"),
        ["the correct answer is option C"] = ("option C", "theirs finds numbers alone"),
        ["v1.2.3"] = ("3", "no number at all: theirs is 0.3"),
    };

    [Fact]
    public void What_the_reference_code_makes_equal_is_equal_for_ours()
    {
        var rows = Shared.ReadLines(Shared.Golden("grader/strip-string.jsonl")).Select(row => (Text: Text(row, "text"), Stripped: Text(row, "stripped"))).ToList();
        Assert.Equal(700, rows.Count);
        foreach (var (text, count, what) in Spoiled)
        {
            var spoiled = rows.Where(row => text.IsMatch(row.Text)).ToList();
            Assert.Equal((count, what), (spoiled.Count, what));
            Assert.All(spoiled, row => Assert.False(AnswerComparison.Same(row.Text, row.Stripped), $"{row.Text} is {row.Stripped}"));
        }

        var kept = rows.Where(row => !Spoiled.Any(spoiled => spoiled.Text.IsMatch(row.Text))).ToList();
        Assert.All(kept, row => AssertSame(row.Text, row.Stripped));
        Assert.All(kept.GroupBy(row => row.Stripped, row => row.Text), texts => Assert.All(texts, text => AssertSame(texts.First(), text)));
    }

    [Fact]
    public void Ours_finds_the_answer_that_the_reference_code_finds()
    {
        var rows = Shared.ReadLines(Shared.Golden("grader/extraction.jsonl")).ToList();
        Assert.Equal(524, rows.Count);
        var letters = 0;
        Assert.All(rows, row =>
        {
            var text = Text(row, "text");
            var found = AnswerExtraction.FinalAnswer(text);
            if (Misread.TryGetValue(text, out var misread))
            {
                Assert.Equal(misread.Ours, found);
            }
            else if (Text(row, "kind") == "aqua rationale" && AnnouncedLetter().Match(text) is { Success: true } letter)
            {
                // Theirs takes the last number on the way.
                Assert.True(AnswerComparison.Same(letter.Groups[1].Value, found!), $"{text}: found {found}");
                letters++;
            }
            else if (Rupees().Match(text) is { Success: true } rupees)
            {
                // Theirs reads Rs.300 as 0.300.
                Assert.Equal(rupees.Groups[1].Value, found);
            }
            else
            {
                var theirs = row.GetProperty("extracted").EnumerateArray().Select(answer => answer.GetString()!).ToList();
                Assert.True(theirs.Count == 0 ? found is null : found is not null && (AnswerComparison.Same(string.Join(", ", theirs), found) || AnswerComparison.Same(Text(row, "last_single"), found)),
                    $"{text[Math.Max(0, text.Length - 200)..]}\n  found {found}, the reference code {string.Join(" | ", theirs)}");
            }
        });
        Assert.Equal(23, letters);
        Assert.All(Misread.Keys, text => Assert.Contains(rows, row => Text(row, "text") == text));
    }

    private static void AssertSame(string one, string other) =>
        Assert.True(AnswerComparison.Same(one, other) && AnswerComparison.Same(other, one), $"{one} is not {other}");

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    [GeneratedRegex("^[0-9]+ [0-9]+/[0-9]+$")]
    private static partial Regex MixedNumber();

    [GeneratedRegex(@"^[0-9]+\\mbox\{ [a-z]+\}\^2$")]
    private static partial Regex BoxedSquare();

    [GeneratedRegex(@"^[0-9]+\\mathrm\{~cm\}$")]
    private static partial Regex MathUnit();

    [GeneratedRegex(@"answer\s*(?:is|=|:)\s*(?:option\s*)?([A-E])\.?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex AnnouncedLetter();

    [GeneratedRegex(@"Rs\.([0-9]+)\nOption [A-E]$")]
    private static partial Regex Rupees();
}
