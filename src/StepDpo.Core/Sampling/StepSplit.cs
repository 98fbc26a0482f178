namespace StepDpo.Core.Sampling;

/// <summary>
/// Where the steps of a solution begin. A step ends before the next <c>\nStep </c> (Step-DPO, <c>generate_dataset.py</c>);
/// the label <c>Step 1:</c> stands in the prompt, so the first step begins where the sampled text does.
/// </summary>
public static class StepSplit
{
    /// <summary>What separates two steps. The line break belongs to neither.</summary>
    public const string Boundary = "\nStep ";

    /// <summary>The offset of each step in the sampled text: 0, then each <c>S</c> of a later <c>Step k:</c>.</summary>
    public static int[] Offsets(string text)
    {
        var offsets = new List<int> { 0 };
        for (var at = text.IndexOf(Boundary, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Boundary, at + 1, StringComparison.Ordinal))
            offsets.Add(at + 1);
        return [.. offsets];
    }
}
