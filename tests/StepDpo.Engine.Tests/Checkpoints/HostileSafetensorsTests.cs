using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CsCheck;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Tests.Fuzzing;

namespace StepDpo.Engine.Tests.Checkpoints;

public sealed class HostileSafetensorsTests
{
    private const string Good = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""";
    private const int GoodData = 32;
    private const long SmallAllocation = 1 << 20;

    [Fact]
    public void The_file_that_the_others_abuse_is_good()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(Write(folder, Good, GoodData));
        Assert.Equal(["a", "b"], file.Tensors.Keys);
    }

    [Theory]
    // Sizes that lie: shape times type against offsets, products that overflow.
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[2,4],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F64","shape":[2,3],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 0, """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}""")]
    [InlineData("\"a\"", 0, """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""")]
    [InlineData("\"a\"", 4, """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""")]
    // Offsets: negative, backwards, beyond the end, no number, holes, overlaps, trailing bytes.
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[-24,0]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[600],"data_offsets":[0,2400]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,18446744073709551615]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24.0]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24,48]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0]}}""")]
    [InlineData("hole", 28, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[4,28]}}""")]
    [InlineData("hole", 32, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}""")]
    [InlineData("overlap", 24, """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}""")]
    [InlineData("overlap", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("after the last", 25, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("after the last", 1, """{}""")]
    // Keys: twice, missing, unknown; types and metadata that are none.
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","dtype":"F32","shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24],"extra":1}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"PICKLE","shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":4,"shape":[6],"data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":{"dtype":"F32","shape":"6","data_offsets":[0,24]}}""")]
    [InlineData("\"a\"", 24, """{"a":[1,2,3]}""")]
    [InlineData("__metadata__", 0, """{"__metadata__":{"format":1}}""")]
    [InlineData("__metadata__", 0, """{"__metadata__":["pt"]}""")]
    [InlineData("__metadata__", 0, """{"__metadata__":{"a":"1","a":"2"}}""")]
    [InlineData("__metadata__", 0, """{"__metadata__":{},"__metadata__":{}}""")]
    // Not one JSON object.
    [InlineData("header", 0, """[]""")]
    [InlineData("header", 0, """ {}""")]
    [InlineData("header", 0, """{"a":""")]
    [InlineData("header", 0, """{} {}""")]
    [InlineData("header", 0, """{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""")]
    [InlineData("header", 0, "")]
    public void A_broken_rule_is_told_with_file_and_place(string place, int data, string header)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, header, data);
        var message = RefusalOf(path);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(place.Trim('"'), message[path.Length..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(100_000_001ul)]
    [InlineData(100_000_000ul)]
    [InlineData(40ul)]
    public void A_header_longer_than_the_file_or_the_limit_is_refused_without_reserving_it(ulong size)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, size);
        File.WriteAllBytes(folder.In("x"), bytes);
        Assert.Contains(size.ToString(CultureInfo.InvariantCulture), RefusalOf(folder.In("x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_refused()
    {
        using var folder = new TemporaryFolder();
        var header = Encoding.Latin1.GetBytes("{\"\u00ff\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        File.WriteAllBytes(folder.In("x"), [.. BitConverter.GetBytes((long)header.Length), .. header]);
        Assert.Contains("UTF-8", RefusalOf(folder.In("x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_and_one_tensors_are_refused()
    {
        using var folder = new TemporaryFolder();
        var header = new StringBuilder("{");
        for (var i = 0; i <= SafetensorsHeader.MostTensors; i++)
            header.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        var path = Write(folder, header.Append('}').ToString(), 0);
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.Contains("100000 tensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(Write(folder, Good, GoodData));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.In("cut"), whole[..length]);
            RefusalOf(folder.In("cut"));
        }
    }

    [Fact]
    public void Any_numbers_in_the_places_of_sizes_and_offsets_give_a_sound_table_or_a_refusal()
    {
        using var folder = new TemporaryFolder();
        var number = Choice.Of("0", "1", "2", "3", "4", "8", "12", "24", "32", "-1", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1e3", "0.5", "null", "\"8\"", "[]");
        var dtype = Choice.Of("F32", "BF16", "I64", "U8", "BOOL", "F8", "");
        var tensor = Gen.Select(Choice.Of("a", "b", "c"), dtype, number.List[0, 3], number, number);
        tensor.List[0, 4].Sample(
            list =>
            {
                var entries = list.Select(item => $$"""
                    "{{item.Item1}}":{"dtype":"{{item.Item2}}","shape":[{{string.Join(',', item.Item3)}}],"data_offsets":[{{item.Item4}},{{item.Item5}}]}
                    """);
                AssertSoundOrRefused(folder.In("fuzz"), Bytes($"{{{string.Join(',', entries)}}}", GoodData));
            },
            seed: "0000KOIPZ3J4",
            iter: 4000,
            threads: 1);
    }

    private static void AssertSoundOrRefused(string path, byte[] bytes)
    {
        Mutants.Write(path, bytes, zeros: 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SafetensorsFile.Open(path);
            var place = file.Tensors.Count == 0 ? bytes.Length : file.Tensors.Values.Min(entry => entry.Start);
            foreach (var entry in file.Tensors.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.Bytes))
            {
                Assert.Equal(place, entry.Start);
                Assert.All(entry.Shape, size => Assert.True(size >= 0));
                place += entry.Bytes;
            }

            Assert.Equal(bytes.Length, place);
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallAllocation);
    }

    private static string RefusalOf(string path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallAllocation);
        return error.Message;
    }

    private static string Write(TemporaryFolder folder, string header, int data)
    {
        File.WriteAllBytes(folder.In("x.safetensors"), Bytes(header, data));
        return folder.In("x.safetensors");
    }

    private static byte[] Bytes(string header, int data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[data]];
    }
}
