namespace StepDpo.Core.Workers;

/// <summary>An endpoint did not do what was asked of it. The message is for people; it never repeats what a foreign server said.</summary>
/// <param name="message">What happened.</param>
/// <param name="mayPass">Whether the same request may work later: nobody listens, too busy, connection lost.</param>
/// <param name="inner">What lies beneath.</param>
public sealed class EndpointException(string message, bool mayPass, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the same request may work later.</summary>
    public bool MayPass { get; } = mayPass;
}
