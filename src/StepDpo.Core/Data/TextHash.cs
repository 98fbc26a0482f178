using System.Security.Cryptography;
using System.Text;

namespace StepDpo.Core.Data;

/// <summary>The identity of a text: lower-case hex SHA-256 of its UTF-8 bytes.</summary>
public static class TextHash
{
    /// <summary>Hashes a text.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
