using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// Continues and scores texts. One thread of its own holds the model and does all the work; requests wait in a queue, and their
/// samples share batches. Safe to call from any thread.
/// </summary>
public sealed class Sampler : IDisposable
{
    private readonly CausalLm _model;
    private readonly Tokenizer _tokenizer;
    private readonly SamplerOptions _options;
    private readonly BlockingCollection<Work> _queue = [];
    private readonly Thread _thread;

    // Requests that are not answered yet, and their rows that no batch holds yet: requests in the order of arrival, inside a
    // request by length.
    private readonly List<SampleWork> _open = [];
    private readonly List<SampleRow> _waiting = [];
    private Batch? _batch;

    private volatile SamplerLoad _load = new(0, 0, 0, 0, 0);
    private long _answered, _cancelled, _failed;

    // Rows may join: some have come, or there may be more room than before.
    private bool _mayAdmit;

    /// <summary>Starts the thread.</summary>
    /// <param name="model">The model; it belongs to the sampler from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">How much is done at once; null: as <see cref="SamplerOptions"/> has it.</param>
    public Sampler(CausalLm model, Tokenizer tokenizer, SamplerOptions? options = null)
    {
        (_model, _tokenizer, _options) = (model, tokenizer, options ?? new SamplerOptions());
        _thread = new Thread(Run) { IsBackground = true, Name = nameof(Sampler) };
        _thread.Start();
    }

    /// <summary>What it does at the moment: as of the last step.</summary>
    public SamplerLoad Load => _load;

    /// <summary>Most tokens, prompt and new ones together, whose keys and values the cache can hold.</summary>
    public long MostTokens => _options.CacheBytes / KeyValueStore.TokenBytes(_model);

    /// <summary>Samples: those of the first prompt, then those of the second, and so on.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="cancellation">Ends the request within a step of its batch.</param>
    /// <exception cref="ArgumentException">There is no prompt, an empty one, or nothing to sample.</exception>
    public Task<IReadOnlyList<SampledText>> SampleAsync(SamplingRequest request, CancellationToken cancellation = default)
    {
        Check(request);
        return Enqueue(new SampleWork(request, _options.SharesPrompts, pieces: null, cancellation));
    }

    /// <summary>Samples, told piece by piece as they grow. Whoever stops reading ends the request.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="cancellation">Ends the request within a step of its batch.</param>
    /// <exception cref="ArgumentException">There is no prompt, an empty one, or nothing to sample.</exception>
    public IAsyncEnumerable<SampledPiece> StreamAsync(SamplingRequest request, CancellationToken cancellation = default)
    {
        Check(request);
        return PiecesAsync(request, cancellation);
    }

    /// <summary>log p of each token of each text given those before it: one fewer than the text has ids.</summary>
    public Task<IReadOnlyList<double[]>> ScoreAsync(IReadOnlyList<int[]> texts, CancellationToken cancellation = default) =>
        Enqueue(new ScoreWork(texts, cancellation));

    /// <summary>Ends the thread after the batch at hand and frees the model; requests that still wait are cancelled.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
        _model.Dispose();
    }

    private static void Check(SamplingRequest request)
    {
        if (request.Prompts.Count == 0 || request.Prompts.Any(prompt => prompt.Length == 0)) throw new ArgumentException("Each of one or more prompts must hold a token.", nameof(request));
        if (request.N < 1 || request.MaxTokens < 1) throw new ArgumentException($"Wanted at least one sample of one token; found {request.N} of {request.MaxTokens}.", nameof(request));
    }

    private async IAsyncEnumerable<SampledPiece> PiecesAsync(SamplingRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pieces = Channel.CreateUnbounded<SampledPiece>(new UnboundedChannelOptions { SingleReader = true });
        var all = Enqueue(new SampleWork(request, _options.SharesPrompts, pieces.Writer, left.Token));
        // However it ends, nothing more comes.
        _ = all.ContinueWith(_ => pieces.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(CancellationToken.None)) yield return piece;
            await all;
        }
        finally
        {
            await left.CancelAsync();
        }
    }

    private Task<T> Enqueue<T>(Work<T> work)
    {
        _queue.Add(work);
        return work.Result.Task;
    }

    private void Run()
    {
        using var noGrad = no_grad();
        while (_open.Count > 0 || !_queue.IsCompleted)
        {
            Receive();
            try
            {
                DropAbandoned();
                Admit();
                if (_batch is { } batch && batch.Rows.Any(row => !row.IsFinished)) batch.Step();
            }
            catch (Exception e)
            {
                // Whatever a native call threw belongs to these requests; the thread goes on.
                foreach (var work in _open) work.Fail(e);
                _waiting.Clear();
                EndBatch();
            }

            foreach (var work in _open) work.CompleteIfDone();
            _open.RemoveAll(Close);
            // Nobody waits: what ended rows held is not kept.
            if (_open.Count == 0) EndBatch();
            _load = new SamplerLoad(_batch?.Rows.Count(row => !row.IsFinished) ?? 0, _waiting.Count, _answered, _cancelled, _failed);
        }

        EndBatch();
    }

    // Waits for work if there is none; takes all there is.
    private void Receive()
    {
        try
        {
            while (_queue.TryTake(out var work, _open.Count == 0 ? Timeout.Infinite : 0)) Accept(work);
        }
        catch (InvalidOperationException) when (_queue.IsCompleted)
        {
            // Completed while it waited.
        }
    }

    private void Accept(Work work)
    {
        if (work.IsAbandoned) work.Cancel();
        else if (work is ScoreWork score) score.Run(_model);
        else if (work is SampleWork sample)
        {
            _open.Add(sample);
            _waiting.AddRange(sample.Rows.OrderBy(row => row.PromptIds.Length));
            _mayAdmit = true;
        }
    }

    // Whether a request has got its answer, which is counted.
    private bool Close(SampleWork work)
    {
        var task = work.Result.Task;
        if (task.IsCompletedSuccessfully) _answered++;
        else if (task.IsCanceled) _cancelled++;
        else if (task.IsFaulted) _failed++;
        return task.IsCompleted;
    }

    private void DropAbandoned()
    {
        foreach (var work in _open.Where(work => work.IsAbandoned || _queue.IsAddingCompleted)) work.Cancel();
        if (_open.RemoveAll(Close) == 0) return;
        _waiting.RemoveAll(row => row.Owner.IsDone);
        _batch?.Remove(row => row.Owner.IsDone);
        _mayAdmit = true;
    }

    private void Admit()
    {
        if (_batch is { } running && (_mayAdmit || running.HasRoom)) running.Remove(row => row.IsFinished);
        if (_batch is { Rows.Count: 0 }) EndBatch();
        if (_waiting.Count == 0 || !(_mayAdmit || _batch?.HasRoom != false)) return;
        _batch ??= _waiting[0].Request.IsBatchInvariant ? new InvariantBatch(_model, _tokenizer, _options) : new SampleBatch(_model, _tokenizer, _options);
        _mayAdmit = _batch.Admit(_waiting) > 0;
    }

    private void EndBatch()
    {
        _batch?.Dispose();
        _batch = null;
    }
}
