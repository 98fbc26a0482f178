using TorchSharp;

namespace StepDpo.Engine.Tests.Fuzzing;

/// <summary>
/// Opens damaged files one after another. Each is opened or refused by <see cref="InvalidDataException"/> with the file's name
/// and a cause; any other exception is a crash. While it is opened no tensor is made, and all that is allocated together stays
/// below a bound, so that no single allocation can lie above it.
/// </summary>
internal static class Mutants
{
    /// <summary>For an exception, its message and trace, and what opening any file takes.</summary>
    public const long SmallThings = 1 << 15;

    /// <summary>Twice the file.</summary>
    public static long TwiceTheFile(long fileLength) => 2 * fileLength + SmallThings;

    /// <summary>Goes through so many mutants of some files.</summary>
    /// <param name="path">Where each mutant is written in its turn.</param>
    /// <param name="sound">The files, of which only the head is damaged: zeros follow it.</param>
    /// <param name="rounds">Number of mutants.</param>
    /// <param name="bound">Bytes that opening a file of so many bytes may allocate.</param>
    /// <param name="open">Opens the file; a result that is not null is then checked.</param>
    /// <param name="check">Fails where what was opened is not sound.</param>
    /// <returns>How many were opened and how many refused.</returns>
    public static (int Opened, int Refused) Open<T>(string path, IReadOnlyList<(byte[] Head, long Zeros)> sound, int rounds, Func<long, long> bound, Func<string, T> open, Action<T, long> check)
    {
        var mutations = new Mutations(seed: 20261125);
        var (opened, refused) = (0, 0);
        foreach (var (head, zeros) in sound) check(Written(path, head, zeros, open), head.Length + zeros);
        for (var round = 0; round < rounds; round++)
        {
            var (head, zeros) = sound[round % sound.Count];
            var mutant = mutations.Of(head);
            if (mutations.OneIn(20)) zeros = mutations.Below((int)zeros + 100);
            try
            {
                if (IsOpened(path, mutant, zeros, bound, open, check)) opened++;
                else refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"mutant {round} ({Convert.ToBase64String(mutant.AsSpan(0, Math.Min(mutant.Length, 600)))} and {zeros} zeros): {e}");
            }
        }

        return (opened, refused);
    }

    private static bool IsOpened<T>(string path, byte[] head, long zeros, Func<long, long> bound, Func<string, T> open, Action<T, long> check)
    {
        Write(path, head, zeros);
        var length = head.Length + zeros;
        var tensors = TensorsMade();
        var (result, refusal, allocated) = Attempt(path, open);
        // A second try tells what the file costs from what the runtime sets up once: a message's resources, a method's first trace.
        if (allocated > bound(length)) (result, refusal, allocated) = Attempt(path, open);
        Assert.InRange(allocated, 0, bound(length));
        Assert.Equal(tensors, TensorsMade());
        if (refusal is null)
        {
            check(result!, length);
            return true;
        }

        Assert.StartsWith(path, refusal, StringComparison.Ordinal);
        Assert.True(refusal.Length > path.Length + 10, $"no cause in \"{refusal}\"");
        return false;
    }

    private static (T? Result, string? Refusal, long Allocated) Attempt<T>(string path, Func<string, T> open)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return (open(path), null, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        catch (InvalidDataException e)
        {
            return (default, e.Message, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static T Written<T>(string path, byte[] head, long zeros, Func<string, T> open)
    {
        Write(path, head, zeros);
        return open(path);
    }

    /// <summary>Writes a file anew: these bytes and so many zeros.</summary>
    public static void Write(string path, byte[] head, long zeros)
    {
        // Never cut to nothing: ext4 brings such a file to the disk each time it is closed.
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        stream.SetLength(Math.Min(1, head.Length + zeros));
        stream.Write(head);
        stream.SetLength(head.Length + zeros);
    }

    private static long TensorsMade()
    {
        var made = DisposeScopeManager.Statistics.TensorStatistics;
        return made.CreatedInScopeCount + made.CreatedOutsideScopeCount;
    }
}
