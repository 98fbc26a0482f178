using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace StepDpo.Core.Data;

/// <summary>What a refused save ran into: somebody else was faster.</summary>
public static class Violations
{
    /// <summary>Whether the database refused a row because an equal one is there.</summary>
    public static bool IsDuplicate(this DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };
}
