using System.Net.Http.Json;
using System.Text.Json;

namespace GameServer.Ecs;

/// <summary>
/// Asks ECS not to stop this task for a new version or for fewer tasks. ECS forgets it after a while, so that a task that hangs is not
/// kept for ever. Needs the permission <c>ecs:UpdateTaskProtection</c> in the task's role.
/// </summary>
/// <param name="agent">What <see cref="Variable"/> says.</param>
public sealed class TaskProtection(Uri agent) : IDisposable
{
    /// <summary>The environment variable in which ECS says, to every container it starts, where its agent is.</summary>
    public const string Variable = "ECS_AGENT_URI";

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Uri state = new($"{agent.ToString().TrimEnd('/')}/task-protection/v1/state");

    /// <summary>Protects this task from now on, or no more.</summary>
    /// <param name="time">How long, in whole minutes, 1 minute to 48 hours; null: not any more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EcsException">ECS gave no answer within five seconds, or refused.</exception>
    public async Task SetAsync(TimeSpan? time, CancellationToken cancellationToken)
    {
        try
        {
            using var content = JsonContent.Create(new(time is not null, (int?)time?.TotalMinutes), ProtectionJson.Default.Protection);
            using var answer = await http.PutAsync(state, content, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            // A refusal is in the body, whatever the status says.
            using var said = answer.IsSuccessStatusCode ? JsonDocument.Parse(text) : null;
            if (said is null || !said.RootElement.TryGetProperty("protection", out _))
                throw new EcsException($"ECS does not protect this task: {(int)answer.StatusCode} {text}");
        }
        catch (Exception problem) when (problem is HttpRequestException or JsonException or InvalidOperationException
            || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new EcsException($"ECS does not protect this task: {problem.Message}", problem);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}
