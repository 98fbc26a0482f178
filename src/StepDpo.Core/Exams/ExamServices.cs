using Microsoft.Extensions.DependencyInjection;

namespace StepDpo.Core.Exams;

/// <summary>Registers this feature.</summary>
public static class ExamServices
{
    /// <summary>The qualifying exam.</summary>
    public static IServiceCollection AddExams(this IServiceCollection services) => services.AddSingleton<ExamService>();
}
