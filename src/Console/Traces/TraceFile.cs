using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;

namespace FailureHistory.Fhs.Traces;

/// <summary>Opens a trace: a file or, for <c>-</c>, the standard input; plain or gzip, told apart by the first two bytes and not by the name.</summary>
internal static class TraceFile
{
    private const int BufferSize = 64 * 1024;

    /// <exception cref="IOException">The file is not there or can't be read.</exception>
    public static async Task<StreamReader> OpenAsync(string path, Func<Stream> openInput, CancellationToken cancel)
    {
        var source = path == "-" ? openInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);

        // A pipe reader can look ahead on streams that can't seek.
        var ahead = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: BufferSize));
        var isGzip = await BeginsLikeGzipAsync(ahead, cancel);
        var bytes = ahead.AsStream();
        return new StreamReader(isGzip ? new GZipStream(bytes, CompressionMode.Decompress) : bytes, Encoding.UTF8, true, BufferSize);
    }

    private static async Task<bool> BeginsLikeGzipAsync(PipeReader ahead, CancellationToken cancel)
    {
        var start = await ahead.ReadAtLeastAsync(2, cancel);
        var isGzip = start.Buffer.Length >= 2 && HasMagic(start.Buffer.Slice(0, 2));
        ahead.AdvanceTo(start.Buffer.Start);
        return isGzip;

        static bool HasMagic(System.Buffers.ReadOnlySequence<byte> two)
        {
            Span<byte> magic = stackalloc byte[2];
            System.Buffers.BuffersExtensions.CopyTo(two, magic);
            return magic is [0x1f, 0x8b];
        }
    }
}
