using System.Text;
using System.Threading.Channels;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Sampling;

/// <summary>A request in the sampler's queue.</summary>
internal abstract class Work(CancellationToken cancellation)
{
    public abstract bool IsDone { get; }

    public bool IsAbandoned => cancellation.IsCancellationRequested;

    public abstract void Cancel();

    public abstract void Fail(Exception e);

    protected CancellationToken Cancellation => cancellation;
}

/// <summary>A request and its answer.</summary>
internal abstract class Work<T>(CancellationToken cancellation) : Work(cancellation)
{
    public TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override bool IsDone => Result.Task.IsCompleted;

    public override void Cancel() => Result.TrySetCanceled(IsAbandoned ? Cancellation : new CancellationToken(canceled: true));

    public override void Fail(Exception e) => Result.TrySetException(e);
}

/// <summary>Texts to score.</summary>
internal sealed class ScoreWork(IReadOnlyList<int[]> texts, CancellationToken cancellation) : Work<IReadOnlyList<double[]>>(cancellation)
{
    public void Run(CausalLm model)
    {
        try
        {
            var scores = new List<double[]>();
            foreach (var text in texts)
            {
                Cancellation.ThrowIfCancellationRequested();
                scores.Add(TextScores.Of(model, text));
            }

            Result.TrySetResult(scores);
        }
        catch (OperationCanceledException)
        {
            Cancel();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }
}

/// <summary>Prompts to continue: a row for each sample.</summary>
internal sealed class SampleWork : Work<IReadOnlyList<SampledText>>
{
    public SampleWork(SamplingRequest request, bool sharesPrompts, ChannelWriter<SampledPiece>? pieces, CancellationToken cancellation) : base(cancellation)
    {
        (Request, SharesPrompts, Pieces) = (request, sharesPrompts, pieces);
        var stops = request.Stop.Select(Encoding.UTF8.GetBytes).ToArray();
        Rows =
        [
            .. from prompt in Enumerable.Range(0, request.Prompts.Count)
               from sample in Enumerable.Range(0, request.N)
               select new SampleRow(this, prompt, sample, stops),
        ];
    }

    public SamplingRequest Request { get; }

    public bool SharesPrompts { get; }

    /// <summary>Where the samples' growth is told, if anybody listens.</summary>
    public ChannelWriter<SampledPiece>? Pieces { get; }

    public IReadOnlyList<SampleRow> Rows { get; }

    public void CompleteIfDone()
    {
        if (Rows.All(row => row.IsFinished)) Result.TrySetResult([.. Rows.Select(row => row.Result())]);
    }
}
