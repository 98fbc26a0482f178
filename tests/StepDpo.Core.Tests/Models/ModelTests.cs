using StepDpo.Contracts.Models;
using StepDpo.Core.Accounts;
using StepDpo.Core.Models;
using StepDpo.Core.Runs;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Models;

public sealed class ModelTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly ModelRegister _models = new(database, TimeProvider.System);
    private readonly AllowedEndpoints _endpoints = new(database, TimeProvider.System);
    private readonly ModelIntake _intake = new(database);

    [Fact]
    public async Task A_folder_is_asked_for_read_and_then_ready()
    {
        var (admin, folder) = (await AdminAsync(), Shared.Path("models/nano-arithmetic"));
        var id = (await _models.RequestAsync(admin, "nano", folder)).Value;
        Assert.Equal(folder, Assert.Single(await _intake.WaitingAsync(), model => model.Id == id).ImportedFrom);
        await _intake.ReadAsync(id, Description(folder));
        await _intake.RefuseAsync(id, "too late");
        var model = (await _models.ListAsync(admin)).Value.Single(row => row.Id == id);
        Assert.Equal((ModelState.Ready, folder, (string?)null), (model.State, model.Folder, model.Error));
    }

    [Theory]
    [InlineData("models/nano")]
    [InlineData("/nowhere/at/all")]
    public async Task A_path_that_is_no_model_is_refused(string path) =>
        Assert.Equal("Path", (await _models.RequestAsync(await AdminAsync(), "none", path)).Refusal!.Field);

    [Theory]
    [InlineData("http://gpu7:8000/v1", true)]
    [InlineData("http://GPU7:8000/v1/", true)]
    [InlineData("http://gpu7:8000/v1/a", true)]
    [InlineData("http://gpu7:8000/v1x", false)]
    [InlineData("http://gpu7:8001/v1", false)]
    [InlineData("http://gpu7:8000/v1/../admin", false)]
    [InlineData("http://gpu7:8000@evil/v1", false)]
    [InlineData("http://gpu7.evil:8000/v1", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http://gpu7:8000/v1?x=1", false)]
    public async Task An_endpoint_must_lie_under_an_allowed_address(string url, bool allowed)
    {
        var admin = await AdminAsync();
        await _endpoints.AllowAsync(admin, "http://gpu7:8000/v1");
        Assert.Equal(allowed, (await _models.RegisterEndpointAsync(admin, $"endpoint {url}", url, "m")).Succeeded);
    }

    [Fact]
    public async Task A_trained_model_knows_its_ancestors()
    {
        var admin = await AdminAsync();
        var (_, revision) = await _world.ProjectAsync();
        var (parent, run) = (await _world.ModelAsync(), await _world.RunAsync(revision, RunKind.Training));
        var trained = new TrainedModel("trained", "/runs/1/checkpoints/step-000010", parent.Id, run.Id, 10);
        var id = (await _models.RegisterTrainedAsync(admin, trained)).Value;
        Assert.Equal([id, parent.Id], (await _models.LineageAsync(admin, id)).Value.Select(model => model.Id));
        Assert.False((await _models.RegisterTrainedAsync(admin, trained with { Name = "again" })).Succeeded);
    }

    private static ModelDescription Description(string folder) => new()
    {
        Architecture = "LlamaForCausalLM",
        Parameters = 1,
        Layers = 1,
        HiddenSize = 1,
        Vocabulary = 1,
        ContextLength = 256,
        Dtype = "float32",
        WeightsSha256 = new string('a', 64),
        Folder = folder,
    };

    private async Task<Actor> AdminAsync() => Actor.Person((await _world.UserAsync(isAdmin: true)).Id);
}
