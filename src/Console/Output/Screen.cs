using FailureHistory.Fhs.Http;
using Spectre.Console;

namespace FailureHistory.Fhs.Output;

/// <summary>
/// Where a command writes: tables with colours on a terminal; elsewhere plain text, one row a line, never cut to a width, for grep and awk.
/// </summary>
internal sealed class Screen
{
    private const int Unbounded = 100_000;
    private readonly FhsEnvironment environment;
    private readonly bool isTerminal;
    private readonly IAnsiConsole output;

    public Screen(FhsEnvironment environment)
    {
        this.environment = environment;
        isTerminal = ReferenceEquals(environment.Output, System.Console.Out) && !System.Console.IsOutputRedirected;
        ErrorIsTerminal = ReferenceEquals(environment.Error, System.Console.Error) && !System.Console.IsErrorRedirected;
        output = ConsoleOn(environment.Output, isTerminal);
        Error = ConsoleOn(environment.Error, ErrorIsTerminal);
    }

    /// <summary>Whether progress may redraw a line.</summary>
    public bool ErrorIsTerminal { get; }

    /// <summary>For progress.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>Prints the body of an answer as it came.</summary>
    public void Json(string body)
    {
        if (body.Length > 0)
        {
            environment.Output.WriteLine(body);
        }
    }

    /// <summary>Prints a line of the answer.</summary>
    public void Line(string text, Style? style = null) => output.Write(new Text(Wording.Plain(text) + "\n", style));

    /// <summary>Prints a line beside the answer: progress, warnings.</summary>
    public void Note(string text) => Error.Write(new Text(Wording.Plain(text) + "\n"));

    /// <summary>Prints a line for programs beside the answer.</summary>
    public void NoteJson(string json) => environment.Error.WriteLine(json);

    /// <summary>Prints rows under heads; nothing when there are none.</summary>
    public void Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<Cell>> rows)
    {
        var table = new Table { Border = isTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (var head in heads)
        {
            table.AddColumn(new TableColumn(new Text(head, new Style(decoration: Decoration.Bold))));
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(Wording.Plain(cell.Text), cell.Style)));
        }

        if (table.Rows.Count > 0)
        {
            output.Write(table);
        }
    }

    /// <summary>Says why the command failed; returns its exit code.</summary>
    public int Fail(CommandFailure failure, bool json)
    {
        if (json)
        {
            NoteJson(failure.ProblemJson);
        }
        else
        {
            Error.Write(new Text(Wording.Plain($"fhs: {failure.Title}: {failure.Message}") + "\n", new Style(Color.Red)));
        }

        return failure.ExitCode;
    }

    /// <summary>A node as people know it: its name, else its id.</summary>
    public static string NameOf(NodeShape node) => node.Name ?? node.Id;

    /// <summary>A status in its colour.</summary>
    public static Cell StatusCell(string status) => new(status, StyleOf(status));

    public static Style? StyleOf(string status) => status switch
    {
        "failed" or "down" or "unreachable" or "missing" => new Style(Color.Red, decoration: Decoration.Bold),
        "suspected" or "leaving" or "exiting" => new Style(Color.Yellow),
        "up" => new Style(Color.Green),
        _ => new Style(Color.Grey),
    };

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal)
        {
            console.Profile.Width = Unbounded;
        }

        return console;
    }
}

/// <summary>A cell of a table.</summary>
internal readonly record struct Cell(string? Text, Style? Style = null)
{
    public static implicit operator Cell(string? text) => new(text);

}
