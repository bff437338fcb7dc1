namespace FailureHistory.Fhs.Traces;

/// <summary>A format of traces that tell when nodes were down (SPEC 11.4).</summary>
/// <param name="Name">As <c>--format</c> names it.</param>
/// <param name="Detector">The detector that its observations are reported by.</param>
/// <param name="Scope">The glob of its node names.</param>
/// <param name="Description">What the detector is registered with.</param>
/// <param name="Read">Reads the spans in the order of the file, and tells of lines that can't be used.</param>
internal sealed record TraceFormat(
    string Name, string Detector, string Scope, string Description, Func<TextReader, Action<SkippedLine>, IEnumerable<TraceSpan>> Read)
{
    public static TraceFormat Lanl { get; } = new(
        "lanl", LanlTrace.Detector, LanlTrace.Scope, "Failure records of the Los Alamos National Laboratory, 1996-2005 (LA-UR-05-7318)", LanlTrace.Read);

    public static TraceFormat Fta { get; } = new("fta", FtaTrace.Detector, FtaTrace.Scope, "Event traces of the Failure Trace Archive", FtaTrace.Read);
}
