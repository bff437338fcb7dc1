using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>A journal in memory that fails, rejects or holds back writes as a test says, and outlives the actor systems of one test.</summary>
public sealed class FailingJournal : MemoryJournal
{
    /// <summary>Its plugin settings.</summary>
    public const string Settings = """
        akka.actor.serialization-bindings {
          "Akka.Persistence.RequestRecoveryPermit, Akka.Persistence" = by-reference
          "Akka.Persistence.ReturnRecoveryPermit, Akka.Persistence" = by-reference
          "Akka.Persistence.Journal.AsyncWriteJournal+Desequenced, Akka.Persistence" = by-reference
          "Akka.Persistence.DeleteMessagesSuccess, Akka.Persistence" = by-reference
          "Akka.Persistence.DeleteMessagesFailure, Akka.Persistence" = by-reference
          "Akka.Persistence.RecoveryPermitGranted, Akka.Persistence" = by-reference
        }
        akka.persistence {
          journal.plugin = "akka.persistence.journal.failing"
          journal.failing { class = "FailureHistory.Node.Tests.Actors.FailingJournal, FailureHistory.Node.Tests" }
          snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        }
        """;

    /// <summary>What each system's journal shall do.</summary>
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<ActorSystem, Behaviour> Behaviours = [];

    private readonly Behaviour behaviour;

    /// <summary>Made by Akka.</summary>
    public FailingJournal()
    {
        behaviour = Of(Context.System);
    }

    /// <summary>What the journal of a system shall do.</summary>
    public static Behaviour Of(ActorSystem system) => Behaviours.GetValue(system, _ => new Behaviour());

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToList();
        behaviour.Note(writes);
        if (behaviour.Held is { } held)
        {
            await held.Task;
        }

        if (behaviour.Fails)
        {
            throw new IOException("the disk is full");
        }

        return behaviour.Rejects
            ? writes.Select(_ => (Exception)new InvalidOperationException("the journal does not like it")).ToImmutableList()
            : await base.WriteMessagesAsync(writes, cancellationToken);
    }

    /// <summary>What a journal shall do, and what it was asked.</summary>
    public sealed class Behaviour
    {
        private int underway;

        /// <summary>Every write fails.</summary>
        public bool Fails { get; set; }

        /// <summary>Every write is rejected.</summary>
        public bool Rejects { get; set; }

        /// <summary>While set, writes wait for it.</summary>
        public TaskCompletionSource? Held { get; set; }

        /// <summary>The rows asked to be written, in order.</summary>
        public List<object> Rows { get; } = [];

        internal void Note(IEnumerable<AtomicWrite> writes)
        {
            lock (Rows)
            {
                underway++;
                Rows.AddRange(writes.SelectMany(w => (IEnumerable<IPersistentRepresentation>)w.Payload).Select(p => p.Payload));
            }
        }

        internal int Writes
        {
            get
            {
                lock (Rows)
                {
                    return underway;
                }
            }
        }
    }
}
