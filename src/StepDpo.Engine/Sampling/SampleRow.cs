using System.Runtime.InteropServices;
using System.Text;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Sampling;

/// <summary>One sample while it grows: its ids, its bytes, and where a stop text cut it.</summary>
internal sealed class SampleRow(SampleWork owner, int prompt, int sample, IReadOnlyList<byte[]> stops)
{
    private readonly List<int> _ids = [];
    private readonly List<double> _logprobs = [];
    private readonly List<byte> _bytes = [];

    // Where each id's bytes begin.
    private readonly List<int> _starts = [];
    private readonly RowStream? _stream = owner.Pieces is null ? null : new RowStream(stops);
    private (int Stop, int At)? _cut;
    private FinishReason? _finish;

    /// <summary>Place of the prompt in the request.</summary>
    public int Prompt { get; } = prompt;

    /// <summary>Which of the prompt's samples.</summary>
    public int Sample { get; } = sample;

    /// <summary>The request that it belongs to.</summary>
    public SampleWork Owner => owner;

    /// <summary>What was asked for.</summary>
    public SamplingRequest Request => owner.Request;

    /// <summary>The prompt's ids.</summary>
    public int[] PromptIds => Request.Prompts[Prompt];

    /// <summary>Rows with the same one share what was read of their prompt.</summary>
    public object SharedBy => owner.SharesPrompts ? PromptIds : this;

    /// <summary>The sample has ended.</summary>
    public bool IsFinished => _finish is not null;

    /// <summary>The next draw, in [0, 1).</summary>
    public float Uniform => Draws.Uniform(Request.Seed, Prompt, Sample, _ids.Count);

    /// <summary>The id that was drawn last.</summary>
    public int LastId => _ids[^1];

    /// <summary>Takes the next token, and tells those who listen.</summary>
    public void Add(Tokenizer tokenizer, int id, double logprob)
    {
        _ids.Add(id);
        _logprobs.Add(logprob);
        _starts.Add(_bytes.Count);
        if (Request.EndIds.Contains(id))
        {
            _finish = FinishReason.Stop;
        }
        else
        {
            if (!tokenizer.IsSpecial(id)) _bytes.AddRange(tokenizer.TokenBytes(id));
            _cut = FindStop();
            if (_cut is not null) _finish = FinishReason.Stop;
            else if (_ids.Count >= Request.MaxTokens) _finish = FinishReason.Length;
        }

        Tell();
    }

    /// <summary>The sample as it stands.</summary>
    public SampledText Result() => new(
        Encoding.UTF8.GetString(Text),
        _ids[..Count],
        Request.WantsLogprobs ? _logprobs[..Count] : null,
        _finish ?? FinishReason.Length,
        _cut is { } cut ? Request.Stop[cut.Stop] : null,
        _ids.Count);

    // Without what a stop text cut off.
    private ReadOnlySpan<byte> Text => CollectionsMarshal.AsSpan(_bytes)[..(_cut?.At ?? _bytes.Count)];

    private int Count => _cut is { } cut ? _starts.TakeWhile(start => start < cut.At).Count() : _ids.Count;

    private void Tell()
    {
        if (_stream is null) return;
        var told = _stream.Ids;
        var text = _stream.Next(Text, _starts, Count, IsFinished);
        if (text.Length == 0 && told == _stream.Ids && !IsFinished) return;
        owner.Pieces!.TryWrite(new SampledPiece(
            Prompt * Request.N + Sample,
            text,
            _ids[told.._stream.Ids],
            Request.WantsLogprobs ? _logprobs[told.._stream.Ids] : null,
            IsFinished ? Result() : null));
    }

    // The earliest stop text, sought in bytes: tokens may end inside a stop text and even inside a character.
    private (int Stop, int At)? FindStop()
    {
        (int Stop, int At)? first = null;
        for (var stop = 0; stop < stops.Count; stop++)
        {
            var from = Math.Max(0, _starts[^1] - stops[stop].Length + 1);
            var at = CollectionsMarshal.AsSpan(_bytes)[from..].IndexOf(stops[stop]);
            if (at >= 0 && (first is null || from + at < first.Value.At)) first = (stop, from + at);
        }

        return first;
    }
}
