using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;

namespace StepDpo.Web.Tests;

/// <summary>Every address × every role against the written table in <c>docs/roles.md</c>. An address without a row fails.</summary>
public sealed partial class RolesTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private static readonly string[] Roles = ["anonymous", "annotator", "reviewer", "lead", "admin"];

    [Fact]
    public void Every_address_has_a_row_and_every_row_an_address()
    {
        var written = Table().Keys.ToHashSet();
        var real = Addresses().ToHashSet();

        Assert.True(real.IsSubsetOf(written), "Without a row in docs/roles.md:\n" + string.Join('\n', real.Except(written)));
        Assert.True(written.IsSubsetOf(real), "Rows without an address:\n" + string.Join('\n', written.Except(real)));
    }

    [Fact]
    public async Task Every_role_gets_what_the_table_says()
    {
        var clients = new Dictionary<string, HttpClient>();
        foreach (var role in Roles)
            clients[role] = await fixture.ClientAsync(role);
        var wrong = new List<string>();
        foreach (var (address, cells) in Table())
        {
            foreach (var role in Roles)
            {
                var seen = await AskAsync(clients[role], address);
                if (seen != cells[role])
                    wrong.Add($"{address} as {role}: found {seen}, wanted {cells[role]}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private async Task<string> AskAsync(HttpClient client, string address)
    {
        var (method, pattern) = (address[..address.IndexOf(' ', StringComparison.Ordinal)], address[(address.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        var path = Parameter().Replace(pattern, match => match.Groups[1].Value.Equals("ProjectId", StringComparison.OrdinalIgnoreCase)
            ? fixture.ProjectId.ToString(CultureInfo.InvariantCulture)
            : match.Groups[2].Value is ":guid" ? Guid.Empty.ToString() : "999999");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Origin", "http://localhost");
        if (method is not ("GET" or "DELETE"))
            request.Content = path.StartsWith("/api", StringComparison.Ordinal) ? new StringContent("{}", Encoding.UTF8, "application/json") : new FormUrlEncodedContent([]);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var to = response.Headers.Location?.OriginalString ?? "";
        var status = response.StatusCode;
        if (status == HttpStatusCode.Unauthorized || to.Contains("/account/sign-in?", StringComparison.Ordinal))
            return "sign-in";
        if (status == HttpStatusCode.Forbidden || to.Contains("/not-allowed", StringComparison.Ordinal))
            return "no";
        return status == HttpStatusCode.InternalServerError ? "failure" : "yes";
    }

    /// <summary>"GET /projects/{ProjectId:long}", without static files and their copies.</summary>
    private IEnumerable<string> Addresses() =>
        from source in fixture.Site.Get<IEnumerable<EndpointDataSource>>()
        from endpoint in source.Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null && endpoint.RoutePattern.RawText != "{**path:file}"
        let page = endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null
        from method in page ? ["GET"] : endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}";

    private static Dictionary<string, Dictionary<string, string>> Table()
    {
        var rows = File.ReadAllLines(Path.Combine(SiteFixture.RepositoryRoot, "docs", "roles.md"))
            .Where(line => AddressRow().IsMatch(line))
            .Select(line => line.Trim('|', ' ').Split('|').Select(cell => cell.Trim()).ToArray());
        return rows.ToDictionary(
            cells => cells[0].Trim('`'),
            cells => Roles.Select((role, index) => (role, cells[index + 1])).ToDictionary(pair => pair.role, pair => pair.Item2));
    }

    [GeneratedRegex(@"^\| `[A-Z]+ /")]
    private static partial Regex AddressRow();

    [GeneratedRegex(@"\{\*{0,2}(\w+)(:\w+)?\??\}")]
    private static partial Regex Parameter();
}
