using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Accounts;

public sealed class OwnKeysTests(Database database) : IClassFixture<Database>
{
    private OwnKeys Keys => new(database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_moved_for_one_person_and_back()
    {
        var (ann, ben) = (await PersonAsync(), await PersonAsync());
        Assert.True((await KeepAsync(ann, ("u", "z"), ("j", "ö"))).Succeeded);
        Assert.Equal(new Dictionary<string, string> { ["u"] = "z", ["j"] = "ö" }, await OfAsync(ann));
        Assert.Empty(await OfAsync(ben));
        Assert.True((await KeepAsync(ann, ("u", "y"), ("t", "t"))).Succeeded);
        Assert.Equal(new Dictionary<string, string> { ["u"] = "y" }, await OfAsync(ann));
        Assert.True((await KeepAsync(ann)).Succeeded);
        Assert.Empty(await OfAsync(ann));
    }

    [Fact]
    public async Task A_key_that_does_something_else_is_refused_with_what_it_does_and_nothing_changes()
    {
        var ann = await PersonAsync();
        await KeepAsync(ann, ("u", "z"));
        var refusal = (await KeepAsync(ann, ("h", "y"), ("u", "n"))).Refusal;
        Assert.Equal(("n is taken: Neutral.", "u"), (refusal?.Message, refusal?.Field));
        Assert.Equal(new Dictionary<string, string> { ["u"] = "z" }, await OfAsync(ann));
    }

    [Fact]
    public async Task Two_keys_change_places_at_once()
    {
        var ann = await PersonAsync();
        Assert.True((await KeepAsync(ann, ("j", "k"), ("k", "j"))).Succeeded);
        Assert.True((await KeepAsync(ann, ("j", "k"), ("k", "j"), ("u", "z"))).Succeeded);
        Assert.Equal(3, (await OfAsync(ann)).Count);
    }

    [Fact]
    public async Task Of_two_windows_that_keep_at_once_one_set_stays()
    {
        var ann = await PersonAsync();
        var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => KeepAsync(ann, ("u", $"{(char)('α' + i)}"), ("j", "z"))));
        Assert.All(kept, outcome => Assert.True(outcome.Succeeded));
        Assert.Equal(2, (await OfAsync(ann)).Count);
    }

    [Theory]
    [InlineData("3")]
    [InlineData(" ")]
    [InlineData("")]
    [InlineData("Enter")]
    [InlineData("ArrowUp")]
    public async Task What_keeps_its_place_is_refused(string key) => Assert.Equal(RefusalKind.Invalid, (await KeepAsync(await PersonAsync(), ("u", key))).Refusal?.Kind);

    [Fact]
    public async Task An_action_that_the_page_does_not_have_is_refused() =>
        Assert.Equal(RefusalKind.NotFound, (await KeepAsync(await PersonAsync(), ("Q", "q"))).Refusal?.Kind);

    [Fact]
    public void No_page_gives_one_key_two_things() =>
        Assert.Equal(WorkKeys.Of(WorkKeys.Annotate).Count, WorkKeys.Of(WorkKeys.Annotate).DistinctBy(key => key.Key).Count());

    private async Task<Actor> PersonAsync() => Actor.Person((await new World(database).UserAsync()).Id);

    private Task<Outcome<Done>> KeepAsync(Actor actor, params (string Action, string Key)[] keys) => Keys.KeepAsync(actor, WorkKeys.Annotate, keys.ToDictionary(k => k.Action, k => k.Key), Token);

    private async Task<IReadOnlyDictionary<string, string>> OfAsync(Actor actor) => (await Keys.OfAsync(actor, WorkKeys.Annotate, Token)).Value;
}
