using StepDpo.Engine.Examples;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Scoring;

/// <summary>A way to score answers: the fast one is <see cref="TreePass"/>, the plain one <see cref="SequencePass"/>.</summary>
/// <param name="model">The thread's grad mode decides whether a graph is kept.</param>
/// <param name="chosen">The winner of each row.</param>
/// <param name="rejected">The losers, as many; null where there are none.</param>
public delegate AnswerScores ScoringPass(CausalLm model, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected);
