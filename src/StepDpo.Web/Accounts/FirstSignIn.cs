using Microsoft.AspNetCore.Identity;
using StepDpo.Core.Accounts;

namespace StepDpo.Web.Accounts;

/// <summary>The first account of an empty installation: its random password is printed once and has to be changed at the first sign-in.</summary>
public sealed class FirstSignIn(UserAccounts accounts, UserManager<User> users, TextWriter console)
{
    /// <summary>Makes the account when there is none at all, and prints name and password on the console, never into a log.</summary>
    public async Task EnsureAsync()
    {
        if (await accounts.CreateFirstAdminAsync() is not { } admin)
            return;
        var user = await users.FindByNameAsync(admin.UserName) ?? throw new InvalidOperationException($"The account {admin.UserName}, just made, is not there.");
        await users.AddClaimAsync(user, FirstPasswordGate.MustChange);
        console.WriteLine();
        console.WriteLine("  First sign-in.   Name: {0}   Password: {1}", admin.UserName, admin.Password);
        console.WriteLine("  It is shown this once. You choose your own when you come in.");
        console.WriteLine();
    }
}
