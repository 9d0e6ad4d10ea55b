using System.Net;
using System.Text;
using QRCoder;

namespace BiopsyFhir.Api.Education;

/// <summary>An address as a QR code drawn inline, so that a printed page can be scanned.</summary>
public static class QrCode
{
    /// <param name="label">What it leads to; the address itself stands beside it as text.</param>
    public static string Svg(string address, string label)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(address, QRCodeGenerator.ECCLevel.M); // the matrix has its quiet zone
        var (size, path) = (code.ModuleMatrix.Count, new StringBuilder());
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                if (code.ModuleMatrix[y][x]) path.Append($"M{x} {y}h1v1h-1z");
        return $"<svg role=\"img\" aria-label=\"{WebUtility.HtmlEncode(label)}\" width=\"120\" height=\"120\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>";
    }
}
