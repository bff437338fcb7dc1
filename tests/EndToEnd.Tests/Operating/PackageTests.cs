using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.EndToEnd.Tests.Readme;
using Xunit;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>The packages, as whoever uses them gets them: from a feed, without the repository.</summary>
[Collection(OwnMembersTests.Name)]
public sealed class PackageTests : IDisposable
{
    private static readonly string[] Libraries = ["Client", "Core", "Messages", "Node"];

    private readonly string folder = Directory.CreateTempSubdirectory("fhs-packages-").FullName;

    // One of its own each time: NuGet keeps what it once restored under a version.
    private readonly string version = $"0.0.1-test.{Guid.NewGuid():n}";

    private string Feed => Path.Combine(folder, "feed");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_samples_work_with_nothing_but_the_packages()
    {
        foreach (var project in Libraries.Append("Console"))
        {
            await Dotnet(Repository.Root, "pack", $"src/{project}", "-c", "Debug", "--no-build", "-o", Feed, $"-p:Version={version}");
        }

        Assert.All(Libraries, EveryPackageHasWhatItsUsersNeed);
        Assert.True(File.Exists(Path.Combine(Feed, $"FailureHistory.Console.{version}.nupkg")));
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), $"<configuration><packageSources><add key=\"here\" value=\"{Feed}\" /></packageSources></configuration>");
        await BuildSample("HostedMember");
        await BuildSample("Outside");

        var (port, http) = (Ports.Free(), Ports.Free());
        using var member = Start("HostedMember", "--port", $"{port}", "--http", $"http://127.0.0.1:{http}", "--seed", $"akka.tcp://orders@127.0.0.1:{port}", "--data", Path.Combine(folder, "data"));
        try
        {
            using var client = new MemberClient(http);
            await Wait.Until("the application to be a member that is ready", TimeSpan.FromSeconds(60), async () =>
                await client.Get("/readyz") is { IsOk: false } reply ? reply.ToString() : null);
            using var outside = Start("Outside", "machine-7", $"akka.tcp://orders@127.0.0.1:{port}");
            try
            {
                Assert.Equal("machine-7: nobody ever reported on it", await Line(outside));
                Assert.Equal("watching", await Line(outside));
                Assert.Equal("reported failure: stored", await Line(outside));
                Assert.Equal(200, (await client.State("machine-7")).Status);
            }
            finally
            {
                outside.Kill();
            }
        }
        finally
        {
            member.Kill();
        }
    }

    private void EveryPackageHasWhatItsUsersNeed(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"FailureHistory.{name}.{version}.nupkg"));
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        string[] expected = ["README.md", "LICENSE", $"lib/net10.0/FailureHistory.{name}.dll", $"lib/net10.0/FailureHistory.{name}.xml"];
        Assert.All(expected, file => Assert.Contains(file, files));
        using var specification = package.GetEntry($"FailureHistory.{name}.nuspec")!.Open();
        var metadata = XDocument.Load(specification).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.Equal("Apache-2.0", metadata["license"].Single());
        Assert.Equal("README.md", metadata["readme"].Single());
        Assert.NotEmpty(metadata["description"].Single());
        using var symbols = ZipFile.OpenRead(Path.Combine(Feed, $"FailureHistory.{name}.{version}.snupkg"));
        Assert.Contains($"lib/net10.0/FailureHistory.{name}.pdb", symbols.Entries.Select(entry => entry.FullName));
    }

    // The sample's sources, with packages where it refers to projects. What is no package of ours comes from where this repository's builds got it.
    private async Task BuildSample(string sample)
    {
        var target = Directory.CreateDirectory(Path.Combine(folder, sample)).FullName;
        foreach (var source in Directory.GetFiles(Path.Combine(Repository.Root, "samples", sample), "*.cs"))
        {
            File.Copy(source, Path.Combine(target, Path.GetFileName(source)));
        }

        var project = XDocument.Load(Path.Combine(Repository.Root, "samples", sample, $"{sample}.csproj"));
        foreach (var reference in project.Descendants("ProjectReference").ToList())
        {
            var name = Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));
            reference.ReplaceWith(new XElement("PackageReference", new XAttribute("Include", $"FailureHistory.{name}"), new XAttribute("Version", version)));
        }

        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!);
        foreach (var reference in project.Descendants("PackageReference").Where(reference => reference.Attribute("Version") is null))
        {
            reference.SetAttributeValue("Version", versions[(string)reference.Attribute("Include")!]);
        }

        project.Root!.AddFirst(new XElement(
            "PropertyGroup",
            new XElement("TargetFramework", "net10.0"), new XElement("Nullable", "enable"), new XElement("ImplicitUsings", "enable"),
            new XElement("AssemblyName", $"FailureHistory.{sample}"), new XElement("RestorePackagesPath", Path.Combine(folder, "packages")),
            new XElement("RestoreFallbackFolders", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"))));
        project.Save(Path.Combine(target, $"{sample}.csproj"));
        await Dotnet(target, "build", "-c", "Debug", "-o", Path.Combine(target, "out"), "-m:1");
    }

    private Process Start(string sample, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(folder, sample, "out", $"FailureHistory.{sample}.dll"), .. arguments]) { RedirectStandardOutput = true, WorkingDirectory = folder })
        ?? throw new XunitException($"{sample} did not start");

    // Lines in brackets are Akka's log.
    private static async Task<string?> Line(Process process)
    {
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            if (line?.StartsWith('[') != true)
            {
                return line;
            }
        }
    }

    private static Task<string> Dotnet(string folder, params string[] arguments) => Command.Run(
        folder, new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" }, "dotnet", [.. arguments, "--nologo", "-v", "quiet"]);
}
