using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Readme;
using k8s;
using k8s.Models;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>What is shipped to run members under systemd, in containers, in Kubernetes.</summary>
public sealed class DeploymentTests : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly string folder = Directory.CreateTempSubdirectory("fhs-deploy-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_Kubernetes_manifest_obeys_the_schema_and_its_parts_fit_together()
    {
        // Strict: what the schema of the API does not name, or not of that type, is refused.
        var parts = KubernetesYaml.LoadAllFromString(Repository.Read("deploy/kubernetes/failure-history.yaml"), strict: true);

        var set = Assert.Single(parts.OfType<V1StatefulSet>());
        var services = parts.OfType<V1Service>().ToDictionary(service => service.Metadata.Name);
        var settings = Assert.Single(parts.OfType<V1ConfigMap>());
        var budget = Assert.Single(parts.OfType<V1PodDisruptionBudget>());
        Assert.Equal(5, parts.Count);

        var labels = set.Spec.Template.Metadata.Labels;
        Assert.Equal(labels, set.Spec.Selector.MatchLabels);
        Assert.Equal(labels, budget.Spec.Selector.MatchLabels);
        Assert.All(services.Values, service => Assert.Equal(labels, service.Spec.Selector));

        var pod = set.Spec.Template.Spec;
        var member = Assert.Single(pod.Containers);
        var ports = member.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
        Assert.All(services.Values.SelectMany(service => service.Spec.Ports), port => Assert.Equal(port.Port, ports[port.TargetPort.Value]));
        Assert.True(services[set.Spec.ServiceName].Spec is { ClusterIP: "None", PublishNotReadyAddresses: true }, "members must find one another before they are ready");
        Assert.False(pod.EnableServiceLinks, "the variables that Kubernetes makes of a service's name would be taken for options");
        var mounted = pod.Volumes.Select(volume => volume.Name).Concat(set.Spec.VolumeClaimTemplates.Select(claim => claim.Metadata.Name)).Order();
        Assert.Equal(mounted, member.VolumeMounts.Select(mount => mount.Name).Order());
        Assert.All(member.Env.Where(variable => variable.ValueFrom?.ConfigMapKeyRef is not null), variable =>
        {
            Assert.Equal(settings.Metadata.Name, variable.ValueFrom.ConfigMapKeyRef.Name);
            Assert.Contains(variable.ValueFrom.ConfigMapKeyRef.Key, settings.Data.Keys);
        });
        var names = Enumerable.Range(0, set.Spec.Replicas!.Value).Select(i => $"akka.tcp://failure-history@{set.Metadata.Name}-{i}.{set.Spec.ServiceName}:{ports["akka"]}");
        Assert.Equal(names, settings.Data["seeds"].Split(','));
    }

    [Theory]
    [Trait("Rule", "R9.11")]
    [InlineData("failure-history-0", "failure-history-0", false, false)] // its first start: forms the cluster
    [InlineData("failure-history-0", "failure-history-0", true, true)]
    [InlineData("failure-history-1", "failure-history-0", false, true)]
    [InlineData("failure-history-0", "", false, true)] // its disk was lost: waits for the others
    public async Task In_Kubernetes_only_the_pod_that_is_to_form_the_cluster_starts_without_seeds(string pod, string forms, bool hasRing, bool withSeeds)
    {
        var set = KubernetesYaml.LoadAllFromString(Repository.Read("deploy/kubernetes/failure-history.yaml"), strict: true).OfType<V1StatefulSet>().Single();
        var container = set.Spec.Template.Spec.Containers.Single();
        var dotnet = Path.Combine(folder, "dotnet");
        await File.WriteAllTextAsync(dotnet, "#!/bin/sh\nfor argument in \"$@\"; do echo \"$argument\"; done\n");
        File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (hasRing)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "ring"), "0");
        }

        var output = await Command.Run(
            folder,
            new Dictionary<string, string>
            {
                ["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH"), ["POD_NAME"] = pod, ["FORM_NEW_CLUSTER"] = forms, ["SEEDS"] = "a,b",
                ["FAILURE_HISTORY_DATA"] = folder,
            },
            container.Command[0], [.. container.Command.Skip(1), .. container.Args]);

        string[] expected = ["/app/FailureHistory.Node.dll", "--public-host", $"{pod}.failure-history-members", .. withSeeds ? ["--seeds", "a,b"] : Array.Empty<string>()];
        Assert.Equal(expected, output.TrimEnd('\n').Split('\n'));
    }

    [SystemdFact]
    public async Task The_systemd_unit_is_accepted_by_systemd()
    {
        var unit = Repository.Read("deploy/systemd/failure-history.service");
        var file = Path.Combine(folder, "failure-history.service");
        // The one thing that is not there on the machine of a test is the program.
        await File.WriteAllTextAsync(file, unit.Replace("ExecStart=/opt/failure-history/FailureHistory.Node", "ExecStart=/bin/true", StringComparison.Ordinal));

        var output = await Command.Run(folder, NoVariables, "systemd-analyze", "verify", "--man=no", file);

        Assert.Equal(string.Empty, string.Join('\n', output.Split('\n').Where(line => line.Contains("failure-history", StringComparison.Ordinal))));
        Assert.Contains("Type=notify", unit, StringComparison.Ordinal);
        Assert.Contains("RestartPreventExitStatus=2", unit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_container_image_holds_the_member_its_ports_and_its_settings()
    {
        await using var registry = await BaseImageRegistry.Start();
        var archive = Path.Combine(folder, "image.tar");

        await Command.Run(
            Repository.Root, new Dictionary<string, string> { ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Host },
            "dotnet", "publish", "src/Node", "-c", "Debug", "--no-build", "-t:PublishContainer",
            $"-p:ContainerBaseImage={registry.Host}/base:1", $"-p:ContainerArchiveOutputPath={archive}", $"-p:PublishDir={folder}/publish/");

        var image = Path.Combine(folder, "image");
        Directory.CreateDirectory(image);
        await TarFile.ExtractToDirectoryAsync(archive, image, overwriteFiles: true);

        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(image, "manifest.json")))![0]!;
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(image, (string)manifest["Config"]!)))!["config"]!;
        Assert.Equal(["4053/tcp", "8560/tcp"], config["ExposedPorts"]!.AsObject().Select(pair => pair.Key).Order());
        Assert.Equal(["dotnet", "/app/FailureHistory.Node.dll"], config["Entrypoint"]!.AsArray().Select(part => (string)part!));
        string[] settings = ["FAILURE_HISTORY_HOST=0.0.0.0", "FAILURE_HISTORY_HTTP=http://0.0.0.0:8560", "FAILURE_HISTORY_DATA=/home/app/data", "FAILURE_HISTORY_OUTPUT=json"];
        Assert.All(settings, setting => Assert.Contains(setting, config["Env"]!.AsArray().Select(variable => (string)variable!)));
        Assert.Equal("1654", (string)config["User"]!);

        var files = new List<string>();
        foreach (var layer in manifest["Layers"]!.AsArray())
        {
            await using var zipped = File.OpenRead(Path.Combine(image, (string)layer!));
            await using var tar = new GZipStream(zipped, CompressionMode.Decompress);
            await using var reader = new TarReader(tar);
            while (await reader.GetNextEntryAsync() is { } entry)
            {
                files.Add(entry.Name.TrimStart('.', '/'));
            }
        }

        Assert.Contains("app/FailureHistory.Node.dll", files);
        Assert.Contains(files, name => name.EndsWith("libe_sqlite3.so", StringComparison.Ordinal));
    }

    /// <summary>A fact for machines with systemd's tools.</summary>
    private sealed class SystemdFactAttribute : FactAttribute
    {
        public SystemdFactAttribute()
        {
            if (!Command.IsInstalled("systemd-analyze"))
            {
                Skip = "systemd-analyze is not installed; the unit is not verified";
            }
        }
    }
}
