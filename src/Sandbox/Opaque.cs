using System.Security.Cryptography;

namespace BiopsyFhir.Sandbox;

/// <summary>Unguessable names: ids of new resources, codes, tokens, launches, page links.</summary>
internal static class Opaque
{
    /// <summary>32 lower-case hex digits (128 bits): also a legal FHIR id.</summary>
    public static string New() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
