using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests;

/// <summary>One server of each kind for all tests here; they run one after the other and reset what they change.</summary>
[CollectionDefinition(Name)]
public sealed class AllPeers : ICollectionFixture<R4Peer>, ICollectionFixture<AuthorizationPeer>, ICollectionFixture<Validators>
{
    public const string Name = "peers";
}
