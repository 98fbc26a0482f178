using System.Security.Cryptography;

namespace StepDpo.Web.Security;

/// <summary>The nonce of one response: its policy names it and its inline import map carries it.</summary>
public sealed class CspNonce
{
    /// <summary>128 random bits, base64.</summary>
    public string Value { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
}
