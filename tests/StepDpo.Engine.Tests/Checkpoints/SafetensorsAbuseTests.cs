using System.Diagnostics;
using System.Globalization;
using System.Text;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Tests.Fuzzing;

namespace StepDpo.Engine.Tests.Checkpoints;

/// <summary>The seven abuses that the safetensors project itself proposes (huggingface/safetensors, attacks/README.md), each refused at the cost of a small file.</summary>
public sealed class SafetensorsAbuseTests
{
    [Fact]
    public void Proposal_1_a_header_said_to_be_longer_than_the_file()
    {
        using var folder = new TemporaryFolder();
        const string Header = """{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}""";
        Mutants.Write(folder.In("x"), [.. BitConverter.GetBytes(1000L), .. Encoding.UTF8.GetBytes(Header)], zeros: 16);
        Assert.Contains("found a header of 1000 bytes, wanted at most the file's", RefusalOf(folder.In("x")), StringComparison.Ordinal);
    }

    [Fact]
    public void Proposal_2_a_header_of_gigabytes()
    {
        using var folder = new TemporaryFolder();
        Mutants.Write(folder.In("x"), [.. BitConverter.GetBytes(4_000_000_000L), (byte)'{'], zeros: 4_000_000_100);
        Assert.Contains("found a header of 4000000000 bytes, wanted at most 100000000", RefusalOf(folder.In("x"), most: Mutants.SmallThings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[-16,0]", "wanted whole numbers from 0")]
    [InlineData("[0,-16]", "wanted whole numbers from 0")]
    [InlineData("[16,32]", "found 16 to 32, wanted places within the 16 bytes of data")]
    [InlineData("[9223372036854775792,9223372036854775807]", "wanted places within the 16 bytes of data")]
    [InlineData("[18446744073709551600,16]", "wanted whole numbers from 0")]
    public void Proposal_3_offsets_that_are_negative_or_out_of_the_file(string offsets, string told) =>
        Assert.Contains(told, RefusalOf($$$"""{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":{{{offsets}}}}}""", zeros: 16), StringComparison.Ordinal);

    [Fact]
    public void Proposal_4_a_hundred_thousand_tensors_on_the_same_bytes()
    {
        var header = new StringBuilder("{");
        for (var i = 0; i < 100_000; i++)
            header.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\"weight_{i}\":{{\"dtype\":\"F32\",\"shape\":[200,200],\"data_offsets\":[0,160000]}}");
        Assert.Contains("an overlap", RefusalOf(header.Append('}').ToString(), zeros: header.Length), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F32", "[2,3]", "found 16 bytes of data, wanted 24")]
    [InlineData("F64", "[2,2]", "found 16 bytes of data, wanted 32")]
    [InlineData("F16", "[2,2]", "found 16 bytes of data, wanted 8")]
    [InlineData("F32", "[4294967296,4294967296]", "wanted more than fit a file")]
    public void Proposal_5_offsets_that_do_not_fit_shape_and_type(string dtype, string shape, string told) =>
        Assert.Contains(told, RefusalOf($$$"""{"weight":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":[0,16]}}""", zeros: 16), StringComparison.Ordinal);

    // A mapped file that somebody cuts short kills the process by SIGBUS; ours is read.
    [Fact]
    public void Proposal_6_a_file_that_is_changed_while_it_is_open()
    {
        using var folder = new TemporaryFolder();
        var bytes = Bytes("""{"weight":{"dtype":"F32","shape":[128,128],"data_offsets":[0,65536]}}""");
        Mutants.Write(folder.In("x"), bytes, zeros: 65536);
        using var file = SafetensorsFile.Open(folder.In("x"));
        using (var cut = Process.Start("truncate", ["--size=4096", folder.In("x")])) cut.WaitForExit();
        Assert.Contains("weight: the file ends at byte", Assert.Throws<InvalidDataException>(() => file.Read("weight")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("""{"a":""", "}")]
    public void Proposal_7_abuse_of_the_JSON_reader_by_depth(string open, string close)
    {
        var nested = $$$"""{"weight":{{{string.Concat(Enumerable.Repeat(open, 100_000))}}}{{{string.Concat(Enumerable.Repeat(close, 100_000))}}}}""";
        Assert.Contains("weight", RefusalOf(nested, zeros: 0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,16]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}/**/}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}trailing""")]
    [InlineData("{\"a\\u0000\\ud800\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}")]
    public void Proposal_7_abuse_of_the_JSON_reader_by_what_is_no_JSON(string header) => RefusalOf(header, zeros: 16);

    private static string RefusalOf(string header, long zeros)
    {
        using var folder = new TemporaryFolder();
        Mutants.Write(folder.In("x"), Bytes(header), zeros);
        return RefusalOf(folder.In("x"));
    }

    private static string RefusalOf(string path, long? most = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most ?? Mutants.TwiceTheFile(new FileInfo(path).Length));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        return error.Message;
    }

    private static byte[] Bytes(string header) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header)];
}
