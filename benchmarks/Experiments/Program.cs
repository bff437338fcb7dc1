using System.CommandLine;
using FailureHistory.Experiments;

var output = new Option<DirectoryInfo>("--out")
{
    Description = "The folder for CSV, plots and a page of figures.", DefaultValueFactory = _ => new DirectoryInfo("docs/experiments"), Recursive = true,
};
var seed = new Option<long>("--seed") { Description = "What is drawn follows from it.", DefaultValueFactory = _ => 1, Recursive = true };

var members = new Option<int>("--members") { Description = "How many members.", DefaultValueFactory = _ => 50 };
var steps = new Option<int>("--steps") { Description = "How many steps of the generator.", DefaultValueFactory = _ => 120 };
var step = new Option<double>("--step") { Description = "How long a step is, in seconds.", DefaultValueFactory = _ => 2 };
var figures = new Command("figures", "Figures 4 and 5: what two nodes' histories hold over time while members lose their data, and the CPU time that it takes.") { members, steps, step };
figures.SetAction(async (parsed, cancel) =>
{
    var plan = new FigurePlan(parsed.GetValue(members), parsed.GetValue(seed), parsed.GetValue(steps), TimeSpan.FromSeconds(parsed.GetValue(step)));
    await Figures.RunAsync(plan, parsed.GetValue(output)!, cancel);
});

var few = new Option<int>("--members") { Description = "How many members; the k of section 4.2 is 2, so that each history has 2k = 4 copies.", DefaultValueFactory = _ => 15 };
var nodes = new Option<int>("--nodes") { Description = "How many histories.", DefaultValueFactory = _ => 2000 };
var tolerance = new Command("tolerance", "The claim of section 5: fewer than 2k members may vanish at once.") { few, nodes };
tolerance.SetAction(async (parsed, cancel) => await Tolerance.RunAsync(parsed.GetValue(few), parsed.GetValue(nodes), parsed.GetValue(seed), parsed.GetValue(output)!, cancel));

return await new RootCommand("The paper's experiments (section 5) with real members: one actor system each, real remoting and disks, all in this process.")
{
    output, seed, figures, tolerance,
}.Parse(args).InvokeAsync();
