using System.Text.Json.Nodes;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>Changed copies of a resource.</summary>
internal static class Edit
{
    public static JsonObject Copy(JsonObject resource, Action<JsonObject> change)
    {
        var copy = resource.DeepClone().AsObject();
        change(copy);
        return copy;
    }

    public static JsonObject Without(JsonObject resource, string member) => Copy(resource, r => r.Remove(member));

    public static JsonObject Set(JsonObject resource, string member, JsonNode? value) => Copy(resource, r => r[member] = value);

    /// <summary>Every text member of this name, wherever it stands.</summary>
    public static JsonObject Everywhere(JsonObject resource, string name, Func<string, string> change) => Everywhere(resource, n => n == name, change);

    public static JsonObject Everywhere(JsonObject resource, Func<string, bool> name, Func<string, string> change)
    {
        return Copy(resource, Walk);

        void Walk(JsonNode node)
        {
            if (node is JsonArray list)
                foreach (var item in list.OfType<JsonNode>()) Walk(item);
            if (node is not JsonObject members) return;
            foreach (var (key, value) in members.ToList())
                if (value is JsonValue text && name(key) && text.TryGetValue<string>(out var was)) members[key] = change(was);
                else if (value is not null) Walk(value);
        }
    }
}
