using System.Globalization;
using StepDpo.Contracts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Rectifications;
using StepDpo.Web.Languages;

namespace StepDpo.Web.Tests.Languages;

/// <summary>Whatever a label's history can tell, it tells in the reader's language: no name of the code comes through.</summary>
public sealed class LabelWordsTests
{
    private static readonly FirstErrorReason?[] Reasons = [null, .. Enum.GetValues<FirstErrorReason>()];

    private static readonly DifferenceReason?[] Differences = [null, .. Enum.GetValues<DifferenceReason>()];

    public static TheoryData<string> Told => [.. Everything().Select(sentence => sentence.ToString()).Distinct()];

    [Theory]
    [MemberData(nameof(Told))]
    public void Every_record_is_told_in_Chinese(string english)
    {
        var sentence = Everything().First(sentence => sentence.ToString() == english);
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(Language.Chinese.Code); // flows with this test alone
        Assert.DoesNotMatch("[A-Za-z]{2,}", Catalogue.T(sentence));
        Assert.DoesNotMatch("[A-Z]", english);
    }

    [Fact]
    public void A_person_s_note_is_shown_as_it_was_written_and_the_site_s_own_in_the_reader_s_language()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(Language.Chinese.Code);
        Assert.Equal("No error", Catalogue.T(SiteNote.Shown("No error")!)); // a key of the catalogue, but a person's words
        Assert.Equal("{0} of {1}", Catalogue.T(SiteNote.Shown("{0} of {1}")!));
        Assert.Equal("有判断被修改。", Catalogue.T(SiteNote.Shown(SiteNote.JudgementChanged.Words)!));
        Assert.Equal("退回重新判断：New {rule}.", Catalogue.T(SiteNote.Shown(SiteNote.SentBack("New {rule}.").ToString())!));
        Assert.Null(SiteNote.Shown(""));
    }

    private static IEnumerable<Sentence> Everything() =>
    [
        LabelWords.Fell, LabelWords.Regraded, LabelWords.SentBack, LabelWords.Skipped, LabelWords.PutOnDesk, LabelWords.Sampled(1), LabelWords.Sampled(7), LabelWords.Corrected("8"),
        .. from outcome in Enum.GetValues<FirstErrorOutcome>()
           from grade in Enum.GetValues<StepGrade>()
           from reason in Reasons
           from counts in Enumerable.Range(0, 4)
           select LabelWords.Of(Judgement(outcome, grade, reason, (counts & 1) != 0, (counts & 2) != 0)),
        .. from outcome in Enum.GetValues<FirstErrorOutcome>()
           from provenance in Enum.GetValues<VerdictProvenance>()
           select LabelWords.Of(new FirstErrorVerdict { SolutionId = 1, StepCount = 9, Outcome = outcome, Step = 3, Provenance = provenance, RevisionId = 1, CreatedAt = default }),
        .. from decision in Enum.GetValues<AdjudicationDecision>()
           from because in Differences
           select LabelWords.Of(new Adjudication { SolutionId = 1, ReviewerId = default, Decision = decision, Because = because, RevisionId = 1, ClientKey = default, CreatedAt = default }),
        .. from decision in Enum.GetValues<PrefixDecision>()
           from temperature in new double?[] { null, 0.9 }
           select LabelWords.Of(new PrefixReview { SolutionId = 1, ReviewerId = default, Decision = decision, Temperature = temperature, RectificationId = 5, RevisionId = 1, ClientKey = default, CreatedAt = default }),
        .. from origin in Enum.GetValues<RectificationOrigin>()
           select LabelWords.Of(new Rectification { Id = 5, PrefixId = 1, StepText = "", StepSha256 = "", Origin = origin, CreatedAt = default }, 3),
        .. from decision in Enum.GetValues<ReviewDecision>()
           from reason in Enum.GetValues<RejectReason>()
           from sentence in new[]
           {
               LabelWords.Of(decision),
               LabelWords.Of(new RectificationReview { RectificationId = 5, Decision = decision, Reason = reason, RevisionId = 1, ClientKey = default, CreatedAt = default }),
               LabelWords.Of(new PairReview { PairId = 6, RectificationId = 5, ReviewerId = default, Decision = decision, Reason = reason, RevisionId = 1, ClientKey = default, CreatedAt = default }),
           }
           select sentence,
        .. from reason in Enum.GetValues<WithdrawalReason>()
           select LabelWords.Of(new PairWithdrawal { PairId = 6, Reason = reason, CreatedAt = default }),
    ];

    private static FirstErrorAnnotation Judgement(FirstErrorOutcome outcome, StepGrade grade, FirstErrorReason? reason, bool surplus, bool afterSuggestion) => new()
    {
        AssignmentId = 1,
        SolutionId = 1,
        AnnotatorId = default,
        StepCount = 9,
        AnswerCheck = AnswerCheck.Wrong,
        Outcome = outcome,
        Step = 3,
        Grade = grade,
        Reason = reason,
        Surplus = surplus,
        AfterSuggestion = afterSuggestion,
        RevisionId = 1,
        ClientKey = default,
        CreatedAt = default,
    };
}
