using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using StepDpo.Core.Data;

namespace StepDpo.Core.Tests;

/// <summary>Arrows point one way: between the folders of Core, and between projects.</summary>
public sealed class ArrowsTests
{
    // A folder may use itself and those before it.
    private static readonly string[] Folders =
    [
        "Data", "Statistics", "Auditing", "Accounts", "Projects", "Exams", "Grading", "Problems", "Workers", "Models", "Runs", "Sampling", "Suggestions", "Annotations",
        "Agreement", "Search", "AnnotationFiles", "Rectifications", "Pairs", "Training", "Evaluations", "Progress",
    ];

    private static readonly Architecture Core = new ArchLoader().LoadAssemblies(typeof(StepDpoContext).Assembly).Build();

    [Fact]
    public void Every_folder_of_Core_has_its_place_in_the_order()
    {
        var folders = Core.Types.Select(type => FolderOf(type.Namespace.FullName)).OfType<string>().Distinct().Except(Folders);
        Assert.Empty(folders);
    }

    [Fact]
    public void A_folder_of_Core_uses_only_itself_and_those_before_it()
    {
        var against = from type in Core.Types
                      let folder = FolderOf(type.Namespace.FullName)
                      where folder is not null
                      from dependency in type.Dependencies
                      let other = FolderOf(dependency.Target.Namespace?.FullName ?? dependency.Target.FullName)
                      where other is not null && Array.IndexOf(Folders, other) > Array.IndexOf(Folders, folder)
                      select $"{type.FullName} uses {dependency.Target.FullName}";
        Assert.Empty(against.Distinct());
    }

    [Fact]
    public void Core_knows_neither_the_web_nor_tensors()
    {
        var references = typeof(StepDpoContext).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToArray();
        Assert.Contains("StepDpo.Contracts", references);
        Assert.DoesNotContain(references, name => name.StartsWith("TorchSharp", StringComparison.Ordinal) || name.StartsWith("StepDpo.Engine", StringComparison.Ordinal)
            || name.StartsWith("StepDpo.Worker", StringComparison.Ordinal) || name.StartsWith("StepDpo.Web", StringComparison.Ordinal)
            || (name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) && !name.StartsWith("Microsoft.AspNetCore.Cryptography", StringComparison.Ordinal)));
    }

    [Fact]
    public void Contracts_need_the_base_library_alone()
    {
        var references = typeof(Contracts.PreferenceExample).Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.All(references, name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard" or "mscorlib", name));
    }

    // Some types come without a namespace; their full name begins with it.
    private static string? FolderOf(string space) =>
        space.StartsWith("StepDpo.Core.", StringComparison.Ordinal) ? space.Split('.')[2] : null;
}
