using System.Buffers;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// What <see cref="SharedPrefixAttention"/> computes, on a CPU in fp32, with the processor's own vectors: each query runs over the
/// keys of its prompt and of its row, exactly as many as there are, in one softmax. Tensor operations need every row as long as the
/// longest, masks, and several passes over scores in memory; for one token a row that is most of their work. What a row
/// gets depends on nothing in other rows.
/// </summary>
internal sealed unsafe class VectorAttention(SharedPrefixCache cache, ModelConfig config) : OneTokenAttention
{
    // Below this many multiplications a second thread costs more than it brings.
    private const long WorkOfThread = 1 << 20;

    private readonly int _threads = ThreadsFor(cache, config);

    /// <summary>Whether this way is open to a model.</summary>
    public static bool Suits(CausalLm model) =>
        model.Device.type == DeviceType.CPU && model.Dtype == ScalarType.Float32 && model.Config.HeadDim % Vector256<float>.Count == 0;

    /// <inheritdoc/>
    public override Tensor Apply(int layer, Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        (query, key, value) = (query.contiguous(), key.contiguous(), value.contiguous());
        var result = empty_like(query);
        var rows = new Rows(Address(query), Address(key), Address(value), Address(result), cache.Prompts.Addresses(layer), cache.Fresh.Addresses(layer));
        if (_threads == 1) Attend(rows, 0, cache.Rows.Count);
        else Parallel.For(0, _threads, part => Attend(rows, cache.Rows.Count * part / _threads, cache.Rows.Count * (part + 1) / _threads));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Where a contiguous fp32 tensor on the CPU begins.</summary>
    public static nint Address(Tensor tensor)
    {
        using var first = tensor.detach().view(-1).narrow(0, 0, 1);
        fixed (byte* address = first.bytes) return (nint)address;
    }

    private static int ThreadsFor(SharedPrefixCache cache, ModelConfig config)
    {
        var keys = cache.Rows.Sum(row => (long)cache.PromptLengths[row.Prompt] + row.Length + 1);
        return (int)Math.Clamp(keys * config.Heads * config.HeadDim * 2 / WorkOfThread, 1, get_num_threads());
    }

    private void Attend(Rows rows, int first, int end)
    {
        var (width, kvHeads, group) = (config.HeadDim, config.KeyValueHeads, config.Heads / config.KeyValueHeads);
        var most = 0;
        for (var row = first; row < end; row++) most = Math.Max(most, cache.PromptLengths[cache.Rows[row].Prompt] + cache.Rows[row].Length + 1);
        var buffer = ArrayPool<float>.Shared.Rent(most + Vector256<float>.Count);
        fixed (float* scores = buffer)
        {
            for (var row = first; row < end; row++)
            {
                var (prompt, length) = cache.Rows[row];
                for (var head = 0; head < kvHeads; head++)
                {
                    var at = (row * (long)kvHeads + head) * width;
                    var before = Stretch.At(rows.Prompts, cache.Prompts.Place(prompt, head, 0) * width, cache.PromptLengths[prompt]);
                    var own = Stretch.At(rows.Fresh, cache.Fresh.Place(row, head, 0) * width, length + 1);
                    own.SetLast((float*)rows.Key + at, (float*)rows.Value + at, width);
                    for (var query = 0; query < group; query++)
                        Attend((float*)rows.Query + at * group + query * width, before, own, scores, (float*)rows.Result + at * group + query * width, width);
                }
            }
        }

        ArrayPool<float>.Shared.Return(buffer);
    }

    private static void Attend(float* query, Stretch before, Stretch own, float* scores, float* result, int width)
    {
        before.Score(query, scores, width);
        own.Score(query, scores + before.Count, width);
        var share = 1 / Soften(scores, before.Count + own.Count, 1 / MathF.Sqrt(width));
        for (var at = 0; at < width; at += Vector256<float>.Count)
            ((before.Mix(scores, at, width) + own.Mix(scores + before.Count, at, width)) * share).Store(result + at);
    }

    // exp((score - highest) * scale) in the scores' place, and their sum.
    private static float Soften(float* scores, int count, float scale)
    {
        var lanes = Vector256<float>.Count;
        for (var past = count; past % lanes != 0; past++) scores[past] = float.NegativeInfinity;
        var highest = Vector256.Load(scores);
        for (var at = lanes; at < count; at += lanes) highest = Vector256.MaxNative(highest, Vector256.Load(scores + at));
        var most = float.NegativeInfinity;
        for (var lane = 0; lane < lanes; lane++) most = MathF.Max(most, highest[lane]);
        var (top, sum) = (Vector256.Create(most), Vector256<float>.Zero);
        for (var at = 0; at < count; at += lanes)
        {
            var mass = Vector256.Exp((Vector256.Load(scores + at) - top) * scale);
            mass.Store(scores + at);
            sum += mass;
        }

        return Vector256.Sum(sum);
    }

    /// <summary>Addresses: the step's queries [rows, heads, width], keys and values [rows, kvHeads, width], the result, and the stores' buffers.</summary>
    private sealed record Rows(nint Query, nint Key, nint Value, nint Result, (nint Keys, nint Values) Prompts, (nint Keys, nint Values) Fresh);

    /// <summary>Keys and values of tokens that follow each other, of one head.</summary>
    private readonly struct Stretch(float* keys, float* values, int count)
    {
        public int Count => count;

        public static Stretch At((nint Keys, nint Values) buffers, long place, int count) => new((float*)buffers.Keys + place, (float*)buffers.Values + place, count);

        public void SetLast(float* key, float* value, int width)
        {
            new Span<float>(key, width).CopyTo(new Span<float>(keys + (count - 1L) * width, width));
            new Span<float>(value, width).CopyTo(new Span<float>(values + (count - 1L) * width, width));
        }

        /// <summary>Each key's product with the query.</summary>
        public void Score(float* query, float* scores, int width)
        {
            var (token, key) = (0, 0L);
            for (; token + 3 < count; token += 4, key += 4 * width)
            {
                var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                for (var at = 0; at < width; at += Vector256<float>.Count)
                {
                    var (part, of) = (Vector256.Load(query + at), key + at);
                    a = Vector256.FusedMultiplyAdd(part, Vector256.Load(keys + of), a);
                    b = Vector256.FusedMultiplyAdd(part, Vector256.Load(keys + of + width), b);
                    c = Vector256.FusedMultiplyAdd(part, Vector256.Load(keys + of + 2 * width), c);
                    d = Vector256.FusedMultiplyAdd(part, Vector256.Load(keys + of + 3 * width), d);
                }

                Sums(a, b, c, d).Store(scores + token);
            }

            for (; token < count; token++, key += width)
            {
                var sum = Vector256<float>.Zero;
                for (var at = 0; at < width; at += Vector256<float>.Count) sum = Vector256.FusedMultiplyAdd(Vector256.Load(query + at), Vector256.Load(keys + key + at), sum);
                scores[token] = Sums(sum, sum, sum, sum)[0];
            }
        }

        // The sums of four vectors' lanes, side by side: a quarter of the work of four single sums, in the same order of additions.
        private static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
        {
            if (!Avx.IsSupported) return Vector128.Create(Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));
            var all = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
            return all.GetLower() + all.GetUpper();
        }

        /// <summary>Some numbers of the values' sum, each value by its mass.</summary>
        public Vector256<float> Mix(float* masses, int at, int width)
        {
            // Two sums, so that an addition need not wait for the one before.
            var (even, odd, token) = (Vector256<float>.Zero, Vector256<float>.Zero, 0);
            var value = values + at;
            for (; token + 1 < count; token += 2, value += 2 * width)
            {
                even = Vector256.FusedMultiplyAdd(Vector256.Create(masses[token]), Vector256.Load(value), even);
                odd = Vector256.FusedMultiplyAdd(Vector256.Create(masses[token + 1]), Vector256.Load(value + width), odd);
            }

            return token < count ? Vector256.FusedMultiplyAdd(Vector256.Create(masses[token]), Vector256.Load(value), even) + odd : even + odd;
        }
    }
}
