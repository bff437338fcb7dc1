using System.CommandLine;
using FailureHistory.Load;
using FailureHistory.Members;

var output = new Option<FileInfo?>("--out") { Description = "The JSON file that the figures are written to as well." };
var seconds = new Option<int>("--seconds") { Description = "How long each figure is measured, after a fifth of that to warm up.", DefaultValueFactory = _ => 10 };
var runs = new Option<int>("--runs") { Description = "How often all is measured, each time on new members.", DefaultValueFactory = _ => 1 };
var journal = new Option<string?>("--journal") { Description = "Keep the logs on PostgreSQL, by this Npgsql connection string; without it on SQLite." };
var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where the members keep their data and the disk is measured; emptied at the end." };

var first = new Command("first", "Ingest and state, over HTTP and through the client, beside what SQLite and the disk do alone.") { output, seconds, runs, journal, folder };
first.SetAction(async (parsed, ct) =>
{
    var plan = new Plan(TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(runs), new MemberOptions(parsed.GetValue(journal), parsed.GetValue(folder)?.FullName));
    return await FirstFigures.Measure(plan, parsed.GetValue(output), ct).ConfigureAwait(false);
});

var root = new RootCommand("Measures a real cluster of three members on this machine.") { first };
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
