using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Accounts;

/// <summary>A person with an account. Rights in a project are project memberships; the only global right is to administer.</summary>
public sealed class User : IdentityUser<Guid>
{
    /// <summary>The name that others see.</summary>
    public required string DisplayName { get; set; }

    /// <summary>Whether this person administers the installation and counts as a lead of every project.</summary>
    public bool IsAdmin { get; set; }

    /// <summary>Since when the account is shut, or null. Nothing that the person said is deleted.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>Tag of the language in which the site speaks to this person, or null: what the browser asks for.</summary>
    public string? Language { get; set; }

    /// <summary>When the account was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    internal const int LongestLanguage = 16;

    public void Configure(EntityTypeBuilder<User> builder)
    {
        // "user" is a word of SQL.
        builder.ToTable("users");
        builder.Property(u => u.UserName).HasMaxLength(100).IsRequired();
        builder.Property(u => u.NormalizedUserName).HasMaxLength(100).IsRequired();
        builder.Property(u => u.Email).HasMaxLength(200);
        builder.Property(u => u.NormalizedEmail).HasMaxLength(200);
        builder.Property(u => u.DisplayName).HasMaxLength(100);
        builder.Property(u => u.Language).HasMaxLength(LongestLanguage);
        builder.Property(u => u.ConcurrencyStamp).IsConcurrencyToken();
        builder.HasIndex(u => u.NormalizedUserName).IsUnique();
        builder.HasMany<IdentityUserClaim<Guid>>().WithOne().HasForeignKey(c => c.UserId);
        builder.HasMany<IdentityUserLogin<Guid>>().WithOne().HasForeignKey(l => l.UserId);
        builder.HasMany<IdentityUserToken<Guid>>().WithOne().HasForeignKey(t => t.UserId);
        builder.HasMany<AuditEvent>().WithOne().HasForeignKey(e => e.ActorId);
    }
}

internal sealed class UserClaimConfiguration : IEntityTypeConfiguration<IdentityUserClaim<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserClaim<Guid>> builder)
    {
        builder.ToTable("user_claim");
        builder.MayBeDeleted();
    }
}

internal sealed class UserLoginConfiguration : IEntityTypeConfiguration<IdentityUserLogin<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> builder)
    {
        builder.ToTable("user_login");
        builder.HasKey(l => new { l.LoginProvider, l.ProviderKey });
        builder.MayBeDeleted();
    }
}

internal sealed class UserTokenConfiguration : IEntityTypeConfiguration<IdentityUserToken<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserToken<Guid>> builder)
    {
        builder.ToTable("user_token");
        builder.HasKey(t => new { t.UserId, t.LoginProvider, t.Name });
        builder.MayBeDeleted();
    }
}
