using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StepDpo.Core.Pairs;

/// <summary>Which approved candidates a second reviewer decides on. Drawn by the candidate's key, so that taking an approval back and giving it again draws nothing anew.</summary>
public static class SecondReviewSample
{
    /// <summary>Whether a candidate is in a sample of this share, 0 to 1.</summary>
    public static bool Takes(long rectificationId, double share)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"second review {rectificationId}")));
        return BinaryPrimitives.ReadUInt64BigEndian(hash) / (double)ulong.MaxValue < share || share >= 1;
    }
}
