using System.Net;
using System.Net.Sockets;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>A member that can't start as it was told to ends with exit code 2 and one line that tells an operator what to do.</summary>
[Collection(OwnMembersTests.Name)]
public sealed class StartErrorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fhs-start-").FullName;

    private string Data => Path.Combine(folder, "data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, Ports.Free());
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await Refused([$"port {port}", "--port"], "--data", Data, "--http", "off", "--port", $"{port}");
    }

    [Fact]
    public async Task An_http_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, Ports.Free());
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        await Refused([address, "--http"], "--data", Data, "--port", "0", "--http", address);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_named()
    {
        var file = Path.Combine(folder, "a-file");
        await File.WriteAllTextAsync(file, "no folder");
        var data = Path.Combine(file, "data");

        await Refused([data, "can't be written"], "--data", data, "--port", "0", "--http", "off");
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public async Task A_data_folder_that_another_member_uses_is_named()
    {
        await using var first = new MemberProcess(Data, []);
        await first.StartReady();

        await Refused([Data, "another member uses it"], "--data", Data, "--port", "0", "--http", "off");

        Assert.True((await first.Http.Get("/readyz")).IsOk, "expected the first member to go on unharmed");
    }

    [Fact]
    [Trait("Rule", "R9.1")]
    public async Task Another_replication_factor_than_that_of_the_own_ring_is_refused()
    {
        await using (var first = new MemberProcess(Data, []))
        {
            await first.StartReady();
            await first.Stop();
        }

        await Refused(["replication-factor is 2", "with 3"], "--data", Data, "--port", "0", "--http", "off", "--replication-factor", "2");
    }

    [Fact]
    [Trait("Rule", "R9.1")]
    public async Task Another_replication_factor_than_that_of_the_cluster_is_refused()
    {
        await using var first = new MemberProcess(Data, []);
        await first.StartReady();

        await Refused(
            ["replication-factor is 2 here and 3"],
            "--data", Path.Combine(folder, "other"), "--port", "0", "--http", "off", "--seeds", first.Address, "--replication-factor", "2");

        Assert.Single((await first.Http.Get("/v1/ring")).Ok()["members"].AsArray());
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public async Task A_member_of_another_cluster_is_told_so()
    {
        await using var first = new MemberProcess(Data, []);
        await first.StartReady();
        var elsewhere = Path.Combine(folder, "elsewhere");
        await using (var other = new MemberProcess(elsewhere, []))
        {
            await other.StartReady();
            await other.Stop();
        }

        await Refused(["belongs to cluster", "--seeds"], "--data", elsewhere, "--port", "0", "--http", "off", "--seeds", first.Address);
    }

    [Theory]
    [InlineData("--replicaton-factor", "3", "--replication-factor")]
    [InlineData("--prot", "4053", "--port")]
    [InlineData("--gate.time-out", "5s", "--gate.timeout")]
    public async Task A_mistyped_option_names_the_nearest(string option, string value, string nearest) =>
        await Refused([option, $"did you mean {nearest}?"], "--data", Data, option, value);

    [Fact]
    public async Task A_mistyped_key_in_the_file_names_file_and_the_nearest_key()
    {
        var file = Path.Combine(folder, "my.conf");
        await File.WriteAllTextAsync(file, "failure-history {\n  exchange-intervall = 5s\n}\n");

        await Refused([file, "failure-history.exchange-intervall", "did you mean failure-history.exchange-interval?"], "--data", Data, "--config", file);
    }

    [Theory]
    [InlineData("--port", "99999", "a whole number from 0 to 65535")]
    [InlineData("--exchange-interval", "soon", "a time such as")]
    [InlineData("--http", "8560", "an address such as http://")]
    [InlineData("--seeds", "127.0.0.1:4053", "akka.tcp://failure-history@127.0.0.1:4053")]
    [InlineData("--replication-factor", "0", "a whole number from 1 to 9")]
    [InlineData("--detectors.auto-register", "maybe", "on or off")]
    public async Task A_value_that_cannot_be_names_its_key_what_is_expected_and_what_came(string option, string value, string expected) =>
        await Refused([$"failure-history.{option[2..]}", expected, $"'{value}'"], "--data", Data, option, value);

    [Fact]
    public async Task A_file_that_is_not_there_is_named() =>
        await Refused(["--config", "no-such.conf"], "--data", Data, "--config", Path.Combine(folder, "no-such.conf"));

    [Fact]
    public async Task A_PostgreSQL_that_is_not_said_where_is_asked_for() =>
        await Refused(["failure-history.postgresql.connection", "Host="], "--data", Data, "--journal", "postgresql");

    private static async Task Refused(string[] words, params string[] arguments)
    {
        var (exitCode, error) = await MemberProcess.RunToEnd(arguments);

        Assert.True(exitCode == 2, $"expected exit code 2; came {exitCode}: {error}");
        Assert.True(error.TrimEnd('\n').Split('\n') is [{ Length: > 0 }], $"expected one line on standard error; came {error}");
        Assert.All(words, word => Assert.Contains(word, error, StringComparison.Ordinal));
    }
}
