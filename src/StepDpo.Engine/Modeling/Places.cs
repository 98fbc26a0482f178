namespace StepDpo.Engine.Modeling;

/// <summary>Keeps a list without gaps while members leave and few of the others move.</summary>
internal static class Places
{
    /// <summary>The last members fill the holes of those gone. Lists that are treated alike stay alike.</summary>
    /// <param name="list">The members, changed in place.</param>
    /// <param name="gone">Places of those that leave, in rising order.</param>
    /// <returns>Who moved: none from a place that another moved to.</returns>
    public static List<(int From, int To)> Remove<T>(List<T> list, IReadOnlyList<int> gone)
    {
        var moves = new List<(int From, int To)>();
        var (first, end) = (0, gone.Count);
        while (first < end)
        {
            var last = list.Count - 1;
            if (gone[end - 1] == last)
            {
                end--;
            }
            else
            {
                moves.Add((last, gone[first]));
                list[gone[first++]] = list[last];
            }

            list.RemoveAt(last);
        }

        return moves;
    }
}
