using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using StepDpo.Core.Annotations;
using StepDpo.Core.Exams;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Exams;

/// <summary>The shipped solutions: what a machine can check of them, it checks. Mathematics was read step by step, by a person.</summary>
public sealed partial class KnownSolutionsTests
{
    public static TheoryData<string> Names => [.. KnownSolutions.All.Select(known => known.Name)];

    [Fact]
    public void There_are_3_lessons_30_exam_items_and_60_gold_items_of_every_sort()
    {
        Assert.Equal((3, 30, 60), (KnownSolutions.For(KnownUse.Lesson).Count, KnownSolutions.For(KnownUse.Exam).Count, KnownSolutions.For(KnownUse.Gold).Count));
        Assert.Equal(KnownSolutions.All.Count, KnownSolutions.All.Select(known => known.Name).Distinct().Count());
        Assert.Equal(KnownSolutions.All.Count, KnownSolutions.All.Select(known => known.Statement).Distinct().Count());
        foreach (var use in new[] { KnownUse.Exam, KnownUse.Gold })
        {
            var items = KnownSolutions.For(use);
            // A share without an error, like neither "always k" nor "always 0"; first, middle and last steps; short and long.
            Assert.InRange(items.Count(known => known.Step is null), items.Count / 5, items.Count / 2);
            Assert.Empty(Enumerable.Range(0, 7).Except(items.Select(known => known.Step ?? 0)));
            Assert.True(items.GroupBy(known => known.Step).Max(group => group.Count()) <= items.Count / 2);
            Assert.True(items.Max(known => known.Steps.Count) >= 6);
            foreach (var topic in new[] { ExamTopic.Arithmetic, ExamTopic.Mathematics })
                Assert.InRange(items.Count(known => known.Topic == topic), items.Count / 3, items.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_item_is_whole_and_can_be_stored(string name)
    {
        var known = KnownSolutions.All.Single(one => one.Name == name);
        Assert.InRange(known.Step ?? 1, 1, known.Steps.Count);
        Assert.All(known.Steps.Append(known.Why).Append(known.Answer).Append(known.Found), words => Assert.Equal(words.Trim(), Assert.IsType<string>(words)));
        Assert.All(known.Steps, words => Assert.NotEqual("", words));
        Assert.InRange(known.Why.Length, 20, 250);
        if (known.Step is { } step) Assert.Contains($"Step {step} ", known.Why, StringComparison.Ordinal);
        // A solution without an error has the right answer; here each with an error has a wrong one.
        Assert.Equal(known.Step is null, known.IsRight);

        var (text, graded) = GoldText.Of(known).Written("Step 1: ");
        Assert.Equal(known.Steps.Count, StepSplit.Offsets(text).Length);
        Assert.Equal(known.IsRight, graded.Check == AnswerCheck.Right);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void In_arithmetic_the_first_false_equals_sign_is_in_the_step_named(string name)
    {
        var known = KnownSolutions.All.Single(one => one.Name == name);
        if (known.Topic != ExamTopic.Arithmetic) return;
        Assert.Equal(Value(known.Answer), Value(known.Statement["Calculate ".Length..^1]));
        var first = Enumerable.Range(1, known.Steps.Count).FirstOrDefault(k => IsFalse(known.Steps[k - 1]));
        Assert.Equal(known.Step ?? 0, first);
        // "X is Y": each such claim of the reason holds.
        foreach (Match claim in Claim().Matches(known.Why[known.Why.IndexOf(':', StringComparison.Ordinal)..])) Assert.Equal(Value(claim.Groups[2].Value), Value(claim.Groups[1].Value));
    }

    // Neighbours of an equals sign that both hold numbers alone.
    private static bool IsFalse(string step)
    {
        var sides = Sentence().Replace(step, "").Split('=').Select(side => Value(side)).ToList();
        return sides.Zip(sides.Skip(1)).Any(pair => pair is ({ } left, { } right) && left != right);
    }

    private static decimal? Value(string words)
    {
        var expression = words.Trim().TrimEnd('.', ',', ' ');
        if (!Arithmetic().IsMatch(expression)) return null;
        using var table = new DataTable();
        return Convert.ToDecimal(table.Compute(expression, ""), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\s*So the answer is.*$|(?<=\)),? (?:and )?(?=[A-Z] =).*$", RegexOptions.Singleline)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^[-+*/() 0-9]*[0-9][-+*/() 0-9]*$")]
    private static partial Regex Arithmetic();

    [GeneratedRegex(@"([-+*/() 0-9]*[0-9)]) is (-?[0-9]+)")]
    private static partial Regex Claim();
}
