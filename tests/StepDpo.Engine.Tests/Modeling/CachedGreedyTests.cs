using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Modeling;

public sealed class CachedGreedyTests
{
    private const long Padding = 0;

    [Theory]
    [MemberData(nameof(LogitsGoldenTests.Models), MemberType = typeof(LogitsGoldenTests))]
    public void Greedy_ids_of_prompts_of_different_lengths_decoded_together_equal_the_golden_ones(string name)
    {
        var rows = Shared.ReadLines(Shared.Golden("generation/greedy.jsonl")).Where(row => row.GetProperty("model").GetString() == name).ToList();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        AssertGreedy(model, rows, "new_ids");
    }

    [Fact]
    public void Greedy_ids_of_the_nano_model_equal_the_golden_ones()
    {
        var folder = Shared.Path("models/nano-arithmetic");
        var rows = Shared.ReadLines(Path.Combine(folder, "greedy.jsonl")).ToList();
        using var model = HuggingFaceFolder.Load(folder);
        AssertGreedy(model, rows, "ids");
    }

    [Fact]
    public void Rows_of_different_lengths_take_different_numbers_of_new_tokens()
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-llama3"));
        using var cache = new KeyValueCache(model, rows: 2, capacity: 16);
        model.Hidden(tensor(new long[,] { { 5, 6, 7, 8 }, { 5, 6, Padding, Padding } }), cache, [4, 2]);
        model.Hidden(tensor(new long[,] { { 9, Padding, Padding }, { 20, 21, 22 } }), cache, [1, 3]);
        Assert.Equal([5, 5], cache.Lengths);
        var found = model.Logits(model.Hidden(tensor(new long[,] { { 30 }, { 31 } }), cache));
        AssertEqualsWhole(model, [5, 6, 7, 8, 9, 30], found[0]);
        AssertEqualsWhole(model, [5, 6, 20, 21, 22, 31], found[1]);
    }

    [Fact]
    public void More_tokens_than_the_cache_holds_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-smol"));
        using var cache = new KeyValueCache(model, rows: 1, capacity: 3);
        model.Hidden(tensor(new long[,] { { 5, 6, 7 } }), cache);
        var error = Assert.Throws<InvalidOperationException>(() => model.Hidden(tensor(new long[,] { { 8 } }), cache));
        Assert.Contains("3", error.Message, StringComparison.Ordinal);
    }

    // The last places of a row decoded with the cache against the whole text without one.
    private static void AssertEqualsWhole(CausalLm model, long[] ids, Tensor found)
    {
        using var noGrad = no_grad();
        var whole = model.Forward(tensor(ids).unsqueeze(0))[0];
        LogitsGoldenTests.AssertClose(whole.narrow(0, whole.shape[0] - found.shape[0], found.shape[0]), found, 2e-5);
    }

    private static void AssertGreedy(CausalLm model, List<JsonElement> rows, string field)
    {
        Assert.NotEmpty(rows);
        var prompts = rows.Select(row => row.Ids("prompt_ids")).ToList();
        var wanted = rows.Select(row => row.Ids(field)).ToList();
        var found = Greedy(model, prompts, wanted.Max(ids => ids.Length));
        Assert.All(wanted, (ids, row) => Assert.Equal(ids, found[row].Take(ids.Length)));
    }

    private static List<long>[] Greedy(CausalLm model, List<long[]> prompts, int count)
    {
        using var scope = NewDisposeScope();
        var longest = prompts.Max(prompt => prompt.Length);
        using var cache = new KeyValueCache(model, prompts.Count, longest + count);
        var padded = prompts.SelectMany(prompt => prompt.Concat(Enumerable.Repeat(Padding, longest - prompt.Length))).ToArray();
        var hidden = model.Hidden(tensor(padded, [prompts.Count, longest]), cache, [.. prompts.Select(prompt => prompt.Length)]);
        var last = stack(prompts.Select((prompt, row) => hidden[row, prompt.Length - 1]));
        var texts = prompts.Select(_ => new List<long>()).ToArray();
        for (var step = 0; step < count; step++)
        {
            var next = model.Logits(last).argmax(-1);
            for (var row = 0; row < texts.Length; row++) texts[row].Add(next[row].item<long>());
            last = model.Hidden(next.unsqueeze(1), cache).squeeze(1);
        }

        return texts;
    }
}
