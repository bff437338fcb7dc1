using System.Diagnostics;
using FailureHistory.Faults.Links;
using FailureHistory.Members;
using FailureHistory.Tests.Shared;

namespace FailureHistory.Faults;

/// <summary>The members of a <see cref="Ground"/> and what stands around them: relays, a database, a small disk.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly Ground ground;
    private readonly List<Relay> relays = [];
    private string? mounted;

    private Stage(Ground ground) => this.ground = ground;

    public MemberSet Set { get; private set; } = null!;

    public Network Network { get; } = new();

    /// <summary>The members' database, where they have one.</summary>
    public PostgresServer? Database { get; private set; }

    /// <summary>Why a ground can't be made on this machine, or null.</summary>
    public static string? Missing(Ground ground) =>
        ground.PostgreSql ? PostgresServer.Missing
        : ground.SmallDiskMiB > 0 && !(OperatingSystem.IsLinux() && Environment.UserName == "root") ? "a small disk is a tmpfs, which only root on Linux can mount"
        : null;

    /// <summary>Makes the ground and starts the members, until they serve.</summary>
    public static async Task<Stage> Build(Ground ground, CancellationToken ct)
    {
        var stage = new Stage(ground);
        try
        {
            stage.Database = ground.PostgreSql ? await PostgresServer.Start().ConfigureAwait(false) : null;
            var options = new MemberOptions(stage.Database?.Connection(), null)
            {
                Arguments = ground.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                IsRelayed = ground.Relayed,
            };
            var count = 0;
            stage.Set = await MemberSet.Start(ground.Members, options, member => stage.Prepare(member, ++count == ground.Members), ct).ConfigureAwait(false);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Set is not null)
        {
            foreach (var member in Set.Members.Where(m => m.IsRunning))
            {
                await member.Kill().ConfigureAwait(false);
            }
        }

        Unmount();
        if (Set is not null)
        {
            await Set.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var relay in relays)
        {
            await relay.DisposeAsync().ConfigureAwait(false);
        }

        if (Database is not null)
        {
            await Database.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Prepare(MemberProcess member, bool isLast)
    {
        if (ground.Relayed)
        {
            relays.Add(new Relay(Network, member.PublicPort, member.Port));
        }

        if (isLast && ground.SmallDiskMiB > 0)
        {
            Directory.CreateDirectory(member.Folder);
            Run("mount", "-t", "tmpfs", "-o", $"size={ground.SmallDiskMiB}m", "tmpfs", member.Folder);
            mounted = member.Folder;
        }
    }

    private void Unmount()
    {
        if (mounted is { } folder)
        {
            mounted = null;
            Run("umount", folder);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}");
        }
    }
}
