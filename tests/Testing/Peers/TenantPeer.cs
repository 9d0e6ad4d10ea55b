namespace BiopsyFhir.Testing.Peers;

/// <summary>
/// One tenant of an Entra-like sign-in, over TLS: an independent, certified OpenID provider with app roles in its ID tokens. See
/// <c>tests/peers/tenant-server.mjs</c>. Its administrative side is under <c>/admin</c>, behind the same certificate.
/// </summary>
/// <param name="certificateFile">PEM, certificate and key.</param>
/// <param name="tenant">Its id: the issuer is <c>{Origin}/{tenant}/v2.0</c>.</param>
public sealed class TenantPeer(string certificateFile, string tenant) : PeerProcess("tenant-server.mjs", certificateFile, tenant)
{
    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Origin { get; private set; } = "";

    protected override async Task Started() => Origin = (await NextLine()).GetProperty("origin").GetString()!;
}
