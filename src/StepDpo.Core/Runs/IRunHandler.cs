namespace StepDpo.Core.Runs;

/// <summary>Executes runs of one kind. It is called again after any interruption and does only what is still missing.</summary>
public interface IRunHandler
{
    /// <summary>The kind.</summary>
    RunKind Kind { get; }

    /// <summary>
    /// Executes the run to its end. When <see cref="RunExecution.Stopping"/> fires it leaves by
    /// <see cref="OperationCanceledException"/> as soon as what is done is stored.
    /// </summary>
    /// <exception cref="RunFailedException">The run cannot go on; the message is for people.</exception>
    Task<RunResult> ExecuteAsync(RunExecution execution);
}

/// <summary>How a handler came to its end.</summary>
/// <param name="GivesWay">Whether it stopped between two pieces of work to let a training run have the device: it is queued again.</param>
/// <param name="Message">The line of history.</param>
public sealed record RunResult(bool GivesWay, string Message)
{
    /// <summary>All done.</summary>
    public static RunResult Done(string message) => new(false, message);

    /// <summary>The device is given up to a training run.</summary>
    public static RunResult GaveWay { get; } = new(true, "Gave way to a training run.");
}

/// <summary>A run cannot go on, and trying again would change nothing.</summary>
/// <param name="message">Why, in plain words for people.</param>
public sealed class RunFailedException(string message) : Exception(message);
