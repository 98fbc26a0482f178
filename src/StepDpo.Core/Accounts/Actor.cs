namespace StepDpo.Core.Accounts;

/// <summary>Who asks. Services read the rights of this person from the database each time; nothing is trusted from the caller.</summary>
public sealed record Actor
{
    private Actor(Guid? userId) => UserId = userId;

    /// <summary>The person, or null for <see cref="System"/>.</summary>
    public Guid? UserId { get; }

    /// <summary>The installation itself: the planner and the run handlers. Never made from a request.</summary>
    public static Actor System { get; } = new((Guid?)null);

    /// <summary>A person who has signed in.</summary>
    public static Actor Person(Guid userId) => new(userId);
}
