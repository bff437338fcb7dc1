using System.CommandLine;
using FailureHistory.Load;
using FailureHistory.Load.Measurements;
using FailureHistory.Load.Raw;
using FailureHistory.Members;

var output = new Option<FileInfo?>("--out") { Description = "The JSON file that the figures are written to; the table goes beside it as .md." };
var seconds = new Option<double>("--seconds") { Description = "How long each rate is measured, after a fifth of that to warm up and, from 5 s on, until the compilers are at rest.", DefaultValueFactory = _ => 10 };
var runs = new Option<int>("--runs") { Description = "How often all is measured, each time on new members; the table has the medians.", DefaultValueFactory = _ => 1 };
var nodes = new Option<int?>("--nodes") { Description = "Over how many nodes reports are spread; default 100,000." };
var each = new Option<int?>("--each") { Description = "How many observations of each node, for disk, recover and scale." };
var observations = new Option<int>("--observations") { Description = "How many observations members hold when recover starts them again.", DefaultValueFactory = _ => 1_000_000 };
var journal = new Option<string?>("--journal") { Description = "Keep the logs on PostgreSQL, by this Npgsql connection string; without it on SQLite." };
var only = new Option<string?>("--only") { Description = "Of the rates only those whose name has this in it, such as 'client, 100 a report'." };
var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where the members keep their data and the disk is measured; emptied at the end." };

Command Of(string name, string what, IReadOnlyList<Measurement> measurements)
{
    var command = new Command(name, what) { output, seconds, runs, nodes, each, observations, journal, folder, only };
    command.SetAction(async (parsed, ct) =>
    {
        var plan = new Plan(
            TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(runs), parsed.GetValue(nodes), parsed.GetValue(each), parsed.GetValue(observations),
            new MemberOptions(parsed.GetValue(journal), parsed.GetValue(folder)?.FullName), parsed.GetValue(only));
        return await Runner.Run(plan, $"load {string.Join(' ', args)}", measurements, parsed.GetValue(output), ct).ConfigureAwait(false);
    });
    return command;
}

var root = new RootCommand("Measures a real cluster on this machine, beside what the machine does without it.");
root.Subcommands.Add(Of("all", "Everything below; disk, recover and scale once, however many runs.", Measurement.All));
root.Subcommands.Add(Of("limits", "Only what the machine does without the service; every other command measures it too.", []));
foreach (var measurement in Measurement.All)
{
    root.Subcommands.Add(Of(measurement.Name, measurement.What, [measurement with { IsLong = false }]));
}

var pong = new Command("pong", "The other end of the ping-pong.") { Hidden = true };
pong.SetAction((_, ct) => PingPong.Answer(ct));
root.Subcommands.Add(pong);
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
