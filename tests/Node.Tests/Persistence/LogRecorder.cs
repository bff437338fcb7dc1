using Akka.Actor;
using Akka.Persistence;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Tests.Persistence;

/// <summary>Writes rows of a log and tells what it read back: the least that a log is.</summary>
internal sealed class LogRecorder : ReceivePersistentActor
{
    private readonly List<LogRecord> replayed = [];
    private IActorRef deleter = ActorRefs.Nobody;

    public LogRecorder(string id)
    {
        PersistenceId = id;
        Recover<LogRecord>(replayed.Add);
        Command<LogRecord>(row =>
        {
            var from = Sender;
            PersistAsync(row, _ => from.Tell(LastSequenceNr));
        });
        Command<GetReplayed>(_ => Sender.Tell(new Replayed([.. replayed], LastSequenceNr)));
        Command<DeleteUpTo>(m =>
        {
            deleter = Sender;
            DeleteMessages(m.Row);
        });
        Command<DeleteMessagesSuccess>(m => deleter.Tell(m.ToSequenceNr));
        Command<DeleteMessagesFailure>(m => deleter.Tell(new Status.Failure(m.Cause)));
    }

    public override string PersistenceId { get; }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Sender.Tell(new Status.Failure(cause));

    public sealed record GetReplayed : INoSerializationVerificationNeeded;

    public sealed record Replayed(IReadOnlyList<LogRecord> Rows, long Last) : INoSerializationVerificationNeeded;

    public sealed record DeleteUpTo(long Row) : INoSerializationVerificationNeeded;
}
