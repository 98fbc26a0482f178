using StepDpo.Core.Suggestions;
using static StepDpo.Core.Tests.Sampling.PipelineGoldenTests;

namespace StepDpo.Core.Tests.Suggestions;

/// <summary>Twenty-five shapes of reply, each for seven solutions: <c>golden/steps/judge-replies.jsonl</c>.</summary>
public class JudgeReplyGoldenTests
{
    [Fact]
    public void Every_shape_of_reply_is_read_as_the_goldens_say()
    {
        foreach (var row in Shared.ReadLines(Shared.Golden("steps/judge-replies.jsonl")))
        {
            var reply = Text(row, "judge_reply");
            var solution = string.Concat(Enumerable.Range(1, row.GetProperty("steps").GetInt32()).Select(k => $"Step {k}: words\n"));
            Assert.Equal(Number(row, "paper_first_incorrect"), JudgeReply.FirstIncorrect(reply));

            var read = ReferenceJudgeReply.Read(reply, solution);
            Assert.Equal(Number(row, "reference_step_num"), read.Step);
            Assert.Equal(row.GetProperty("dropped").GetString(), Reason(read.Fault));
        }
    }
}
