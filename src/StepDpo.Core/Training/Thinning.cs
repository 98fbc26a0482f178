namespace StepDpo.Core.Training;

/// <summary>Chooses which of many steps a chart shows. Steps are left out, never averaged: each value shown was measured.</summary>
public static class Thinning
{
    /// <summary>
    /// Places to keep, rising, at most <paramref name="points"/>: all where they fit; else the first and the last, and of each of
    /// equal stretches between them the lowest and the highest, so that no spike is lost.
    /// </summary>
    /// <param name="values">A value a step; null where there is none.</param>
    /// <param name="points">At least 4.</param>
    public static IReadOnlyList<int> Places(IReadOnlyList<double?> values, int points)
    {
        if (values.Count <= points) return [.. Enumerable.Range(0, values.Count)];
        var kept = new SortedSet<int> { 0, values.Count - 1 };
        var stretches = (points - 2) / 2;
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            var (from, to) = (Edge(stretch), Edge(stretch + 1));
            var (low, high) = (from, from);
            for (var place = from; place < to; place++)
            {
                if (values[place] < values[low] || values[low] is null) low = place;
                if (values[place] > values[high] || values[high] is null) high = place;
            }

            kept.Add(low);
            kept.Add(high);
        }

        return [.. kept];

        int Edge(int stretch) => 1 + (int)((long)(values.Count - 2) * stretch / stretches);
    }
}
