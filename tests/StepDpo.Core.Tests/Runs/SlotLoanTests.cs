using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Runs;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Runs;

public sealed class SlotLoanTests : IClassFixture<Database>, IAsyncLifetime
{
    private static readonly RunHost Here = new() { Name = "here" };

    private readonly Database _database;
    private readonly World _world;
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    public SlotLoanTests(Database database) => (_database, _world) = (database, new World(database));

    public async ValueTask InitializeAsync()
    {
        await _database.ExecuteAsync($"UPDATE run SET state = 'Cancelled', ended_at = now() WHERE ended_at IS NULL");
        await _database.ExecuteAsync($"UPDATE slot SET run_id = NULL, taken_at = NULL");
        await Queue.RegisterSlotsAsync(_stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_lent_device_goes_to_no_run_until_it_is_given_back()
    {
        var loan = (await TakeAsync(Actor.System)).Value;
        Assert.Equal("Somebody else samples just now. Try again in a moment.", (await TakeAsync(Actor.System)).Refusal!.Message);
        var run = await RunAsync("Round 1");
        Assert.Null(await Queue.ClaimAsync(true, _stop));
        Assert.True(Assert.Single((await new RunQueries(_database).SlotsAsync(Actor.System, run.ProjectId, _stop)).Value.Slots).IsLent);

        await loan.DisposeAsync();

        Assert.Equal(run.Id, (await Queue.ClaimAsync(true, _stop))!.RunId);
        Assert.False(Assert.Single((await new RunQueries(_database).SlotsAsync(Actor.System, run.ProjectId, _stop)).Value.Slots).IsLent);
    }

    [Fact]
    public async Task A_busy_device_is_refused_with_the_run_that_holds_it_unless_it_is_another_projects()
    {
        var run = await RunAsync("Round 1");
        await Queue.ClaimAsync(true, _stop);
        var member = Actor.Person((await _world.UserAsync(projectId: run.ProjectId)).Id);
        var stranger = Actor.Person((await _world.UserAsync()).Id);

        Assert.Equal($"The device cpu is busy with run {run.Id}, Round 1. Try again when it has ended or is paused.", (await TakeAsync(member)).Refusal!.Message);
        Assert.Contains("busy with a run of another project", (await TakeAsync(stranger)).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_wait_go_first()
    {
        await RunAsync("Round 1");
        Assert.Equal("1 run waits for a device and goes first. Try again later.", (await TakeAsync(Actor.System)).Refusal!.Message);
        Assert.NotNull(await Queue.ClaimAsync(true, _stop));
    }

    [Fact]
    public async Task A_machine_without_a_device_lends_none() =>
        Assert.Contains("offers no device", (await SlotLoan.TakeAsync(_database, new RunHost { Name = "nowhere" }, Actor.System, _stop)).Refusal!.Message, StringComparison.Ordinal);

    private RunQueue Queue => new(_database, Here, new RunNotifier());

    private Task<Outcome<SlotLoan>> TakeAsync(Actor actor) => SlotLoan.TakeAsync(_database, Here, actor, _stop);

    private async Task<Run> RunAsync(string name)
    {
        var (project, revision) = await _world.ProjectAsync();
        var run = new Run
        {
            ProjectId = project.Id,
            Kind = RunKind.Sampling,
            Name = name,
            RevisionId = revision.Id,
            ModelId = (await _world.ModelAsync()).Id,
            Options = "{}",
            CreatedAt = World.Now,
        };
        await _database.AddAsync(run);
        return run;
    }
}
