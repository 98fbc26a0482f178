using System.Runtime.CompilerServices;
using StepDpo.Contracts.Completions;

namespace StepDpo.Core.Runs;

/// <summary>
/// Asks a server group after group, the next while the answer to the last is stored: neither waits for the other. One group is
/// asked for at a time, so that what a batch holds, and with it the last bit of every score, does not depend on the clock.
/// </summary>
/// <param name="execution">The run.</param>
/// <param name="ask">Asks for a group.</param>
internal sealed class RequestsAhead<TGroup>(RunExecution execution, Func<TGroup, CancellationToken, Task<IReadOnlyList<CompletionChoice>>> ask)
{
    /// <summary>Whether the answers ended early, to let a training run have the device.</summary>
    public bool GaveWay { get; private set; }

    /// <summary>The groups' answers in their order.</summary>
    public async IAsyncEnumerable<(TGroup Group, IReadOnlyList<CompletionChoice> Choices)> AnswersAsync(
        IReadOnlyList<TGroup> groups, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<IReadOnlyList<CompletionChoice>>? asked = null;
        try
        {
            for (var at = -1; at < groups.Count && !GaveWay; at++)
            {
                var choices = asked is null ? null : await asked;
                asked = null;
                // What was sampled is stored, whatever else comes.
                if (at + 1 < groups.Count && !cancellationToken.IsCancellationRequested)
                {
                    GaveWay = await execution.ShouldGiveWayAsync();
                    if (!GaveWay) asked = ask(groups[at + 1], left.Token);
                }

                if (choices is not null) yield return (groups[at], choices);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await left.CancelAsync();
            if (asked is not null) await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
