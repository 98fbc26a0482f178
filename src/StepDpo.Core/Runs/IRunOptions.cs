using StepDpo.Contracts;

namespace StepDpo.Core.Runs;

/// <summary>What a kind of run can be told. A validated record, kept with the run as JSON and never changed.</summary>
public interface IRunOptions
{
    /// <summary>The kind that these are for.</summary>
    static abstract RunKind Kind { get; }

    /// <summary>Says what is wrong with each field: name of the field and a message; empty when all is well.</summary>
    IEnumerable<(string Field, Sentence Message)> Problems();
}

/// <summary>A run to be queued.</summary>
/// <typeparam name="TOptions">The kind's options.</typeparam>
/// <param name="ProjectId">The project.</param>
/// <param name="Name">Name as shown.</param>
/// <param name="ModelId">The model that it samples from, or trains.</param>
/// <param name="Options">The kind's options.</param>
public sealed record RunRequest<TOptions>(long ProjectId, string Name, long ModelId, TOptions Options) where TOptions : IRunOptions
{
    /// <summary>The iteration of the loop that it belongs to, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The run that it follows, or null.</summary>
    public long? ParentId { get; init; }

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }
}
