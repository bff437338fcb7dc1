using FailureHistory.Fhs;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>What one run of <c>fhs</c> gave back.</summary>
internal sealed record FhsRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs <c>fhs</c> against a fake service.</summary>
    public static Task<FhsRun> AgainstAsync(FakeService service, params string[] args) => RunAsync([.. args, "--url", service.Url]);

    /// <summary>Runs <c>fhs</c> as a program would.</summary>
    public static async Task<FhsRun> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await FhsApp.RunAsync(args, output, error);
        return new FhsRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs it with a standard input and environment variables of its own.</summary>
    public static async Task<FhsRun> InAsync(byte[] input, IReadOnlyDictionary<string, string> variables, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new FhsEnvironment(output, error, () => new MemoryStream(input), name => variables.GetValueOrDefault(name), TimeProvider.System);
        var exitCode = await FhsApp.RunAsync(args, environment);
        return new FhsRun(exitCode, output.ToString(), error.ToString());
    }
}
