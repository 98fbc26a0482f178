using System.Collections;
using System.Diagnostics.CodeAnalysis;
using CsCheck;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Tokenization;

/// <summary>Texts and tokenizer files that are made to take for ever.</summary>
public sealed class HostileTextTests
{
    // Ones and twos make up sixty letters in 2.5e12 ways, all of which the engine tries before it gives up.
    private const string Endless = "(?:a|aa)+(?=b)";

    [Fact]
    public void An_expression_that_tries_every_way_of_reading_a_text_ends_at_the_time_limit_and_is_named_with_its_file()
    {
        var split = new PatternSplit(Endless, "tokenizer.json: pattern: Regex", TimeSpan.FromMilliseconds(20));
        var error = Assert.Throws<InvalidDataException>(() => split.Split(new string('a', 60)).ToList());
        Assert.StartsWith($"tokenizer.json: pattern: Regex: found {Endless}, which searched for one piece of a text of 60 characters for more than 0.02 s", error.Message, StringComparison.Ordinal);
    }

    // Every pair that comes up costs at most one look at the merges when it is proposed and one when its turn comes: n - 1 pairs
    // at the start, two more after each of at most n - 1 merges.
    [Fact]
    public void The_work_on_one_word_of_a_hundred_thousand_letters_grows_with_its_length()
    {
        foreach (var letters in new[] { 25_000, 50_000, 100_000 })
        {
            var merges = new CountedMerges(Enumerable.Range(0, 10).Select(step => (step, step, step + 1)));
            var ids = new List<int>();
            Pairs(merges).Encode(new string('a', letters), ids);

            // The binary digits of the length: 1,024 letters to a token of step 10, the rest in smaller ones.
            Assert.Equal(letters, ids.Sum(id => 1 << id));
            Assert.Equal(letters / 1024, ids.Count(id => id == 10));
            Assert.InRange(merges.Looks, letters, 6 * letters);
        }
    }

    [Fact]
    public void Merging_by_the_queue_equals_merging_the_lowest_rank_again_and_again_and_its_work_keeps_the_bound() =>
        Gen.Select(Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6]).Array[0, 12], Gen.Char['a', 'd'].Array[0, 60]).Sample((pairs, letters) =>
        {
            var merges = new CountedMerges(pairs.Distinct().Select((pair, rank) => (pair.Item1, pair.Item2, rank + 4)));
            var found = new List<int>();
            Pairs(merges).Encode(new string(letters), found);
            Assert.True(merges.Looks <= 6 * letters.Length);
            Assert.Equal(Plainly(merges, [.. letters.Select(letter => letter - 'a')]), found);
        });

    private static List<int> Plainly(CountedMerges merges, List<int> symbols)
    {
        while (true)
        {
            var best = (Rank: int.MaxValue, Id: 0, At: 0);
            for (var at = 0; at + 1 < symbols.Count; at++)
            {
                if (merges.TryGetValue((symbols[at], symbols[at + 1]), out var found) && found.Rank < best.Rank) best = (found.Rank, found.Id, at);
            }

            if (best.Rank == int.MaxValue) return symbols;
            symbols[best.At] = best.Id;
            symbols.RemoveAt(best.At + 1);
        }
    }

    // Tokens 0, 1, ... for the letters a, b, ...
    private static BytePairs Pairs(CountedMerges merges) => new([.. Enumerable.Range(0, 256).Select(value => value - 'a')], merges, whole: null);

    /// <summary>Merges that count how often they are looked at.</summary>
    private sealed class CountedMerges(IEnumerable<(int Left, int Right, int Id)> merges) : IReadOnlyDictionary<(int Left, int Right), (int Rank, int Id)>
    {
        private readonly Dictionary<(int, int), (int Rank, int Id)> _merges = merges.Select((merge, rank) => (merge, rank)).ToDictionary(item => (item.merge.Left, item.merge.Right), item => (item.rank, item.merge.Id));

        public long Looks { get; private set; }

        public int Count => _merges.Count;

        public IEnumerable<(int Left, int Right)> Keys => _merges.Keys;

        public IEnumerable<(int Rank, int Id)> Values => _merges.Values;

        public (int Rank, int Id) this[(int Left, int Right) key] => TryGetValue(key, out var found) ? found : throw new KeyNotFoundException();

        public bool TryGetValue((int Left, int Right) key, [MaybeNullWhen(false)] out (int Rank, int Id) value)
        {
            Looks++;
            return _merges.TryGetValue(key, out value);
        }

        public bool ContainsKey((int Left, int Right) key) => TryGetValue(key, out _);

        public IEnumerator<KeyValuePair<(int Left, int Right), (int Rank, int Id)>> GetEnumerator() => _merges.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
