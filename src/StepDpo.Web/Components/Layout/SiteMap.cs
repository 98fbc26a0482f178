using System.Globalization;
using StepDpo.Web.Projects;

namespace StepDpo.Web.Components.Layout;

/// <summary>One line of the rail or of the work bar.</summary>
/// <param name="Title">The word.</param>
/// <param name="Icon">The sign, alone where the rail is narrow.</param>
/// <param name="Href">Where it leads.</param>
/// <param name="Waiting">How many wait there; nothing is written for 0.</param>
public sealed record RailItem(string Title, string Icon, string Href, int Waiting = 0)
{
    /// <summary>The number with separators, or null for none.</summary>
    public string? Count => Waiting == 0 ? null : Waiting.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>A heading of the rail and its lines.</summary>
/// <param name="Heading">Null for the first, which has none.</param>
/// <param name="Items">The lines.</param>
public sealed record RailGroup(string? Heading, IReadOnlyList<RailItem> Items);

/// <summary>The site's map as the person signed in may walk it. What a page allows is checked again by its service.</summary>
public static class SiteMap
{
    /// <summary>Work pages of the project: the bar's links.</summary>
    public static IReadOnlyList<RailItem> Work(ProjectView? project)
    {
        var items = new List<RailItem>();
        if (project is not null)
            items.Add(new RailItem(T("Annotate"), "i-annotate", project.Path("annotate"), project.WaitForJudgement));
        if (project is { CanReview: true })
            items.Add(new RailItem(T("Review"), "i-review", project.Path("review"), project.WaitForReview));
        if (project is { CanReview: true })
            items.Add(new RailItem(T("Disputes"), "i-disputes", project.Path("disputes"), project.WaitForDecision));
        return items;
    }

    /// <summary>The rail: the project's pages by role, then the installation's for admins.</summary>
    public static IReadOnlyList<RailGroup> Rail(ProjectView? project, bool isAdmin)
    {
        var groups = new List<RailGroup>();
        if (project is not null)
        {
            groups.Add(new RailGroup(null, [new RailItem(T("Home"), "i-home", project.Path())]));
            groups.Add(new RailGroup(T("Work"),
            [
                .. Work(project),
                new RailItem(T("My work"), "clock", project.Path("my-work")),
                .. project.CanLead ? [new RailItem(T("Cockpit"), "i-cockpit", project.Path("cockpit"))] : Array.Empty<RailItem>(),
                .. project.CanLead ? [new RailItem(T("Flags"), "flag", project.Path("flags"), project.OpenFlags)] : Array.Empty<RailItem>(),
            ]));
            if (project.CanReview)
            {
                groups.Add(new RailGroup(T("Data"),
                [
                    .. project.CanLead ? [new RailItem(T("Problems"), "i-problems", project.Path("problems"))] : Array.Empty<RailItem>(),
                    .. project.CanLead ? [new RailItem(T("Judgements"), "i-annotate", project.Path("judgements"))] : Array.Empty<RailItem>(),
                    new RailItem(T("Solutions"), "i-solutions", project.Path("solutions")),
                    new RailItem(T("Pairs"), "i-pairs", project.Path("pairs")),
                    new RailItem(T("Agreement"), "i-agreement", project.Path("agreement")),
                    .. project.CanLead ? [new RailItem(T("Suggestions"), "i-compare", project.Path("suggestions"))] : Array.Empty<RailItem>(),
                ]));
                groups.Add(new RailGroup(T("Models"),
                [
                    new RailItem(T("Runs"), "i-runs", project.Path("runs"), project.ActiveRuns),
                    new RailItem(T("Evaluations"), "i-compare", project.Path("evaluations")),
                ]));
            }
            groups.Add(new RailGroup(T("Project"), project.CanLead
                ?
                [
                    new RailItem(T("People"), "i-people", project.Path("people")),
                    new RailItem(T("Exam and gold"), "i-cockpit", project.Path("quality")),
                    new RailItem(T("Guidelines"), "i-guidelines", project.Path("guidelines")),
                    new RailItem(T("Settings"), "i-settings", project.Path("settings")),
                    new RailItem(T("Audit"), "saved", project.Path("audit")),
                ]
                : [new RailItem(T("Guidelines"), "i-guidelines", project.Path("guidelines"))]));
        }
        var all = new List<RailItem> { new(T("Projects"), "i-solutions", "/projects") };
        if (isAdmin || project is { CanLead: true })
            all.Add(new RailItem(T("Models"), "i-models", "/models"));
        if (isAdmin)
            all.Add(new RailItem(T("Users"), "i-people", "/users"));
        groups.Add(new RailGroup(project is null ? null : T("Installation"), all));
        return groups.Where(group => group.Items.Count > 0).ToList();
    }
}
