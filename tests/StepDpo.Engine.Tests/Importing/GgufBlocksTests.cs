using StepDpo.Engine.Checkpoints.Gguf;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Importing;

public sealed class GgufBlocksTests
{
    // d = 0.5 (0x3800), m = -1 (0xbc00); byte j is 0xj + 16 * (15 - j): weight j is j, weight j + 16 is 15 - j.
    private static readonly byte[] Nibbles = [.. Enumerable.Range(0, 16).Select(j => (byte)(j | (15 - j) << 4))];
    private static readonly byte[] HalfScale = [0x00, 0x38];

    [Fact]
    public void Q4_0_is_d_times_q_minus_8() =>
        AssertWidened(GgufType.Q4_0, [.. HalfScale, .. Nibbles], i => 0.5f * ((i < 16 ? i : 31 - i) - 8));

    [Fact]
    public void Q4_1_is_d_times_q_plus_m() =>
        AssertWidened(GgufType.Q4_1, [.. HalfScale, 0x00, 0xbc, .. Nibbles], i => 0.5f * (i < 16 ? i : 31 - i) - 1);

    // Fifth bits 0xaaaa5555: of weights 0, 2, … 14 and of 17, 19, … 31.
    private static readonly byte[] FifthBits = [0x55, 0x55, 0xaa, 0xaa];

    private static int FiveBits(int i) => (i < 16 ? i : 31 - i) + (i % 2 == (i < 16 ? 0 : 1) ? 16 : 0);

    [Fact]
    public void Q5_0_is_d_times_q_of_five_bits_minus_16() =>
        AssertWidened(GgufType.Q5_0, [.. HalfScale, .. FifthBits, .. Nibbles], i => 0.5f * (FiveBits(i) - 16));

    [Fact]
    public void Q5_1_is_d_times_q_of_five_bits_plus_m() =>
        AssertWidened(GgufType.Q5_1, [.. HalfScale, 0x00, 0xbc, .. FifthBits, .. Nibbles], i => 0.5f * FiveBits(i) - 1);

    [Fact]
    public void Q8_0_is_d_times_a_signed_byte() =>
        AssertWidened(GgufType.Q8_0, [.. HalfScale, .. Enumerable.Range(0, 32).Select(i => (byte)(sbyte)(i * 8 - 128))], i => 0.5f * (i * 8 - 128));

    [Theory]
    [InlineData(nameof(GgufType.F32), ScalarType.Float32)]
    [InlineData(nameof(GgufType.F16), ScalarType.Float16)]
    [InlineData(nameof(GgufType.BF16), ScalarType.BFloat16)]
    public void Plain_types_are_widened_exactly(string type, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var stored = randn(6, 5).to(dtype);
        var found = Read(folder, Enum.Parse<GgufType>(type), [6, 5], stored.bytes.ToArray());
        Assert.Equal(ScalarType.Float32, found.dtype);
        Assert.Equal(stored.to(ScalarType.Float32).bytes.ToArray(), found.bytes.ToArray());
    }

    // Two rows of 8224 blocks: more than are read at once, so that the seam is passed; the second row is the first times 2.
    private static void AssertWidened(GgufType type, byte[] block, Func<int, float> wanted)
    {
        const int Blocks = 8224;
        using var folder = new TemporaryFolder();
        var twice = block.ToArray();
        twice[1] = 0x3c;
        if (type is GgufType.Q4_1 or GgufType.Q5_1) twice[3] = 0xc0;
        byte[] data = [.. Enumerable.Repeat(block, Blocks).SelectMany(b => b), .. Enumerable.Repeat(twice, Blocks).SelectMany(b => b)];
        using var found = Read(folder, type, [2, Blocks * 32], data);
        var values = found.data<float>().ToArray();
        Assert.Equal(2 * Blocks * 32, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var right = wanted(i % 32) * (i < Blocks * 32 ? 1 : 2);
            if (values[i] != right) Assert.Fail($"weight {i}: {values[i]}, wanted {right}");
        }
    }

    private static Tensor Read(TemporaryFolder folder, GgufType type, ulong[] shape, byte[] data)
    {
        File.WriteAllBytes(folder.In("x.gguf"), new GgufBuilder().Tensor("t", type, shape, data).Build());
        using var file = GgufFile.Open(folder.In("x.gguf"));
        return file.Read("t");
    }
}
