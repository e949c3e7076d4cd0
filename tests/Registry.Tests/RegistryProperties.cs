using FsCheck;
using FsCheck.Fluent;
using GameServer.Game;

namespace GameServer.Registry.Tests;

/// <summary>
/// Whatever comes in whatever order, also twice and late, a naive model that knows only what was said agrees with what the registry does.
/// </summary>
public sealed class RegistryProperties
{
    private static readonly string[] Ids = ["a", "b", "c", "d"];

    [Fact]
    public void The_registry_does_what_the_naive_model_allows() => Check(crashes: false);

    [Fact]
    public void A_registry_that_is_saved_and_loaded_between_any_two_messages_behaves_the_same() => Check(crashes: true);

    private static void Check(bool crashes) =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Kind, byte A, byte B, byte C)[]>(), steps => new Run(crashes).Play(steps))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(250));

    private sealed class Run(bool crashes)
    {
        private readonly RegistryUnderTest registry = new();
        private readonly RegistryUnderTest shadow = new();
        private readonly NaiveModel model = new();
        private readonly List<Message> sent = [];

        public void Play((byte Kind, byte A, byte B, byte C)[] steps)
        {
            foreach (var (kind, a, b, c) in steps)
                Step(kind, a, b, c);
            Finish();
        }

        private void Step(byte kind, byte a, byte b, byte c)
        {
            var id = Ids[a % Ids.Length];
            var battle = $"battle-{b % 12}";
            switch (kind % 16)
            {
                case 0 or 1: Say(
                    new RegisterServer(id, "subnet-1", $"10.0.0.{1 + (b % 4)}", [.. Enumerable.Range(8080, 1 + (c % 3))])); break;
                case 2: Say(new RegisterServer(id, "subnet-1", $"10.0.0.{1 + (a % 4)}", [8080, 8081])); break;
                case 3 or 4:
                    foreach (var beating in Ids.Where((_, i) => (a & (1 << i)) == 0))
                        Say(new ServerHeartbeat(beating, model.EpochOf(beating), new Dictionary<int, int> { [8080] = b % 4 }));
                    break;
                case 5: Say(
                    new ServerHeartbeat(id, model.EpochOf(id) - (b % 3), new Dictionary<int, int> { [8080 + (c % 4)] = b % 5 })); break;
                case 6 or 7 or 8: Say(new AllocateServer(battle)); break;
                case 9: Say(new ReleaseServer(battle)); break;
                case 10: Say(new BattleFinished(id, battle, c % 3 == 0 ? null : model.EpochOf(id) - (c % 3 - 1))); break;
                case 11: Say(new DrainServer(id, c % 3 == 0 ? null : model.EpochOf(id) - (c % 3 - 1))); break;
                case 12 or 13: AnswerOne(a, b); break;
                case 14: Pass(TimeSpan.FromSeconds(1 + (c % 20))); break;
                case 15 when sent.Count > 0: Say(sent[((a * 256) + b) % sent.Count]); break;
            }
        }

        /// <summary>The port map answers one of its calls, in any order; or fails; or its answer is lost.</summary>
        private void AnswerOne(byte a, byte b)
        {
            if (registry.Calls.Count == 0)
                return;
            var at = a % registry.Calls.Count;
            var call = registry.Calls[at];
            registry.Calls.RemoveAt(at);
            shadow.Calls.RemoveAt(at);
            if (b % 8 == 0)
                return;
            Say(b % 8 == 1 && call is MapPorts m ? new PortsNotMapped(m.ServerId, m.Epoch, "no", Final: b % 16 == 1) : RegistryUnderTest.AnswerTo(call));
        }

        private void Pass(TimeSpan time)
        {
            // One second at a time, so that the model sees the time of each death.
            for (var i = 0; i < time.TotalSeconds; i++)
            {
                registry.LetPass(TimeSpan.FromSeconds(1));
                shadow.LetPass(TimeSpan.FromSeconds(1));
                Say(new Wake());
            }
        }

        private void Say(Message message)
        {
            sent.Add(message);
            if (crashes)
                shadow.Crash(tell: false);
            var toldBefore = registry.Told.Count;
            registry.Handle(message);
            var text = RegistryUnderTest.Text(registry.Effects);
            model.Heard(message, registry.Now, registry.Effects.Answer as RegistryAnswer);
            foreach (var told in registry.Told.Skip(toldBefore))
                model.RoomTold(told.Battle, told.Message, registry.Now);
            model.CheckCalls(registry.Effects.Calls);

            shadow.Handle(message);
            Assert.Equal(text, RegistryUnderTest.Text(shadow.Effects));
            Assert.Equal(registry.Actor.Due, shadow.Actor.Due);
            Assert.Equal(registry.SaveText(), shadow.SaveText());
            model.CheckStatus(registry.Status(), registry.Now);
            shadow.Status();
        }

        /// <summary>When all battles are over and all servers gone, nothing is left.</summary>
        private void Finish()
        {
            for (var b = 0; b < 12; b++)
                Say(new ReleaseServer($"battle-{b}"));
            Assert.Equal(0, registry.Status().Waiting);
            Assert.All(registry.Status().Servers, s => Assert.All(s.Ports, p => Assert.Null(p.BattleId)));
            Pass(TimeSpan.FromSeconds(50));
            registry.AnswerCalls();
            Assert.False(registry.Actor.Busy);
            Assert.Null(registry.Actor.Due);
        }
    }
}
