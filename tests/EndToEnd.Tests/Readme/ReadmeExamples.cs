using System.Text.RegularExpressions;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>A code block of the README.</summary>
/// <param name="Language">What is written behind the opening fence.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Line">The line of its opening fence.</param>
internal sealed record CodeBlock(string Language, string Text, int Line);

/// <summary>A curl command of the README and the answer printed under it.</summary>
internal sealed record CurlExample(string Command, string Answer, int Line);

/// <summary>What the README tells its reader to type, and to expect.</summary>
internal static class ReadmeExamples
{
    public static IReadOnlyList<CodeBlock> Blocks(string readme)
    {
        var blocks = new List<CodeBlock>();
        var lines = readme.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var begin = i;
            while (++i < lines.Length && !lines[i].StartsWith("```", StringComparison.Ordinal))
            {
            }

            blocks.Add(new CodeBlock(lines[begin][3..].Trim(), string.Join('\n', lines[(begin + 1)..i]), begin + 1));
        }

        return blocks;
    }

    /// <summary>Every curl command, each with the block of JSON that follows it.</summary>
    public static IReadOnlyList<CurlExample> Curl(IReadOnlyList<CodeBlock> blocks)
    {
        var examples = new List<CurlExample>();
        for (var i = 0; i < blocks.Count; i++)
        {
            if (!Regex.IsMatch(blocks[i].Text, @"(^|\n)\s*curl\b"))
            {
                continue;
            }

            if (i + 1 == blocks.Count || blocks[i + 1].Language != "json")
            {
                throw new InvalidOperationException($"README.md, line {blocks[i].Line}: a curl command without the JSON that it answers below it");
            }

            examples.Add(new CurlExample(blocks[i].Text, blocks[i + 1].Text, blocks[i].Line));
        }

        return examples;
    }
}
