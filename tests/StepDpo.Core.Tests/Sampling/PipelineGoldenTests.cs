using System.Text.Json;
using StepDpo.Contracts.Prompts;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.Tests.Sampling;

/// <summary>The data pipeline of the reference code on 88 real solutions: <c>golden/steps/pipeline.jsonl</c>.</summary>
public class PipelineGoldenTests
{
    private static readonly JsonElement[] Rows = [.. Shared.ReadLines(Shared.Golden("steps/pipeline.jsonl"))];

    [Fact]
    public void Solutions_are_split_into_the_same_steps()
    {
        foreach (var row in Rows)
        {
            var steps = new SolutionSteps(Template(row).FirstStep, Text(row, "completion"));
            Assert.Equal(Texts(row, "steps"), Enumerable.Range(1, steps.Count).Select(steps.Labelled));
        }
    }

    [Fact]
    public void Sampling_prompts_are_the_same() =>
        Assert.All(Rows, row => Assert.Equal(Text(row, "prompt"), Template(row).ForSampling(Text(row, "question"))));

    // The reference cuts at the first "Step k:" even inside a sentence ("As Step 2: shows, so"): its prefix then ends in the middle
    // of step 1 and its loser is the scrap " shows, so". We cut where the step begins; row 64 is the only difference.
    private static readonly int[] CutInsideSentence = [64];

    private static IEnumerable<JsonElement> Located => Rows.Where(row => Number(row, "reference_step_num") is not null);

    [Fact]
    public void The_reference_cuts_inside_a_sentence_in_these_rows_only() =>
        Assert.Equal(CutInsideSentence, Located
            .Where(row => PrefixText.Of(Template(row), Text(row, "completion"), Number(row, "reference_step_num")!.Value) != Template(row).Opening + Text(row, "prefix"))
            .Select(row => row.GetProperty("id").GetInt32()));

    [Fact]
    public void Prefixes_and_losing_texts_are_cut_at_the_same_place()
    {
        foreach (var row in Located.ExceptBy(CutInsideSentence, row => row.GetProperty("id").GetInt32()))
        {
            var k = Number(row, "reference_step_num")!.Value;
            var template = Template(row);
            Assert.Equal(template.Opening + Text(row, "prefix"), PrefixText.Of(template, Text(row, "completion"), k));
            Assert.Equal(Text(row, "rejected_continuation"), new SolutionSteps(template.FirstStep, Text(row, "completion")).From(k));
            Assert.Equal(Text(row, "correction_prompt"), template.ForContinuation(Text(row, "question"), PrefixText.Of(template, Text(row, "completion"), k)));
        }
    }

    [Fact]
    public void Right_continuations_become_the_same_rows()
    {
        foreach (var row in Located.ExceptBy(CutInsideSentence, row => row.GetProperty("id").GetInt32()))
        {
            var k = Number(row, "reference_step_num")!.Value;
            var template = Template(row);
            var prefix = PrefixText.Of(template, Text(row, "completion"), k);
            var loser = new SolutionSteps(template.FirstStep, Text(row, "completion")).Words(k);
            var ours = row.GetProperty("corrections").EnumerateArray()
                .Where(correction => correction.GetProperty("result").GetBoolean())
                .Select(correction => Text(correction, "completion"))
                .DistinctBy(FirstStep.Of)
                .Select(continuation => (prefix, FirstStep.Of(continuation), loser, continuation));
            var wanted = row.GetProperty("dataset_rows").EnumerateArray()
                .Select(pair => (Text(pair, "prefix"), Text(pair, "chosen"), Text(pair, "rejected"), Text(pair, "original_chosen")));
            Assert.Equal(wanted, ours);
        }
    }

    [Fact]
    public void Judge_prompts_are_the_same() =>
        Assert.All(Rows, row => Assert.Equal(
            Text(row, "judge_prompt"),
            JudgePrompt.Of(Text(row, "question"), Text(row, "gt_output"), Template(row).FirstStep + Text(row, "completion"))));

    [Fact]
    public void Judge_replies_name_the_same_step_by_both_rules()
    {
        foreach (var row in Rows)
        {
            var reply = Text(row, "judge_reply");
            Assert.Equal(Number(row, "paper_first_incorrect"), JudgeReply.FirstIncorrect(reply));
            var read = ReferenceJudgeReply.Read(reply, Template(row).FirstStep + Text(row, "completion"));
            Assert.Equal(Number(row, "reference_step_num"), read.Step);
            Assert.Equal(row.GetProperty("dropped").GetString(), Reason(read.Fault));
        }
    }

    internal static string? Reason(JudgeReplyFault? fault) => fault switch
    {
        null => null,
        JudgeReplyFault.NoMark => "no step is called neutral or incorrect",
        JudgeReplyFault.SeveralSteps => "more than one step before the first mark",
        JudgeReplyFault.NoNumber => "the step number cannot be read",
        JudgeReplyFault.NoSuchStep => "the step is not in the solution",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    internal static int? Number(JsonElement row, string field) =>
        row.GetProperty(field) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    internal static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private static IEnumerable<string> Texts(JsonElement row, string field) => row.GetProperty(field).EnumerateArray().Select(item => item.GetString()!);

    private static PromptTemplate Template(JsonElement row) => PromptTemplate.BuiltIn.Single(template => template.Name == Text(row, "template"));
}
