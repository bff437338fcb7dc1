using FailureHistory.Members;

namespace FailureHistory.Faults;

/// <summary>One kind of failure.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="What">What is done, in words.</param>
/// <param name="On">Which members it needs; scenarios that need the same are run on the same ones, one after the other.</param>
/// <param name="Run">Does it, and heals it.</param>
internal sealed record Scenario(string Name, string What, Ground On, Func<Trial, Task> Run)
{
    /// <summary>How long it is looked at what is usual before.</summary>
    public TimeSpan Usual { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether a majority of the replica sets that are written to lives all the time.</summary>
    public bool MajorityLives { get; init; } = true;

    /// <summary>The members to which nothing is done.</summary>
    public Func<IReadOnlyList<MemberProcess>, IReadOnlyList<MemberProcess>> Live { get; init; } = members => [.. members.Take(2)];
}

/// <summary>The members that a scenario needs.</summary>
/// <param name="Members">How many.</param>
internal sealed record Ground(int Members)
{
    /// <summary>Links that can be cut.</summary>
    public bool Relayed { get; init; }

    /// <summary>Logs on a PostgreSQL server of their own.</summary>
    public bool PostgreSql { get; init; }

    /// <summary>The last member's folder on a file system of its own, of so many MiB.</summary>
    public int SmallDiskMiB { get; init; }

    /// <summary>Further arguments of the members.</summary>
    public string Arguments { get; init; } = string.Empty;
}
