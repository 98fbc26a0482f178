using System.Diagnostics.CodeAnalysis;
using StepDpo.Contracts;

namespace StepDpo.Core.Data;

/// <summary>Why a service did not do what was asked. Web turns it into a status code, a page into a sentence beside a field.</summary>
public enum RefusalKind
{
    /// <summary>There is no such thing, or the actor may not know that there is.</summary>
    NotFound,

    /// <summary>The actor's role does not allow it.</summary>
    Forbidden,

    /// <summary>A field is wrong; <see cref="Refusal.Field"/> names it.</summary>
    Invalid,

    /// <summary>The thing's state does not allow it (any more): taken, frozen, already done, changed by somebody else.</summary>
    Conflict,
}

/// <summary>An expected "no".</summary>
/// <param name="Kind">What sort of no.</param>
/// <param name="Words">A plain sentence for the person who asked.</param>
/// <param name="Field">Name of the field to blame, or null.</param>
public sealed record Refusal(RefusalKind Kind, Sentence Words, string? Field = null)
{
    /// <summary>The sentence in English.</summary>
    public string Message => Words.ToString();

    /// <summary>A <see cref="RefusalKind.NotFound"/>.</summary>
    public static Refusal NotFound(Sentence words) => new(RefusalKind.NotFound, words);

    /// <summary>A <see cref="RefusalKind.Forbidden"/>.</summary>
    public static Refusal Forbidden(Sentence words) => new(RefusalKind.Forbidden, words);

    /// <summary>A <see cref="RefusalKind.Invalid"/> at a field.</summary>
    public static Refusal Invalid(string field, Sentence words) => new(RefusalKind.Invalid, words, field);

    /// <summary>A <see cref="RefusalKind.Conflict"/>.</summary>
    public static Refusal Conflict(Sentence words) => new(RefusalKind.Conflict, words);
}

/// <summary>What an operation without a result returns when it is done.</summary>
public readonly record struct Done
{
    /// <summary>The only value.</summary>
    public static Done Value => default;
}

/// <summary>
/// What a service answers: a value or a <see cref="Data.Refusal"/>. Expected outcomes are values; exceptions are for bugs and
/// broken infrastructure.
/// </summary>
/// <typeparam name="T">What comes back when it worked; <see cref="Done"/> where nothing does.</typeparam>
public sealed record Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    /// <summary>Why not, or null.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether it worked.</summary>
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Succeeded => Refusal is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The operation was refused; the message holds the reason.</exception>
    public T Value => Succeeded ? _value! : throw new InvalidOperationException($"{Refusal.Kind}: {Refusal.Message}");

    /// <summary>Success.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>Refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
