using System.Globalization;
using System.Text;
using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using Google.Protobuf;

namespace FailureHistory.Node.Persistence;

/// <summary>
/// The small files of a member that are needed before or beside the log: its vote on the ring and the ring in force, which of its copies
/// count, and where the others were last seen. Each is whole or not there (DurableFile).
/// </summary>
public sealed class MemberStore(DataFolder folder)
{
    private readonly string ringFile = Path.Combine(folder.Path, "ring");
    private readonly string countingFile = Path.Combine(folder.Path, "counting");
    private readonly string peersFile = Path.Combine(folder.Path, "peers");

    /// <summary>Where they are.</summary>
    internal DataFolder Folder => folder;

    /// <summary>Whether the member was ever in a ring or met another: then it does not form a new cluster, even if its ring is lost (R9.11).</summary>
    public bool HasBeenInARing => HasRing || File.Exists(peersFile);

    /// <summary>Whether a ring was ever kept here.</summary>
    public bool HasRing => File.Exists(ringFile) || File.Exists(countingFile);

    /// <summary>The ring in force and the vote on the next, as last written.</summary>
    /// <exception cref="StartupException">The file is damaged.</exception>
    public RingState ReadRing()
    {
        if (!File.Exists(ringFile))
        {
            return RingState.Empty;
        }

        try
        {
            var wire = RingPromise.Parser.ParseFrom(File.ReadAllBytes(ringFile));
            if (WireIds.Member(wire.Member) is var writer && writer != folder.Id)
            {
                throw new WireFormatException($"it was written by member {writer}, and this folder is of {folder.Id}");
            }

            return new RingState
            {
                InForce = wire.InForce?.ToRecord(),
                Promised = wire.Round == 0 ? null : new Ballot(wire.Round, WireIds.Member(wire.Proposer)),
                AcceptedBallot = wire.AcceptedRound == 0 ? null : new Ballot(wire.AcceptedRound, WireIds.Member(wire.AcceptedProposer)),
                Accepted = wire.Accepted?.ToRecord(),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or WireFormatException)
        {
            throw new StartupException($"{ringFile}: the ring can't be read: {e.Message}; restore the file, or start this member with an empty folder", e);
        }
    }

    /// <summary>Keeps the ring durably; returns once it is on disk.</summary>
    public void WriteRing(RingState state)
    {
        var wire = new RingPromise
        {
            Member = WireIds.Bytes(folder.Id),
            Version = state.Version,
            InForce = state.InForce?.ToWire(),
            Accepted = state.Accepted?.ToWire(),
        };
        if (state.Promised is { } promised)
        {
            (wire.Round, wire.Proposer) = (promised.Round, WireIds.Bytes(promised.Proposer));
        }

        if (state.AcceptedBallot is { } accepted)
        {
            (wire.AcceptedRound, wire.AcceptedProposer) = (accepted.Round, WireIds.Bytes(accepted.Proposer));
        }

        DurableFile.Write(ringFile, wire.ToByteArray());
    }

    /// <summary>
    /// The segments whose copies vouched for what was acknowledged when last written, if that was under this version of the ring; of those
    /// written under the version before, the ones that this member held then; else none.
    /// </summary>
    /// <exception cref="StartupException">The file is damaged.</exception>
    public IReadOnlySet<int> ReadCounting(RingView? ring)
    {
        if (ring is null || !File.Exists(countingFile))
        {
            return new HashSet<int>();
        }

        var parts = File.ReadAllText(countingFile).Split(':', 2);
        var segments = new HashSet<int>();
        var version = 0L;
        var isWhole = parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out version);
        foreach (var text in isWhole ? parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            isWhole &= int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var segment) && segment < Segments.Count;
            segments.Add(segment);
        }

        if (!isWhole)
        {
            throw new StartupException($"{countingFile}: damaged; delete it, and this member asks the others again what its copies lack");
        }

        if (version == ring.Version - 1)
        {
            segments.IntersectWith(ring.Previous?.SegmentsOf(folder.Id) ?? []);
            return segments;
        }

        return version == ring.Version ? segments : new HashSet<int>();
    }

    /// <summary>Whether copies of this folder were ever said to count.</summary>
    public bool HasCounted => File.Exists(countingFile);

    /// <summary>The copies' contents are lost: none counts until it has fetched them anew.</summary>
    public void ForgetCounting() => DurableFile.Write(countingFile, "0:"u8);

    /// <summary>Keeps which copies count.</summary>
    public void WriteCounting(long ringVersion, IReadOnlySet<int> segments) =>
        DurableFile.Write(countingFile, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ringVersion}:{string.Join(',', segments.Order())}")));

    /// <summary>Where the others were last seen.</summary>
    public IReadOnlyDictionary<MemberId, Address> ReadPeers()
    {
        var peers = new Dictionary<MemberId, Address>();
        foreach (var line in File.Exists(peersFile) ? File.ReadAllLines(peersFile) : [])
        {
            var parts = line.Split(' ', 2);
            if (parts.Length == 2 && MemberId.TryParse(parts[0], out var id) && Address.TryParse(parts[1], out var address))
            {
                peers[id] = address;
            }
        }

        return peers;
    }

    /// <summary>Keeps where the others are.</summary>
    public void WritePeers(IReadOnlyDictionary<MemberId, Address> peers) =>
        DurableFile.Write(peersFile, Encoding.UTF8.GetBytes(string.Concat(peers.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}\n"))));
}
