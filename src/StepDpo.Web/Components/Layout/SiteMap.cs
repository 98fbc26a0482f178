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
            items.Add(new RailItem("Annotate", "i-annotate", project.Path("annotate"), project.WaitForJudgement));
        if (project is { CanReview: true })
            items.Add(new RailItem("Review", "i-review", project.Path("review"), project.WaitForReview));
        if (project is { CanReview: true })
            items.Add(new RailItem("Disputes", "i-disputes", project.Path("disputes"), project.WaitForDecision));
        return items;
    }

    /// <summary>The rail: the project's pages by role, then the installation's for admins.</summary>
    public static IReadOnlyList<RailGroup> Rail(ProjectView? project, bool isAdmin)
    {
        var groups = new List<RailGroup>();
        if (project is not null)
        {
            groups.Add(new RailGroup(null, [new RailItem("Home", "i-home", project.Path())]));
            groups.Add(new RailGroup("Work",
            [
                .. Work(project),
                new RailItem("My work", "clock", project.Path("my-work")),
                .. project.CanLead ? [new RailItem("Cockpit", "i-cockpit", project.Path("cockpit"))] : Array.Empty<RailItem>(),
                .. project.CanLead ? [new RailItem("Flags", "flag", project.Path("flags"), project.OpenFlags)] : Array.Empty<RailItem>(),
            ]));
            if (project.CanReview)
            {
                groups.Add(new RailGroup("Data",
                [
                    .. project.CanLead ? [new RailItem("Problems", "i-problems", project.Path("problems"))] : Array.Empty<RailItem>(),
                    .. project.CanLead ? [new RailItem("Judgements", "i-annotate", project.Path("judgements"))] : Array.Empty<RailItem>(),
                    new RailItem("Solutions", "i-solutions", project.Path("solutions")),
                    new RailItem("Pairs", "i-pairs", project.Path("pairs")),
                    new RailItem("Agreement", "i-agreement", project.Path("agreement")),
                    .. project.CanLead ? [new RailItem("Suggestions", "i-compare", project.Path("suggestions"))] : Array.Empty<RailItem>(),
                ]));
                groups.Add(new RailGroup("Models",
                [
                    new RailItem("Runs", "i-runs", project.Path("runs"), project.ActiveRuns),
                    new RailItem("Evaluations", "i-compare", project.Path("evaluations")),
                ]));
            }
            groups.Add(new RailGroup("Project", project.CanLead
                ?
                [
                    new RailItem("People", "i-people", project.Path("people")),
                    new RailItem("Exam and gold", "i-cockpit", project.Path("quality")),
                    new RailItem("Guidelines", "i-guidelines", project.Path("guidelines")),
                    new RailItem("Settings", "i-settings", project.Path("settings")),
                    new RailItem("Audit", "saved", project.Path("audit")),
                ]
                : [new RailItem("Guidelines", "i-guidelines", project.Path("guidelines"))]));
        }
        var all = new List<RailItem> { new("Projects", "i-solutions", "/projects") };
        if (isAdmin || project is { CanLead: true })
            all.Add(new RailItem("Models", "i-models", "/models"));
        if (isAdmin)
            all.Add(new RailItem("Users", "i-people", "/users"));
        groups.Add(new RailGroup(project is null ? null : "Installation", all));
        return groups.Where(group => group.Items.Count > 0).ToList();
    }
}
