using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Runs;

public sealed class RunQueueTests : IClassFixture<Database>, IAsyncLifetime
{
    private static readonly RunHost Here = new() { Name = "here" };
    private static readonly RunHost There = new() { Name = "there" };

    private readonly Database _database;
    private readonly World _world;
    private readonly RunNotifier _notifier = new();
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    public RunQueueTests(Database database) => (_database, _world) = (database, new World(database));

    // The queue is one for the whole database: each test begins with an empty one.
    public async ValueTask InitializeAsync()
    {
        await _database.ExecuteAsync($"UPDATE run SET state = 'Cancelled', ended_at = now() WHERE ended_at IS NULL");
        await _database.ExecuteAsync($"UPDATE slot SET run_id = NULL, taken_at = NULL");
        await Queue(Here).RegisterSlotsAsync(_stop);
        await Queue(There).RegisterSlotsAsync(_stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Many_claims_at_once_give_each_run_to_one_owner()
    {
        var runs = new List<long>();
        for (var i = 0; i < 20; i++) runs.Add(await EndpointRunAsync());

        var claims = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Queue(Here).ClaimAsync(withoutDevice: true, _stop)));

        Assert.Equal(runs.Order(), claims.OfType<RunClaim>().Select(claim => claim.RunId).Order());
        Assert.All(claims.OfType<RunClaim>(), claim => Assert.Equal(1, claim.Attempt));
    }

    [Fact]
    public async Task A_device_goes_to_one_run_at_a_time_and_to_training_first()
    {
        var sampling = await FolderRunAsync(RunKind.Sampling);
        var training = await FolderRunAsync(RunKind.Training);

        var first = await Queue(Here).ClaimAsync(true, _stop);
        Assert.Equal(training, first!.RunId);
        Assert.Null(await Queue(Here).ClaimAsync(true, _stop));
        Assert.Equal(sampling, (await Queue(There).ClaimAsync(true, _stop))!.RunId);

        await Queue(Here).SettleAsync(first, RunState.Succeeded, "Done.", _stop);
        var third = await FolderRunAsync(RunKind.Sampling);
        Assert.Equal(third, (await Queue(Here).ClaimAsync(true, _stop))!.RunId);
    }

    [Fact]
    public async Task A_lease_that_ran_out_is_taken_over_and_the_late_owner_changes_nothing()
    {
        var run = await FolderRunAsync(RunKind.Sampling);
        var zombie = (await Queue(Here).ClaimAsync(true, _stop))!;
        Assert.Null(await Queue(There).ClaimAsync(true, _stop));
        await _database.ExecuteAsync($"UPDATE run SET lease_until = now() - interval '1 second' WHERE id = {run}");

        var heir = (await Queue(There).ClaimAsync(true, _stop))!;

        Assert.Equal(2, heir.Attempt);
        Assert.Equal(RunOrder.Lost, await Queue(Here).BeatAsync(zombie, _stop));
        Assert.False(await Queue(Here).SettleAsync(zombie, RunState.Succeeded, "Done.", _stop));
        await Assert.ThrowsAsync<ClaimLostException>(() => Queue(Here).ReportAsync(zombie, 1, 2, null, _stop));
        await using var context = _database.CreateDbContext();
        await Assert.ThrowsAsync<ClaimLostException>(() => RunQueue.FenceAsync(context, zombie, _stop));
        await RunQueue.FenceAsync(context, heir, _stop);
        Assert.Equal(RunState.Running, (await ReadAsync(run)).State);
        Assert.Equal("there", await context.Set<Slot>().Where(s => s.RunId == run).Select(s => s.Host).SingleAsync(_stop));
    }

    [Fact]
    public async Task A_beat_keeps_a_run_on_the_databases_clock()
    {
        var run = await EndpointRunAsync();
        var claim = (await Queue(Here).ClaimAsync(true, _stop))!;
        await _database.ExecuteAsync($"UPDATE run SET lease_until = now() - interval '1 second' WHERE id = {run}");

        Assert.Equal(RunOrder.GoOn, await Queue(Here).BeatAsync(claim, _stop));

        Assert.Null(await Queue(There).ClaimAsync(true, _stop));
    }

    [Fact]
    public async Task Runs_of_a_process_that_died_here_are_free_at_once()
    {
        var run = await EndpointRunAsync();
        await Queue(Here).ClaimAsync(true, _stop);
        Assert.Equal(0, await Queue(Here).RescueAsync(_stop));

        await _database.ExecuteAsync($"UPDATE run SET lease_owner = 'here/1/999999999999' WHERE id = {run}");
        Assert.Equal(0, await Queue(There).RescueAsync(_stop));
        Assert.Equal(1, await Queue(Here).RescueAsync(_stop));

        Assert.Equal(2, (await Queue(Here).ClaimAsync(true, _stop))!.Attempt);
    }

    [Fact]
    public async Task Letting_go_leaves_the_run_running_and_claimable()
    {
        var run = await EndpointRunAsync();
        await Queue(Here).LetGoAsync((await Queue(Here).ClaimAsync(true, _stop))!, _stop);

        Assert.Equal(RunState.Running, (await ReadAsync(run)).State);
        Assert.Equal(2, (await Queue(There).ClaimAsync(true, _stop))!.Attempt);
    }

    [Fact]
    public async Task Pause_and_cancel_reach_the_owner_with_its_next_beat()
    {
        var (lead, run) = await LeadsRunAsync();
        var claim = (await Queue(Here).ClaimAsync(true, _stop))!;

        Assert.True((await Control.PauseAsync(lead, run, _stop)).Succeeded);
        Assert.Equal(RunOrder.Pause, await Queue(Here).BeatAsync(claim, _stop));
        Assert.True((await Control.CancelAsync(lead, run, _stop)).Succeeded);
        Assert.Equal(RunOrder.Cancel, await Queue(Here).BeatAsync(claim, _stop));
        Assert.Equal(RunState.Cancelling, (await ReadAsync(run)).State);

        Assert.True(await Queue(Here).SettleAsync(claim, RunState.Cancelled, "Cancelled.", _stop));
        Assert.NotNull((await ReadAsync(run)).EndedAt);
        var refusal = (await Control.PauseAsync(lead, run, _stop)).Refusal!;
        Assert.Equal((RefusalKind.Conflict, RunState.Cancelled), (refusal.Kind, Assert.Single(refusal.Words.Parts)));
        Assert.True((await Control.RetryAsync(lead, run, _stop)).Succeeded);
        Assert.Equal(RunState.Queued, (await ReadAsync(run)).State);
    }

    [Fact]
    public async Task A_queued_run_is_paused_and_resumed_at_once()
    {
        var (lead, run) = await LeadsRunAsync();

        Assert.True((await Control.PauseAsync(lead, run, _stop)).Succeeded);
        Assert.Null(await Queue(Here).ClaimAsync(true, _stop));
        Assert.True((await Control.ResumeAsync(lead, run, _stop)).Succeeded);
        Assert.NotNull(await Queue(Here).ClaimAsync(true, _stop));
    }

    [Fact]
    public async Task Progress_ends_a_row_of_failures()
    {
        await EndpointRunAsync();
        var claim = (await Queue(Here).ClaimAsync(true, _stop))!;
        Assert.Equal(1, await Queue(Here).CountFailureAsync(claim, "The endpoint is away.", _stop));
        Assert.Equal(2, await Queue(Here).CountFailureAsync(claim, "The endpoint is away.", _stop));

        await Queue(Here).ReportAsync(claim, 1, 10, null, _stop);

        Assert.Equal(1, await Queue(Here).CountFailureAsync(claim, "The endpoint is away.", _stop));
    }

    [Fact]
    public async Task Training_waits_only_while_no_device_is_free()
    {
        await FolderRunAsync(RunKind.Sampling);
        var sampling = (await Queue(Here).ClaimAsync(true, _stop))!;
        Assert.False(await Queue(Here).TrainingWaitsAsync(_stop));

        var training = await FolderRunAsync(RunKind.Training);
        Assert.True(await Queue(Here).TrainingWaitsAsync(_stop));
        Assert.False(await Queue(There).TrainingWaitsAsync(_stop));

        await Queue(Here).SettleAsync(sampling, RunState.Queued, "Gave way to a training run.", _stop);
        Assert.Equal(training, (await Queue(Here).ClaimAsync(true, _stop))!.RunId);
    }

    [Theory]
    [InlineData(ProjectRole.Annotator)]
    [InlineData(ProjectRole.Reviewer)]
    public async Task Only_leads_give_orders(ProjectRole role)
    {
        var (_, run) = await LeadsRunAsync();
        var project = (await ReadAsync(run)).ProjectId;
        var other = Actor.Person((await _world.UserAsync(projectId: project, role: role)).Id);
        var stranger = Actor.Person((await _world.UserAsync()).Id);

        Assert.Equal(RefusalKind.Forbidden, (await Control.CancelAsync(other, run, _stop)).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotFound, (await Control.CancelAsync(stranger, run, _stop)).Refusal!.Kind);
        Assert.Equal(RunState.Queued, (await ReadAsync(run)).State);
    }

    [Fact]
    public async Task A_double_press_makes_one_run_and_options_are_checked()
    {
        var (project, _) = await _world.ProjectAsync();
        var model = await _world.ModelAsync();
        var lead = Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id);
        var request = new RunRequest<SamplingOptions>(project.Id, "Errors", model.Id, new SamplingOptions { ProblemIds = [1] }) { ClientKey = Guid.NewGuid() };

        var presses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Control.QueueAsync(lead, request, _stop)));

        Assert.Single(presses.Select(press => press.Value).Distinct());
        Assert.Equal(RefusalKind.Invalid, (await Control.QueueAsync(lead, request with { ClientKey = null, Options = new SamplingOptions { ProblemIds = [] } }, _stop)).Refusal!.Kind);
    }

    private RunControl Control => new(_database, _notifier, TimeProvider.System);

    private RunQueue Queue(RunHost host) => new(_database, host, _notifier);

    private async Task<Run> ReadAsync(long run)
    {
        await using var context = _database.CreateDbContext();
        return await context.Set<Run>().SingleAsync(r => r.Id == run);
    }

    private async Task<(Actor Lead, long Run)> LeadsRunAsync()
    {
        var run = await ReadAsync(await EndpointRunAsync());
        return (Actor.Person((await _world.UserAsync(projectId: run.ProjectId, role: ProjectRole.Lead)).Id), run.Id);
    }

    // Without a model of this installation a run needs no device.
    private async Task<long> EndpointRunAsync()
    {
        var (_, revision) = await _world.ProjectAsync();
        return (await _world.RunAsync(revision)).Id;
    }

    private async Task<long> FolderRunAsync(RunKind kind)
    {
        var (project, revision) = await _world.ProjectAsync();
        var run = new Run
        {
            ProjectId = project.Id,
            Kind = kind,
            Name = "run",
            RevisionId = revision.Id,
            ModelId = (await _world.ModelAsync()).Id,
            Options = "{}",
            CreatedAt = World.Now,
        };
        await _database.AddAsync(run);
        return run.Id;
    }
}
