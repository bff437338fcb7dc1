using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>A member as its machine sees it: a disk, and a process that may be there, stand still, or be gone.</summary>
internal sealed class SimMember(World world, int place, MemberId id)
{
    private readonly Queue<(int OfLife, Action Run)> held = new();
    private readonly List<(TimeSpan Since, int Life)> lives = [];

    /// <summary>Counts the processes that it had.</summary>
    public int Life { get; private set; }

    /// <summary>What it has sent in all its lives.</summary>
    public Traffic Traffic { get; } = new();

    /// <summary>Where it is on the network, from 0.</summary>
    public int Place => place;

    public MemberId Id => id;

    public string Name => $"m{place}";

    public RingMember RingMember { get; } = new(id, "", $"m{place}", $"sim://m{place}");

    public SimDisk Disk { get; } = new();

    public MemberProcess? Process { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Its folder is lost, and nobody will ever come back under its id.</summary>
    public bool IsGone { get; set; }

    /// <summary>Its log was lost since it last ran.</summary>
    public bool LogWasLost { get; set; }

    /// <summary>By how much its wall clock is ahead of the true time.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Since when nobody hears it, or null.</summary>
    public TimeSpan? SilentSince { get; private set; } = TimeSpan.Zero;

    public bool Runs => Process is not null && !IsPaused;

    public void Start()
    {
        Life++;
        lives.Add((world.Queue.Now, Life));
        IsPaused = false;
        held.Clear();
        SilentSince = null;
        Process = new MemberProcess(world, this);
        Process.Begin();
        LogWasLost = false;
    }

    /// <summary>The process that ran, or had run last, at that time; 0 for none.</summary>
    public int IncarnationAt(TimeSpan then) => lives.FindLast(l => l.Since <= then).Life;

    /// <summary>Ends without notice.</summary>
    public void Crash()
    {
        Life++;
        SilentSince ??= world.Queue.Now;
        Process?.Crashed();
        Process = null;
        IsPaused = false;
        held.Clear();
    }

    public void Pause()
    {
        IsPaused = true;
        SilentSince ??= world.Queue.Now;
    }

    /// <summary>Goes on with everything that arrived meanwhile.</summary>
    public void Resume()
    {
        IsPaused = false;
        SilentSince = null;
        while (!IsPaused && held.TryDequeue(out var next))
        {
            RunIn(next.OfLife, next.Run);
        }
    }

    /// <summary>Runs something in the process that there is, whichever life it is in: a request.</summary>
    public void Run(Action<MemberProcess> run) => RunIn(Life, () => run(Process!));

    /// <summary>Something that only this life of the process waits for: a timer, a reply.</summary>
    public Action InThisLife(Action run)
    {
        var now = Life;
        return () => RunIn(now, run);
    }

    /// <summary>Runs something unless the process has ended since; once it stands still no more.</summary>
    public void RunIn(int ofLife, Action run)
    {
        if (ofLife != Life || Process is null)
        {
            return;
        }

        if (IsPaused)
        {
            held.Enqueue((ofLife, run));
            return;
        }

        run();
    }
}
