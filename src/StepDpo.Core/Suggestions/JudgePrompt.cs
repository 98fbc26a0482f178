namespace StepDpo.Core.Suggestions;

/// <summary>What a judging model is asked (Step-DPO, <c>locate_error_by_gpt4.py</c>, word for word).</summary>
public static class JudgePrompt
{
    private const string Question = """
        A math problem and its correct solution are listed above. We also give another incorrect answer, where step-by-step reasoning process is shown. Please output the correctness for each reasoning step in the given answer.

        Requirements:
        1. You should first output a step-by-step analysis process (no more than 200 words), and finally output the decision ("correct", "neutral", "incorrect") for each step following the format of "Final Decision:
        Step 1: correct; Step 2: neutral; ...";
        2. Stop when you find the first incorrect step.
        """;

    /// <summary>Fills the prompt in.</summary>
    /// <param name="problem">The bare problem.</param>
    /// <param name="correctSolution">A right solution, or the reference answer where there is none.</param>
    /// <param name="answer">The solution to judge, from its label <c>Step 1:</c> on.</param>
    public static string Of(string problem, string correctSolution, string answer) =>
        $"### Problem:\n{problem}\n\n### Correct solution:\n{Squeezed(correctSolution)}\n\n### Incorrect answer:\n{Squeezed(answer)}\n\n---\n\n{Question}";

    private static string Squeezed(string text) => text.Replace("\n\n", "\n", StringComparison.Ordinal);
}
