using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>Rules of passwords, and secrets made at random.</summary>
internal static class Passwords
{
    // Without letters and digits that look alike; 32 characters, 5 bits each.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private static readonly PasswordHasher<User> Hasher = new();

    /// <summary>100 bits in four groups of five, for a person to type.</summary>
    public static string Random() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 5)));

    /// <summary>256 bits for a link.</summary>
    public static string RandomToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public static Refusal? Check(string password, string userName)
    {
        if (password.Length is < 12 or > 200) return Refusal.Invalid("Password", $"The password must hold 12 to 200 characters; found {password.Length}.");
        return password.Contains(userName, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 5
            ? Refusal.Invalid("Password", "The password must not hold the user name, and needs at least five different characters.")
            : null;
    }

    // A new stamp ends every session that the old password opened.
    public static void Set(User user, string password)
    {
        user.PasswordHash = Hasher.HashPassword(user, password);
        EndSessions(user);
    }

    public static void EndSessions(User user)
    {
        user.SecurityStamp = RandomToken();
        user.ConcurrencyStamp = Guid.NewGuid().ToString();
    }
}
