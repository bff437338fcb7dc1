using System.Net;
using System.Net.Sockets;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>A fact that runs a member as the README does, on the default ports: skipped, saying so, where something else listens there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DefaultPortsFactAttribute : FactAttribute
{
    /// <summary>Of remoting and HTTP.</summary>
    private static readonly int[] Ports = [4053, 8560];

    /// <summary>Looks whether the ports are free and the tools are there.</summary>
    public DefaultPortsFactAttribute()
    {
        var taken = Ports.Where(port => !IsFree(port)).ToList();
        if (taken.Count > 0)
        {
            Skip = $"a member with default settings can't be started: something else listens on port {string.Join(" and ", taken)} of 127.0.0.1";
        }
        else if (new[] { "bash", "curl" }.FirstOrDefault(tool => !IsInstalled(tool)) is { } missing)
        {
            Skip = $"{missing} is not on the PATH; the README's examples need it";
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsInstalled(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
}
