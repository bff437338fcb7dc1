using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>Snapshots in memory, of which as many saves as a test says fail.</summary>
public sealed class FailingSnapshots : MemorySnapshotStore
{
    /// <summary>To be put in front of other settings.</summary>
    public const string Settings = """
        akka.persistence.snapshot-store.inmem.class = "FailureHistory.Node.Tests.Actors.FailingSnapshots, FailureHistory.Node.Tests"
        """;

    private static readonly ConditionalWeakTable<ActorSystem, StrongBox<int>> Failures = [];

    private readonly StrongBox<int> left;

    /// <summary>Made by Akka.</summary>
    public FailingSnapshots()
    {
        left = Of(Context.System);
    }

    /// <summary>How many saves of a system are still to fail.</summary>
    public static StrongBox<int> Of(ActorSystem system) => Failures.GetValue(system, _ => new StrongBox<int>());

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken) =>
        Interlocked.Decrement(ref left.Value) >= 0 ? Task.FromException(new IOException("no space left")) : base.SaveAsync(metadata, snapshot, cancellationToken);
}
