using System.Text;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.AnnotationFiles;

/// <summary>A data folder and projects to import into and export from.</summary>
internal sealed class FileWorld(Database database) : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly string _folder = Directory.CreateTempSubdirectory("stepdpo-files-").FullName;

    public AnnotationImport Import => new(database, TimeProvider.System);

    public AnnotationExports Exports => ExportsOver(database);

    public string ExportFolder => Path.Combine(_folder, "exports");

    public AnnotationExports ExportsOver(IDbContextFactory<StepDpoContext> contexts) => new(contexts, new WorkerOptions { Command = ["true"], DataFolder = _folder }, TimeProvider.System);

    public async Task<(long Project, Actor Lead)> ProjectAsync(ProjectSettings? settings = null)
    {
        var world = new World(database);
        var (project, _) = await world.ProjectAsync(settings);
        return (project.Id, Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
    }

    public string Write(string text)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}");
        File.WriteAllText(path, text, new UTF8Encoding(false));
        return path;
    }

    public async Task<AnnotationImportReport> ImportAsync(long project, Actor lead, string path, AnnotationFormat? format = null)
    {
        var outcome = await Import.ImportAsync(lead, project, new(path, "file", "made", format), cancellationToken: Token);
        Assert.True(outcome.Succeeded, outcome.Refusal?.Message);
        return outcome.Value;
    }

    public async Task<byte[]> ExportAsync(long project, Actor lead, AnnotationExportOptions options)
    {
        var export = await Exports.CreateAsync(lead, project, options, cancellationToken: Token);
        Assert.True(export.Succeeded, export.Refusal?.Message);
        await using var file = (await Exports.OpenAsync(lead, export.Value.Id, Token)).Value.File;
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    /// <summary>What a file says, read by a fresh project, in the words of a tuple: outcome, step, answer.</summary>
    public async Task<IReadOnlyList<JudgedSolution>> ReadAsync(string text)
    {
        var (project, lead) = await ProjectAsync();
        var preview = await Import.PreviewAsync(lead, project, new(Write(text), "file", "made"), cancellationToken: Token);
        Assert.True(preview.Succeeded, preview.Refusal?.Message);
        Assert.True(preview.Value.Faults.Count == 0, string.Join('\n', preview.Value.Faults));
        return preview.Value.First;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
