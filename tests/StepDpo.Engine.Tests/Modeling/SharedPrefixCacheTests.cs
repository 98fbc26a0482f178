using CsCheck;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Modeling;

public sealed class SharedPrefixCacheTests
{
    private const double Tolerance = 1e-4;

    public static MatrixTheoryData<string, bool> ModelsBothWays => new([.. LogitsGoldenTests.Models.Select(row => row.Data)], [true, false]);

    // Whatever came, grew and left before: each row's logits are those of its whole text without any cache.
    [Theory]
    [MemberData(nameof(ModelsBothWays))]
    public void Rows_that_share_their_prompts_while_others_come_and_go_have_the_logits_of_their_whole_texts(string name, bool byVectors)
    {
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
        var prompts = Gen.Int[1, 200].Array[1, 12].Array[1, 4];
        Gen.Select(prompts, Gen.Int[0, int.MaxValue].Array[6]).Sample((texts, choices) => Play(model, texts, choices, byVectors), iter: 8, threads: 1);
    }

    [Fact]
    public void A_list_whose_members_leave_keeps_all_others_without_gaps() =>
        Gen.Bool.Array[0, 12].Sample(leaves =>
        {
            var list = Enumerable.Range(0, leaves.Length).ToList();
            var (mirror, gone) = (list.ToArray(), list.Where(i => leaves[i]).ToList());
            foreach (var (from, to) in Places.Remove(list, gone)) mirror[to] = mirror[from];
            Assert.Equal(Enumerable.Range(0, leaves.Length).Except(gone), list.Order());
            Assert.Equal(mirror[..list.Count], list);
        });

    private static void Play(CausalLm model, int[][] prompts, int[] choices, bool byVectors)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var cache = new SharedPrefixCache(model) { ByVectors = byVectors };
        var texts = new List<(int Prompt, List<int> Ids)>();
        for (var round = 0; round < choices.Length; round++)
        {
            var random = new Random(choices[round]);
            if (round % 2 == 0)
            {
                var gone = Enumerable.Range(0, texts.Count).Where(_ => random.Next(3) == 0).ToList();
                cache.RemoveRows(gone);
                Places.Remove(texts, gone);
                // Every prompt is read anew: those of before leave once their rows have.
                var stays = texts.Select(text => text.Prompt).ToHashSet();
                var without = Enumerable.Range(0, cache.PromptLengths.Count).Where(prompt => !stays.Contains(prompt)).ToList();
                var numbers = Enumerable.Range(0, cache.PromptLengths.Count).ToList();
                cache.RemovePrompts(without);
                Places.Remove(numbers, without);
                for (var i = 0; i < texts.Count; i++) texts[i] = (numbers.IndexOf(texts[i].Prompt), texts[i].Ids);
                var fresh = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(prompts.Length)).ToList();
                cache.Reserve(numbers.Count + prompts.Length, 12, texts.Count + fresh.Count, choices.Length);
                using var read = Read(model, prompts);
                cache.AddPrompts(read);
                cache.AddRows(fresh.Select(prompt => numbers.Count + prompt));
                texts.AddRange(fresh.Select(prompt => (numbers.Count + prompt, prompts[prompt].ToList())));
            }

            foreach (var (_, ids) in texts) ids.Add(random.Next(1, 200));
            var found = model.Logits(model.Hidden(tensor([.. texts.Select(text => (long)text.Ids[^1])]), cache));
            for (var row = 0; row < texts.Count; row++)
            {
                var whole = model.Forward(tensor([.. texts[row].Ids.Select(id => (long)id)]).unsqueeze(0))[0, -1];
                LogitsGoldenTests.AssertClose(whole, found[row], Tolerance);
            }
        }
    }

    private static KeyValueCache Read(CausalLm model, int[][] prompts)
    {
        var longest = prompts.Max(prompt => prompt.Length);
        var read = new KeyValueCache(model, prompts.Length, longest);
        var padded = prompts.SelectMany(prompt => prompt.Select(id => (long)id).Concat(Enumerable.Repeat(0L, longest - prompt.Length))).ToArray();
        model.Hidden(tensor(padded, [prompts.Length, longest]), read, [.. prompts.Select(prompt => prompt.Length)]);
        return read;
    }
}
