namespace FailureHistory.Faults.Scenarios;

/// <summary>Short forms of some scenarios that all run on the same three members, one after the other. What the tests run.</summary>
internal static class Quick
{
    private static Ground Small { get; } = new(3) { Relayed = true, Arguments = "--form-after 3s" };

    /// <summary>Three members whose links can be cut, and the disk of the third filled where this machine lets it be.</summary>
    public static Ground Three { get; } = Stage.Missing(new Ground(3) { SmallDiskMiB = 64 }) is null ? Small with { SmallDiskMiB = 64 } : Small;

    public static Scenario KillOne { get; } = On("quick-kill-one", "SIGKILL of 1 of 3; started again after 5 s", trial => Crashes.Kill(trial, [trial.Members[^1]], 5));

    public static Scenario KillTwo { get; } = On("quick-kill-two", "SIGKILL of 2 of 3 at once; both started again after 4 s", trial => Crashes.KillTwo(trial, 4)) with
    {
        MajorityLives = false,
        Live = members => [members[0]],
    };

    public static Scenario Pause { get; } = On("quick-pause", "SIGSTOP of 1 of 3 for 4 s", trial => Crashes.Pause(trial, 4, isDowned: false));

    public static Scenario Partition { get; } = On("quick-partition", "1 of 3 cut off for 4 s", trial => Cuts.Partition(trial, 2, 4, isDowned: false));

    public static Scenario FullDisk { get; } = On("quick-full-disk", "the disk of 1 of 3 is full until /readyz says so and 1 s longer", trial => Disks.FullDisk(trial, 1));

    public static IEnumerable<Scenario> All => [KillOne, KillTwo, Pause, Partition, .. Three.SmallDiskMiB > 0 ? [FullDisk] : Array.Empty<Scenario>()];

    private static Scenario On(string name, string what, Func<Trial, Task> run) => new(name, what, Three, run) { Usual = TimeSpan.FromSeconds(1) };
}
