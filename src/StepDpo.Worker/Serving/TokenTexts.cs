using System.Runtime.InteropServices;
using System.Text;
using StepDpo.Contracts.Completions;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Worker.Serving;

/// <summary>Tokens with their texts, log-probabilities and places, as the protocol lists them.</summary>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    private readonly List<string> _tokens = [];
    private readonly List<double?> _logprobs = [];
    private readonly List<int> _offsets = [];
    private readonly List<byte> _bytes = [];

    /// <summary>Appends tokens.</summary>
    public void Add(IReadOnlyList<int> ids, IReadOnlyList<double?> logprobs)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            _tokens.Add(tokenizer.Decode([ids[i]]));
            _logprobs.Add(logprobs[i]);
            _offsets.Add(Encoding.UTF8.GetCharCount(CollectionsMarshal.AsSpan(_bytes)));
            _bytes.AddRange(tokenizer.TokenBytes(ids[i]));
        }
    }

    /// <summary>What has been added since the last call; places go on counting.</summary>
    public CompletionLogprobs Take()
    {
        var taken = new CompletionLogprobs { Tokens = [.. _tokens], TokenLogprobs = [.. _logprobs], TextOffset = [.. _offsets] };
        _tokens.Clear();
        _logprobs.Clear();
        _offsets.Clear();
        return taken;
    }
}
