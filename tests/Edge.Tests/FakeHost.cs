using System.Threading.Channels;
using GameServer.Game;

namespace GameServer.Edge.Tests;

/// <summary>A host without actors: it keeps what the edge tells it, and answers questions as a test says.</summary>
public sealed class FakeHost : IGameHost
{
    private readonly Channel<(string UserId, Message Message)> told = Channel.CreateUnbounded<(string, Message)>();

    public GameRules Rules { get; set; } = new()
    {
        Modes = new Dictionary<string, ModeRules> { ["default"] = new(), ["ranked"] = new() },
    };

    public bool Ready { get; set; } = true;

    /// <summary>What happens before a message is taken.</summary>
    public Func<string, Message, CancellationToken, ValueTask>? OnTell { get; set; }

    /// <summary>What happens when a request was taken: as a host does that handles everything at once.</summary>
    public Action<Request> OnHandled { get; set; } = _ => { };

    public Func<ActorId, object, object> OnAsk { get; set; } = (_, question) =>
        question is GetRecord ? new PlayerInfo(true, true, new()) : throw new HostUnavailableException("no answer was set");

    public Dictionary<string, double> Stats { get; } = [];

    public async ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken)
    {
        if (OnTell is { } before)
            await before(userId, message, cancellationToken);
        await told.Writer.WriteAsync((userId, message), cancellationToken);
        if (message is Request request)
            OnHandled(request);
    }

    public async ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, Question<TAnswer> question, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return (TAnswer)OnAsk(to, question);
    }

    /// <summary>How often it was asked for its counts.</summary>
    public int StatsAsked { get; private set; }

    public ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken)
    {
        StatsAsked++;
        return new(Stats);
    }

    /// <summary>The next message of this kind; others before it are passed over.</summary>
    public async Task<(string UserId, T Message)> NextAsync<T>()
        where T : Message
    {
        using CancellationTokenSource patience = new(Wait.Patience);
        while (true)
        {
            var (userId, message) = await told.Reader.ReadAsync(patience.Token);
            if (message is T wanted)
                return (userId, wanted);
        }
    }

    /// <summary>Whether nothing was told that was not yet looked at.</summary>
    public bool Quiet => told.Reader.Count == 0;
}

public static class Wait
{
    /// <summary>How long a test waits for something that must come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until something is so that nobody tells of.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(5));
        while (!isSo())
            await look.WaitForNextTickAsync(patience.Token);
    }
}
