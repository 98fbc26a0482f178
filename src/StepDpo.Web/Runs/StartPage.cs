using Microsoft.AspNetCore.Components;
using StepDpo.Core.Data;
using StepDpo.Web.Accounts;

namespace StepDpo.Web.Runs;

/// <summary>What the four forms that start a run share: they read the project, queue once however often the button is pressed, and go to the run.</summary>
public abstract class StartPage : ComponentBase
{
    /// <summary>The project.</summary>
    [Parameter]
    public long ProjectId { get; set; }

    /// <summary>Who asks.</summary>
    [Inject]
    protected CurrentUser User { get; set; } = default!;

    [Inject]
    private StartFactsReader Reader { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    /// <summary>What the form says of the project; null until read.</summary>
    protected StartFacts? Facts { get; private set; }

    /// <summary>What was refused last.</summary>
    protected Refusal? Refusal { get; set; }

    /// <summary>Whether the run is being queued.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>The key of this form's one run.</summary>
    protected Guid ClientKey { get; } = Guid.NewGuid();

    /// <summary>Called once <see cref="Facts"/> are there: choose defaults.</summary>
    protected abstract Task PrepareAsync(StartFacts facts);

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        var facts = await Reader.ReadAsync(User.Actor, ProjectId);
        (Facts, Refusal) = (facts.Succeeded ? facts.Value : null, facts.Refusal);
        if (Facts is not null)
            await PrepareAsync(Facts);
    }

    /// <summary>Queues the run and goes to its page.</summary>
    protected async Task StartAsync(Func<Task<Outcome<long>>> queue)
    {
        if (IsBusy)
            return;
        IsBusy = true;
        try
        {
            var run = await queue();
            Refusal = run.Refusal;
            if (run.Succeeded)
                Navigation.NavigateTo($"/projects/{ProjectId}/runs/{run.Value}");
        }
        finally
        {
            IsBusy = false;
        }
    }
}
