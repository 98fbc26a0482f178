using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Annotations;

public sealed partial class AnnotationsApiTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private string Api => $"/api/projects/{fixture.ProjectId}/annotations";

    [Fact]
    public async Task The_same_key_stores_once_and_with_other_words_is_refused()
    {
        var client = await fixture.ClientAsync("annotator");
        var assignment = await DealtAsync(client);
        var key = Guid.NewGuid();

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "verdict", Verdict(key, assignment, 2))).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "verdict", Verdict(key, assignment, 2))).Status);
        var (status, problem) = await SendAsync(client, "verdict", Verdict(key, assignment, 1));

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("This key was used for another judgement.", problem?["detail"]?.ToString());
        await using var context = fixture.Database.CreateDbContext();
        Assert.Equal(2, (await context.Set<FirstErrorAnnotation>().SingleAsync(a => a.ClientKey == key, TestContext.Current.CancellationToken)).Step);
    }

    [Fact]
    public async Task A_contradiction_is_refused_with_the_field_to_blame()
    {
        var client = await fixture.ClientAsync("annotator");
        var verdict = new { clientKey = Guid.NewGuid(), assignment = await DealtAsync(client), outcome = "NoError", note = "", activeMilliseconds = 0 };

        var (status, problem) = await SendAsync(client, "verdict", verdict);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("Reason", problem?["field"]?.ToString());
    }

    [Fact]
    public async Task Undo_names_the_key_and_only_ones_own()
    {
        var client = await fixture.ClientAsync("annotator");
        var key = Guid.NewGuid();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "verdict", Verdict(key, await DealtAsync(client), 1))).Status);

        var other = await SendAsync(await fixture.ClientAsync("lead"), "undo", new { clientKey = Guid.NewGuid(), undoes = key });
        var own = await SendAsync(client, "undo", new { clientKey = Guid.NewGuid(), undoes = key });

        Assert.Equal(HttpStatusCode.NotFound, other.Status);
        Assert.Equal(HttpStatusCode.OK, own.Status);
    }

    [Fact]
    public async Task An_assignment_of_somebody_else_does_not_exist()
    {
        var assignment = await DealtAsync(await fixture.ClientAsync("annotator"));
        var (status, _) = await SendAsync(await fixture.ClientAsync("reviewer"), "verdict", Verdict(Guid.NewGuid(), assignment, 1));
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task A_call_from_another_site_is_refused()
    {
        var client = await fixture.ClientAsync("annotator");
        using var request = Request("cards", new { count = 1 }, "http://elsewhere.test");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task What_a_model_wrote_stands_in_attributes_and_is_no_mark_up()
    {
        var client = await fixture.ClientAsync("annotator");
        await SolutionAsync("\" onload=\"x\"> <script>alert(1)</script></math-text>");
        var html = await CardsAsync(client);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\" onload=\"x", html, StringComparison.Ordinal);
    }

    private static object Verdict(Guid key, long assignment, int step) =>
        new { clientKey = key, assignment, outcome = "FirstError", step, grade = "Incorrect", note = "", activeMilliseconds = 1200 };

    /// <summary>A fresh solution on the person's desk: the claim's key.</summary>
    private async Task<long> DealtAsync(HttpClient client)
    {
        await SolutionAsync("What is 1 + 1?");
        return AssignmentIds().Matches(await CardsAsync(client)).Select(match => long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Max();
    }

    private async Task SolutionAsync(string statement)
    {
        var world = new World(fixture.Database);
        await using var context = fixture.Database.CreateDbContext();
        var revision = await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == fixture.ProjectId, TestContext.Current.CancellationToken);
        var problem = await world.ProblemAsync(fixture.ProjectId);
        var solution = await world.SolutionAsync(await world.RunAsync(revision), problem);
        Assert.Equal(SolutionState.Waiting, solution.State);
        // The statement as an import would store it: World's own is too tame.
        await using var owner = new Npgsql.NpgsqlConnection(fixture.Database.OwnerConnectionString);
        await owner.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = owner.CreateCommand();
        command.CommandText = "UPDATE problem SET statement = $1 WHERE id = $2";
        command.Parameters.Add(new() { Value = statement });
        command.Parameters.Add(new() { Value = problem.Id });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> CardsAsync(HttpClient client)
    {
        using var request = Request("cards", new { count = 10 });
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpClient client, string name, object body)
    {
        using var request = Request(name, body);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private HttpRequestMessage Request(string name, object body, string origin = "http://localhost") =>
        new(HttpMethod.Post, $"{Api}/{name}") { Content = JsonContent.Create(body), Headers = { { "Origin", origin } } };

    [GeneratedRegex("data-card=\"([0-9]+)\"")]
    private static partial Regex AssignmentIds();
}
