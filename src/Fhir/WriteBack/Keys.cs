using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>The two identifiers of a written resource (contract section 6): the same content again is the same creation key, the same order the same series.</summary>
public sealed record DraftKeys(DraftKind Kind, string Creation, string Series)
{
    public string CreationSystem => $"urn:biopsyfhir:{Kind.Slug()}";

    public string SeriesSystem => $"urn:biopsyfhir:{Kind.Slug()}-series";

    /// <summary><c>system|value</c>, as a token search and the ledger take it.</summary>
    public string CreationToken => $"{CreationSystem}|{Creation}";

    public string SeriesToken => $"{SeriesSystem}|{Series}";
}

/// <summary>Identifiers as pure functions of what is written: no clock, no database, no chance.</summary>
public static class Keys
{
    /// <param name="kind">What is written.</param>
    /// <param name="issuer">The EHR's FHIR base; a slash at the end makes no difference.</param>
    /// <param name="patient"><c>Patient/id</c>.</param>
    /// <param name="orderOrDate"><c>ServiceRequest/id</c>, or the procedure's date (<c>YYYY-MM-DD</c>) where there is no order.</param>
    /// <param name="content">What the resource says, without times of writing.</param>
    /// <param name="part">Tells apart several documents for one order, for example a language; null for the only one.</param>
    /// <exception cref="ArgumentException">A part that would make two different things one key.</exception>
    public static DraftKeys For(DraftKind kind, string issuer, string patient, string orderOrDate, ReadOnlySpan<byte> content, string? part = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(issuer);
        ArgumentException.ThrowIfNullOrWhiteSpace(orderOrDate);
        if (!patient.StartsWith("Patient/", StringComparison.Ordinal) || patient.Length == "Patient/".Length)
            throw new ArgumentException("The patient is given as Patient/id.", nameof(patient));
        var (i, p, o, s) = (Utf8(issuer.TrimEnd('/')), Utf8(patient), Utf8(orderOrDate), Utf8(part ?? ""));
        return new DraftKeys(kind, Hash(Utf8(kind.Slug()), i, p, o, s, content.ToArray()), Hash(Utf8(kind.Slug() + "-series"), i, p, o, s));
    }

    /// <summary>The key of a Provenance or AuditEvent: one per target. Goes into <c>meta.tag</c>.</summary>
    public static string ForCompanion(DraftKind kind, DraftKeys target) => Hash(Utf8(kind.Slug()), Utf8(target.CreationToken));

    /// <summary>A <c>urn:uuid</c> for use inside one transaction, the same for the same key.</summary>
    internal static string Uuid(string key) => $"urn:uuid:{new Guid(SHA256.HashData(Utf8(key)).AsSpan(0, 16), bigEndian: true)}";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>SHA-256 over the parts, each after its length, so that no two lists of parts look alike.</summary>
    private static string Hash(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
