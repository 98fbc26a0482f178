using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Accounts;

/// <summary>Registers this folder's services.</summary>
public static class AccountsServices
{
    /// <summary>Needs <see cref="Data.DataServices.AddData"/>.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<UserAccounts>()
        .AddSingleton<OneTimeLinks>()
        .AddSingleton<OwnKeys>();
}
