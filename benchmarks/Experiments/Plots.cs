using ScottPlot;

namespace FailureHistory.Experiments;

/// <summary>Line charts as SVG.</summary>
internal static class Plots
{
    public static void Write(string file, string title, string x, string y, params (string Name, double[] Xs, double[] Ys)[] lines)
    {
        using var plot = new Plot();
        foreach (var (name, xs, ys) in lines)
        {
            var line = plot.Add.ScatterLine(xs, ys);
            line.LegendText = name;
            line.LineWidth = 2;
        }

        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.SaveSvg(file, 900, 500);
    }
}
