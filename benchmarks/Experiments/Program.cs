using System.CommandLine;

return await new RootCommand("The paper's experiments (§5) with real members.").Parse(args).InvokeAsync();
