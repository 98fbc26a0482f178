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

    /// <summary>Marks first errors.</summary>
    public Actor Annotator { get; private set; } = null!;

    /// <summary>Approves rectifications: somebody else than the annotator, as the project demands.</summary>
    public Actor Reviewer { get; private set; } = null!;

    /// <summary>Key of the project.</summary>
    public long ProjectId { get; private set; }

    /// <summary>Makes accounts, project and members in an empty database.</summary>
    public async Task GatherAsync(CancellationToken cancellationToken)
    {
        var first = await accounts.CreateFirstAdminAsync(cancellationToken)
            ?? throw new InvalidOperationException("the database holds accounts already; the demo wants an empty one");
        Admin = Actor.Person(await IdOfAsync(first.UserName, cancellationToken));
        Annotator = await InviteAsync("annotator", "Ann Otator", cancellationToken);
        Reviewer = await InviteAsync("reviewer", "Ray Viewer", cancellationToken);
        ProjectId = (await projects.CreateAsync(Admin, "Nano arithmetic", Settings, cancellationToken)).Value;
        _ = (await members.SetRoleAsync(Admin, ProjectId, Annotator.UserId!.Value, ProjectRole.Annotator, cancellationToken)).Value;
        _ = (await members.SetRoleAsync(Admin, ProjectId, Reviewer.UserId!.Value, ProjectRole.Reviewer, cancellationToken)).Value;
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

    private async Task<Actor> InviteAsync(string userName, string displayName, CancellationToken cancellationToken)
    {
        var link = (await links.InviteAsync(Admin, userName, displayName, cancellationToken: cancellationToken)).Value;
        return Actor.Person((await links.ChoosePasswordAsync(link.Token, Guid.NewGuid().ToString(), cancellationToken)).Value);
    }

    // The admin's own id is read through the door that shows it: a list that only an admin sees needs an actor first.
    private async Task<Guid> IdOfAsync(string userName, CancellationToken cancellationToken)
    {
        Outcome<IReadOnlyList<UserRow>> users = await accounts.ListAsync(Actor.System, cancellationToken);
        return users.Value.Single(user => user.UserName == userName).Id;
    }
}
