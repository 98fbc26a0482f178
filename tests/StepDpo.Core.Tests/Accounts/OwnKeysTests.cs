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
        Assert.True((await SetAsync(ann, "u", "z")).Succeeded);
        Assert.Equal(new Dictionary<string, string> { ["u"] = "z" }, await OfAsync(ann));
        Assert.Empty(await OfAsync(ben));
        Assert.True((await SetAsync(ann, "u", "y")).Succeeded);
        Assert.True((await SetAsync(ann, "u", "u")).Succeeded);
        Assert.Empty(await OfAsync(ann));
        await SetAsync(ann, "j", "ö");
        Assert.True((await Keys.ResetAsync(ann, WorkKeys.Annotate, Token)).Succeeded);
        Assert.Empty(await OfAsync(ann));
    }

    [Fact]
    public async Task A_key_that_does_something_else_is_refused_with_what_it_does()
    {
        var ann = await PersonAsync();
        Assert.Equal("n is taken: Neutral.", (await SetAsync(ann, "u", "n")).Refusal?.Message);
        await SetAsync(ann, "n", "z");
        Assert.True((await SetAsync(ann, "u", "n")).Succeeded);
        Assert.Equal("z is taken: Neutral.", (await SetAsync(ann, "t", "z")).Refusal?.Message);
        Assert.Equal("n is taken: Undo.", (await SetAsync(ann, "n", "n")).Refusal?.Message);
    }

    [Theory]
    [InlineData("3")]
    [InlineData(" ")]
    [InlineData("")]
    [InlineData("Enter")]
    [InlineData("ArrowUp")]
    public async Task What_keeps_its_place_is_refused(string key) => Assert.Equal(RefusalKind.Invalid, (await SetAsync(await PersonAsync(), "u", key)).Refusal?.Kind);

    [Fact]
    public async Task An_action_that_the_page_does_not_have_is_refused() =>
        Assert.Equal(RefusalKind.NotFound, (await SetAsync(await PersonAsync(), "Q", "q")).Refusal?.Kind);

    [Fact]
    public void No_page_gives_one_key_two_things() =>
        Assert.Equal(WorkKeys.Of(WorkKeys.Annotate).Count, WorkKeys.Of(WorkKeys.Annotate).DistinctBy(key => key.Key).Count());

    private async Task<Actor> PersonAsync() => Actor.Person((await new World(database).UserAsync()).Id);

    private Task<Outcome<Done>> SetAsync(Actor actor, string action, string key) => Keys.SetAsync(actor, WorkKeys.Annotate, action, key, Token);

    private async Task<IReadOnlyDictionary<string, string>> OfAsync(Actor actor) => (await Keys.OfAsync(actor, WorkKeys.Annotate, Token)).Value;
}
