using static GameServer.Game.SessionInput;

namespace GameServer.Game.Tests;

/// <summary>A gateway's session between a client and a player that answers as the test wants.</summary>
public sealed class GatewaySessionTests
{
    private static readonly ConnectionId Here = new("gateway", 7);
    private static readonly WelcomeFrame Welcome = new("alice", "token", Resumed: false);

    private readonly SessionOutputs outputs = new();
    private readonly List<ClientFrame> shown = [];
    private GatewaySession session = null!;
    private TimeSpan now = TimeSpan.FromDays(1);
    private SessionTask? task;
    private TimeSpan? lookAt;
    private int handled;
    private int arrived;
    private int attachment;

    private Message? Call => (task as SessionTask.Call)?.Message;

    [Fact]
    public void Requests_are_handed_on_one_at_a_time_and_in_order()
    {
        Attach();
        Ask(new JoinRoom(null), "1");
        Ask(new ExitRoom(), "2");
        Assert.Equal((1, "1"), Handed());
        Tell(new CallSucceeded());
        Assert.Equal((2, "2"), Handed());
        Assert.Equal(1, handled);
        Tell(new CallSucceeded());
        Assert.Null(task);
        Assert.Equal(2, handled);
    }

    [Fact]
    public void A_failed_call_is_made_again_after_the_connection_was_attached_again()
    {
        Attach();
        Arrive(Push(1));
        Ask(new Die(), "1");
        Tell(new CallFailed());
        Assert.IsType<SessionTask.Wait>(task);
        Tell(new WaitOver());
        var again = Assert.IsType<Connect>(Call);
        Assert.True(again.Again);
        Assert.Equal(1, again.LastSeq);
        Tell(new CallSucceeded());
        Assert.Equal((1, "1"), Handed());
    }

    [Fact]
    public void What_is_not_answered_is_handed_on_again_before_what_comes_after_it()
    {
        Attach();
        Done(new SyncScore(5), "1");
        Done(new SyncScore(9), "2");
        Ask(new Die(), "3");
        Tell(new NotKnown());
        Assert.IsType<Connect>(Call);
        Tell(new CallSucceeded());
        foreach (var id in new[] { "1", "2" })
        {
            var lost = Assert.IsType<Request>(Call);
            Assert.Equal((new RequestId(id), true, new SyncScore(9), 2), (lost.Id, lost.Again, lost.Action, lost.Number));
            Tell(new CallSucceeded());
        }

        Assert.Equal((3, "3"), Handed());
    }

    [Fact]
    public void What_is_answered_while_others_are_handed_on_again_is_not()
    {
        Attach();
        Done(new JoinRoom(null), "1");
        Done(new JoinRoom(null), "2");
        Ask(new ExitRoom(), "3");
        Tell(new NotKnown());
        Tell(new CallSucceeded());
        Assert.Equal((1, "1"), Handed());
        Arrive(new OkFrame(new("2")));
        Tell(new CallSucceeded());
        Assert.Equal((3, "3"), Handed());
    }

    [Fact]
    public void The_last_score_is_known_before_its_call_is_answered()
    {
        Attach();
        Ask(new SyncScore(5), "1");
        Tell(new CallFailed());
        Tell(new WaitOver());
        Assert.Equal(5, Assert.IsType<Connect>(Call).LastScore);
    }

    [Fact]
    public void A_request_that_nobody_takes_is_given_up_in_the_end()
    {
        Attach();
        Ask(new Die(), "1");
        for (var tries = 0; task is not null; tries++)
        {
            Assert.InRange(tries, 0, 1000);
            Pass(task is SessionTask.Wait wait ? wait.Time : TimeSpan.FromSeconds(1));
            Tell(task is SessionTask.Wait ? new WaitOver() : new CallFailed());
        }

        Assert.Equal(new ErrorFrame(Refusal.CannotBeReached, "die", new RequestId("1")), shown[^1]);
        Assert.Equal(1, handled);
    }

    [Fact]
    public void A_request_is_given_up_as_well_if_the_player_is_loaded_anew_again_and_again()
    {
        Attach();
        Ask(new Die(), "1");
        for (var tries = 0; task is not null; tries++)
        {
            Assert.InRange(tries, 0, 1000);
            Pass(TimeSpan.FromSeconds(0.1));
            Tell(Call is Connect ? new CallSucceeded() : new NotKnown());
        }

        Assert.IsType<ErrorFrame>(shown[^1]);
        Assert.Equal(1, handled);
    }

    [Fact]
    public void A_push_is_passed_on_once_and_only_after_the_one_before_it()
    {
        Attach();
        Arrive(Push(1));
        Arrive(Push(1));
        Arrive(Push(3));
        Assert.Equal([1], Seqs);
        Assert.Equal(1, Assert.IsType<Connect>(Call).LastSeq);
        Arrive(Push(2));
        Arrive(Push(3));
        Assert.Equal([1, 2, 3], Seqs);
    }

    [Fact]
    public void A_snapshot_may_jump_ahead_and_is_never_passed_on_again()
    {
        Attach();
        Arrive(Snapshot(4));
        Arrive(Push(5));
        Arrive(Snapshot(4));
        Assert.Equal([4, 5], Seqs);
        Arrive(Push(6));
        Assert.Equal([4, 5, 6], Seqs);
    }

    [Fact]
    public void Where_another_session_began_the_clients_number_counts_no_more()
    {
        Open(new(Here, ProtocolVersion.V2, "token", Resume: "old", LastSeq: 500, LastScore: null, Guest: false));
        Tell(new CallSucceeded());
        Arrive(Welcome);
        Arrive(Push(2)); // The snapshot before it is lost.
        Assert.Empty(Seqs);
        Assert.Equal(0, Assert.IsType<Connect>(Call).LastSeq);
        Tell(new CallSucceeded());
        Arrive(Snapshot(3));
        Assert.Equal([3], Seqs);
    }

    [Fact]
    public void A_number_that_the_client_made_up_is_put_right_by_a_snapshot()
    {
        Open(new(Here, ProtocolVersion.V2, "token", Resume: "good", LastSeq: 500, LastScore: null, Guest: false));
        Tell(new CallSucceeded());
        Arrive(Welcome with { Resumed = true });
        Arrive(Snapshot(21));
        Arrive(Push(22));
        Assert.Equal([21, 22], Seqs);
    }

    [Fact]
    public void Of_a_player_that_begins_anew_at_lower_numbers_the_snapshot_counts()
    {
        Attach();
        Arrive(Snapshot(50));
        foreach (var _ in new[] { 1, 2 })
        {
            Tell(new Look());
            Tell(new Checked(new(Attached: true, Seq: 2, Start: 0)));
        }

        Assert.IsType<Connect>(Call);
        Tell(new CallSucceeded());
        Arrive(Snapshot(3));
        Arrive(Push(4));
        Assert.Equal([50, 3, 4], Seqs);
    }

    [Fact]
    public void A_push_that_the_player_has_made_and_that_does_not_come_is_missed_at_the_second_look()
    {
        Attach();
        Arrive(Push(1));
        Tell(new Look());
        Tell(new Checked(new(Attached: true, Seq: 2, Start: 0)));
        Assert.Null(task); // It may be on its way.
        Assert.Equal(now, lookAt);
        Tell(new Look());
        Tell(new Checked(new(Attached: true, Seq: 2, Start: 0)));
        Assert.IsType<Connect>(Call);
    }

    [Fact]
    public void An_answer_that_does_not_come_is_asked_for_again_at_the_second_look()
    {
        Attach();
        Done(new JoinRoom(null), "1");
        Tell(new Look());
        Tell(new Checked(new(Attached: true, Seq: 0, Start: 0)));
        Assert.Null(task);
        Assert.Equal(now + GatewaySession.AnswerTime, lookAt);
        Tell(new Look());
        Tell(new Checked(new(Attached: true, Seq: 0, Start: 0)));
        Assert.Equal((1, "1"), Handed());
        Assert.True(((Request)Call!).Again);
    }

    [Fact]
    public void What_is_found_missing_during_an_attachment_leads_to_another_one()
    {
        Attach();
        Tell(new Look());
        Tell(new Checked(default));
        Assert.IsType<Connect>(Call);
        Arrive(Push(2)); // Of this attachment, and the one before it is lost.
        Assert.IsType<SessionPhase.Detached>(session.Phase);
        Tell(new CallSucceeded());
        Tell(new WaitOver());
        Assert.IsType<Connect>(Call);
    }

    [Fact]
    public void What_an_older_attachment_lacks_is_left_to_the_newer_one()
    {
        Attach();
        Tell(new Look());
        Tell(new Checked(default));
        ArriveLate(Push(2));
        Assert.IsType<SessionPhase.Attaching>(session.Phase);
        Tell(new CallSucceeded());
        Assert.IsType<SessionPhase.Attached>(session.Phase);
        Assert.Null(task);
    }

    [Fact]
    public void A_push_of_an_older_attachment_is_not_taken_for_one_of_the_newer()
    {
        Attach();
        Tell(new Look());
        Tell(new Checked(default));
        ArriveLate(Push(1) with { Confirm = true }); // Sent by a process that is lost, and not saved.
        Tell(new CallSucceeded());
        Arrive(Push(1));
        Assert.Equal([Welcome, Push(1)], shown);
    }

    [Fact]
    public void Nothing_comes_before_the_welcome_and_no_welcome_twice()
    {
        Open(New);
        Arrive(Push(1));
        Assert.Empty(shown);
        Tell(new CallSucceeded());
        Assert.True(Assert.IsType<Connect>(Call).Again);
        Arrive(Welcome);
        Arrive(Welcome);
        Arrive(Push(1));
        Assert.Equal([Welcome, Push(1)], shown);
    }

    [Fact]
    public void A_connection_that_was_told_to_close_is_never_attached_again()
    {
        Attach();
        Ask(new Die(), "1");
        Arrive(new CloseFrame(CloseCodes.Replaced, "Replaced."));
        Arrive(Push(1));
        Tell(new NotKnown());
        Tell(new Look());
        Ask(new Die(), "2");
        Assert.Null(task);
        Assert.Equal(2, handled);
        Assert.IsType<CloseFrame>(shown[^1]);
        Tell(new ClientGone());
        Assert.IsType<Disconnect>(Call);
    }

    [Fact]
    public void Nothing_follows_a_close_not_even_what_is_given_up_then()
    {
        Attach();
        Ask(new Die(), "1");
        Arrive(new CloseFrame(CloseCodes.Replaced, "Replaced."));
        Pass(GatewaySession.PatienceTime);
        Tell(new CallFailed());
        Ask(new Die(), "2");
        Assert.IsType<CloseFrame>(shown[^1]);
        Assert.Equal(2, handled);
    }

    [Fact]
    public void A_connection_that_the_player_cannot_be_told_of_is_closed_and_not_attached_later()
    {
        Open(New);
        while (task is not null)
        {
            Pass(TimeSpan.FromSeconds(1));
            Tell(task is SessionTask.Wait ? new WaitOver() : new CallFailed());
        }

        Assert.Equal(CloseCodes.Draining, Assert.IsType<CloseFrame>(shown[^1]).Code);
        Ask(new JoinRoom(null), "1");
        Tell(new Look());
        Assert.Null(task);
    }

    [Fact]
    public void A_client_that_is_gone_is_not_attached_again_and_what_it_sent_is_tried_once()
    {
        Attach();
        Ask(new JoinRoom(null), "1");
        Ask(new ExitRoom(), "2");
        Tell(new ClientGone());
        Tell(new CallSucceeded());
        Assert.Equal((2, "2"), Handed());
        Tell(new CallFailed());
        Assert.IsType<Disconnect>(Call);
        Assert.Equal(2, handled);
        Tell(new CallSucceeded());
        Assert.IsType<SessionPhase.Ended>(session.Phase);
    }

    [Fact]
    public void A_client_that_goes_before_the_player_knew_it_is_not_made_known()
    {
        Open(New);
        Ask(new JoinRoom(null), "1");
        Tell(new CallFailed());
        Tell(new ClientGone());
        Tell(new WaitOver());
        Assert.IsType<Disconnect>(Call);
        Assert.Equal(1, handled);
    }

    [Fact]
    public void The_player_is_told_that_the_client_is_gone_however_long_that_takes()
    {
        Attach();
        Tell(new ClientGone());
        var lingers = false;
        for (var began = now; now - began < TimeSpan.FromHours(1);)
        {
            Pass(task is SessionTask.Wait { Time: var time } ? time : TimeSpan.FromSeconds(1));
            Tell(task is SessionTask.Wait ? new WaitOver() : new CallFailed(), ref lingers);
        }

        Assert.True(lingers);
        Tell(Call is null ? new WaitOver() : new CallFailed());
        Tell(Call is null ? new WaitOver() : new CallSucceeded());
        if (Call is not null)
            Tell(new CallSucceeded());
        Assert.IsType<SessionPhase.Ended>(session.Phase);
    }

    [Fact]
    public void A_refused_score_gives_way_to_the_one_that_stands_and_a_battles_end_to_none()
    {
        Attach();
        Done(new SyncScore(5), null);
        Done(new SyncScore(9), null);
        Arrive(new ErrorFrame(Refusal.Dead, "syncscore", null, new StandingScore(1, 3))); // Of an older one.
        Assert.Equal(9, ScoreWhenAttached());
        Arrive(new ErrorFrame(Refusal.Dead, "syncscore", null, new StandingScore(2, 5)));
        Assert.Equal(5, ScoreWhenAttached());
        Arrive(new PushFrame(1, new(PushKind.BattleSettlement) { Text = "WIN" }, Confirm: false));
        Assert.Null(ScoreWhenAttached());
    }

    [Fact]
    public void A_frame_that_overtook_another_waits_for_it_a_moment()
    {
        Attach();
        arrived++; // That one comes later.
        Arrive(Push(2));
        Assert.Empty(Seqs);
        Assert.Equal(now + GatewaySession.ReorderTime, lookAt);
        arrived -= 2;
        Arrive(Push(1));
        Assert.Equal([1, 2], Seqs);
    }

    private static Connect New => new(Here, ProtocolVersion.V2, "token", null, null, null, Guest: false);

    private List<long> Seqs => [.. shown.OfType<PushFrame>().Select(push => push.Seq)];

    private static PushFrame Push(long seq) => new(seq, new(PushKind.Waiting) { Number = 2 }, Confirm: false);

    private static PushFrame Snapshot(long seq) => new(seq, new(PushKind.Snapshot), Confirm: false);

    private void Open(Connect connect)
    {
        session = new(connect);
        Tell(new Opened());
        Assert.Equal(connect, Call);
    }

    private void Attach()
    {
        Open(New);
        Arrive(Welcome);
        Tell(new CallSucceeded());
        Assert.IsType<SessionPhase.Attached>(session.Phase);
    }

    private void Ask(ClientAction action, string? id) =>
        Tell(new FromClient(new Request(Here, id is null ? null : new RequestId(id), action)));

    private void Done(ClientAction action, string? id)
    {
        Ask(action, id);
        Tell(new CallSucceeded());
    }

    private (long, string?) Handed()
    {
        var request = Assert.IsType<Request>(Call);
        return (request.Number, request.Id?.Json);
    }

    private int? ScoreWhenAttached()
    {
        Tell(new Look());
        Tell(new Checked(default));
        var score = Assert.IsType<Connect>(Call).LastScore;
        Tell(new CallSucceeded());
        return score;
    }

    private void Arrive(ClientFrame frame) => Tell(new FrameArrived(frame, Start: 0, ((long)attachment << 32) + ++arrived));

    /// <summary>A frame that was sent to the attachment before.</summary>
    private void ArriveLate(ClientFrame frame) => Tell(new FrameArrived(frame, Start: 0, ((long)(attachment - 1) << 32) + 99));

    private void Pass(TimeSpan time) => now += time;

    private void Tell(SessionInput input)
    {
        var lingers = false;
        Tell(input, ref lingers);
    }

    private void Tell(SessionInput input, ref bool lingering)
    {
        session.Handle(input, now, outputs);
        shown.AddRange(outputs.Frames);
        handled += outputs.Handled;
        lingering |= outputs.Lingers;
        lookAt = outputs.LookAt;
        if (outputs.Task is SessionTask.Call { Message: Connect, Attachment: var number })
            (attachment, arrived) = (number, 0);
        if (outputs.Task is not null || input is CallSucceeded or CallFailed or CallBroken or NotKnown or WaitOver or Checked)
            task = outputs.Task;
        outputs.Clear();
    }
}
