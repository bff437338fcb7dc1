using System.CommandLine;

namespace FailureHistory.Fhs.Commands;

/// <summary>
/// <c>fhs completion SHELL</c>: prints the lines that teach a shell to complete <c>fhs</c>. They ask <c>fhs</c> itself, by the directive
/// <c>[suggest:POSITION]</c> of its parser, so that they know every command there is, and need no other tool.
/// </summary>
internal sealed class CompletionCommand : Command, IHasExamples
{
    private const string Bash = """
        # Completes fhs in bash: what it suggests, else files.
        _fhs_complete() {
            local IFS=$'\n'
            local current="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$current"))
        }
        complete -o default -F _fhs_complete fhs
        """;

    private const string Zsh = """
        #compdef fhs
        # Completes fhs in zsh: what it suggests, else files.
        _fhs() {
            local -a suggested
            suggested=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            if [[ -n "${suggested[1]}" ]]; then
                compadd -- "${suggested[@]}"
            else
                _files
            fi
        }
        compdef _fhs fhs
        """;

    private const string Fish = """
        # Completes fhs in fish: what it suggests, else files.
        function __fhs_suggested
            set -l line (commandline -cp)
            fhs "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c fhs -a '(__fhs_suggested)'
        """;

    private readonly Argument<string> shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." }.OneOf("bash", "zsh", "fish");

    public CompletionCommand(FhsEnvironment environment)
        : base("completion", "Prints the lines that teach a shell to complete fhs.")
    {
        Add(shell);
        SetAction(parsed => environment.Output.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }));
    }

    public IReadOnlyList<string> Examples => ["source <(fhs completion bash)", "fhs completion fish > ~/.config/fish/completions/fhs.fish"];
}
