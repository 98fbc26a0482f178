namespace StepDpo.Core.Projects;

/// <summary>Some lines of the guidelines that a change brought, or took away.</summary>
/// <param name="IsNew">Whether they are there now; else they were before.</param>
/// <param name="Text">The lines, in Markdown.</param>
public sealed record ChangedLines(bool IsNew, string Text);

/// <summary>What differs between two texts of guidelines, by whole lines.</summary>
public static class GuidelinesChange
{
    // Lines compared with lines; beyond it the whole text is shown as changed.
    private const int MostComparisons = 4_000_000;

    /// <summary>What was taken away and what came, in the order of the text; unchanged lines are left out.</summary>
    public static IReadOnlyList<ChangedLines> Between(string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        if ((long)old.Length * now.Length > MostComparisons) return [new(false, before), new(true, after)];

        // Length of the longest common part of what follows line i and line j.
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var changes = new List<ChangedLines>();
        List<string> gone = [], added = [];
        for (int i = 0, j = 0; i < old.Length || j < now.Length;)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j])
            {
                Close(changes, gone, added);
                (i, j) = (i + 1, j + 1);
            }
            else if (j == now.Length || i < old.Length && common[i + 1, j] >= common[i, j + 1])
            {
                gone.Add(old[i++]);
            }
            else
            {
                added.Add(now[j++]);
            }
        }

        Close(changes, gone, added);
        return changes;
    }

    private static void Close(List<ChangedLines> changes, List<string> gone, List<string> added)
    {
        foreach (var (lines, isNew) in new[] { (gone, false), (added, true) })
        {
            if (lines.Any(line => line.Length > 0)) changes.Add(new(isNew, string.Join('\n', lines)));
            lines.Clear();
        }
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.TrimEnd())];
}
