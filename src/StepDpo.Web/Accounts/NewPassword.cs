namespace StepDpo.Web.Accounts;

/// <summary>What the two fields of a new password must hold.</summary>
public static class NewPassword
{
    /// <summary>Says what is wrong, or null. Identity checks the rest.</summary>
    public static string? Problem(string? password, string? again)
    {
        if (password is null || password.Length < SignInSetup.ShortestPassword)
            return T($"The new password needs {SignInSetup.ShortestPassword} characters or more; found {password?.Length ?? 0}.");
        if (password.Length > Components.Account.Password.Longest)
            return T($"The new password may have {Components.Account.Password.Longest} characters; found {password.Length}.");
        return password == again ? null : T("The two new passwords differ.");
    }
}
