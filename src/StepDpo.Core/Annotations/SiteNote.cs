using StepDpo.Contracts;

namespace StepDpo.Core.Annotations;

/// <summary>What the site itself writes into a record where people write why: stored in English, shown in the reader's language.</summary>
public static class SiteNote
{
    /// <summary>A verdict fell because somebody judged again.</summary>
    public static readonly Sentence JudgementChanged = "A judgement was changed.";

    /// <summary>A verdict fell because somebody undid their judgement.</summary>
    public static readonly Sentence JudgementTakenBack = "A judgement was taken back.";

    /// <summary>A verdict fell with the judgements of somebody who was paused.</summary>
    public static readonly Sentence AnnotatorPaused = "Its annotator was paused.";

    /// <summary>A judgement no longer counts because its annotator was paused.</summary>
    public static readonly Sentence SetAside = "Set aside when its annotator was paused.";

    /// <summary>A verdict fell because the reviewer undid it.</summary>
    public static readonly Sentence ReviewerUndid = "The reviewer took it back.";

    /// <summary>A verdict fell, or an approval, that rested on the old reference answer.</summary>
    public static readonly Sentence AnswerCorrected = "The reference answer was corrected.";

    /// <summary>A step that a person wrote was taken back before anybody decided on it.</summary>
    public static readonly Sentence AuthorUndid = "Taken back by its author.";

    private static readonly Sentence[] Whole = [JudgementChanged, JudgementTakenBack, AnnotatorPaused, SetAside, ReviewerUndid, AnswerCorrected, AuthorUndid];

    /// <summary>A judgement no longer counts because a lead sent the solution back.</summary>
    public static Sentence SentBack(string reason) => $"Sent back to judging: {reason}";

    /// <summary>A note as it is shown: the site's own in the reader's language, a person's as it was written; null where there is none.</summary>
    public static Sentence? Shown(string? note)
    {
        if (string.IsNullOrEmpty(note)) return null;
        if (Array.Find(Whole, own => own.Words == note) is { } whole) return whole;
        var sentBack = SentBack("").ToString();
        return note.StartsWith(sentBack, StringComparison.Ordinal) ? SentBack(note[sentBack.Length..]) : Sentence.Alone(note);
    }
}
