using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using StepDpo.Core.Data;

namespace StepDpo.Migrations;

/// <summary>Lets <c>dotnet ef migrations</c> build the model without a web site and without a server.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<StepDpoContext>
{
    public StepDpoContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<StepDpoContext>();
        StepDpoContext.Configure(options, "Host=unused");
        return new StepDpoContext(options.Options);
    }
}
