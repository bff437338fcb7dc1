using System.CommandLine;
using FailureHistory.Faults;
using FailureHistory.Faults.Results;
using FailureHistory.Faults.Scenarios;

var output = new Option<FileInfo?>("--out") { Description = "The file that the table is written to as well, in Markdown; into docs/FAILURE_MODES.md between its marks." };
var json = new Option<FileInfo?>("--json") { Description = "The JSON file that everything is written to; default benchmarks/results/DATE-faults.json." };
var times = new Option<int>("--times") { Description = "How often.", DefaultValueFactory = _ => 1 };
IReadOnlyList<Scenario> all = [.. Crashes.All, .. Cuts.All, .. Disks.All, .. Sizes.All];

Command Of(string name, string what, IReadOnlyList<Scenario> scenarios)
{
    var command = new Command(name, what) { output, json, times };
    command.SetAction(async (parsed, ct) =>
    {
        var run = Enumerable.Repeat(scenarios, parsed.GetValue(times)).SelectMany(s => s).ToList();
        var outcomes = await Runner.Run(run, Console.Error, ct).ConfigureAwait(false);
        Report.Write(outcomes, Console.Out);
        if (parsed.GetValue(output) is { } file)
        {
            Report.WriteInto(outcomes, file);
        }

        Report.WriteJson(outcomes, parsed.GetValue(json) ?? new FileInfo($"benchmarks/results/{DateTime.UtcNow:yyyy-MM-dd}-faults.json"));
        return outcomes.All(o => o.IsGood) ? 0 : 1;
    });
    return command;
}

var root = new RootCommand("Breaks a real cluster on this machine under load, and tells what was lost, what failed, and for how long nothing went.");
root.Subcommands.Add(Of("all", "Every scenario.", all));
root.Subcommands.Add(Of("quick", "Short forms of some, on the same three members: what the tests run.", [.. Quick.All]));
foreach (var scenario in all)
{
    root.Subcommands.Add(Of(scenario.Name, scenario.What + ".", [scenario]));
}

return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
