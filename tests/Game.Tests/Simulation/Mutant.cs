using System.Buffers;

namespace GameServer.Game.Tests.Simulation;

/// <summary>An actor with a bug put in on purpose, around the real one: it hears, sends, shows or saves something else.</summary>
internal sealed class Mutant(Actor inner) : Actor(inner.Id)
{
    private readonly Effects trueEffects = new();

    public Actor Inner => inner;

    /// <summary>What it hears instead of a message.</summary>
    public Func<Message, IEnumerable<Message>> Hears { get; init; } = message => [message];

    /// <summary>What it sends instead of a message.</summary>
    public Func<Envelope, IEnumerable<Envelope>> Sends { get; init; } = envelope => [envelope];

    /// <summary>What it shows a client instead of a frame.</summary>
    public Func<ClientEnvelope, IEnumerable<ClientEnvelope>> Shows { get; init; } = frame => [frame];

    /// <summary>Whether it saves what it should after a message.</summary>
    public Func<Message, bool> Saves { get; init; } = _ => true;

    public override DateTimeOffset? Due => inner.Due;
    public override bool Erased => inner.Erased;
    public override bool Busy => inner.Busy;
    public override void Save(IBufferWriter<byte> destination) => inner.Save(destination);
    public override IReadOnlyList<TailEntry> Tail(int last) => inner.Tail(last);
    public override TailChange TakeTailChange() => inner.TakeTailChange();

    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        foreach (var heard in Hears(message))
        {
            trueEffects.Clear();
            inner.Handle(heard, now, trueEffects);
            var saves = Saves(heard);
            if (saves)
                effects.Save(trueEffects.Durability);
            foreach (var envelope in trueEffects.Messages.SelectMany(Sends))
            {
                if (envelope.Durable && saves)
                    effects.Send(envelope.To, envelope.Message);
                else
                    effects.SendVolatile(envelope.To, envelope.Message);
            }

            foreach (var (connection, frame) in trueEffects.Frames.SelectMany(Shows))
                effects.Deliver(connection, frame);
            if (trueEffects.Answer is { } answer)
                effects.Reply(answer);
        }
    }
}
