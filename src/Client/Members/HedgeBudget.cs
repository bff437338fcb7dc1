namespace FailureHistory.Client.Members;

/// <summary>
/// How many asks may be sent to a second member though the first one answers others: one for every ten that are answered, and 32 to begin with. Where
/// members are slow, what they are sent twice would only make them slower. A member that answers nobody needs no budget to be passed over.
/// </summary>
internal sealed class HedgeBudget
{
    private const int Hedge = 10;
    private const int Most = 32 * Hedge;

    private readonly Lock gate = new();
    private int left = Most;

    /// <summary>An ask was answered.</summary>
    public void Earn()
    {
        lock (gate)
        {
            left = Math.Min(left + 1, Most);
        }
    }

    /// <summary>Whether there is one left; it is spent then.</summary>
    public bool Spend()
    {
        lock (gate)
        {
            if (left < Hedge)
            {
                return false;
            }

            left -= Hedge;
            return true;
        }
    }
}
