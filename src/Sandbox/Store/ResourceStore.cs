using System.Text.Json.Nodes;

namespace BiopsyFhir.Sandbox.Store;

/// <summary>The EHR's memory. Readers take <see cref="Now"/>; writers queue one behind the other, so that find-then-create is atomic.</summary>
internal sealed class ResourceStore(TimeProvider clock)
{
    private readonly Lock gate = new();
    private volatile StoreState state = StoreState.Empty;

    /// <summary>Raised after each successful write with every new version, outside the lock.</summary>
    public event Action<IReadOnlyList<StoredResource>>? Written;

    public StoreState Now => state;

    /// <summary>Runs <paramref name="work"/> on a draft; its writes become visible together, or not at all when it throws.</summary>
    public T Write<T>(Func<Draft, T> work)
    {
        Draft draft;
        T result;
        lock (gate)
        {
            draft = new Draft(state, clock.GetUtcNow());
            result = work(draft);
            state = draft.State;
        }
        if (draft.Changes.Count > 0) Written?.Invoke(draft.Changes);
        return result;
    }

    /// <summary>Forgets everything and starts from <paramref name="fresh"/>; nobody is notified.</summary>
    public void Reset(Action<Draft> fresh)
    {
        lock (gate)
        {
            var draft = new Draft(StoreState.Empty, clock.GetUtcNow());
            fresh(draft);
            state = draft.State;
        }
    }

    internal sealed class Draft(StoreState start, DateTimeOffset now)
    {
        private readonly List<StoredResource> changes = [];

        public StoreState State { get; private set; } = start;
        public IReadOnlyList<StoredResource> Changes => changes;

        public StoredResource Put(ResourceKey key, JsonObject body) => Keep(State.Put(key, body, now));

        public StoredResource Delete(ResourceKey key) => Keep(State.Delete(key, now));

        private StoredResource Keep((StoreState State, StoredResource Stored) next)
        {
            State = next.State;
            changes.Add(next.Stored);
            return next.Stored;
        }
    }
}
