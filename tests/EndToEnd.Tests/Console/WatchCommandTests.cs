using FailureHistory.Fhs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs watch</c> (SPEC 11.3): what it prints, and how it goes on when connections do not.</summary>
public sealed class WatchCommandTests
{
    private const string Comment = ":\n\n";
    private const string Synced = "event: synced\nid: c-s\ndata: {}\n\n";
    private const string Gap = "event: gap\nid: c-g\ndata: {\"reason\":\"away for too long\",\"ended\":false}\n\n";
    private const string Start = Comment + "retry: 1000\n\n";

    // Nothing listens on port 1.
    private const string Nobody = "http://127.0.0.1:1";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly string[] All = ["watch", "--above", "0.7"];

    [Fact]
    [Trait("Rule", "R8.1")]
    public async Task The_subscription_is_as_the_command_line_says()
    {
        await using var service = await FakeService.StartAsync(Canned.Events(Then.Silence, Start, Up(1)));

        await Run(service, "watch", "gpu-*", "a,b/c å", "hw:aa:bb", "--above", "0.7", "--below", "0.25", "--for", "30s", "--last-id", "c å", "--count", "1");
        await Run(service, "watch", "--above", "1e-1", "--count", "1");

        Assert.Equal(
            new Received("GET", "/v1/notifications?nodes=gpu-%2A&nodes=a%2Cb%2Fc%20%C3%A5&nodes=hw%3Aaa%3Abb&above=0.7&below=0.25&for=30s", "", "c å"), service.Requests[0]);
        Assert.Equal(new Received("GET", "/v1/notifications?above=0.1", ""), service.Requests[1]);
    }

    [Fact]
    [Trait("Rule", "R8.2")]
    public async Task People_get_a_line_for_each_crossing_and_beside_it_what_they_should_know()
    {
        await using var service = await FakeService.StartAsync(
            Canned.Events(Then.Silence, Start, Up(1), Synced, Comment, Down(2), Gap, "event: later\nid: x\ndata: {}\n\n", Up(3, name: "null")));

        var run = await Run(service, [.. All, "--count", "3"]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(
            """
            2026-01-31 12:00:01Z gpu-7: P up to 0.75 (observation o1)
            2026-01-31 12:00:02Z gpu-7: P down to 0 (observation o2)
            2026-01-31 12:00:03Z 0123456789abcdef0123456789abcdef: P up to 0.75 (observation o3)

            """, run.Output);
        Assert.Equal(
            """
            the present is told; from now on each crossing
            gap: crossings may be missing: away for too long; the present follows

            """, run.Error);
    }

    [Fact]
    public async Task Programs_get_each_event_as_an_object_on_a_line()
    {
        await using var service = await FakeService.StartAsync(Canned.Events(Then.Silence, Start, Up(1), Synced, Gap, Down(2)));

        var run = await Run(service, [.. All, "--count", "2", "--json"]);

        Assert.Equal(
            new FhsRun(
                ExitCode.Done,
                """
                {"event":"crossing","cursor":"c1","id":"n1","node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7","hardware":null},"direction":"up","probability":0.75,"at":"2026-01-31T12:00:01.0000000Z","observation":"o1"}
                {"event":"synced","cursor":"c-s"}
                {"event":"gap","cursor":"c-g","reason":"away for too long","ended":false}
                {"event":"crossing","cursor":"c2","id":"n2","node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7","hardware":null},"direction":"down","probability":0,"at":"2026-01-31T12:00:02.0000000Z","observation":"o2"}

                """, ""),
            run);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task It_comes_back_with_the_last_id_whatever_ended_the_connection()
    {
        var answers = new Queue<Canned>([
            Canned.Events(Then.End, Start, Up(1)),
            Canned.Cut,
            Canned.Events(Then.Break, Start, Synced, Down(2)[..^1]), // broken off before the event was whole
            Canned.Problem(503, "Try again", "starting"),
            Canned.Problem(500, "Internal error", "look at the log"),
            Canned.Events(Then.Silence, Start, Down(2)),
        ]);
        await using var service = await FakeService.StartAsync(_ => answers.Dequeue());

        var run = await Run(service, [.. All, "--count", "2", "--last-id", "c0"]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(["o1", "o2"], run.Output.TrimEnd().Split('\n').Select(line => line[(line.IndexOf("(observation ", StringComparison.Ordinal) + 13)..^1]));

        // A request that is cut before it is answered is sent once more by the connection itself.
        Assert.Equal(["c0", "c1", "c-s"], service.Requests.Select(request => request.LastEventId).Distinct());
        Assert.Empty(answers);
        Assert.Contains("ended the stream; trying again from id c1\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("the connection broke: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("fhs: starting; trying again from id c-s\n", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"fhs: connected again, to {service.Url}/\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R8.4")]
    public async Task It_goes_on_at_another_member()
    {
        await using var first = await FakeService.StartAsync(Canned.Events(Then.Break, Start, Up(1)));
        await using var second = await FakeService.StartAsync(Canned.Events(Then.Silence, Start, Down(2)));

        var run = await FhsRun.RunAsync([.. All, "--count", "2", "--json", "--url", $"{Nobody},{first.Url},{second.Url}"]).WaitAsync(Bound);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal("c1", Assert.Single(second.Requests).LastEventId);
        Assert.Single(first.Requests);
        Assert.Contains("{\"event\":\"disconnected\",\"detail\":\"the connection broke: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($$"""{"event":"connected","detail":"connected again, to {{second.Url}}/"}""" + Environment.NewLine, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_member_that_falls_silent_is_left()
    {
        var answers = new Queue<Canned>([Canned.Events(Then.Silence, Start, Up(1)), Canned.Events(Then.Silence, Start, Down(2))]);
        await using var service = await FakeService.StartAsync(_ => answers.Dequeue());
        using var output = new StringWriter();
        using var error = new StringWriter();
        var time = new FakeTimeProvider();
        var begun = time.GetUtcNow();

        var run = FhsApp.RunAsync([.. All, "--count", "2", "--url", service.Url], new FhsEnvironment(output, error, () => Stream.Null, _ => null, time));
        var deadline = DateTime.UtcNow + Bound; // of the test; the command runs by the fake clock
        while (!run.IsCompleted)
        {
            Assert.True(DateTime.UtcNow < deadline, $"expected it to come back within {Bound}; it said {output}{error}");

            // Only while it listens in vain: the clock must not run out on a connection that is just being made.
            if (output.GetStringBuilder().Length > 0 && service.Requests.Count == 1)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Delay(10); // it goes on in tasks of its own between two steps of the clock
        }

        Assert.Equal(ExitCode.Done, await run);
        Assert.StartsWith("fhs: the connection broke: nothing came for 45s; trying again from id c1\n", error.ToString(), StringComparison.Ordinal);
        Assert.True(time.GetUtcNow() - begun >= TimeSpan.FromSeconds(45), "it left too early");
    }

    [Fact]
    public async Task A_member_that_cannot_be_reached_at_first_is_a_failure()
    {
        var run = await FhsRun.RunAsync([.. All, "--url", Nobody]).WaitAsync(Bound);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith($"fhs: No member reached: {Nobody}/: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, ExitCode.WrongUsage)]
    [InlineData(405, ExitCode.Failed)]
    [InlineData(503, ExitCode.Failed)]
    public async Task A_refusal_at_first_ends_it(int status, int exitCode)
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(status, "Some title", "some detail"));

        var people = await Run(service, All);
        var programs = await Run(service, [.. All, "--json"]);

        Assert.Equal(new FhsRun(exitCode, "", "fhs: Some title: some detail\n"), people);
        Assert.Equal(new FhsRun(exitCode, "", Canned.Problem(status, "Some title", "some detail").Body + Environment.NewLine), programs);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_cursor_that_is_refused_later_ends_it_too()
    {
        var answers = new Queue<Canned>([Canned.Events(Then.End, Start, Up(1)), Canned.Problem(400, "Invalid request", "lastId is not known")]);
        await using var service = await FakeService.StartAsync(_ => answers.Dequeue());

        var run = await Run(service, All);

        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.EndsWith("fhs: Invalid request: lastId is not known\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_web_server_is_told_from_a_member()
    {
        await using var service = await FakeService.StartAsync(new Canned(200, "<html>", "text/html"));

        var run = await Run(service, All);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("answered with text/html and not with text/event-stream", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"at\":\"yesterday\"}")]
    public async Task Data_that_is_not_understood_is_a_failure(string data)
    {
        await using var service = await FakeService.StartAsync(Canned.Events(Then.Silence, Start, $"event: crossing\nid: c1\ndata: {data}\n\n"));

        var run = await Run(service, All);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("fhs: Answer not understood:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_fit_no_request_are_wrong_usage()
    {
        var run = await FhsRun.RunAsync([.. All, .. Enumerable.Range(0, 700).Select(i => $"node-{i:0000}")]).WaitAsync(Bound);

        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Contains("NODES are too many for one request: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)] // SIGINT, as Ctrl-C sends it
    [InlineData(15)] // SIGTERM
    public async Task A_signal_ends_it_with_exit_code_0_and_lines_come_at_once_through_a_pipe(int signal)
    {
        await using var service = await FakeService.StartAsync(Canned.Events(Then.Silence, Start, Up(1)));
        await using var fhs = new FhsProcess([.. All, "--json", "--url", service.Url]);

        var line = await fhs.ReadLine();
        Assert.StartsWith("{\"event\":\"crossing\",\"cursor\":\"c1\"", line, StringComparison.Ordinal);
        fhs.Signal(signal);

        Assert.Equal((ExitCode.Done, "", ""), await fhs.End());
    }

    private static Task<FhsRun> Run(FakeService service, params string[] args) => FhsRun.AgainstAsync(service, args).WaitAsync(Bound);

    private static string Up(int number, string name = "\"gpu-7\"") => Crossing(number, "up", "0.75", name);

    private static string Down(int number) => Crossing(number, "down", "0", "\"gpu-7\"");

    private static string Crossing(int number, string direction, string probability, string name) =>
        $"event: crossing\nid: c{number}\ndata: "
        + $$$"""{"id":"n{{{number}}}","node":{"id":"0123456789abcdef0123456789abcdef","name":{{{name}}},"hardware":null},"direction":"{{{direction}}}","probability":{{{probability}}},"at":"2026-01-31T12:00:0{{{number}}}.0000000Z","observation":"o{{{number}}}"}"""
        + "\n\n";
}
