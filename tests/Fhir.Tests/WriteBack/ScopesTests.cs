using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

public sealed class ScopesTests
{
    [Theory]
    [InlineData("user/CarePlan.c", "c")]
    [InlineData("user/CarePlan.cruds", "cruds")]
    [InlineData("user/CarePlan.sr", "rs")]
    [InlineData("user/CarePlan.write", "cud")]
    [InlineData("user/CarePlan.read", "rs")]
    [InlineData("user/CarePlan.*", "cruds")]
    [InlineData("patient/*.read", "rs")]
    [InlineData("system/*.*", "cruds")]
    [InlineData("user/Observation.cruds", "")]
    [InlineData("user/CarePlan.x", "")]
    [InlineData("user/CarePlan", "")]
    [InlineData("CarePlan.c", "")]
    [InlineData("users/CarePlan.c", "")]
    [InlineData("", "")]
    public void Both_syntaxes_say_what_is_allowed(string scope, string letters)
    {
        var scopes = Scopes.Parse($"launch openid {scope}");
        var allowed = string.Concat(new[] { Interaction.Create, Interaction.Read, Interaction.Update, Interaction.Delete, Interaction.Search }
            .Where(i => scopes.Allows("CarePlan", i)).Select(i => i switch { Interaction.Create => 'c', Interaction.Read => 'r', Interaction.Update => 'u', Interaction.Delete => 'd', _ => 's' }));
        Assert.Equal(letters, allowed);
        Assert.Contains("openid", scopes.Others);
    }

    [Fact]
    public void A_patch_needs_update() => Assert.True(Scopes.Parse("user/CarePlan.u").Allows("CarePlan", Interaction.Patch));

    [Fact]
    public void A_granular_scope_allows_with_a_limit_that_can_be_asked_for()
    {
        var scopes = Scopes.Parse("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory patient/Condition.rs");
        Assert.True(scopes.Allows("Observation", Interaction.Search));
        Assert.Equal("category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", Assert.Single(scopes.LimitsOn("Observation", Interaction.Search)));
        Assert.Empty(scopes.LimitsOn("Condition", Interaction.Search));
        Assert.Empty(Scopes.Parse("user/Observation.rs?category=x user/*.read").LimitsOn("Observation", Interaction.Read));
    }

    [Theory]
    [InlineData("user/CarePlan.cud user/Observation.rs", "user/Observation.rs user/CarePlan.cud", "")]
    [InlineData("user/CarePlan.cud", "user/CarePlan.write", "")]
    [InlineData("user/Observation.rs", "user/*.read", "")]
    [InlineData("user/CarePlan.cud user/Observation.rs", "user/CarePlan.c user/Observation.rs", "user/CarePlan.ud")]
    [InlineData("user/*.rs", "user/Observation.rs", "user/*.rs")]
    [InlineData("user/Observation.read", "", "user/Observation.rs")]
    [InlineData("patient/Observation.rs", "user/Observation.rs", "patient/Observation.rs")]
    [InlineData("user/Observation.rs", "user/Observation.rs?category=x", "user/Observation.rs")]
    [InlineData("user/Observation.rs?category=x", "user/Observation.rs?category=x", "")]
    [InlineData("launch offline_access openid", "openid launch", "offline_access")]
    public void What_was_not_granted_is_named(string requested, string granted, string missing) =>
        Assert.Equal(missing, string.Join(' ', Scopes.Parse(requested).MissingFrom(Scopes.Parse(granted))));
}
