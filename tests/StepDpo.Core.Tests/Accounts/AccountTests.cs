using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Accounts;

public sealed class AccountTests(Database database) : IClassFixture<Database>
{
    private const string Password = "correct horse battery";

    private readonly World _world = new(database);
    private readonly UserAccounts _accounts = new(database, TimeProvider.System);
    private readonly OneTimeLinks _links = new(database, TimeProvider.System);

    [Fact]
    public async Task A_link_sets_the_password_once()
    {
        var admin = await AdminAsync();
        var link = (await _links.InviteAsync(admin, "ada", "Ada")).Value;
        Assert.Equal(new OpenLink(OneTimeLinkPurpose.Invitation, "ada", "Ada"), (await _links.ReadAsync(link.Token)).Value);
        Assert.Equal(link.UserId, (await _links.ChoosePasswordAsync(link.Token, Password)).Value);
        Assert.Equal(RefusalKind.NotFound, (await _links.ChoosePasswordAsync(link.Token, Password)).Refusal!.Kind);
        await using var context = database.CreateDbContext();
        var user = await context.Set<User>().SingleAsync(u => u.Id == link.UserId);
        Assert.Equal(PasswordVerificationResult.Success, new PasswordHasher<User>().VerifyHashedPassword(user, user.PasswordHash!, Password));
        Assert.False(await context.Set<OneTimeLink>().AnyAsync(l => l.TokenSha256 == link.Token), "the token itself is stored");
    }

    [Fact]
    public async Task Of_two_presses_at_once_one_wins()
    {
        var link = (await _links.InviteAsync(await AdminAsync(), "twice", "")).Value;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _links.ChoosePasswordAsync(link.Token, Password + i)));
        Assert.Single(outcomes, outcome => outcome.Succeeded);
    }

    [Fact]
    public async Task A_newer_link_ends_the_older()
    {
        var admin = await AdminAsync();
        var first = (await _links.InviteAsync(admin, "grace", "")).Value;
        var second = (await _links.ResetAsync(admin, first.UserId)).Value;
        Assert.False((await _links.ReadAsync(first.Token)).Succeeded);
        Assert.True((await _links.ReadAsync(second.Token)).Succeeded);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("weak-weak-weak")]
    [InlineData("aaaaaaaaaaaaaaaaa")]
    public async Task A_weak_password_is_refused_and_the_link_stays(string password)
    {
        var name = password == "weak-weak-weak" ? "weak" : $"person{password.Length}";
        var link = (await _links.InviteAsync(await AdminAsync(), name, "")).Value;
        Assert.Equal("Password", (await _links.ChoosePasswordAsync(link.Token, password)).Refusal!.Field);
        Assert.True((await _links.ReadAsync(link.Token)).Succeeded);
    }

    [Fact]
    public async Task A_user_name_is_unique_without_regard_to_case()
    {
        var admin = await AdminAsync();
        await _links.InviteAsync(admin, "Emmy", "");
        Assert.Equal("UserName", (await _links.InviteAsync(admin, "emmy", "")).Refusal!.Field);
    }

    [Fact]
    public async Task A_disabled_account_is_refused_and_its_sessions_end()
    {
        var admin = await AdminAsync();
        var user = await _world.UserAsync(isAdmin: true);
        Assert.True((await _accounts.DisableAsync(admin, user.Id)).Succeeded);
        Assert.Equal(RefusalKind.Forbidden, (await _accounts.ListAsync(Actor.Person(user.Id))).Refusal!.Kind);
        await using var context = database.CreateDbContext();
        Assert.NotEqual(user.SecurityStamp, (await context.Set<User>().SingleAsync(u => u.Id == user.Id)).SecurityStamp);
    }

    private async Task<Actor> AdminAsync() => Actor.Person((await _world.UserAsync(isAdmin: true)).Id);
}

/// <summary>What depends on how many accounts there are needs a database of its own.</summary>
public sealed class FirstAdminTests(Database database) : IClassFixture<Database>
{
    [Fact]
    public async Task The_first_start_makes_one_admin_and_the_last_admin_cannot_be_shut_out()
    {
        var accounts = new UserAccounts(database, TimeProvider.System);
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => accounts.CreateFirstAdminAsync()));
        var first = Assert.Single(made.OfType<FirstAdmin>());
        Assert.Equal("admin", first.UserName);
        await using var context = database.CreateDbContext();
        var one = await context.Set<User>().SingleAsync();
        Assert.Equal(RefusalKind.Conflict, (await accounts.DisableAsync(Actor.Person(one.Id), one.Id)).Refusal!.Kind);

        var two = await new World(database).UserAsync(isAdmin: true);
        var outcomes = await Task.WhenAll(accounts.DisableAsync(Actor.Person(one.Id), two.Id), accounts.DisableAsync(Actor.Person(two.Id), one.Id));
        Assert.Single(outcomes, outcome => outcome.Succeeded);
        Assert.Equal(1, await context.Set<User>().CountAsync(u => u.IsAdmin && u.DisabledAt == null));
    }
}
