using StepDpo.Contracts.Prompts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;

namespace StepDpo.Demo;

/// <summary>The accounts and the project of the demo, made through the same services as the site's.</summary>
public sealed class Team(UserAccounts accounts, OneTimeLinks links, ProjectRegister projects, ProjectMembers members)
{
    /// <summary>The first admin, who also leads the project.</summary>
    public Actor Admin { get; private set; } = null!;

    /// <summary>Mark first errors.</summary>
    public IReadOnlyList<Actor> Annotators { get; private set; } = [];

    /// <summary>Approve rectifications: others than the annotators, as the project demands.</summary>
    public IReadOnlyList<Actor> Reviewers { get; private set; } = [];

    /// <summary>Key of the project.</summary>
    public long ProjectId { get; private set; }

    /// <summary>Makes accounts, project and members in an empty database.</summary>
    public async Task GatherAsync(CancellationToken cancellationToken)
    {
        var first = await accounts.CreateFirstAdminAsync(cancellationToken)
            ?? throw new InvalidOperationException("the database holds accounts already; the demo wants an empty one");
        Admin = Actor.Person(await IdOfAsync(first.UserName, cancellationToken));
        ProjectId = (await projects.CreateAsync(Admin, "Nano arithmetic", Settings, cancellationToken)).Value;
        Annotators = await JoinAsync(ProjectRole.Annotator, ["Ann Otator", "Anna Tator", "Al Notate"], cancellationToken);
        Reviewers = await JoinAsync(ProjectRole.Reviewer, ["Ray Viewer", "Rae Viewer", "Roy Viewer"], cancellationToken);
    }

    // One wrong solution a problem is judged, as the paper's code does; rectification is queued by hand so that each stage has its seconds.
    private static ProjectSettings Settings { get; } = new()
    {
        Template = PromptTemplate.NanoArithmetic,
        JudgedPerProblem = 1,
        ServingOrder = ServingOrder.Oldest,
        RectifiesByItself = false,
        MaxTokens = 240,
        Guidelines = "Mark the first step whose numbers are wrong, or that does not do what the problem says.",
    };

    private async Task<IReadOnlyList<Actor>> JoinAsync(ProjectRole role, IReadOnlyList<string> displayNames, CancellationToken cancellationToken)
    {
        var joined = new List<Actor>();
        foreach (var name in displayNames)
        {
            var link = (await links.InviteAsync(Admin, name.ToLowerInvariant().Replace(' ', '.'), name, cancellationToken: cancellationToken)).Value;
            var person = Actor.Person((await links.ChoosePasswordAsync(link.Token, Guid.NewGuid().ToString(), cancellationToken)).Value);
            _ = (await members.SetRoleAsync(Admin, ProjectId, person.UserId!.Value, role, cancellationToken)).Value;
            joined.Add(person);
        }

        return joined;
    }

    // The admin's own id is read through the door that shows it: a list that only an admin sees needs an actor first.
    private async Task<Guid> IdOfAsync(string userName, CancellationToken cancellationToken)
    {
        Outcome<IReadOnlyList<UserRow>> users = await accounts.ListAsync(Actor.System, cancellationToken);
        return users.Value.Single(user => user.UserName == userName).Id;
    }
}
