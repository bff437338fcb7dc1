using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Probability;

/// <summary>What an administrator says when registering a detector (R3.1).</summary>
/// <param name="Id">Its id, 1 to 256 printable characters.</param>
/// <param name="Accuracy">D, 0 to 100.</param>
/// <param name="Scope">Globs of the node names it watches; null or empty for all.</param>
/// <param name="Ttl">It counts as available only if heard from within it, above zero; null for always.</param>
/// <param name="ReportedTimestamps">Whether it supplies its own <c>at</c> (R2.3).</param>
/// <param name="Description">Text up to 1,024 characters, or null.</param>
public sealed record DetectorRegistration(
    string Id, double Accuracy, IReadOnlyList<string>? Scope = null, TimeSpan? Ttl = null, bool ReportedTimestamps = false, string? Description = null)
{
    /// <summary>The most globs of one scope.</summary>
    public const int MaxScope = 100;

    /// <summary>The longest description, in characters.</summary>
    public const int MaxDescription = 1024;

    /// <summary>Says what is wrong, naming the field, the limit and what came (R2.8); null when nothing is.</summary>
    public string? Fault()
    {
        if (Printable.Fault("id", Id) is { } idFault)
        {
            return idFault;
        }

        if (!(Accuracy is >= 0 and <= 100))
        {
            return $"accuracy is {Accuracy}; expected 0 to 100";
        }

        if (Ttl <= TimeSpan.Zero)
        {
            return $"ttl is {Ttl}; expected a time above zero, or none for always";
        }

        if (Description is { Length: > MaxDescription })
        {
            return $"description has {Description.Length} characters; expected at most {MaxDescription}";
        }

        return ScopeFault();
    }

    private string? ScopeFault()
    {
        if (Scope is { Count: > MaxScope })
        {
            return $"scope has {Scope.Count} globs; expected at most {MaxScope}";
        }

        for (var i = 0; i < (Scope?.Count ?? 0); i++)
        {
            if (Printable.Fault($"scope[{i}]", Scope![i], Glob.MaxLength) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }
}
