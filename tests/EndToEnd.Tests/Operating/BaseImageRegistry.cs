using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>A registry with one image of one empty folder, on which an image can be built where no real base image can be fetched.</summary>
internal sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly WebApplication app;
    private readonly Dictionary<string, byte[]> blobs = [];
    private readonly byte[] manifest;

    private BaseImageRegistry(WebApplication app)
    {
        this.app = app;
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "home/app"));
        }

        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar.ToArray());
        }

        var layer = zipped.ToArray();
        var config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64", os = "linux", config = new { Env = new[] { "PATH=/usr/bin" }, User = "1654" },
            rootfs = new { type = "layers", diff_ids = new[] { Digest(tar.ToArray()) } },
        });
        blobs[Digest(layer)] = layer;
        blobs[Digest(config)] = config;
        manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2, mediaType = ManifestType,
            config = new { mediaType = "application/vnd.docker.container.image.v1+json", size = config.Length, digest = Digest(config) },
            layers = new[] { new { mediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip", size = layer.Length, digest = Digest(layer) } },
        });
    }

    /// <summary>Host and port, as in the name of an image.</summary>
    public string Host => new Uri(app.Urls.First()).Authority;

    public static async Task<BaseImageRegistry> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var registry = new BaseImageRegistry(builder.Build());
        registry.app.MapGet("/v2/", () => Results.Json(new { }));
        registry.app.MapMethods("/v2/base/manifests/{tag}", ["GET", "HEAD"], (HttpContext context) => registry.Give(context, registry.manifest, ManifestType));
        registry.app.MapMethods("/v2/base/blobs/{digest}", ["GET", "HEAD"], (HttpContext context, string digest) => registry.Give(context, registry.blobs[digest], "application/octet-stream"));
        await registry.app.StartAsync();
        return registry;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private IResult Give(HttpContext context, byte[] bytes, string type)
    {
        context.Response.Headers["Docker-Content-Digest"] = Digest(bytes);
        return Results.Bytes(bytes, type);
    }
}
