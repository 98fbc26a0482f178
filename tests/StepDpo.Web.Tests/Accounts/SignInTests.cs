using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Accounts;
using StepDpo.Core.Tests.Data;
using StepDpo.Web.Accounts;

namespace StepDpo.Web.Tests.Accounts;

public sealed class SignInTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private readonly Site _site = fixture.Site;
    private static int _number;

    [Fact]
    public async Task The_form_works_without_a_script_and_leads_back_to_where_one_was_going()
    {
        using var response = await Site.SignInAsync(_site.Anonymous(), "annotator", Site.Password, "/projects");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("http://localhost/projects", response.Headers.Location?.ToString());
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"), value => value.StartsWith("stepdpo=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_leads_to_no_other_site()
    {
        using var response = await Site.SignInAsync(_site.Anonymous(), "annotator", Site.Password, "//evil.example");

        Assert.Equal("http://localhost/", response.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("annotator", "a wrong password")]
    [InlineData("nobody of that name", "a wrong password")]
    public async Task A_wrong_name_and_a_wrong_password_read_the_same(string name, string password)
    {
        using var response = await Site.SignInAsync(_site.Anonymous(), name, password);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("Name and password do not match.", await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        using var content = new FormUrlEncodedContent([new("_handler", "sign-in"), new("Form.Name", "annotator"), new("Form.Password", Site.Password)]);
        using var response = await _site.Anonymous().PostAsync(new Uri("/account/sign-in", UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task After_eight_wrong_passwords_the_right_one_waits_too()
    {
        var name = await NewUserAsync();
        for (var attempt = 0; attempt < 8; attempt++)
            (await Site.SignInAsync(_site.Anonymous(), name, "a wrong password")).Dispose();
        using var response = await Site.SignInAsync(_site.Anonymous(), name, Site.Password);

        Assert.Contains("Too many tries", await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shut_account_is_out_at_its_next_request_and_cannot_come_back()
    {
        var name = await NewUserAsync();
        var client = await _site.SignedInAsync(name);
        await ChangeAsync(name, (users, user) =>
        {
            user.DisabledAt = DateTimeOffset.UtcNow;
            return users.UpdateAsync(user);
        });
        using var page = await client.GetAsync(new Uri("/projects", UriKind.Relative), TestContext.Current.CancellationToken);
        using var again = await Site.SignInAsync(_site.Anonymous(), name, Site.Password);

        Assert.StartsWith("http://localhost/account/sign-in", page.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_changed_password_ends_every_other_session()
    {
        var name = await NewUserAsync();
        var other = await _site.SignedInAsync(name);
        using var change = await Site.SendFormAsync(await _site.SignedInAsync(name), "/account/password", "password",
            ("Form.Old", Site.Password), ("Form.New", "quite another password"), ("Form.Again", "quite another password"));
        using var page = await other.GetAsync(new Uri("/projects", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Found, change.StatusCode);
        Assert.StartsWith("http://localhost/account/sign-in", page.Headers.Location?.ToString(), StringComparison.Ordinal);
        (await _site.SignedInAsync(name, "quite another password")).Dispose();
    }

    [Theory]
    [InlineData("short", "short", "12 characters or more")]
    [InlineData("a long enough one", "another long one", "differ")]
    [InlineData("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "different characters")]
    public async Task A_weak_or_misspelt_password_is_refused_in_words(string password, string again, string words)
    {
        using var response = await Site.SendFormAsync(await _site.SignedInAsync(await NewUserAsync()), "/account/password", "password",
            ("Form.Old", Site.Password), ("Form.New", password), ("Form.Again", again));

        Assert.Contains(words, await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_made_up_password_opens_nothing_but_the_form_that_changes_it()
    {
        var name = await NewUserAsync();
        await ChangeAsync(name, (users, user) => users.AddClaimAsync(user, FirstPasswordGate.MustChange));
        var client = await _site.SignedInAsync(name);
        using var page = await client.GetAsync(new Uri("/projects", UriKind.Relative), TestContext.Current.CancellationToken);
        using var call = await client.GetAsync(new Uri("/api/anything", UriKind.Relative), TestContext.Current.CancellationToken);
        using var change = await Site.SendFormAsync(client, "/account/password", "password",
            ("Form.Old", Site.Password), ("Form.New", "a password of my own"), ("Form.Again", "a password of my own"));
        using var after = await client.GetAsync(new Uri("/projects", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("/account/password", page.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.Forbidden, call.StatusCode);
        Assert.Equal(HttpStatusCode.Found, change.StatusCode);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task An_empty_installation_gets_one_admin_with_a_password_that_must_change()
    {
        await using var database = new Database();
        await database.InitializeAsync();
        await using (var site = new Site(database))
            Assert.NotNull(site.Services);
        await using (var again = new Site(database))
            Assert.NotNull(again.Services);
        await using var context = database.CreateDbContext();
        var admin = Assert.Single(await context.Set<User>().ToListAsync(TestContext.Current.CancellationToken));

        Assert.True(admin.IsAdmin);
        Assert.Equal("admin", admin.UserName);
        Assert.Equal(FirstPasswordGate.MustChange.Type, Assert.Single(await context.Set<IdentityUserClaim<Guid>>().ToListAsync(TestContext.Current.CancellationToken)).ClaimType);
    }

    [Fact]
    public async Task Keys_of_cookies_outlive_the_process()
    {
        var client = await _site.SignedInAsync("annotator");
        using var response = await client.GetAsync(new Uri("/projects", UriKind.Relative), TestContext.Current.CancellationToken);
        await using var context = fixture.Database.CreateDbContext();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(await context.Set<ProtectionKey>().AnyAsync(TestContext.Current.CancellationToken));
    }

    private async Task<string> NewUserAsync()
    {
        var name = $"person{Interlocked.Increment(ref _number)}";
        await _site.UserAsync(name);
        return name;
    }

    private async Task ChangeAsync(string name, Func<UserManager<User>, User, Task<IdentityResult>> change)
    {
        await using var scope = _site.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        Assert.True((await change(users, (await users.FindByNameAsync(name))!)).Succeeded);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
