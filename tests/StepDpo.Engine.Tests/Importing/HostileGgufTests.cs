using StepDpo.Engine.Checkpoints.Gguf;

namespace StepDpo.Engine.Tests.Importing;

public sealed class HostileGgufTests
{
    private const long SmallAllocation = 1 << 20;

    public static TheoryData<string, string> Lies => new(Builders.Select(item => (item.Key, item.Value.Told)));

    private static readonly Dictionary<string, (Func<GgufBuilder> Make, string Told)> Builders = new()
    {
        ["another format"] = (() => new GgufBuilder { Magic = 0x04034b50 }, "wanted GGUF"),
        ["another version"] = (() => new GgufBuilder { Version = 2 }, "found version 2, wanted 3"),
        ["turned bytes"] = (() => new GgufBuilder { Version = 0x03000000 }, "found version 50331648, wanted 3"),
        ["more tensors than fit"] = (() => new GgufBuilder { TensorCount = ulong.MaxValue }, "number of tensors: found 18446744073709551615"),
        ["more keys than fit"] = (() => new GgufBuilder { KeyCount = 1UL << 40 }, "number of keys: found 1099511627776"),
        ["a text longer than the file"] = (() => new GgufBuilder().Key("k", new GgufBuilder.RawValue(8, BitConverter.GetBytes(1UL << 62))), "k: length of a text: found 4611686018427387904"),
        ["an array longer than the file"] = (() => new GgufBuilder().Key("k", Raw(9, 10u, 1UL << 61)), "k: number of elements: found 2305843009213693952"),
        ["an array of texts longer than the file"] = (() => new GgufBuilder().Key("k", Raw(9, 8u, 20UL)).Key("rest", new string('x', 100)), "k: number of elements: found 20, wanted at most 15"),
        ["an array of arrays"] = (() => new GgufBuilder().Key("k", Raw(9, 9u, 0UL)), "k: found an array of arrays"),
        ["an unknown value type"] = (() => new GgufBuilder().Key("k", new GgufBuilder.RawValue(13, [])), "k: found value type 13"),
        ["an unknown element type"] = (() => new GgufBuilder().Key("k", Raw(9, 77u, 0UL)), "k: found value type 77"),
        ["neither true nor false"] = (() => new GgufBuilder().Key("k", new GgufBuilder.RawValue(7, [2])), "k: found 2 for true or false"),
        ["a number beyond 2^63"] = (() => new GgufBuilder().Key("k", ulong.MaxValue), "k: found a number beyond 2^63"),
        ["bytes that are no text"] = (() => new GgufBuilder().Key("k", new GgufBuilder.RawValue(8, [2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe])), "k: found bytes that are not UTF-8"),
        ["a key twice"] = (() => new GgufBuilder().Key("k", 1u).Key("k", 2u), "k: found twice"),
        ["an alignment of 0"] = (() => new GgufBuilder().Key("general.alignment", 0u), "general.alignment: found 0"),
        ["an alignment of 48"] = (() => new GgufBuilder().Key("general.alignment", 48u), "general.alignment: found 48"),
        ["an alignment that is a text"] = (() => new GgufBuilder().Key("general.alignment", "32"), "general.alignment: found a String"),
        ["no dimensions"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [], new byte[4]), "t: found 0 dimensions"),
        ["five dimensions"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [1, 1, 1, 1, 1], new byte[4]), "t: found 5 dimensions"),
        ["an empty dimension"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [4, 0], []), "t: found a dimension of 0"),
        ["a product that overflows"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [1UL << 32, 1UL << 32], new byte[4]), "t: found a dimension of 4294967296"),
        ["a size that overflows"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [1UL << 62], new byte[4]), "t: found 4611686018427387904 weights"),
        ["a type that is not supported"] = (() => new GgufBuilder().Tensor("t", (GgufType)12, [256], new byte[144]), "t: found type 12"),
        ["a row that is not whole blocks"] = (() => new GgufBuilder().Tensor("t", GgufType.Q4_0, [2, 40], new byte[45]), "t: found rows of 40 weights"),
        ["data beyond the end"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [9], new byte[32]), "t: found 32 bytes of data, wanted 36"),
        ["an overlap"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [8], new byte[32]).Tensor("u", GgufType.F32, [8], new byte[32], offset: 0), "an overlap"),
        ["a hole"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [8], new byte[32]).Tensor("u", GgufType.F32, [8], new byte[64], offset: 64), "u: found its data at 64, wanted 32: a hole"),
        ["an offset beyond all"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [8], new byte[32], offset: ulong.MaxValue), "a hole"),
        ["a tensor twice"] = (() => new GgufBuilder().Tensor("t", GgufType.F32, [8], new byte[32]).Tensor("t", GgufType.F32, [8], new byte[32]), "t: found twice"),
        ["trailing bytes"] = (() => new GgufBuilder { TrailingBytes = 32 }.Tensor("t", GgufType.F32, [8], new byte[32]), "found 32 bytes after the last tensor"),
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_broken_rule_is_told_with_file_and_place(string lie, string told)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.In("x.gguf"), Builders[lie].Make().Build());
        Assert.Contains(told, RefusalOf(folder.In("x.gguf")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = Good().Build();
        File.WriteAllBytes(folder.In("x"), whole);
        GgufFile.Open(folder.In("x")).Dispose();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.In("x"), whole[..length]);
            RefusalOf(folder.In("x"));
        }
    }

    private static GgufBuilder Good() => new GgufBuilder()
        .Key("general.architecture", "llama").Key("a", 7u).Key("b", 0.5f).Key("c", true).Key("d", new[] { "x", "yz" }).Key("e", new[] { 1, 2, 3 }).Key("f", -1.5)
        .Tensor("t", GgufType.F32, [3, 2], new byte[24]).Tensor("u", GgufType.Q4_1, [1, 32], new byte[20]).Tensor("v", GgufType.F16, [4], new byte[8]);

    private static string RefusalOf(string path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<InvalidDataException>(() => GgufFile.Open(path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallAllocation);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }

    private static GgufBuilder.RawValue Raw(uint type, uint element, ulong count) => new(type, [.. BitConverter.GetBytes(element), .. BitConverter.GetBytes(count)]);
}
