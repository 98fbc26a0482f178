using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>A key with which the site encrypts its cookies, kept here so that a restart or a second site signs nobody out.</summary>
public sealed class ProtectionKey
{
    /// <summary>Key.</summary>
    public long Id { get; init; }

    /// <summary>Name that ASP.NET Core's data protection gives it.</summary>
    public string? FriendlyName { get; init; }

    /// <summary>The key as data protection writes it.</summary>
    public required string Xml { get; init; }
}

internal sealed class ProtectionKeyConfiguration : IEntityTypeConfiguration<ProtectionKey>
{
    public void Configure(EntityTypeBuilder<ProtectionKey> builder) => builder.AppendOnly();
}
