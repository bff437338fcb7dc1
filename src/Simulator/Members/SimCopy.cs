using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>One segment's copy in a process: the machine and its readiness, as SegmentActor has them, and the pull under way.</summary>
internal sealed class SimCopy(int segment, MemberId self, TimeSpan settle, bool countedBefore)
{
    public int Segment => segment;

    public SegmentMachine Machine { get; } = new(segment, settle);

    public CopyReadiness Readiness { get; } = new(segment, self, countedBefore);

    /// <summary>The last row of the log that is in it.</summary>
    public long Offset { get; set; }

    /// <summary>How often it has merged with another replica since this process started or the ring changed.</summary>
    public int Merges { get; set; }

    public SimPull? Pull { get; set; }

    /// <summary>Whether a snapshot is being written.</summary>
    public bool IsSnapshotting { get; set; }
}

/// <summary>A pull under way.</summary>
internal sealed class SimPull(MemberId peer, long ringVersion, Stamp horizon, PullSteps steps)
{
    public MemberId Peer => peer;

    public long RingVersion => ringVersion;

    public Stamp Horizon => horizon;

    public PullSteps Steps => steps;

    public long Token { get; set; }

    public TimeSpan StepAt { get; set; }

    public Batch? Page { get; set; }
}
