namespace StepDpo.Engine.Modeling;

/// <summary>
/// Tokens that two answers share, and from there a branch for each. They lie one after the other: trunk, first branch, second
/// branch. A token sees what stands before it in the trunk and in its own branch, never the other branch; both branches take up
/// the positions that follow the trunk. A sequence by itself is a trunk without branches.
/// </summary>
/// <param name="Trunk">Tokens shared.</param>
/// <param name="First">Tokens of the first branch.</param>
/// <param name="Second">Tokens of the second branch.</param>
/// <param name="Read">Tokens whose last state is wanted, by their place in the tree, ascending.</param>
internal sealed record TokenTree(int Trunk, int First, int Second, IReadOnlyList<int> Read)
{
    /// <summary>All tokens.</summary>
    public int Length => Trunk + Branches;

    /// <summary>Tokens of both branches.</summary>
    public int Branches => First + Second;

    /// <summary>The position that a token's rotation is for.</summary>
    public int PositionOf(int token) => token < Trunk + First ? token : token - First;

    /// <summary>Whether one token sees another, itself included.</summary>
    public bool Sees(int token, int other) => other <= token && (other < Trunk || token < Trunk + First || other >= Trunk + First);
}
