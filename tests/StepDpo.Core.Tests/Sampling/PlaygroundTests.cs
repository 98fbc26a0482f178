using StepDpo.Contracts.Completions;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.Sampling;

/// <summary>What the playground refuses; what it samples is tested with the real worker and a browser.</summary>
public sealed class PlaygroundTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);

    [Theory]
    [InlineData("", 0.8, 0.95, 10, 1, "Prompt")]
    [InlineData("x", -1, 0.95, 10, 1, "Temperature")]
    [InlineData("x", 0.8, 0, 10, 1, "TopP")]
    [InlineData("x", 0.8, 0.95, 0, 1, "MaxTokens")]
    [InlineData("x", 0.8, 0.95, 2049, 1, "MaxTokens")]
    [InlineData("x", 0.8, 0.95, 10, 5, "Samples")]
    public async Task A_wrong_field_is_named(string prompt, double temperature, double topP, int maxTokens, int samples, string field)
    {
        var request = new PlaygroundRequest { Prompt = prompt, Temperature = temperature, TopP = topP, MaxTokens = maxTokens, Samples = samples };
        Assert.Equal(field, (await AskAsync(Actor.System, (await _world.ModelAsync()).Id, request)).Refusal!.Field);
    }

    [Fact]
    public async Task A_lead_of_any_project_may_ask_and_a_reviewer_may_not()
    {
        var model = await EndpointAsync();
        var (project, _) = await _world.ProjectAsync();
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var reviewer = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Reviewer)).Id);
        Assert.Equal(RefusalKind.Forbidden, (await AskAsync(reviewer, model)).Refusal!.Kind);
        Assert.Equal("http://127.0.0.1:9/v1 is not on the list of allowed endpoints.", (await AskAsync(lead, model)).Refusal!.Message);
    }

    [Fact]
    public async Task A_model_that_is_not_read_yet_cannot_be_sampled()
    {
        var model = new LanguageModel { Name = "unread", Kind = ModelKind.Folder, State = ModelState.Requested, ImportedFrom = "/x", CreatedAt = World.Now };
        await database.AddAsync(model);
        Assert.Equal("unread cannot be sampled yet: it has not been read.", (await AskAsync(Actor.System, model.Id)).Refusal!.Message);
    }

    [Theory]
    [InlineData("2 + 2?\nStep 1:", " 4.\nStep 2: Done.", "Step 1: 4.|Step 2: Done.")]
    [InlineData("2 + 2?\n", "It is 4.", "It is 4.")]
    public void An_answer_is_seen_as_steps_from_where_the_prompt_ends(string prompt, string text, string steps)
    {
        var received = ReceivedText.Of(new CompletionChoice { Index = 0, Text = text, FinishReason = "stop" });
        var split = new PlaygroundAnswer(prompt, [received], TimeSpan.Zero, TimeSpan.Zero).StepsOf(received);
        Assert.Equal(steps.Split('|'), Enumerable.Range(1, split.Count).Select(split.Labelled));
    }

    private async Task<long> EndpointAsync()
    {
        var model = new LanguageModel
        {
            Name = "elsewhere",
            Kind = ModelKind.Endpoint,
            State = ModelState.Ready,
            EndpointUrl = "http://127.0.0.1:9/v1",
            EndpointModel = "m",
            CreatedAt = World.Now,
        };
        await database.AddAsync(model);
        return model.Id;
    }

    private Task<Outcome<PlaygroundAnswer>> AskAsync(Actor actor, long model, PlaygroundRequest? request = null)
    {
        var workers = new WorkerOptions { Command = ["true"], DataFolder = Path.GetTempPath() };
        return new Playground(database, new RunHost(), new ModelEndpoints(database, workers, TimeProvider.System), TimeProvider.System)
            .SampleAsync(actor, model, request ?? new PlaygroundRequest { Prompt = "x" }, cancellationToken: TestContext.Current.CancellationToken);
    }
}
