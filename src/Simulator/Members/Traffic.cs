namespace FailureHistory.Simulator.Members;

/// <summary>What a member has sent.</summary>
internal sealed class Traffic
{
    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    public void Note(Message message)
    {
        Messages++;
        Bytes += message.Bytes;
    }
}
