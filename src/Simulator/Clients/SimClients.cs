using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Engine;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Clients;

/// <summary>Reporters, readers and an administrator: what they do is drawn; what they are told goes to the checks. A report without an answer is sent again, to another member.</summary>
internal sealed class SimClients(World world)
{
    private const int Outside = -1;
    private const int Tries = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private long nextId;
    private int underWay;

    /// <summary>Whether they still do something new.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Whether nobody waits for an answer.</summary>
    public bool IsIdle => underWay == 0;

    private SplitMix Random => world.Random;

    private Attempts Attempts => world.Checks.Attempts;

    public void Begin() => world.Queue.After(Random.Between(TimeSpan.Zero, world.Options.OperationEvery * 2), Next);

    private void Next()
    {
        if (!IsOpen)
        {
            return;
        }

        var node = world.NodeOf(Random.Below(world.Options.Nodes));
        switch (Random.Below(100))
        {
            case < 62:
                Send([.. Enumerable.Range(0, 1 + Random.Below(4)).Select(_ => Draft(Random.Chance(0.5) ? node : world.NodeOf(Random.Below(world.Options.Nodes))))], Tries);
                break;
            case < 84:
                Read(node, majority: true);
                break;
            case < 96:
                Read(node, majority: false);
                break;
            default:
                Remove(node);
                break;
        }

        Begin();
    }

    private Observation Draft(NodeId node)
    {
        var kind = Random.Below(20) switch { < 9 => ObservationKind.Failure, < 14 => ObservationKind.Alive, < 19 => ObservationKind.Join, _ => ObservationKind.Leave };
        var own = kind is ObservationKind.Failure or ObservationKind.Alive;
        return new Observation
        {
            Node = node,
            Detector = own || Random.Chance(0.3) ? $"d{Random.Below(3)}" : null,
            Kind = kind,
            Id = $"r{++nextId}",
            At = Stamp.Zero,
            ReceivedAt = Stamp.Zero,
            Accuracy = own ? 40 : 0,
            Explicit = true,
            Total = 120,
        };
    }

    private void Send(IReadOnlyList<Observation> drafts, int tries)
    {
        var to = Random.Of(world.Members);
        var couldAnswer = drafts.Select(d => Attempts.CouldAnswer(to, world.SegmentOf(d.Node))).ToList();
        var isOver = false;
        underWay++;
        void Again(IReadOnlyList<Observation> left)
        {
            if (!isOver)
            {
                isOver = true;
                underWay--;
                for (var i = 0; i < drafts.Count; i++)
                {
                    Attempts.Ended(couldAnswer[i], to, world.SegmentOf(drafts[i].Node), !left.Contains(drafts[i]));
                }

                if (left.Count > 0 && tries > 1)
                {
                    world.Queue.After(Random.Milliseconds(10, 500), () => Send(left, tries - 1));
                }
            }
        }

        Tell($"report {string.Join(' ', drafts.Select(d => $"{d.Id}:{Words.Node(d.Node)}"))} to {to.Name}");
        world.Network.Send(Outside, to.Place, () => to.Run(process => process.Report(drafts, recorded => world.Network.Send(to.Place, Outside, () =>
        {
            foreach (var index in recorded.Where(_ => !isOver))
            {
                Acknowledged(drafts[index], to);
            }

            Again([.. drafts.Where((_, i) => !recorded.Contains(i))]);
        }))));
        world.Queue.After(Patience, () => Again(drafts));
    }

    private void Read(NodeId node, bool majority)
    {
        var to = Random.Of(world.Members);
        var couldAnswer = Attempts.CouldAnswer(to, world.SegmentOf(node));
        var isOver = false;
        void Ended(bool isAnswered)
        {
            if (!isOver)
            {
                isOver = true;
                Attempts.Ended(couldAnswer, to, world.SegmentOf(node), isAnswered);
            }
        }

        Read(node, majority, to, Ended);
        world.Queue.After(Patience, () => Ended(false));
    }

    private void Read(NodeId node, bool majority, SimMember to, Action<bool> ended)
    {
        var askedAt = world.Queue.Now;
        Tell($"read {Words.Node(node)}{(majority ? " by majority" : "")} at {to.Name}");
        world.Network.Send(Outside, to.Place, () => to.Run(process => process.Read(node, majority, (found, complete) => world.Network.Send(to.Place, Outside, () =>
        {
            Tell($"{to.Name} tells of {Words.Node(node)}: {(found is null ? "try again" : $"{found.Count} observations{(complete ? "" : ", incomplete")}")}");
            if (found is not null)
            {
                world.Checks.Read(new ReadSeen(node, majority, askedAt, found));
            }

            ended(found is not null);
        }))));
    }

    private void Acknowledged(Observation report, SimMember by)
    {
        Tell($"{report.Id} is acknowledged by {by.Name}");
        world.Checks.Acknowledged(ObservationKey.Of(report));
    }

    /// <summary>Asks every member that runs for every segment, to record a report and to read with majority, a second after the other until it answers.</summary>
    public void AskEverybody()
    {
        foreach (var member in world.Members.Where(m => m.Runs))
        {
            for (var segment = 0; segment < world.Options.Segments; segment++)
            {
                var node = world.NodeOf(segment);
                Insist($"a report for segment {segment} at {member.Name}", done => AskToRecord(Draft(node), member, done));
                Insist($"a read of segment {segment} at {member.Name}", done => Read(node, majority: true, member, done));
            }
        }
    }

    private void AskToRecord(Observation draft, SimMember to, Action<bool> ended) =>
        world.Network.Send(Outside, to.Place, () => to.Run(process => process.Report([draft], recorded => world.Network.Send(to.Place, Outside, () =>
        {
            if (recorded.Count > 0)
            {
                Acknowledged(draft, to);
            }

            ended(recorded.Count > 0);
        }))));

    private void Insist(string what, Action<Action<bool>> ask)
    {
        Attempts.Open.Add(what);
        ask(isAnswered =>
        {
            if (isAnswered)
            {
                Attempts.Open.Remove(what);
            }
            else
            {
                world.Queue.After(TimeSpan.FromSeconds(1), () => Insist(what, ask));
            }
        });
    }

    private void Remove(NodeId node)
    {
        var to = Random.Of(world.Members);
        world.Network.Send(Outside, to.Place, () => to.Run(process => process.Remove(node, upTo => world.Network.Send(to.Place, Outside, () =>
        {
            if (upTo is { } stamp)
            {
                Tell($"{Words.Node(node)} is removed up to {stamp.Ticks}");
                world.Checks.Removed(node, stamp);
            }
        }))));
    }

    private void Tell(string what) => world.Story.Tell(what);
}
