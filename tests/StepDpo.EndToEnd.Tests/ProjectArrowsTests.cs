using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests;

/// <summary>Which project may know what: the site no tensors, the engine no database, the contracts nobody.</summary>
public sealed class ProjectArrowsTests
{
    [Theory]
    [InlineData("StepDpo.Contracts", "")]
    [InlineData("StepDpo.Engine", "StepDpo.Contracts")]
    [InlineData("StepDpo.Worker", "StepDpo.Contracts StepDpo.Engine")]
    [InlineData("StepDpo.Core", "StepDpo.Contracts")]
    [InlineData("StepDpo.Migrations", "StepDpo.Core")]
    [InlineData("StepDpo.Web", "StepDpo.Contracts StepDpo.Core StepDpo.Migrations")]
    [InlineData("StepDpo.Demo", "StepDpo.Contracts StepDpo.Core StepDpo.Migrations")]
    [InlineData("StepDpo.Bench", "StepDpo.Contracts StepDpo.Engine")]
    public void A_project_uses_only_the_projects_that_the_design_allows(string project, string allowed)
    {
        var used = References(project).Where(name => name.StartsWith("StepDpo.", StringComparison.Ordinal));

        Assert.Empty(used.Except(allowed.Split(' ')));
    }

    [Theory]
    [InlineData("StepDpo.Contracts", "TorchSharp Microsoft.EntityFrameworkCore Npgsql Microsoft.AspNetCore")]
    [InlineData("StepDpo.Core", "TorchSharp Microsoft.AspNetCore.Components Microsoft.AspNetCore.Http MudBlazor")]
    [InlineData("StepDpo.Web", "TorchSharp")]
    [InlineData("StepDpo.Demo", "TorchSharp Microsoft.AspNetCore.Components Microsoft.AspNetCore.Http")]
    [InlineData("StepDpo.Engine", "Microsoft.EntityFrameworkCore Npgsql Microsoft.AspNetCore")]
    [InlineData("StepDpo.Worker", "Microsoft.EntityFrameworkCore Npgsql MudBlazor")]
    [InlineData("StepDpo.Bench", "Microsoft.EntityFrameworkCore Npgsql Microsoft.AspNetCore MudBlazor")]
    public void A_project_knows_nothing_of_what_is_not_its_business(string project, string forbidden)
    {
        var used = References(project);

        Assert.NotEmpty(used);
        Assert.DoesNotContain(used, name => forbidden.Split(' ').Any(prefix => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal)));
    }

    private static List<string> References(string project)
    {
        using var file = new PEReader(File.OpenRead(Repository.Program(project)));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
