namespace StepDpo.Engine.Sampling;

/// <summary>Samples that grow together, a token a step.</summary>
internal abstract class Batch : IDisposable
{
    /// <summary>Rows that grow, and such as have ended and not left yet.</summary>
    public abstract IReadOnlyList<SampleRow> Rows { get; }

    /// <summary>Rows have ended, and enough of them for their leaving to pay.</summary>
    public abstract bool HasRoom { get; }

    /// <summary>Drops the rows that are to leave.</summary>
    public abstract void Remove(Predicate<SampleRow> leaves);

    /// <summary>Takes waiting rows that may join and can be read at once out of the queue, and draws their first tokens.</summary>
    /// <param name="waiting">The queue; those behind the first of another kind of batch stay.</param>
    /// <returns>How many joined.</returns>
    public abstract int Admit(List<SampleRow> waiting);

    /// <summary>One more token a row.</summary>
    public abstract void Step();

    /// <summary>Frees what the rows hold.</summary>
    public abstract void Dispose();
}
